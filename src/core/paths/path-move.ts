import type { ConfiguredAddress } from "../../model/interface-configuration.js";

/** What went from one interface to another with a change of paths that is done. */
export interface PathMove {
  readonly from: string;
  readonly to: string;
  /** On the interface itself; VLANs bring theirs along. */
  readonly addresses: readonly ConfiguredAddress[];
}
