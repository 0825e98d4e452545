/** What is wrong between the programs of a service: names that are none, cycles, and standbys that could never start. */
import { nearest } from "../../base/nearest.js";
import { clip } from "./clip.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, entriesOf, keyOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import { ownAddressProblems } from "./own-address.js";
import { ADDRESSES } from "./program-schema.js";
import type { Named, Survey } from "./survey.js";

export const programProblems = ({ services, addresses }: Survey): ConfigurationProblem[] =>
  services.flatMap((service) => {
    const own = addresses.filter(({ role, holder }) => role === "service" && holder === service.name);
    return problemsOf(service, orderIn(service.entry), new Set(own.map(({ address }) => address)));
  });

/** What comes after what in one service. */
interface Order {
  readonly programs: ReadonlyMap<string, LocatedNode>;
  /** What each program, and the addresses, come after: one entry for each name. */
  readonly after: ReadonlyMap<string, readonly LocatedNode[]>;
  /** Nothing says what the addresses come after: they come after all that does not come after them. */
  readonly isAddressesLast: boolean;
}

function orderIn(service: LocatedNode): Order {
  const entries = entriesOf(service, "programs").slice(0, LIMITS.programsPerService);
  const programs = new Map(entries.map((entry) => [keyOf(entry), entry]));
  const addresses = entriesOf(service.children.get("addresses"), "after");
  return {
    programs,
    isAddressesLast: service.children.get("addresses")?.children.has("after") !== true,
    after: new Map([
      [ADDRESSES, addresses],
      ...entries.map((each) => [keyOf(each), entriesOf(each, "after")] as const),
    ]),
  };
}

const problemsOf = (service: Named, order: Order, addresses: ReadonlySet<string>): ConfigurationProblem[] => [
  ...reservedName(order),
  ...unknownPrograms(service, order),
  ...cycles(service, order),
  ...[...order.programs.values()].flatMap((program) => [
    ...unreachable(program, order),
    ...ownAddressProblems(program, { addresses, waits: addressesWaitFor(keyOf(program), order) }),
  ]),
];

function reservedName({ programs }: Order): ConfigurationProblem[] {
  const entry = programs.get(ADDRESSES);
  if (entry === undefined) return [];
  const message = `"${ADDRESSES}" means the addresses of the service, and is no name for a program`;
  return [problemAtKey(entry, { code: "bad-name", message, advice: "Give the program another name" })];
}

function unknownPrograms({ name }: Named, { programs, after }: Order): ConfigurationProblem[] {
  const known = [...programs.keys()];
  return [...after].flatMap(([owner, entries]) =>
    entries.slice(0, LIMITS.programsPerService).flatMap((entry) => {
      const wanted = String(entry.value);
      if (programs.has(wanted) || (wanted === ADDRESSES && owner !== ADDRESSES)) return [];
      const meant = nearest(wanted, owner === ADDRESSES ? known : [...known, ADDRESSES]);
      return [
        problemAt(entry, {
          code: "unknown-program",
          message: `The service "${name}" has no program "${clip(wanted)}"`,
          advice: meant === undefined ? "Name a program of the same service" : `Did you mean "${meant}"?`,
        }),
      ];
    }),
  );
}

/** Reported once, where it is closed. */
function cycles({ name }: Named, { after }: Order): ConfigurationProblem[] {
  const done = new Set<string>();
  for (const start of after.keys()) {
    const found = cycleFrom(start, after, [], done);
    if (found === undefined) continue;
    const { entry, way } = found;
    return [
      problemAt(entry, {
        code: "program-cycle",
        message: `In the service "${name}", ${way.join(" comes after ")}: none of them could ever start`,
        advice: "Remove one of these names from its `after`",
      }),
    ];
  }
  return [];
}

interface Cycle {
  readonly entry: LocatedNode;
  readonly way: readonly string[];
}

function cycleFrom(name: string, after: Order["after"], way: readonly string[], done: Set<string>): Cycle | undefined {
  if (done.has(name)) return undefined;
  for (const entry of after.get(name) ?? []) {
    const next = String(entry.value);
    const at = [...way, name].indexOf(next);
    if (at >= 0) return { entry, way: [...[...way, name].slice(at), next] };
    const found = after.has(next) ? cycleFrom(next, after, [...way, name], done) : undefined;
    if (found !== undefined) return found;
  }
  done.add(name);
  return undefined;
}

/** On a standby there are no addresses, and nothing runs that is for the holder only. */
function unreachable(program: LocatedNode, { programs }: Order): ConfigurationProblem[] {
  if (!runsOnStandbys(program)) return [];
  return entriesOf(program, "after").flatMap((entry) => {
    const before = programs.get(String(entry.value));
    const isMissing = entry.value === ADDRESSES || (before !== undefined && !runsOnStandbys(before));
    if (!isMissing) return [];
    return [
      problemAt(entry, {
        code: "standby-waits",
        message: `"${keyOf(program)}" runs on standbys, where "${String(entry.value)}" is not: it would wait for ever`,
        advice: `Take it out of \`after\`, or let "${keyOf(program)}" run on the holder only`,
      }),
    ];
  });
}

const addressesWaitFor = (program: string, { after, isAddressesLast }: Order): boolean =>
  isAddressesLast ? !comesAfter(program, ADDRESSES, after) : comesAfter(ADDRESSES, program, after);

function comesAfter(later: string, earlier: string, after: Order["after"], seen = new Set<string>()): boolean {
  if (seen.has(later)) return false;
  seen.add(later);
  const before = (after.get(later) ?? []).map(({ value }) => String(value));
  return before.includes(earlier) || before.some((each) => comesAfter(each, earlier, after, seen));
}

function runsOnStandbys(program: LocatedNode): boolean {
  const value = program.children.get("standby")?.value;
  return value === "on" || value === true;
}
