/** What a service is made with, beside its configuration. */
import type { Damping } from "../../model/cluster.js";
import type { AddressHolding } from "../addresses/address-holding.js";

export interface ServiceParts {
  readonly addresses: AddressHolding;
  readonly knownEpoch: number;
  /** With which an earlier run of the agent held it in the pause that goes on. */
  readonly heldBefore?: number | undefined;
  /** How long a node is banned on which programs fail. */
  readonly damping: () => Damping;
}
