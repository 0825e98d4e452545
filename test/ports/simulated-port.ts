import type { KernelSnapshot } from "../../src/model/kernel.js";
import { type KernelAnswer, type KernelEvent, SimKernel } from "../../src/sim/kernel.js";
import { INTERFACES, macOf, type Port, type Step } from "./kernel-script.js";

/** The kernel of the simulation. */
export class SimulatedPort implements Port {
  readonly #kernel: SimKernel;
  #events: KernelEvent[] = [];

  constructor(promotesSecondaries: boolean) {
    this.#kernel = new SimKernel((event) => this.#events.push(event), promotesSecondaries);
    for (const name of INTERFACES) this.#kernel.createLink(name, macOf(name));
    this.#events = [];
  }

  play(step: Step): string | undefined {
    switch (step.kind) {
      case "add":
        return codeOf(this.#kernel.addAddress(step.placed, true));
      case "remove":
        return codeOf(this.#kernel.removeAddress(step.placed, true));
      case "stranger-adds":
        return void this.#kernel.addAddress(step.placed);
      case "stranger-removes":
        return void this.#kernel.removeAddress(step.placed);
      case "link-down":
      case "link-up":
        return void this.#kernel.setUp(step.interface, step.kind === "link-up");
      case "cable-out":
      case "cable-in":
        return void this.#kernel.setSignal(step.interface, step.kind === "cable-in");
      case "rename":
        return void this.#kernel.rename(step.interface, step.to);
      case "delete":
        return void this.#kernel.deleteLink(step.interface);
      case "create":
        return void this.#create(step.interface);
    }
  }

  events(): readonly KernelEvent[] {
    return this.#events.splice(0);
  }

  snapshot(): KernelSnapshot {
    return this.#kernel.snapshot();
  }

  #create(name: string): void {
    if (this.#kernel.link(name) === undefined) this.#kernel.createLink(name, macOf(name));
  }
}

const codeOf = (answer: KernelAnswer): string | undefined => (answer.ok ? undefined : answer.problem.code);
