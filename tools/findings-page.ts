/** The page of findings, written from the words that operators read, so that it can't say anything else. */
import { networkName, nodeName, serviceName } from "../src/model/names.js";
import { programName } from "../src/model/program.js";
import { ruleName } from "../src/model/rule.js";
import { pathGroupName } from "../src/model/path.js";
import type { Finding, ImpairedPart } from "../src/model/note.js";
import { findingAdvice } from "../src/model/note-text-advice.js";
import { findingSeverity, findingText } from "../src/model/note-text-finding.js";

const OPENING = `# Findings

<!-- Written by tools/generate-reference.ts from src/model/note-text-finding.ts and note-text-advice.ts. -->

A finding is something that is wrong now. \`locum status\` shows those in force, the worst first, each with the next step;
\`locum explain SERVICE\` those about one service. Events \`finding.raised\` and \`finding.cleared\` say when each began and
ended, and \`finding.changed\` that one goes on in other words; the metric \`locum_findings\` counts them by kind and severity. An \`error\` would wake someone at night, a
\`warning\` wants a look today, a \`notice\` is as somebody ordered it.

Each node finds for itself. What rests on the words of others must last twice the detection timeout before it is raised,
so that the traces of one fault, which nodes notice at slightly different times, are no findings. What another finding
explains is not told beside it: a node that is cut off does not say that all others are down.`;

const [web1, web2] = [nodeName("web1"), nodeName("web2")];
const network = networkName("a");
const service = serviceName("shop");
const address = "192.168.1.1";
const group = pathGroupName("mether0");
const program = programName("db");

