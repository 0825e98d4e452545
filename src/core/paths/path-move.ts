import type { ConfiguredAddress } from "../../model/interface-configuration.js";
import type { FailoverPlan, UnmovedAddress } from "../../model/path.js";
import { namesOf } from "./step-items.js";

/** What went from one interface to another with a change of paths that is done. */
export interface PathMove {
  readonly from: string;
  readonly to: string;
  /** On the interface itself; VLANs bring theirs along. */
  readonly addresses: readonly ConfiguredAddress[];
  /** What was there, and was left there. */
  readonly stayed: readonly string[];
  /** What was taken off `from` and could not be put on `to`: it is nowhere. */
  readonly mislaid: readonly string[];
}

export function moveDone({ from, to, moved }: FailoverPlan, unmoved: readonly UnmovedAddress[]): PathMove {
  const stayed = unmoved.map(({ address }) => address);
  const addresses = moved.addresses.filter(({ address }) => !stayed.includes(address));
  return { from, to, addresses, stayed, mislaid: [] };
}

/**
 * What an earlier run had moved already went back; what could not be taken off the other interface is still there. What is
 * on neither follows each move in turn: the one to where the traffic stays comes last.
 */
export function movesUndone(plan: FailoverPlan, rest: FailoverPlan | undefined): readonly PathMove[] {
  const { from, to, moved } = plan;
  const owed = new Set(rest?.moved.addresses.map(({ address }) => address));
  const stuck = new Set(
    rest?.undo.filter((each) => each.kind === "remove-addresses" && each.interface === to).flatMap(namesOf),
  );
  const back = moved.addresses.filter(({ address }) => !owed.has(address));
  const there = moved.addresses.filter(({ address }) => stuck.has(address));
  const mislaid = [...owed].filter((address) => !stuck.has(address));
  const backMove = { from: to, to: from, addresses: back, stayed: [], mislaid };
  return [...(there.length === 0 ? [] : [{ from, to, addresses: there, stayed: [], mislaid: [] }]), backMove];
}
