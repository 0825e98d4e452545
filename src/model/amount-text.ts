import { SLOTS } from "./cluster.js";

const UNITS = [
  ["TiB", 2 ** 40],
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 2 ** 10],
] as const;

/** How much of how much of a resource: `3 of 3 slots`, `5GiB of 8GiB memory`. */
export const shareText = (resource: string, part: number, whole: number): string =>
  `${amountText(resource, part)} of ${amountText(resource, whole)} ${resource}`;

/** An amount as a cluster file has it; slots are counted, and what is large is taken for bytes. */
export function amountText(resource: string, amount: number): string {
  const [unit, size] = resource === SLOTS ? ["", 1] : (UNITS.find(([, least]) => amount >= least) ?? ["", 1]);
  return `${Math.round((amount / size) * 100) / 100}${unit}`;
}
