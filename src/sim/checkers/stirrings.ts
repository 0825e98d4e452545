import type { SimHost } from "../host.js";
import type { KernelEvent } from "../kernel.js";
import type { Observer } from "../observer.js";

/** Counts what may change who reaches whom, so that those who keep account of that look again only after something happened. */
export class Stirrings implements Observer {
  #ofLinks = 0;
  #ofAddresses = 0;

  /** Faults, agents that come and go, and links. */
  get ofLinks(): number {
    return this.#ofLinks;
  }

  /** The same, and addresses. */
  get ofAddresses(): number {
    return this.#ofAddresses;
  }

  faultBegan(): void {
    this.#stir();
  }

  faultEnded(): void {
    this.#stir();
  }

  healed(): void {
    this.#stir();
  }

  agentStarted(): void {
    this.#stir();
  }

  agentEnded(): void {
    this.#stir();
  }

  kernelSaid(_host: SimHost, { kind }: KernelEvent): void {
    if (kind === "link-changed" || kind === "link-removed") this.#stir();
    else this.#ofAddresses += 1;
  }

  #stir(): void {
    this.#ofLinks += 1;
    this.#ofAddresses += 1;
  }
}
