/** Keeps account of a claim that is weaker than this holder's: its node will give it up as soon as it hears of ours. */
import { between } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { Effects } from "../effects.js";
import type { HeardClaim } from "../membership/membership.js";
import type { Situation } from "./situation.js";
import type { Holding } from "./stance.js";

export class RivalWatch {
  #rival: HeardClaim | undefined;

  begin(): void {
    this.#rival = undefined;
  }

  /** Notes a new rival once, and its end. @returns whether one is gone, and what it spoiled has to be mended */
  review(
    held: Holding,
    rival: HeardClaim | undefined,
    config: ServiceConfig,
    { now, speaks }: Pick<Situation, "now" | "speaks">,
    effects: Effects,
  ): boolean {
    const seen = this.#rival;
    this.#rival = rival;
    const { name: service, programs } = config;
    if (rival === undefined) {
      // One that fell silent may go on.
      if (seen === undefined || handsOver(seen, held) || !speaks(seen.peer)) return seen !== undefined;
      const overlap = between(held.since, now);
      effects.note({
        code: "service.rival-gone",
        service,
        rival: seen.peer,
        overlap,
        hasPrograms: programs !== undefined,
      });
      return true;
    }
    const { epoch } = held;
    if (handsOver(rival, held)) return false;
    if (seen?.peer === rival.peer && seen.claim.epoch === rival.claim.epoch) return false;
    effects.note({ code: "service.rival", service, epoch, rival: rival.peer, rivalEpoch: rival.claim.epoch });
    return false;
  }
}

/** It made the offer that this holder took up, and its word still stands. */
const handsOver = ({ claim }: HeardClaim, { epoch }: Holding): boolean =>
  claim.state === "offering" && claim.epoch < epoch;
