import type { Finding } from "./note.js";

/** What a finding is about, by how likely it is the cause of the others. */
const DEPTHS = ["agents, files and keys", "this node", "networks", "nodes", "services"] as const;
type Depth = (typeof DEPTHS)[number];

const DEPTH_OF: Readonly<Record<Finding["kind"], Depth>> = {
  "key-differs": "agents, files and keys",
  "configuration-differs": "agents, files and keys",
  "configuration-refused": "agents, files and keys",
  "version-differs": "agents, files and keys",
  "not-known-to-peer": "agents, files and keys",
  "rule-broken": "agents, files and keys",
  "attributes-flooded": "agents, files and keys",
  "attributes-full": "agents, files and keys",
  "rule-suspended": "agents, files and keys",
  "rule-undone": "agents, files and keys",
  "agent-impaired": "agents, files and keys",
  "cut-off": "this node",
  "path-group-down": "networks",
  "path-group-flapping": "networks",
  "standby-path-down": "networks",
  "network-down": "networks",
  "link-down": "networks",
  "one-way": "networks",
  "pair-cut": "networks",
  "pairs-cut": "networks",
  "network-split": "networks",
  "ping-lost": "networks",
  "node-unanswered": "networks",
  "node-down": "nodes",
  "node-drained": "nodes",
  "node-banned": "nodes",
  "left-behind": "nodes",
  "interface-down": "services",
  "address-contested": "services",
  "address-unstable": "services",
  "address-unmoved": "services",
  "path-group-incomplete": "services",
  "fence-failed": "nodes",
  "program-stuck": "services",
  "program-stray": "services",
  "program-waiting": "services",
  "program-unprobed": "services",
  "program-failed": "services",
  "program-troubled": "services",
  "identity-refused": "services",
  "route-refused": "services",
  "holder-unfit": "services",
  "service-unplaced": "services",
  "service-waiting": "services",
  "standby-unfit": "services",
  "no-standby": "services",
};

/** Causes before what may follow from them, so that who reads from the top mends the right thing first. */
export const byDepth = (a: Finding, b: Finding): number => depth(a) - depth(b);

const depth = ({ kind }: Finding): number => DEPTHS.indexOf(DEPTH_OF[kind]);
