import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { KernelAnswer, KernelEvent } from "../kernel.js";
import type { ChangeDone, KernelOrder, Observer } from "../observer.js";
import { imageOf } from "../own-configuration.js";
import type { Verdict } from "../verdict.js";

/** Nobody else is blamed for what the agent did itself: an address that it took off was not taken away. */
export class Blame implements Observer {
  readonly #verdict: Verdict;
  /** By host, address and interface: removed last by our own agent. */
  readonly #ours = new Map<SimHost, Set<string>>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#ours.set(host, new Set());
  }

  /** Told before it is known who did it. */
  kernelSaid(host: SimHost, event: KernelEvent): void {
    if (event.kind !== "address-added" && event.kind !== "address-removed") return;
    const { linkIndex, address } = event.address;
    const name = host.kernel.snapshot().links.find(({ index }) => index === linkIndex)?.name;
    this.#ours.get(host)?.delete(`address ${address} ${name}`);
  }

  kernelAsked(host: SimHost, { by, what, placed }: KernelOrder, answer: KernelAnswer): void {
    if (by !== "agent" || what !== "remove" || !answer.ok) return;
    this.#ours.get(host)?.add(`address ${placed.address} ${placed.interface}`);
  }

  /** What is restored to an interface, and taken off again since that came to nothing, is missed as if it had been lost. */
  interfaceChanged(host: SimHost, { before }: ChangeDone): void {
    if (host.plans.some(({ reason, direction }) => reason.kind === "interface-returned" && direction === "undo"))
      return;
    const after = new Set(imageOf(host.kernel).map(({ item, interface: name }) => `${item} ${name}`));
    const lost = before.map(({ item, interface: name }) => `${item} ${name}`).filter((each) => !after.has(each));
    for (const each of lost) this.#ours.get(host)?.add(each);
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "address.taken-away") continue;
      const { address, interface: name } = effect.note;
      if (this.#ours.get(host)?.has(`address ${address} ${name}`) !== true) continue;
      this.#verdict.broken("blame", `${host.name} took ${address} off ${name} itself, and says that another did`);
    }
  }
}
