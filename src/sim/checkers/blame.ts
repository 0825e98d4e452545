import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { KernelAnswer, KernelEvent } from "../kernel.js";
import type { ChangeDone, KernelOrder, Observer } from "../observer.js";
import { addressItem, type ConfiguredItem, imageOf } from "../own-configuration.js";
import type { Verdict } from "../verdict.js";

/**
 * Nobody else is blamed for what the agent did itself, or what an interface took with it: an address that it took off, or
 * that went with its interface, was not taken away.
 */
export class Blame implements Observer {
  readonly #verdict: Verdict;
  /** What was removed last by our own agent, on whatever interface. */
  readonly #ours = new Map<SimHost, Set<string>>();
  /** The interfaces, by their numbers, that addresses were on which are nowhere now; undefined: it is there no more. */
  readonly #last = new Map<SimHost, Map<string, number | undefined>>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#ours.set(host, new Set());
    this.#last.set(host, new Map());
  }

  /** Told before it is known who did it. */
  kernelSaid(host: SimHost, event: KernelEvent): void {
    const last = this.#last.get(host);
    if (event.kind === "link-removed")
      for (const [item, index] of last ?? []) if (index === event.index) last?.set(item, undefined);
    if (event.kind !== "address-added" && event.kind !== "address-removed") return;
    const item = addressItem(event.address);
    this.#ours.get(host)?.delete(item);
    if (event.kind === "address-added") last?.delete(item);
    else last?.set(item, event.address.linkIndex);
  }

  kernelAsked(host: SimHost, { by, what, placed }: KernelOrder, answer: KernelAnswer): void {
    if (by !== "agent" || what !== "remove" || !answer.ok) return;
    this.#ours.get(host)?.add(addressItem(placed));
  }

  /** What is restored to an interface, and taken off again since that came to nothing, is missed as if it had been lost. */
  interfaceChanged(host: SimHost, { before }: ChangeDone): void {
    if (host.plans.some(({ reason, direction }) => reason.kind === "interface-returned" && direction === "undo"))
      return;
    const after = new Set(imageOf(host.kernel).map(keyOf));
    const lost = before.filter((each) => !after.has(keyOf(each)));
    for (const { item } of lost) this.#ours.get(host)?.add(item);
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "address.taken-away") continue;
      const { address, interface: name } = effect.note;
      const item = addressItem({ address });
      const last = this.#last.get(host);
      if (last?.has(item) === true && last.get(item) === undefined) {
        this.#verdict.broken(
          "blame",
          `${address} of ${host.name} went with ${name}, and another is said to have taken it`,
        );
      }
      // With an interface that was torn out in the middle of a change goes what was to be put back on it, for good.
      if (!host.kernel.links.some((link) => link.name === name)) this.#ours.get(host)?.delete(item);
      if (this.#ours.get(host)?.has(item) !== true) continue;
      this.#verdict.broken("blame", `${host.name} took ${address} off ${name} itself, and says that another did`);
    }
  }
}

const keyOf = ({ interface: name, item }: ConfiguredItem): string => `${item} ${name}`;
