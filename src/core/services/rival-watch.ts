/** Keeps account of a claim that is weaker than this holder's: its node will give it up as soon as it hears of ours. */
import type { ServiceConfig } from "../../model/cluster.js";
import type { Effects } from "../effects.js";
import type { HeardClaim } from "../membership/membership.js";

export class RivalWatch {
  #rival: HeardClaim | undefined;

  begin(): void {
    this.#rival = undefined;
  }

  /** Notes a new rival once. @returns whether the one before is gone, and what it spoiled has to be mended */
  review(epoch: number, rival: HeardClaim | undefined, { name }: ServiceConfig, effects: Effects): boolean {
    const seen = this.#rival;
    this.#rival = rival;
    if (rival === undefined) return seen !== undefined;
    if (rival.claim.state === "offering" && rival.claim.epoch < epoch) return false;
    if (seen?.peer === rival.peer && seen.claim.epoch === rival.claim.epoch) return false;
    effects.note({ code: "service.rival", service: name, epoch, rival: rival.peer, rivalEpoch: rival.claim.epoch });
    return false;
  }
}
