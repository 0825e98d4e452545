import type { ChildProcess } from "node:child_process";

/** Processes that Node has started here and takes away itself when they end, unlike those that this process adopts. */
const living = new Set<number>();

/** To be called for each child, in the same turn in which it was started. */
export function own<Child extends ChildProcess>(child: Child): Child {
  const { pid } = child;
  if (pid === undefined) return child;
  living.add(pid);
  child.on("exit", () => living.delete(pid));
  return child;
}

export const isOwnChild = (pid: number): boolean => living.has(pid);
