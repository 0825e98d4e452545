/**
 * Every kind of finding, and how it is taken: what it is about, how bad it is, what it rests on. One row a kind, so that a new
 * one cannot be added without all of that being decided.
 */
import { type Duration, seconds } from "../base/time.js";
import type { NodeName } from "./names.js";
import type { Finding, Severity } from "./note.js";

type Kind = Finding["kind"];

/** Another finding may be the reason why this one is there (core/findings/explained.ts). */
export type ExplicableKind =
  | "network-split"
  | "no-standby"
  | "node-down"
  | "node-unanswered"
  | "one-way"
  | "pair-cut"
  | "pairs-cut"
  | "ping-lost"
  | "service-unplaced"
  | "service-waiting";

/** How bad it is depends on what it says. */
export type VaryingKind = "network-down" | "no-standby" | "node-drained";

interface Traits<Each extends Kind> {
  readonly about: FindingArea;
  /** How bad it is while it lasts: only what clients can feel now is an error. */
  readonly severity: Each extends VaryingKind ? "as-told" : Severity;
  /** It is told when it has lasted until all nodes know, or so long; else it rests on a verdict which has already been waited for. */
  readonly settles: boolean | Duration;
  readonly rests: Basis;
  readonly explicable: Each extends ExplicableKind ? true : false;
}

/** By how likely it is the cause of the others. `set-up`: agents, files and keys. */
export const FINDING_AREAS = ["set-up", "this-node", "networks", "nodes", "services"] as const;
export type FindingArea = (typeof FINDING_AREAS)[number];

type Basis =
  /** What this node knows. */
  | "own"
  /** Packets without proof: who can send some must not make a rule act. Rules do not see it. */
  | "unproven"
  /** What the node says that it names: it is not known while that is from before it was silent. */
  | "node"
  /** What all others say: a node that does not know them yet cannot say it. */
  | "all"
  | "all-and-node"
  /** As is what each standby says. */
  | "all-and-standbys";

