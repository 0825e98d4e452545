import { readFileSync } from "node:fs";
import { known } from "../src/base/assert.js";
import type { Instant } from "../src/base/time.js";
import { bootClock } from "../src/os/linux/libc.js";
import { Lab } from "../lab/lab.js";
import type { LabProcess } from "../lab/lab-process.js";
import { type UdpProbe, startUdpEcho, startUdpProbe } from "../lab/measure.js";
import { cluster } from "../lab/topology.js";
import { SHOP_ADDRESS } from "../src/main/trial/trial.js";
import type { Fault, Subject } from "./subject.js";

const CONFIG_PATH = "/etc/locum/keepalived.conf";
const ECHO_PORT = 7_000;
const NODES = ["web1", "web2"] as const;

export interface KeepalivedOptions {
  readonly advertMs: number;
  /** Real-time priority, which is off unless configured. */
  readonly realTime?: boolean;
}

/** keepalived as its manual describes a pair: VRRP version 3 on the clients' network, web1 preferred. */
export class KeepalivedSubject implements Subject {
  readonly name: string;
  readonly lab: Lab;
  readonly #options: KeepalivedOptions;
  readonly #daemons = new Map<string, LabProcess>();

  private constructor(lab: Lab, options: KeepalivedOptions) {
    const { advertMs, realTime } = options;
    this.name = `keepalived ${advertMs} ms${realTime === true ? ", real time" : ""}`;
    this.lab = lab;
    this.#options = options;
  }

  static async open(options: KeepalivedOptions): Promise<KeepalivedSubject> {
    const subject = new KeepalivedSubject(await Lab.open(cluster(2)), options);
    for (const node of NODES) await subject.#start(node);
    return subject;
  }

  startProbe(): Promise<UdpProbe> {
    return startUdpProbe(this.lab.host("client"), { target: `${SHOP_ADDRESS}:${ECHO_PORT}` });
  }

  async inflict(fault: Fault, holder: string): Promise<Instant> {
    if (fault === "cable cut") return this.lab.cut(holder, "lan");
    if (fault === "node frozen") return this.lab.hang(holder);
    if (fault === "power off") return this.lab.powerOff(holder);
    const at = bootClock();
    const daemon = known(this.#daemons.get(holder), "a daemon was started on every node");
    if (fault === "orderly stop") daemon.signal("SIGTERM");
    else for (const pid of [daemon.pid, ...childrenOf(daemon.pid)]) process.kill(pid, "SIGKILL");
    return at;
  }

  /** The preferred node takes the address back by itself: that is what the caller waits for. */
  async recover(fault: Fault, broken: string): Promise<void> {
    if (fault === "cable cut") this.lab.restore(broken, "lan");
    if (fault === "node frozen") this.lab.unhang(broken);
    if (fault === "power off") await this.lab.powerOn(broken);
    if (fault === "power off") await this.#start(broken);
    if (fault === "agent kill -9" || fault === "orderly stop") {
      await this.#daemons.get(broken)?.exited;
      await this.#startDaemon(broken);
    }
  }

  close(): Promise<void> {
    return this.lab.close();
  }

  async #start(node: string): Promise<void> {
    await startUdpEcho(this.lab.host(node), [`0.0.0.0:${ECHO_PORT}`]);
    await this.#startDaemon(node);
  }

  async #startDaemon(node: string): Promise<void> {
    const host = this.lab.host(node);
    host.writeFile(CONFIG_PATH, configuration(node, this.#options), 0o600);
    const files = ["-f", CONFIG_PATH, "-p", "/run/keepalived.pid", "-r", "/run/keepalived-vrrp.pid"];
    this.#daemons.set(node, await host.spawn(["keepalived", "--dont-fork", "--vrrp", "--log-console", ...files]));
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

const configuration = (node: string, { advertMs, realTime }: KeepalivedOptions): string => `
global_defs {
  router_id ${node}
  vrrp_version 3
  ${realTime === true ? "vrrp_rt_priority 50" : ""}
}
vrrp_instance shop {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${node === "web1" ? 150 : 100}
  advert_int ${advertMs / 1_000}
  virtual_ipaddress {
    ${SHOP_ADDRESS}/24
  }
}
`;
