import type { Instant } from "../base/time.js";
import { noteText } from "../model/note-text.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import type { DetectorReport } from "../model/heartbeat.js";
import { wireId } from "../model/names.js";
import type { SimHost } from "./host.js";
import type { KernelAnswer } from "./kernel.js";
import type { ChangeDone, KernelOrder, Observer } from "./observer.js";
import type { Fault, Trouble } from "./plan.js";
import type { SimProcess } from "./process.js";
import type { Site } from "./site.js";

/** Lines kept; older ones are forgotten. */
const LINES_MAX = 200_000;

/** What happened in a world, in lines that a person can read: names instead of ids, the world's time in seconds. */
export class Trace implements Observer {
  readonly #site: Site;
  readonly #names: ReadonlyMap<number, string>;
  #lines: string[] = [];

  constructor(site: Site) {
    this.#site = site;
    const { cluster } = site.plan;
    const names = [...cluster.nodes, ...cluster.networks, ...cluster.services].map(({ name }) => name);
    this.#names = new Map(names.map((name) => [wireId(name), name]));
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  agentStarted(host: SimHost): void {
    this.#say(host, "*** agent started", String(host.agent?.incarnation));
  }

  agentEnded(host: SimHost, how: string): void {
    this.#say(host, "*** agent ended", how);
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const telling = effects.filter((effect) => !DULL_EFFECTS.has(effect.kind));
    const isDull = DULL_INPUTS.has(input.kind === "detector-reported" ? input.report.kind : input.kind);
    if (isDull && telling.length === 0) return;
    this.#say(host, "  in", this.#input(input));
    for (const effect of telling) {
      this.#say(host, effect.kind === "note" ? "  note" : " out", this.#effect(effect, host));
    }
  }

  kernelAsked(host: SimHost, { by, what, placed }: KernelOrder, answer: KernelAnswer): void {
    const outcome = answer.ok ? "done" : answer.problem.code;
    this.#say(host, " kern", `${by} ${what} ${placed.address} on ${placed.interface}: ${outcome}`);
  }

  interfaceChanged(host: SimHost, { change, problem }: ChangeDone): void {
    this.#say(host, " kern", `${JSON.stringify(change)}: ${problem?.message ?? "done"}`);
  }

  guardFired(host: SimHost, removed: readonly unknown[]): void {
    this.#say(host, "*** guard fired", `${removed.length} addresses`);
  }

  programChanged(host: SimHost, what: string, { run, role }: SimProcess): void {
    this.#say(host, " prog", `${run.config.name} of ${run.service} (run ${run.run}, ${role}): ${what}`);
  }

  faultBegan(_fault: Fault, trouble: Trouble): void {
    this.#add(`!!! ${this.#trouble(trouble)}`);
  }

  faultEnded(fault: Fault): void {
    this.#add(`!!! over: ${this.#trouble(fault.trouble)}`);
  }

  healed(): void {
    this.#add("!!! everything is put right");
  }

  #say(host: SimHost, what: string, text: string): void {
    this.#add(`${host.name.padEnd(6)} ${what} ${text}`);
  }

  #add(line: string): void {
    const time = (this.#site.world.now / 1_000_000).toFixed(6).padStart(11);
    this.#lines.push(`${time} ${line}`);
    if (this.#lines.length > 2 * LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
  }

  #input(input: NodeInput): string {
    if (input.kind === "detector-reported") return this.#report(input.report);
    return JSON.stringify(input, this.#readable);
  }

  #report(report: DetectorReport): string {
    return JSON.stringify(report, this.#readable);
  }

  #effect(effect: NodeEffect, host: SimHost): string {
    if (effect.kind === "note") return `${effect.note.code}: ${noteText(effect.note, host.plan.name)}`;
    return JSON.stringify(effect, this.#readable);
  }

  #trouble(trouble: Trouble): string {
    const host = "host" in trouble ? ` on ${this.#site.host(trouble.host).name}` : "";
    const segment = "segment" in trouble ? ` in ${this.#site.segment(trouble.segment).name}` : "";
    const { cluster: _cluster, ...rest } = { cluster: undefined, ...trouble };
    return `${trouble.kind}${host}${segment} ${JSON.stringify(rest)}`;
  }

  readonly #readable = (key: string, value: unknown): unknown => {
    if (typeof value === "number" && NAMED.has(key)) return this.#names.get(value) ?? value;
    return key === "state" && typeof value === "object" ? "…" : value;
  };
}

/** Numbers that are ids of names. */
const NAMED: ReadonlySet<string> = new Set(["peer", "observer", "subject", "network", "service", "target"]);
/** Inputs that come all the time and mean nothing unless they cause something. */
const DULL_INPUTS: ReadonlySet<string> = new Set([
  "round-trip-measured",
  "ticked",
  "step-done",
  "connections-read",
  "peer-connections-received",
  "announcement-heard",
]);
/** Effects that come all the time and decide nothing. */
const DULL_EFFECTS: ReadonlySet<string> = new Set([
  "announce",
  "tickle",
  "read-connections",
  "publish-connections",
  "save",
  "save-snapshot",
  "monitor-paths",
  "change-interface",
]);
