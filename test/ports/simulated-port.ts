import type { Result } from "../../src/base/result.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import type { HostRoute, KernelSnapshot } from "../../src/model/kernel.js";
import type { StepProblem } from "../../src/model/node-io.js";
import { captureInterface, changeInterface } from "../../src/sim/interface-changes.js";
import { type KernelAnswer, type KernelEvent, SimKernel } from "../../src/sim/kernel.js";
import { addOwnAddress, removeOwnAddress } from "../../src/sim/made-interfaces.js";
import { type FailOverStep, INTERFACES, macOf, type Port, type Step } from "./kernel-script.js";

/** The kernel of the simulation. */
export class SimulatedPort implements Port {
  readonly #kernel: SimKernel;
  #events: KernelEvent[] = [];

  constructor(promotesSecondaries: boolean) {
    this.#kernel = new SimKernel((event) => this.#events.push(event), promotesSecondaries);
    for (const name of INTERFACES) this.#kernel.createLink(name, macOf(name));
    this.#events = [];
  }

  play(step: Exclude<Step, FailOverStep>): string | undefined {
    switch (step.kind) {
      case "add":
        return codeOf(addOwnAddress(this.#kernel, step.placed));
      case "remove":
        return codeOf(removeOwnAddress(this.#kernel, step.placed));
      case "add-route":
        return codeOf(this.#kernel.addHostRoute(step.route));
      case "remove-route":
        return codeOf(this.#kernel.removeHostRoute(step.route));
      case "clear-routes":
        return void this.#kernel.ownRoutes.clear(step.addresses);
      case "clear-rules":
        return void this.#kernel.sourceRules.clear();
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
      case "stranger-routes":
        return void this.#kernel.addRoute({ ...step, table: MAIN_TABLE });
      case "stranger-neighbours": {
        const { interface: name, address, mac } = step;
        return void this.#kernel.addNeighbour({
          interface: name,
          family: familyOf(address),
          address,
          mac,
          isProxy: false,
        });
      }
    }
  }

  capture(name: string): Result<InterfaceConfiguration, StepProblem> {
    return captureInterface(this.#kernel, name);
  }

  change(change: InterfaceChange): StepProblem | undefined {
    return changeInterface(this.#kernel, change);
  }

  events(): readonly KernelEvent[] {
    return this.#events.splice(0);
  }

  snapshot(): KernelSnapshot {
    return this.#kernel.snapshot();
  }

  routes(): readonly HostRoute[] {
    return this.#kernel.ownRoutes.all;
  }

  ruledAddresses(): readonly string[] {
    return this.#kernel.sourceRules.all.map(({ address }) => address);
  }

  #create(name: string): void {
    if (this.#kernel.link(name) === undefined) this.#kernel.createLink(name, macOf(name));
  }
}

/** RT_TABLE_MAIN (linux/rtnetlink.h) */
const MAIN_TABLE = 254;
const familyOf = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);
const codeOf = (answer: KernelAnswer): string | undefined => (answer.ok ? undefined : answer.problem.code);
