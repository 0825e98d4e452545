/**
 * How much of a trunk is left: several member links that carry one path (HN-9). The members are those of the
 * configuration, else all links that the kernel says belong to the interface.
 *
 * A member without a carrier tells no speed, so the last that it told is remembered. One that never told any counts like
 * the average of the others.
 */
import type { KernelLink } from "../../model/kernel.js";
import type { Threshold } from "../../model/path.js";
import type { KernelTable } from "../addresses/kernel-table.js";

/** Members of a trunk whose speed is remembered, at most; the kernel's own limit for a bridge. */
const MEMBERS_MAX = 1_024;

export interface TrunkState {
  readonly up: number;
  readonly total: number;
  /** The threshold is reached: the trunk counts as failed. */
  readonly failed: boolean;
}

/** Whether so many members are lost that the trunk counts as failed. @param speedOf in any unit; unless given, all are alike */
export function isThresholdReached(
  threshold: Threshold,
  { lost, all }: { readonly lost: readonly string[]; readonly all: readonly string[] },
  speedOf: (member: string) => number = () => 1,
): boolean {
  if (lost.length === 0) return false;
  if ("count" in threshold) return lost.length >= threshold.count;
  const weightOf = threshold.of === "bandwidth" ? speedOf : (): number => 1;
  const sum = (names: readonly string[]): number => names.reduce((before, name) => before + weightOf(name), 0);
  return sum(lost) >= threshold.share * sum(all);
}

export class Trunk {
  readonly #configured: readonly string[];
  readonly #threshold: Threshold;
  readonly #speeds = new Map<string, number>();

  constructor(members: readonly string[], threshold: Threshold) {
    this.#configured = members;
    this.#threshold = threshold;
  }

  /** @param master the trunk's interface; undefined when the path is no trunk */
  state(master: KernelLink, kernel: KernelTable): TrunkState | undefined {
    const members = this.#members(master, kernel);
    if (members.length === 0) return undefined;
    for (const { link } of members) this.#learnSpeed(link);
    const working = members.filter(({ link }) => link !== undefined && link.up && link.carrier);
    const lost = members.filter((member) => !working.includes(member)).map(({ name }) => name);
    return {
      up: working.length,
      total: members.length,
      failed: this.#isReached(
        lost,
        members.map(({ name }) => name),
      ),
    };
  }

  /** A member of the configuration that the kernel does not have is a failed one. */
  #members(master: KernelLink, kernel: KernelTable): readonly Member[] {
    if (this.#configured.length > 0) return this.#configured.map((name) => ({ name, link: kernel.linkNamed(name) }));
    return [...kernel.links()]
      .filter((link) => link.master === master.index)
      .map((link) => ({ name: link.name, link }));
  }

  #learnSpeed(link: KernelLink | undefined): void {
    if (link?.speedMbps === undefined || link.speedMbps <= 0) return;
    if (this.#speeds.size < MEMBERS_MAX || this.#speeds.has(link.name)) this.#speeds.set(link.name, link.speedMbps);
  }

  #isReached(lost: readonly string[], all: readonly string[]): boolean {
    const told = all.flatMap((name) => this.#speeds.get(name) ?? []);
    const average = told.length === 0 ? 1 : told.reduce((sum, speed) => sum + speed, 0) / told.length;
    return isThresholdReached(this.#threshold, { lost, all }, (name) => this.#speeds.get(name) ?? average);
  }
}

interface Member {
  readonly name: string;
  readonly link: KernelLink | undefined;
}
