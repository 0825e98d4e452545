import type { Instant } from "../src/base/time.js";
import type { UdpProbe } from "../lab/measure.js";
import { SHOP_ADDRESS, Trial } from "../src/main/trial/trial.js";
import type { Fault, Subject } from "./subject.js";

const SERVICE = "shop";
/** Agents start one after the other: a machine that stands in for many must not be overloaded by their starts. */
const START_MS_MAX = 10_000;
const MAC = /link\/ether (\S+)/;

export interface LocumOptions {
  readonly profile: string;
  readonly nodes?: number;
  /** Given: with this `identity`, for a client whose ARP entry for the service never changes by itself. */
  readonly identity?: string;
  /** How many rules, unless given none. */
  readonly rules?: number;
}

export class LocumSubject implements Subject {
  readonly name: string;
  readonly trial: Trial;

  readonly #isClientStatic: boolean;

  private constructor(name: string, trial: Trial, isClientStatic: boolean) {
    this.name = name;
    this.trial = trial;
    this.#isClientStatic = isClientStatic;
  }

  static async open({ profile, nodes = 2, identity, rules = 0 }: LocumOptions): Promise<LocumSubject> {
    const services = `  ${SERVICE}: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2], identity: ${identity ?? "announce"} }\n`;
    const trial = await Trial.open({
      nodes,
      detection: profile,
      settleMsMax: nodes * START_MS_MAX,
      ...(identity === undefined && rules === 0 ? {} : { services: services + rulesText(rules) }),
    });
    for (const node of trial.nodes) await trial.startAgent(node);
    await trial.settle(SERVICE, "web1");
    const suffix = identity === undefined ? "" : `, identity ${identity}, client with a static ARP entry`;
    const subject = new LocumSubject(`Locum ${profile}${suffix}`, trial, identity !== undefined);
    await subject.#pinClient("web1");
    return subject;
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
    await this.#pinClient(holder);
  }

  close(): Promise<void> {
    return this.trial.close();
  }

  /** The client believes from now on, for good, that the service is at the MAC of this node. */
  async #pinClient(holder: string): Promise<void> {
    if (!this.#isClientStatic) return;
    const host = this.trial.host(holder);
    const made = await host.run(["ip", "link", "show", "type", "macvlan"]);
    const [, mac = ""] = MAC.exec(made) ?? MAC.exec(await host.run(["ip", "link", "show", "dev", "eth0"])) ?? [];
    const words = ["neighbour", "replace", SHOP_ADDRESS, "lladdr", mac, "dev", "eth0", "nud", "permanent"];
    await this.trial.host("client").run(["ip", ...words]);
  }

  #other(node: string): string {
    return node === "web1" ? "web2" : "web1";
  }
}

/** What operators ask for (docs/rules.md), of each scope; none comes true in a cluster that has nothing to do. */
const CONDITIONS: readonly { readonly each: string; readonly when: string }[] = [
  { each: "", when: 'nodes.exists(n, nodes[n].state == "down")' },
  { each: "", when: 'findings.exists(f, f.kind == "network-down")' },
  { each: "node", when: "has(node.attributes.temperature) && double(node.attributes.temperature) > 80.0" },
  { each: "service", when: "service.standbys == []" },
];

function rulesText(count: number): string {
  const rules = Array.from({ length: count }, (_, index) => {
    const { each, when } = CONDITIONS[index % CONDITIONS.length] ?? { each: "", when: "false" };
    return `  rule${index}: { ${each === "" ? "" : `each: ${each}, `}when: '${when}', do: [{ notify: "it came true" }] }\n`;
  });
  return count === 0 ? "" : `rules:\n${rules.join("")}`;
}
