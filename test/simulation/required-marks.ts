import type { MoveReason } from "../../src/model/node-state.js";
import type { Finding, NoteCode, ReleaseReason } from "../../src/model/note.js";

/** What the simulated world cannot bring about, with the reason. */
type Unreachable = string;

const NOTES: Readonly<Record<NoteCode, true | Unreachable>> = {
  "agent.started": true,
  "agent.dismissed": "simulated cluster files change services only",
  "agent.stopping": true,
  "agent.stopped": true,
  "agent.stalled": true,
  "agent.fenced-by-guard": true,
  "agent.incarnation-outdated": "simulated clocks are not set back together with a loss of state",
  "node.up": true,
  "node.down": true,
  "node.left": true,
  "node.crashed": true,
  "node.unanswered": true,
  "node.drained": true,
  "node.resumed": true,
  "node.banned": true,
  "node.ban-ended": true,
  "cluster.paused": true,
  "cluster.unpaused": true,
  "finding.raised": true,
  "finding.cleared": true,
  "service.claimed": true,
  "service.active": true,
  "service.offered": true,
  "service.offer-lapsed": true,
  "service.offer-declined": true,
  "service.released": true,
  "service.moved": true,
  "service.rival": true,
  "address.added": true,
  "address.adopted": true,
  "address.removed": true,
  "address.add-failed": true,
  "address.remove-failed": true,
  "address.taken-away": true,
  "address.stray-removed": true,
  "address.rival-heard": true,
  "link.lost": true,
  "link.restored": true,
  "link.renamed": "simulated interfaces keep their names: scenarios and the port scripts rename them",
  "packets.refused": true,
  "relay.refused": true,
  "command.received": true,
  "configuration.changed": true,
  "configuration.refused": "simulated cluster files change services only",
  "keys.changed": "said by the agent around the decisions, which is not simulated",
};

const MOVES: Readonly<Record<MoveReason["kind"], true | Unreachable>> = {
  "cluster-start": true,
  "holder-silent": true,
  "holder-left": true,
  "holder-crashed": true,
  "holder-unfit": true,
  "holder-drained": true,
  operator: true,
  failback: true,
  vacant: true,
  adopted: true,
};

const RELEASES: Readonly<Record<ReleaseReason["kind"], true | Unreachable>> = {
  outranked: true,
  "outranked-on-wire": true,
  unfit: true,
  "cut-off": true,
  stopping: true,
  "not-configured": true,
  "address-refused": true,
};

const FINDINGS: Readonly<Record<Finding["kind"], true | Unreachable>> = {
  "cut-off": true,
  "node-down": true,
  "network-down": true,
  "link-down": true,
  "one-way": true,
  "pair-cut": true,
  "node-unanswered": true,
  "configuration-differs": true,
  "configuration-refused": "simulated cluster files change services only",
  "version-differs": "all simulated nodes run one version",
  "service-unplaced": true,
  "interface-down": true,
  "holder-unfit": true,
  "no-standby": true,
  "address-contested": true,
  "address-unstable": true,
  "ping-lost": true,
  "node-banned": true,
  "left-behind": true,
  "not-known-to-peer": "simulated cluster files have all nodes",
  "agent-impaired": "raised by the agent around the decisions, which is not simulated",
};

/** Branches that a note's code alone does not tell apart. */
const RARE = [
  "service.rival: equal epoch",
  "service.rival: earlier epoch",
  "service.offer-lapsed: declined",
  "service.offer-lapsed: unanswered",
  "guard fired: agent gone",
  "guard fired: lease over",
  "guard removed addresses: agent gone",
  "guard removed addresses: lease over",
  "effect relay-bulletin",
  "effect relay-state",
  "passed on by a third node: service.released",
  "passed on by a third node: service.claimed",
  "input own-stall-noticed",
  "input peer-unanswered",
  "input command-answered",
  "input kernel-read",
  "input link-removed",
  "input step-failed",
];

const required = (prefix: string, wanted: Readonly<Record<string, true | Unreachable>>): readonly string[] =>
  Object.entries(wanted).flatMap(([kind, how]) => (how === true ? [`${prefix}${kind}`] : []));

/** What the seeds of a run must reach, in the words of sim/coverage.ts. */
export const REQUIRED_MARKS: readonly string[] = [
  ...required("note ", NOTES),
  ...required("service.claimed: ", MOVES),
  ...required("service.released: ", RELEASES),
  ...required("finding.raised: ", FINDINGS),
  ...required("finding.cleared: ", FINDINGS),
  ...RARE,
];
