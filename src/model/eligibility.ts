/**
 * Whether an address may be put on an interface, check by check (AF-3). Each check has a name and an answer in data; words
 * are made in one place (note-text-eligibility.ts).
 */
export type EligibilityCheck =
  /** The interface exists. */
  | "interface-present"
  /** It is switched on and has a carrier. */
  | "interface-up"
  /** The path that the interface belongs to is healthy. */
  | "path-healthy"
  /** It leads to the same network: the path group, or another address of the subnet, says so. */
  | "same-network"
  /** The subnet can be reached there. */
  | "same-subnet"
  /** The VLAN of the address exists there or can be made there. */
  | "vlan-available"
  /** No other member of the cluster has the address. */
  | "free-in-cluster"
  /** Nobody else on the wire has it. */
  | "free-on-wire"
  | "room-for-address"
  | "room-for-mac"
  /** Its MTU is not smaller than that of the interface that the address comes from. */
  | "mtu";

export interface EligibilityResult {
  readonly check: EligibilityCheck;
  /** `unknown`: it can't be said from here; that speaks against nothing. */
  readonly verdict: "yes" | "no" | "unknown";
  /** What it was found by, such as the interface, the holder's name, a MAC or two numbers; for the words. */
  readonly detail?: string;
}

export interface Eligibility {
  readonly address: string;
  readonly interface: string;
  readonly results: readonly EligibilityResult[];
}

/** What the checks say of an interface of this node that a service's address is on, or could go to. */
export interface AddressOutlook extends Eligibility {
  readonly isHere: boolean;
}

/** Nothing speaks against it. */
export const isEligible = (eligibility: Eligibility): boolean => objections(eligibility).length === 0;

/** What speaks against it. */
export const objections = ({ results }: Eligibility): readonly EligibilityResult[] =>
  results.filter(({ verdict }) => verdict === "no");
