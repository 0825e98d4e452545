/** Keeps account of a claim that is weaker than this holder's: its node will give it up as soon as it hears of ours. */
import { between } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { Effects } from "../effects.js";
import type { HeardClaim } from "../membership/membership.js";
import type { Situation } from "./situation.js";
import type { Holding } from "./stance.js";

export class RivalWatch {
  #rival: HeardClaim | undefined;
  /** All that is known of its claim is from before it was silent: it may have let go since. */
  #isOld = false;

  begin(): void {
    this.#rival = undefined;
    this.#isOld = false;
  }

  /** Notes a new rival once, and its end. @returns whether one is gone, and what it spoiled has to be mended */
  review(
    held: Holding,
    rival: HeardClaim | undefined,
    { name: service, programs }: ServiceConfig,
    { now, speaks, hasSpoken }: Pick<Situation, "now" | "speaks" | "hasSpoken">,
    effects: Effects,
  ): boolean {
    const [seen, wasOld] = [this.#rival, this.#isOld];
    this.#rival = rival;
    this.#isOld = rival !== undefined && !hasSpoken(rival.peer);
    if (rival === undefined) {
      // One that fell silent may go on.
      if (seen === undefined || handsOver(seen, held) || !speaks(seen.peer)) return seen !== undefined;
      const overlap = between(held.since, now);
      const hasPrograms = programs !== undefined;
      const { peer } = seen;
      effects.note({ code: "service.rival-gone", service, rival: peer, overlap, hasPrograms, ...old(wasOld) });
      return true;
    }
    if (handsOver(rival, held)) return false;
    const isKnown = seen?.peer === rival.peer && seen.claim.epoch === rival.claim.epoch;
    if (isKnown && !(wasOld && !this.#isOld)) return false;
    const { epoch } = held;
    const { peer, claim } = rival;
    effects.note({ code: "service.rival", service, epoch, rival: peer, rivalEpoch: claim.epoch, ...old(this.#isOld) });
    return false;
  }
}

const old = (isOld: boolean): { readonly isOld?: true } => (isOld ? { isOld } : {});

/** It made the offer that this holder took up, and its word still stands. */
const handsOver = ({ claim }: HeardClaim, { epoch }: Holding): boolean =>
  claim.state === "offering" && claim.epoch < epoch;
