import type { Instant } from "../src/base/time.js";
import type { UdpProbe } from "../lab/measure.js";
import { Trial } from "../src/main/trial/trial.js";
import type { Fault, Subject } from "./subject.js";

const SERVICE = "shop";

export class LocumSubject implements Subject {
  readonly name: string;
  readonly trial: Trial;

  private constructor(name: string, trial: Trial) {
    this.name = name;
    this.trial = trial;
  }

  static async open(profile: string, nodes = 2): Promise<LocumSubject> {
    const trial = await Trial.open({ nodes, detection: profile });
    await trial.startAgents();
    await trial.settle(SERVICE, "web1");
    return new LocumSubject(`Locum ${profile}`, trial);
  }

  get lab(): Trial["lab"] {
    return this.trial.lab;
  }

  startProbe(): Promise<UdpProbe> {
    return this.trial.startProbe();
  }

  async inflict(fault: Fault, holder: string): Promise<Instant> {
    switch (fault) {
      case "cable cut":
        return this.lab.cut(holder, "lan");
      case "node frozen":
        return this.lab.hang(holder);
      case "power off":
        return this.lab.powerOff(holder);
      case "agent kill -9":
        return this.trial.killAgent(holder);
      case "orderly stop":
        return this.trial.stopAgent(holder);
      case "planned move":
        return this.trial.moveByHand(SERVICE, this.#other(holder));
    }
  }

  async recover(fault: Fault, broken: string): Promise<void> {
    if (fault === "cable cut") this.lab.restore(broken, "lan");
    if (fault === "node frozen") this.lab.unhang(broken);
    if (fault === "power off") await this.trial.powerOn(broken);
    if (fault === "agent kill -9" || fault === "orderly stop") {
      await this.trial.agent(broken).exited;
      await this.trial.startAgent(broken);
    }
    const holder = this.#other(broken);
    await this.trial.untilHeldBy(SERVICE, holder, this.trial.nodes);
    await this.trial.untilFit(broken, holder);
  }

  close(): Promise<void> {
    return this.trial.close();
  }

  #other(node: string): string {
    return node === "web1" ? "web2" : "web1";
  }
}
