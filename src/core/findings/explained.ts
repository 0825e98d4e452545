/**
 * Which findings are told: not those that another one explains, which is told in their place.
 *
 * A node that is cut off itself cannot know what became of the others; nodes whose files differ, or that are not known
 * to each other, miss each other for that reason alone. What is explained is withheld, not over: it is told as soon as
 * its explanation is gone and it is still there.
 */
import { unreachable } from "../../base/assert.js";
import { type ExplicableKind, isExplicable } from "../../model/finding-kinds.js";
import type { NodeName } from "../../model/names.js";
import type { Finding, UnfitNode } from "../../model/note.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { Attendance } from "./unserved-watch.js";

/** What is wrong now, by whether somebody should hear of it. */
export interface Findings {
  readonly told: readonly Finding[];
  readonly withheld: readonly Finding[];
  /** Of all services; absent: this node cannot know which are served. */
  readonly attendance?: readonly Attendance[];
}

/** @param isUncertain whether this node knows too little at the moment to say this */
export function withoutExplained(
  self: NodeName,
  found: readonly Finding[],
  isUncertain: (finding: Finding) => boolean,
): Findings {
  const causes: Causes = {
    self,
    cutOff: found.some(({ kind }) => kind === "cut-off"),
    differing: nodesOf(found, "configuration-differs"),
    disowning: nodesOf(found, "not-known-to-peer"),
  };
  const isWithheld = (finding: Finding): boolean =>
    isUncertain(finding) || (isExplicable(finding) && isExplained(finding, causes));
  return { told: found.filter((each) => !isWithheld(each)), withheld: found.filter(isWithheld) };
}

interface Causes {
  readonly self: NodeName;
  /** This node is the one that is gone. */
  readonly cutOff: boolean;
  /** Nodes that go by another file than this one. */
  readonly differing: ReadonlySet<NodeName>;
  /** Nodes whose file lacks this one. */
  readonly disowning: ReadonlySet<NodeName>;
}

const nodesOf = (
  found: readonly Finding[],
  kind: "configuration-differs" | "not-known-to-peer",
): ReadonlySet<NodeName> => new Set(found.flatMap((finding) => (finding.kind === kind ? [finding.node] : [])));

function isExplained(finding: Finding & { readonly kind: ExplicableKind }, causes: Causes): boolean {
  const { cutOff, disowning } = causes;
  switch (finding.kind) {
    case "node-down":
    case "node-unanswered":
      return cutOff || disowning.has(finding.node);
    case "ping-lost":
      return cutOff;
    case "service-unplaced":
    case "service-waiting":
      return cutOff || disowning.size > 0;
    case "no-standby":
      return cutOff || finding.standbys.every((standby) => isExplainedStandby(standby, causes));
    case "pair-cut":
      return finding.nodes.some((node) => isMissedByFile(node, causes));
    case "pairs-cut":
      return causes.differing.size + disowning.size > 0;
    case "network-split":
      return finding.parts.filter((part) => !part.every((node) => isMissedByFile(node, causes))).length < 2;
    case "one-way":
      return [finding.from, finding.to].some((node) => isMissedByFile(node, causes));
    default:
      return unreachable(finding);
  }
}

const isMissedByFile = (node: NodeName, { differing, disowning }: Causes): boolean =>
  differing.has(node) || disowning.has(node);

/** Whether a node could stand by, if it were not for the files. */
function isExplainedStandby({ node, reasons }: UnfitNode, causes: Causes): boolean {
  const { self, differing, disowning } = causes;
  if (disowning.has(node) || (node === self && disowning.size > 0)) return true;
  const isOfFile = ({ code, detail }: UnfitReason): boolean =>
    (code === "not-configured" && differing.has(node)) ||
    (code === "not-known-to-peer" && [...differing].some((other) => other === detail));
  return reasons.every(isOfFile);
}
