/**
 * Service addresses come and go with their services: one that is on record from an earlier time may be another node's by
 * now. What is not on this machine because of us is not put there by a change of paths either.
 */
import type {
  ConfiguredRoute,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import type { FailoverPlan } from "../../model/path.js";
import type { EligibilityFacts } from "../addresses/eligibility.js";

type OwnFacts = Pick<EligibilityFacts, "isMoving" | "isOurs">;
type Addressed = { readonly address: string };

const mayBePut =
  (facts: OwnFacts) =>
  ({ address }: Addressed): boolean =>
    !facts.isMoving(address) || facts.isOurs(address);

/** A route can't go out from an address that is not there. */
const mayGoOut =
  (facts: OwnFacts) =>
  ({ source }: ConfiguredRoute): boolean =>
    source === undefined || mayBePut(facts)({ address: source });

const ownSourced = (
  { sourced }: Pick<InterfaceConfiguration, "sourced">,
  facts: OwnFacts,
): Pick<InterfaceConfiguration, "sourced"> =>
  sourced === undefined
    ? {}
    : { sourced: sourced.map((each) => ({ ...each, routes: each.routes.filter(mayGoOut(facts)) })) };

/** The configuration without service addresses that are not this node's now. */
export function ownConfiguration(recorded: InterfaceConfiguration, facts: OwnFacts): InterfaceConfiguration {
  const addresses = recorded.addresses.filter(mayBePut(facts));
  return { ...recorded, addresses, ...ownSourced(recorded, facts), vlans: ownVlans(recorded.vlans, facts) };
}

/** The plan of an earlier run: the guard took service addresses off when that run died, and other nodes may have them. */
export const ownPlan = (plan: FailoverPlan, facts: OwnFacts): FailoverPlan => ({
  ...plan,
  moved: ownConfiguration(plan.moved, facts),
  replaced: ownConfiguration(plan.replaced, facts),
  steps: plan.steps.map((step) => ownChange(step, facts)),
  undo: plan.undo.map((step) => ownChange(step, facts)),
});

/** The part of a step that is not about service addresses: their services put those where they belong. Undefined: nothing. */
export function hostsPart(change: InterfaceChange, { isMoving }: OwnFacts): InterfaceChange | undefined {
  const part = ownChange(change, { isMoving, isOurs: () => false });
  return "addresses" in part && part.addresses.length === 0 ? undefined : part;
}

function ownChange(change: InterfaceChange, facts: OwnFacts): InterfaceChange {
  switch (change.kind) {
    case "add-addresses":
      return { ...change, addresses: change.addresses.filter(mayBePut(facts)) };
    case "announce-addresses":
      return {
        ...change,
        addresses: change.addresses.filter(mayBePut(facts)),
        vlans: ownVlans(change.vlans, facts),
      };
    case "add-routes":
      return { ...change, routes: change.routes.filter(mayGoOut(facts)) };
    case "create-vlans":
      return { ...change, vlans: ownVlans(change.vlans, facts) };
    default:
      return change;
  }
}

const ownVlans = (vlans: readonly VlanInterface[], facts: OwnFacts): readonly VlanInterface[] =>
  vlans.map((vlan) => {
    const addresses = vlan.configuration.addresses.filter(mayBePut(facts));
    return { ...vlan, configuration: { ...vlan.configuration, addresses } };
  });
