/** What is wrong between addresses: one that is used twice, a target that is our own. */
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { AddressUse, Survey } from "./survey.js";

export function addressProblems({ addresses, preferences }: Survey): ConfigurationProblem[] {
  const machines = addresses.filter(({ role }) => role !== "ping" && role !== "path target");
  const owners = firstUses(machines);
  const targets = addresses.filter(({ role }) => role === "ping");
  const candidates = new Set(preferences.map(({ service, node }) => `${service} ${node}`));
  const pathTargets = addresses.filter(({ role }) => role === "path target");
  return [
    ...machines.flatMap((use) => duplicate(use, owners.get(use.address))),
    ...targets.flatMap((use) => ownPingTarget(use, owners.get(use.address))),
    ...pathTargets.flatMap((use) => selfTarget(use, owners.get(use.address), candidates)),
    ...repeatedTargets([...targets, ...pathTargets]),
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
  if (use.role === "warm standby") return "Give a warm standby a dummy address that nobody uses";
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

/** The other end of a cable is a good target, but for the node itself, which reaches its own addresses in any case. */
function selfTarget(
  use: AddressUse,
  owner: AddressUse | undefined,
  candidates: ReadonlySet<string>,
): ConfigurationProblem[] {
  if (owner === undefined) return [];
  const isService = owner.role === "service";
  const mayHold = candidates.has(`${owner.holder} ${use.holder}`);
  if (isService ? !mayHold : owner.holder !== use.holder) return [];
  return [
    problemAt(use.entry, {
      code: "own-ping-target",
      message: isService
        ? `${use.address} is the address of ${owner.owner}, which node "${use.holder}" may hold`
        : `${use.address} is the address of ${owner.owner}, which always reaches it`,
      advice: "Ping something at the other end of the path: the peer, the router or the switch",
    }),
  ];
}

/** One target may stand for several networks, but twice on one it only looks like two. */
function repeatedTargets(targets: readonly AddressUse[]): ConfigurationProblem[] {
  const seen = new Set<string>();
  return targets.flatMap((use) => {
    const key = `${use.owner} ${use.address}`;
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
