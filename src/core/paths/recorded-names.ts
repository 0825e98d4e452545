/**
 * What is on record names interfaces as they were then: one may have got another name since, and routes over a path of another
 * group have gone to the other one if that group has changed paths.
 */
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { FailoverPlan } from "../../model/path.js";

type NameNow = (recorded: string) => string;

/** A plan on record, with routes over other interfaces where `placeOf` says that they are now. */
export function placedPlan(plan: FailoverPlan, placeOf: NameNow): FailoverPlan {
  return renamedPlan(plan, (name) => (name === plan.from || name === plan.to ? name : placeOf(name)));
}

/** The same of an interface's configuration on record. */
export function placedRoutes(recorded: InterfaceConfiguration, placeOf: NameNow): InterfaceConfiguration {
  const { sourced, vlans } = recorded;
  if (sourced === undefined && vlans.length === 0) return recorded;
  const placed = <Own extends Omit<InterfaceConfiguration, "vlans">>(own: Own): Own =>
    own.sourced === undefined ? own : { ...own, sourced: own.sourced.map((each) => renamedOne(each, placeOf)) };
  return {
    ...placed(recorded),
    vlans: vlans.map((vlan) => ({ ...vlan, configuration: placed(vlan.configuration) })),
  };
}

/** What is on record, of interfaces that have other names now. */
export const renamedPlan = (plan: FailoverPlan, nameNow: NameNow): FailoverPlan => ({
  ...plan,
  from: nameNow(plan.from),
  to: nameNow(plan.to),
  moved: renamedConfiguration(plan.moved, nameNow),
  replaced: renamedConfiguration(plan.replaced, nameNow),
  steps: plan.steps.map((step) => renamedOne(step, nameNow)),
  undo: plan.undo.map((step) => renamedOne(step, nameNow)),
});

export const renamedConfiguration = (recorded: InterfaceConfiguration, nameNow: NameNow): InterfaceConfiguration =>
  renamedOne(placedRoutes(recorded, nameNow), nameNow);

const renamedOne = <Each extends { readonly interface: string }>(each: Each, nameNow: NameNow): Each => ({
  ...each,
  interface: nameNow(each.interface),
});
