import { type Duration, seconds } from "../../base/time.js";
import { type WorldTime, later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";

/** No programs of the workloads keep a command waiting for longer, also where two nodes take their time for it. */
const ANSWER_MAX: Duration = seconds(60);

/** Every command is answered, once, unless the node that was asked is gone or held up. */
export class Answers implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #open = new Map<string, { readonly host: SimHost; due: WorldTime }>();
  readonly #answered = new Set<string>();

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  commandGiven(host: SimHost, id: string): void {
    this.#open.set(id, { host, due: later(this.#site.world.now, ANSWER_MAX) });
  }

  commandEnded(id: string): void {
    this.#open.delete(id);
    if (this.#answered.has(id)) this.#verdict.broken("answer", `${id} was answered twice`);
    this.#answered.add(id);
  }

  agentEnded(host: SimHost): void {
    for (const [id, open] of this.#open) if (open.host === host) this.#open.delete(id);
  }

  looked(): void {
    const { now } = this.#site.world;
    for (const [id, open] of this.#open) {
      if (!open.host.isRunning) open.due = later(now, ANSWER_MAX);
      else if (now > open.due) this.#verdict.broken("answer", `${id}, given to ${open.host.name}, is not answered`);
    }
  }
}
