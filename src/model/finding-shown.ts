/**
 * Which findings are shown to people beside `key-differs`: not those that it explains.
 *
 * It rests on packets that prove nothing, which anybody on the network can send. So it is no cause for the decisions
 * (core/findings/explained.ts) and rules do not see it: what it explains goes on being a finding for both, and is only
 * not shown. That the node is down is shown all the same, before it: the packets may be a stranger's.
 */
import type { NodeName } from "./names.js";
import type { Finding } from "./note.js";
import type { FindingView, NodeView } from "./status.js";

/** The view as people are to see it. */
export function asShown(view: NodeView): NodeView {
  const differing = new Set(
    view.findings.flatMap(({ finding }) => (finding.kind === "key-differs" ? finding.node : [])),
  );
  if (differing.size === 0) return view;
  const causes = { self: view.node, differing };
  const shown = view.findings.filter(({ finding }) => !isExplained(finding, causes));
  return { ...view, findings: downFirst(shown, differing).map((each) => suspecting(each, causes)) };
}

interface Causes {
  readonly self: NodeName;
  /** Nodes that seem to have another key, and are not heard. */
  readonly differing: ReadonlySet<NodeName>;
}

function isExplained(finding: Finding, { self, differing }: Causes): boolean {
  const isBetween = (nodes: readonly NodeName[]): boolean =>
    nodes.includes(self) && nodes.some((node) => differing.has(node));
  switch (finding.kind) {
    case "pair-cut":
      return isBetween(finding.nodes);
    case "one-way":
      return isBetween([finding.from, finding.to]);
    case "agent-impaired":
      return [...differing].some((node) => finding.what === `peer stream ${node}`);
    default:
      return false;
  }
}

/** That a node is down, right before its packets that are sealed with another key. */
function downFirst(views: readonly FindingView[], differing: ReadonlySet<NodeName>): readonly FindingView[] {
  const down = views.filter(({ finding }) => finding.kind === "node-down" && differing.has(finding.node));
  return views
    .filter((view) => !down.includes(view))
    .flatMap((view) => [...down.filter((each) => isOfKeyOf(view.finding, each.finding)), view]);
}

const isOfKeyOf = (finding: Finding, down: Finding): boolean =>
  finding.kind === "key-differs" && down.kind === "node-down" && down.node === finding.node;

/**
 * A machine that claims an address may be a node with another key, which nobody hears of who holds what. Of two nodes
 * nobody can tell which one it would be.
 */
function suspecting(view: FindingView, { differing }: Causes): FindingView {
  const { finding } = view;
  if (finding.kind !== "address-contested" || finding.node !== undefined) return view;
  const [suspect, ...others] = differing;
  if (others.length > 0) return view;
  return suspect === undefined ? view : { ...view, finding: { ...finding, suspect } };
}
