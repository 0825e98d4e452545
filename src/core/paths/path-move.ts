import type { ConfiguredAddress } from "../../model/interface-configuration.js";
import type { FailoverPlan, UnmovedAddress } from "../../model/path.js";

/** What went from one interface to another with a change of paths that is done. */
export interface PathMove {
  readonly from: string;
  readonly to: string;
  /** On the interface itself; VLANs bring theirs along. */
  readonly addresses: readonly ConfiguredAddress[];
}

export function moveDone({ from, to, moved }: FailoverPlan, unmoved: readonly UnmovedAddress[]): PathMove {
  const stayed = new Set(unmoved.map(({ address }) => address));
  return { from, to, addresses: moved.addresses.filter(({ address }) => !stayed.has(address)) };
}

/** What an earlier run had moved already went back. */
export const moveUndone = ({ from, to, moved }: FailoverPlan): PathMove => ({
  from: to,
  to: from,
  addresses: moved.addresses,
});
