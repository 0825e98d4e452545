/** What another cluster file changes, by what an operator wrote down, in the order of the file. */
import type { Cluster } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";
import { programChanges, programsInFile } from "../../model/program-parts.js";
import type { FileChange, ProgramChange } from "../../model/reload.js";

/** What has a name of its own in both files. */
interface Named {
  readonly name: string;
}

/** As the event of a node tells it. */
export const differenceBetween = (before: Cluster, next: Cluster, self: NodeName): FileDifference => ({
  changes: changesBetween(before, next),
  programs: programChanges(programsInFile(before, self), programsInFile(next, self)),
});

interface FileDifference {
  readonly changes: readonly FileChange[];
  /** What becomes of those that run. */
  readonly programs: readonly ProgramChange[];
}

export function changesBetween(before: Cluster, next: Cluster): readonly FileChange[] {
  return [
    ...SETTINGS.filter(({ of }) => isOther(of(before), of(next))).map(({ name }): FileChange => ({
      what: "setting",
      name,
      how: "changed",
    })),
    ...namedChanges("network", before.networks, next.networks),
    ...namedChanges("node", before.nodes, next.nodes),
    ...namedChanges("service", before.services, next.services),
  ];
}

const SETTINGS: readonly { readonly name: string; readonly of: (cluster: Cluster) => unknown }[] = [
  { name: "cluster", of: ({ name }) => name },
  { name: "port", of: ({ port }) => port },
  { name: "detection", of: ({ detection }) => detection },
  { name: "damping", of: ({ damping }) => damping },
];

function namedChanges(
  what: FileChange["what"],
  before: readonly Named[],
  next: readonly Named[],
): readonly FileChange[] {
  const old = new Map(before.map((each) => [each.name, each]));
  const names = new Set(next.map(({ name }) => name));
  const changed = next.flatMap((each): readonly FileChange[] => {
    const { name } = each;
    if (!old.has(name)) return [{ what, name, how: "added" }];
    return isOther(old.get(name), each) ? [{ what, name, how: "changed" }] : [];
  });
  const removed = before.filter(({ name }) => !names.has(name));
  return [...changed, ...removed.map(({ name }): FileChange => ({ what, name, how: "removed" }))];
}

const isOther = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
