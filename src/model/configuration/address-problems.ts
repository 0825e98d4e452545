/** What is wrong between addresses: one that is used twice, a ping target that is our own. */
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { AddressUse, Survey } from "./survey.js";

export function addressProblems({ addresses }: Survey): ConfigurationProblem[] {
  const machines = addresses.filter(({ role }) => role !== "ping");
  const owners = firstUses(machines);
  const targets = addresses.filter(({ role }) => role === "ping");
  return [
    ...machines.flatMap((use) => duplicate(use, owners.get(use.address))),
    ...targets.flatMap((use) => ownPingTarget(use, owners.get(use.address))),
    ...repeatedTargets(targets),
  ];
}

function firstUses(uses: readonly AddressUse[]): Map<string, AddressUse> {
  const first = new Map<string, AddressUse>();
  for (const use of uses) if (!first.has(use.address)) first.set(use.address, use);
  return first;
}

function duplicate(use: AddressUse, first: AddressUse | undefined): ConfigurationProblem[] {
  if (first === undefined || first === use) return [];
  const same = first.owner === use.owner;
  return [
    problemAt(use.entry, {
      code: "duplicate-address",
      message: `${use.address} is already the address of ${same ? "the same " : ""}${same ? use.role : first.owner}, on line ${first.entry.at.line}`,
      advice: duplicateAdvice(use, first),
    }),
  ];
}

function duplicateAdvice(use: AddressUse, first: AddressUse): string {
  if (use.role !== first.role)
    return "A node keeps its address, a service moves with its own: give the service another one";
  return use.role === "node"
    ? "Give each node its own address on each network"
    : "Remove one of the two: an address moves with one service only";
}

function ownPingTarget(use: AddressUse, owner: AddressUse | undefined): ConfigurationProblem[] {
  if (owner === undefined) return [];
  return [
    problemAt(use.entry, {
      code: "own-ping-target",
      message: `${use.address} is the address of ${owner.owner}`,
      advice: "Ping something outside the cluster that is up as long as the network is, such as the router or switch",
    }),
  ];
}

/** One target may stand for several networks, but twice on one it only looks like two. */
function repeatedTargets(targets: readonly AddressUse[]): ConfigurationProblem[] {
  const seen = new Set<string>();
  return targets.flatMap((use) => {
    const key = `${use.holder} ${use.address}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [
      problemAt(use.entry, {
        code: "duplicate-address",
        message: `${use.address} is already one of ${use.owner}`,
        advice: "Remove one of the two",
      }),
    ];
  });
}
