import type { Instant } from "../../base/time.js";
import type { Trial } from "../trial/trial.js";

/** One thing that goes wrong, or is done by hand, and who must serve afterwards. */
export interface Act {
  readonly title: string;
  /** What it stands for in an operator's life. */
  readonly story: string;
  /** Does it; the answer is the moment from which the client's gap counts. */
  readonly fault: (trial: Trial) => Instant | Promise<Instant>;
  readonly server: string;
  /** Puts right what was broken, so that the next act starts from two sound nodes. */
  readonly repair: (trial: Trial) => Promise<void>;
}

export const SHOP = "shop";
const nothingToRepair = (): Promise<void> => Promise.resolve();

export const ACTS: readonly Act[] = [
  {
    title: "Cut web1's cable to the clients",
    story: "The kernel says so; web1 hands over to web2 on the networks that are left.",
    fault: (trial) => trial.lab.cut("web1", "lan"),
    server: "web2",
    repair: async (trial) => {
      trial.lab.restore("web1", "lan");
      await trial.untilFit("web1", "web2");
    },
  },
  {
    title: "Kill the agent on web2 with -9",
    story: "Its guard takes the address off and says the goodbye that the agent sealed beforehand.",
    fault: (trial) => trial.killAgent("web2"),
    server: "web1",
    repair: async (trial) => {
      await trial.startAgent("web2");
      await trial.untilFit("web2", "web1");
    },
  },
  {
    title: "Take the power from web1",
    story: "Nobody says goodbye: web2 judges by silence.",
    fault: (trial) => trial.lab.powerOff("web1"),
    server: "web2",
    repair: async (trial) => {
      await trial.powerOn("web1");
      await trial.untilFit("web1", "web2");
    },
  },
  {
    title: "locum move shop --to web1",
    story: "A planned move: web1 takes the address before web2 lets go of it.",
    fault: (trial) => trial.moveByHand(SHOP, "web1"),
    server: "web1",
    repair: nothingToRepair,
  },
  {
    title: "Stop the agent on web1 in order",
    story: "It hands over first and ends then.",
    fault: (trial) => trial.stopAgent("web1"),
    server: "web2",
    repair: nothingToRepair,
  },
];
