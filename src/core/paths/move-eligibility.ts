/**
 * Whether the addresses of one path of a group may go to the other (AF-3): asked at a failover, and at any time before, so
 * that the operator learns of an obstacle in time.
 */
import {
  type Eligibility,
  type EligibilityCheck,
  type EligibilityResult,
  objections,
} from "../../model/eligibility.js";
import type { PathGroupConfig, PathHealth } from "../../model/path.js";
import { type EligibilityFacts, eligibility, type InterfaceLimits } from "../addresses/eligibility.js";
import { dummyOf } from "./failover-plan.js";

/** Each MAC is there for an address at least: as many, that of the interface itself among them. */
export const limitsOf = ({ addressesMax }: PathGroupConfig): InterfaceLimits => ({
  addressesMax,
  macsMax: addressesMax,
});

export interface MovingAddress {
  readonly address: string;
  readonly vlanId?: number;
}

export interface Move {
  readonly group: PathGroupConfig;
  readonly from: string;
  readonly to: string;
  readonly healthOfTo: PathHealth;
}

/** All checks of each address, in the order in which they would arrive; the dummy of a warm standby does not move. */
export function moveEligibility(
  addresses: readonly MovingAddress[],
  { group, from, to, healthOfTo }: Move,
  facts: EligibilityFacts,
): readonly Eligibility[] {
  const dummy = dummyOf(group)?.address;
  let arriving = 0;
  const answers: Eligibility[] = [];
  for (const moving of addresses.filter(({ address }) => address !== dummy)) {
    const question = {
      address: moving.address,
      interface: to,
      from,
      group: { name: group.name, interfaces: [from, to], health: healthOfTo },
      limits: limitsOf(group),
      arriving,
      ...(moving.vlanId === undefined ? {} : { vlanId: moving.vlanId }),
      ...(dummy === undefined ? {} : { leaving: [dummy] }),
    };
    const answer = eligibility(question, facts);
    answers.push(answer);
    if (moving.vlanId === undefined && moveObjections(answer).length === 0) arriving += 1;
  }
  return answers;
}

/** That the other interface can be used at all is weighed when a switch is decided, not address by address. */
const WEIGHED: ReadonlySet<EligibilityCheck> = new Set(["interface-present", "interface-up", "path-healthy"]);

/** What speaks against moving this address, once the move is decided. */
export const moveObjections = (answer: Eligibility): readonly EligibilityResult[] =>
  objections(answer).filter(({ check }) => !WEIGHED.has(check));