/** One of each kind. */
const EXAMPLES: { readonly [Kind in Finding["kind"]]: Extract<Finding, { readonly kind: Kind }> } = {
  "cut-off": { kind: "cut-off", unplugged: [network], unanswered: [] },
  "service-unplaced": { kind: "service-unplaced", service },
  "holder-unfit": {
    kind: "holder-unfit",
    node: web1,
    reasons: [{ code: "link-down", detail: "eth0" }],
    services: [service],
  },
  "service-waiting": { kind: "service-waiting", cause: "outranked", services: [service] },
  "address-contested": { kind: "address-contested", address, mac: "52:54:00:12:34:56" },
  "program-failed": { kind: "program-failed", node: web1, service, program, problem: "it ended" },
  "fence-failed": {
    kind: "fence-failed",
    node: web1,
    by: web2,
    problem: "ipmilan: it ended with status 1: Unable to connect",
    services: [service],
  },
  "program-stuck": {
    kind: "program-stuck",
    node: web1,
    service,
    program,
    problem:
      "SIGKILL did not end process 4711 (postgres), which waits in the kernel, and cannot be interrupted (state D)",
  },
  "program-waiting": { kind: "program-waiting", node: web2, service, program, on: web1, isKnown: true },
  "program-stray": { kind: "program-stray", node: web1, service, program },
  "program-behind": {
    kind: "program-behind",
    node: web2,
    service,
    program,
    problem: "it has not caught up: exit status 1",
  },
  "program-unprobed": {
    kind: "program-unprobed",
    node: web1,
    service,
    program,
    problem: "systemd does not answer",
  },
  "path-group-down": { kind: "path-group-down", node: web1, group, interface: "eth0" },
  "path-group-incomplete": {
    kind: "path-group-incomplete",
    node: web1,
    group,
    from: "eth0",
    to: "eth1",
    owed: [address],
  },
  "address-unmoved": { kind: "address-unmoved", node: web1, group, address, interface: "eth0" },
  "node-down": { kind: "node-down", node: web1 },
  "network-down": { kind: "network-down", network, services: [service] },
  "link-down": { kind: "link-down", node: web1, network },
  "interface-down": { kind: "interface-down", node: web1, interface: "eth0", services: [service] },
  "standby-path-down": { kind: "standby-path-down", node: web1, group, interface: "eth1" },
  "path-group-flapping": { kind: "path-group-flapping", node: web1, group },
  "no-standby": {
    kind: "no-standby",
    standbys: [{ node: web2, reasons: [{ code: "interface-missing", detail: "eth0" }] }],
    services: [service],
  },
  "standby-unfit": {
    kind: "standby-unfit",
    node: web2,
    reasons: [{ code: "interface-missing", detail: "eth0" }],
    services: [service],
  },
  "one-way": { kind: "one-way", network, from: web1, to: web2 },
  "pair-cut": { kind: "pair-cut", network, nodes: [web1, web2] },
  "pairs-cut": { kind: "pairs-cut", network, pairs: 31, node: web1 },
  "network-split": { kind: "network-split", network, parts: [[web1, web2], ["web3", "web4"].map(nodeName)] },
  "ping-lost": { kind: "ping-lost", network },
  "node-unanswered": { kind: "node-unanswered", node: web1 },
  "node-drained": { kind: "node-drained", node: web1 },
  "node-banned": { kind: "node-banned", node: web1, failures: 3 },
  "key-differs": { kind: "key-differs", node: web1 },
  "configuration-differs": { kind: "configuration-differs", node: web1 },
  "configuration-refused": {
    kind: "configuration-refused",
    refusal: { kind: "parting", change: "port", peers: [web2] },
  },
  "left-behind": { kind: "left-behind", node: web1, service },
  "not-known-to-peer": { kind: "not-known-to-peer", node: web1 },
  "version-differs": { kind: "version-differs", node: web1, min: 2, max: 3 },
  "identity-refused": {
    kind: "identity-refused",
    node: web1,
    services: [service],
    interface: "eth0",
    problem: "eth0 does not take a second MAC: EOPNOTSUPP",
  },
  "route-refused": { kind: "route-refused", service, address, problem: "Network is unreachable" },
  "address-unstable": { kind: "address-unstable", address, interface: "eth0" },
  "program-troubled": { kind: "program-troubled", node: web1, service, program, problem: "no answer within 300 ms" },
  "attributes-flooded": { kind: "attributes-flooded", node: web1 },
  "attributes-full": { kind: "attributes-full", node: web1, attribute: "disk" },
  "rule-suspended": {
    kind: "rule-suspended",
    rule: ruleName("too-hot"),
    about: "web1",
    times: 5,
    withinMs: 300_000,
    suspendMs: 300_000,
  },
  "rule-undone": { kind: "rule-undone", rule: ruleName("too-hot"), about: "web1", did: "drain", of: "web1" },
  "rule-broken": {
    kind: "rule-broken",
    rule: ruleName("too-hot"),
    about: "web1",
    problem: "no such overload: dyn<string> > int",
    readings: [{ what: "node.attributes.temperature", value: "hot" }],
  },
  "agent-impaired": { kind: "agent-impaired", what: "black box", problem: "no space left on device" },
};

/** Every part once; the last three are one for each hook, peer and network. */
const PARTS: readonly ImpairedPart[] = [
  "state directory",
  "saved state",
  "event history",
  "black box",
  "ledger",
  "path plans",
  "path snapshot",
  "engine",
  "guard",
  "heartbeat thread",
  "watch thread",
  "errands",
  "program host",
  "configuration",
  "hook pager",
  "peer stream web2",
  "heartbeats on a",
];

/** The page in Markdown. */
export const findingsPage = (): string =>
  [
    OPENING,
    ...Object.values(EXAMPLES).map(
      (finding) => `## \`${finding.kind}\`\n\n_${findingSeverity(finding)}_: ${words(finding)}`,
    ),
    "The parts of an agent that can be impaired, and what to do then:",
    PARTS.map((what) => `- ${what}: ${findingAdvice({ kind: "agent-impaired", what, problem: "" })}`).join("\n"),
  ].join("\n\n") + "\n";

const words = (finding: Finding): string => `${findingText(finding)}.\n\nNext: ${findingAdvice(finding)}`;