const TRAITS: { readonly [Each in Kind]: Traits<Each> } = {
  "cut-off": { about: "this-node", severity: "error", settles: false, rests: "own", explicable: false },
  "node-down": { about: "nodes", severity: "warning", settles: false, rests: "all", explicable: true },
  "network-down": { about: "networks", severity: "as-told", settles: true, rests: "own", explicable: false },
  "link-down": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: false },
  "one-way": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: true },
  "pair-cut": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: true },
  "pairs-cut": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: true },
  "network-split": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: true },
  "node-unanswered": { about: "networks", severity: "warning", settles: true, rests: "own", explicable: true },
  "configuration-differs": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
  "key-differs": { about: "set-up", severity: "error", settles: false, rests: "unproven", explicable: false },
  "configuration-refused": { about: "set-up", severity: "warning", settles: false, rests: "own", explicable: false },
  "version-differs": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
  "service-unplaced": { about: "services", severity: "error", settles: true, rests: "all", explicable: true },
  "interface-down": { about: "services", severity: "warning", settles: true, rests: "all-and-node", explicable: false },
  "holder-unfit": { about: "services", severity: "error", settles: true, rests: "all-and-node", explicable: false },
  "no-standby": { about: "services", severity: "as-told", settles: true, rests: "all-and-standbys", explicable: true },
  "standby-unfit": { about: "services", severity: "warning", settles: true, rests: "all-and-node", explicable: false },
  "service-waiting": { about: "services", severity: "error", settles: true, rests: "all", explicable: true },
  "address-contested": { about: "services", severity: "error", settles: false, rests: "own", explicable: false },
  "address-unstable": { about: "services", severity: "warning", settles: true, rests: "own", explicable: false },
  "ping-lost": { about: "networks", severity: "warning", settles: false, rests: "own", explicable: true },
  "node-drained": { about: "nodes", severity: "as-told", settles: false, rests: "own", explicable: false },
  "node-banned": { about: "nodes", severity: "warning", settles: false, rests: "own", explicable: false },
  "left-behind": { about: "nodes", severity: "warning", settles: true, rests: "all", explicable: false },
  "not-known-to-peer": { about: "set-up", severity: "warning", settles: false, rests: "own", explicable: false },
  "standby-path-down": { about: "networks", severity: "warning", settles: false, rests: "node", explicable: false },
  "path-group-down": { about: "networks", severity: "error", settles: false, rests: "node", explicable: false },
  "path-group-flapping": { about: "networks", severity: "warning", settles: false, rests: "node", explicable: false },
  "address-unmoved": { about: "services", severity: "error", settles: false, rests: "node", explicable: false },
  "path-group-incomplete": { about: "services", severity: "error", settles: false, rests: "node", explicable: false },
  "program-failed": { about: "services", severity: "error", settles: false, rests: "own", explicable: false },
  "program-troubled": { about: "services", severity: "warning", settles: true, rests: "own", explicable: false },
  "program-behind": { about: "services", severity: "warning", settles: seconds(60), rests: "own", explicable: false },
  "program-stuck": { about: "services", severity: "error", settles: false, rests: "own", explicable: false },
  "program-stray": { about: "services", severity: "error", settles: false, rests: "own", explicable: false },
  "program-waiting": { about: "services", severity: "error", settles: true, rests: "own", explicable: false },
  "program-unprobed": { about: "services", severity: "warning", settles: true, rests: "own", explicable: false },
  "fence-failed": { about: "nodes", severity: "error", settles: false, rests: "own", explicable: false },
  "identity-refused": { about: "services", severity: "warning", settles: true, rests: "own", explicable: false },
  "route-refused": { about: "services", severity: "warning", settles: true, rests: "own", explicable: false },
  "attributes-flooded": { about: "set-up", severity: "warning", settles: false, rests: "own", explicable: false },
  "attributes-full": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
  "rule-suspended": { about: "set-up", severity: "warning", settles: false, rests: "own", explicable: false },
  "rule-undone": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
  "rule-broken": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
  "agent-impaired": { about: "set-up", severity: "warning", settles: true, rests: "own", explicable: false },
};

export const FINDING_KINDS: Readonly<Record<Kind, unknown>> = TRAITS;

export const areaOf = ({ kind }: Finding): FindingArea => TRAITS[kind].about;

/** How bad it is while it lasts, where that does not depend on what it says. */
export const severityOfKind = (kind: Exclude<Kind, VaryingKind>): Severity => TRAITS[kind].severity;

export type ProgramFinding = Finding & { readonly kind: `program-${string}` };

export const isOfProgram = (finding: Finding): finding is ProgramFinding => finding.kind.startsWith("program-");

/** How long it must last to be told. @param usual until all nodes know */
export function settleTime({ kind }: Finding, usual: Duration): Duration {
  const { settles } = TRAITS[kind];
  if (typeof settles === "number") return settles;
  return settles ? usual : seconds(0);
}

/** Whether a node that does not know all others yet cannot say it. */
export const restsOnAll = ({ kind }: Finding): boolean => TRAITS[kind].rests.startsWith("all");

/** The nodes whose own account it rests on. */
export function accountsOf(finding: Finding): readonly NodeName[] {
  if (finding.kind === "no-standby") return finding.standbys.map(({ node }) => node);
  const { rests } = TRAITS[finding.kind];
  const isOfNode = rests === "node" || rests === "all-and-node";
  return isOfNode && "node" in finding && finding.node !== undefined ? [finding.node] : [];
}

/** Whether it rests on packets without proof: who can send some must not make a rule act. Rules do not see it. */
export const isUnproven = (kind: Kind): boolean => TRAITS[kind].rests === "unproven";

/** Whether another finding may be the reason why it is there. */
export const isExplicable = (finding: Finding): finding is Finding & { readonly kind: ExplicableKind } =>
  TRAITS[finding.kind].explicable;
