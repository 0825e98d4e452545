/**
 * What a change of paths starts from while the one before it is still owed a part of its undoing: both interfaces as they
 * would be had that been undone whole. What could not be put back is on neither of them, and comes along.
 */
import type { InterfaceChange, InterfaceConfiguration, RoutesElsewhere } from "../../model/interface-configuration.js";
import type { FailoverPlan } from "../../model/path.js";
import { allJoined, filtered, namesIn, NOTHING, routeName } from "./configured-items.js";
import { namesOf, parted } from "./step-items.js";
import { putsOn } from "./step-traits.js";

export interface Ends {
  readonly from: InterfaceConfiguration;
  readonly to: InterfaceConfiguration;
}

export function withOwed({ from, to }: Ends, owed: readonly InterfaceChange[]): Ends {
  const there = new Set(namesIn(to));
  const isMissing = (name: string): boolean => !there.has(name);
  const settled = owed.reduce((before, change) => set(before, change), from);
  return {
    from: owed.reduce((before, change) => added(before, change, isMissing), withSourced(settled, to, owed)),
    to: owed.reduce((before, change) => set(before, change), to),
  };
}

/**
 * What is left to do without addresses that somebody has put on the other path meanwhile: they have a place, and are on two
 * interfaces otherwise. What the plan itself is to take off there waits for that.
 *
 * @param isOn whether the interface of that name has the address
 */
export function withoutReplaced(plan: FailoverPlan, isOn: (name: string, address: string) => boolean): FailoverPlan {
  const leaving = new Set(plan.undo.filter(({ kind }) => kind === "remove-addresses").flatMap(namesOf));
  const undo = plan.undo.flatMap((change) => {
    if (change.kind !== "add-addresses") return [change];
    const other = change.interface === plan.from ? plan.to : plan.from;
    const [, missing] = parted(change, (address) => !leaving.has(address) && isOn(other, address));
    return missing === undefined ? [] : [missing];
  });
  return { ...plan, undo };
}

/** What was to be put on the interface that the traffic goes to comes along from the one that it leaves, as if it were there. */
export const owedAlong = (
  owed: readonly InterfaceChange[],
  { from, to }: { readonly from: string; readonly to: string },
): readonly InterfaceChange[] =>
  owed.map((change) => (change.interface === to && putsOn(change) ? { ...change, interface: from } : change));

/** With what is set for the interface as a whole. */
function set(before: InterfaceConfiguration, change: InterfaceChange): InterfaceConfiguration {
  if (change.interface !== before.interface) return before;
  switch (change.kind) {
    case "enable":
    case "disable":
      return { ...before, up: change.kind === "enable" };
    case "set-mac":
      return { ...before, mac: change.mac };
    case "set-mtu":
      return { ...before, mtu: change.mtu };
    default:
      return before;
  }
}

/** What is owed to interfaces that are no paths goes out from an address of the group. */
function withSourced(
  from: InterfaceConfiguration,
  to: InterfaceConfiguration,
  owed: readonly InterfaceChange[],
): InterfaceConfiguration {
  const sourced = owedElsewhere(owed, from.interface, to.interface);
  return sourced.length === 0 ? from : { ...from, sourced: [...(from.sourced ?? []), ...sourced] };
}

const owedElsewhere = (owed: readonly InterfaceChange[], ...paths: readonly string[]): readonly RoutesElsewhere[] =>
  owed.flatMap((change) =>
    change.kind !== "add-routes" || paths.includes(change.interface)
      ? []
      : [{ interface: change.interface, routes: change.routes }],
  );

/** With the rest of that, whose addresses stay where they are: it is tried once more, and owed on. */
export function withOwedElsewhere(plan: FailoverPlan, owed: readonly InterfaceChange[]): FailoverPlan {
  const { from, to, moved, steps, undo } = plan;
  const rest = owedElsewhere(owed, from, to).flatMap(({ interface: name, routes }): readonly InterfaceChange[] => {
    const going = new Set(
      moved.sourced?.flatMap((each) => (each.interface === name ? each.routes.map(routeName) : [])),
    );
    const staying = routes.filter((route) => !going.has(routeName(route)));
    return staying.length === 0 ? [] : [{ kind: "add-routes", interface: name, routes: staying }];
  });
  return { ...plan, steps: [...steps, ...rest], undo: [...undo, ...rest] };
}

function added(
  before: InterfaceConfiguration,
  change: InterfaceChange,
  isMissing: (name: string) => boolean,
): InterfaceConfiguration {
  if (change.interface !== before.interface || !putsOn(change)) return before;
  return { ...before, ...allJoined(before, filtered({ ...NOTHING, ...change }, isMissing)) };
}
