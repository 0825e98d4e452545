import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Result } from "../../src/base/result.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import type { HostRoute, KernelSnapshot, PlacedAddress } from "../../src/model/kernel.js";
import type { StepProblem } from "../../src/model/node-io.js";
import { KernelEventSocket } from "../../src/os/linux/kernel-event-socket.js";
import { LinuxKernel } from "../../src/os/linux/linux-kernel.js";
import type { KernelEvent } from "../../src/sim/kernel.js";
import { ip, Namespace } from "../support/namespaces.js";
import { type FailOverStep, INTERFACES, macOf, type Port, type Step } from "./kernel-script.js";

const TOLD = new Set(["link-changed", "link-removed", "address-added", "address-removed"]);

/** The kernel of this machine, in a network namespace of its own; cables lead to a second one. */
export class RealPort implements Port {
  readonly #near: Namespace;
  readonly #far: Namespace;
  readonly #kernel: LinuxKernel;
  readonly #socket: KernelEventSocket;
  readonly #promotesSecondaries: boolean;
  /** Interfaces whose cable is out, existing or not. */
  readonly #unplugged = new Set<string>();

  constructor(promotesSecondaries: boolean) {
    this.#promotesSecondaries = promotesSecondaries;
    this.#far = new Namespace();
    this.#near = new Namespace();
    this.#kernel = new LinuxKernel();
    for (const name of INTERFACES) this.#create(name);
    this.#socket = new KernelEventSocket({ links: true, routes: false });
  }

  play(step: Exclude<Step, FailOverStep>): string | undefined {
    switch (step.kind) {
      case "add":
        return this.#kernel.addAddress(step.placed)?.code;
      case "remove":
        return this.#kernel.removeAddress(step.placed)?.code;
      case "add-route":
        return this.#kernel.addRoute(step.route)?.code;
      case "remove-route":
        return this.#kernel.removeRoute(step.route)?.code;
      case "clear-routes":
        return this.#kernel.clearRoutes(step.addresses)?.code;
      case "clear-rules":
        return this.#kernel.clearRules()?.code;
      case "stranger-adds":
        return void attempt(`address add ${spell(step.placed)}${step.placed.family === 6 ? " nodad" : ""}`);
      case "stranger-removes":
        return void attempt(`address del ${spell(step.placed)}`);
      case "link-down":
      case "link-up":
        return void attempt(`link set ${step.interface} ${step.kind === "link-up" ? "up" : "down"}`);
      case "cable-out":
      case "cable-in":
        return void this.#plug(step.interface, step.kind === "cable-in");
      case "rename":
        return void attempt(`link set ${step.interface} name ${step.to}`);
      case "delete":
        return void attempt(`link del ${step.interface}`);
      case "create":
        return void this.#create(step.interface);
      case "stranger-routes": {
        const { family, destination, gateway, interface: name } = step;
        const by = gateway === undefined ? "" : `via ${gateway} `;
        return void attempt(`-${family} route add ${destination} ${by}dev ${name}`);
      }
      case "stranger-neighbours":
        return void attempt(`neigh replace ${step.address} lladdr ${step.mac} dev ${step.interface} nud permanent`);
    }
  }

  capture(name: string): Result<InterfaceConfiguration, StepProblem> {
    return this.#kernel.captureInterface(name);
  }

  change(change: InterfaceChange): StepProblem | undefined {
    return this.#kernel.changeInterface(change);
  }

  events(): readonly KernelEvent[] {
    return this.#socket.drain().filter((event): event is KernelEvent => TOLD.has(event.kind));
  }

  snapshot(): KernelSnapshot {
    const snapshot = this.#kernel.snapshot();
    if (!snapshot.ok) throw new Error(snapshot.problem.message);
    return snapshot.value;
  }

  routes(): readonly HostRoute[] {
    return ([4, 6] as const).flatMap((family) => listedRoutes(family));
  }

  ruledAddresses(): readonly string[] {
    return ([4, 6] as const).flatMap((family) =>
      listed<ListedRule>(family, "rule show").flatMap(({ protocol, src }) =>
        protocol === OURS && src !== undefined ? [src] : [],
      ),
    );
  }

  close(): void {
    this.#socket.close();
    this.#kernel.close();
    for (const name of INTERFACES) attempt(`link del ${name}`);
    this.#near.close();
    this.#far.close();
  }

  /** An interface without addresses of its own making, with a cable that carries a signal or not. */
  #create(name: string): void {
    const far = `far${name.slice(3)}`;
    const peer = `peer name ${far} netns ${this.#far.path}`;
    if (!attempt(`link add ${name} address ${macOf(name)} type veth ${peer}`)) return;
    ip(`link set ${name} addrgenmode none`);
    writeFileSync(`/proc/sys/net/ipv4/conf/${name}/promote_secondaries`, this.#promotesSecondaries ? "1" : "0");
    this.#plug(name, !this.#unplugged.has(name));
    ip(`link set ${name} up`);
  }

  #plug(name: string, signal: boolean): void {
    if (signal) this.#unplugged.delete(name);
    else this.#unplugged.add(name);
    this.#far.enter();
    attempt(`link set far${name.slice(3)} ${signal ? "up" : "down"}`);
    this.#near.enter();
  }
}

const spell = ({ address, prefixLength, interface: name }: PlacedAddress): string =>
  `${address}/${prefixLength} dev ${name}`;

/** A route as iproute2 lists it; IPv6 ones that lead to one address over several ways are one with several hops. */
interface ListedRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly nexthops?: readonly { readonly gateway: string; readonly dev: string }[];
}

interface ListedRule {
  readonly protocol?: string;
  readonly src?: string;
}

/** Of routes and rules of ours, as iproute2 spells it. */
const OURS = "76";

function listed<Item>(family: 4 | 6, command: string): readonly Item[] {
  const text = execFileSync("ip", ["-j", `-${family}`, ...command.split(" ")], { encoding: "utf8" });
  return (text.trim() === "" ? [] : JSON.parse(text)) as readonly Item[];
}

function listedRoutes(family: 4 | 6): readonly HostRoute[] {
  return listed<ListedRoute>(family, `route show proto ${OURS}`).flatMap(({ dst, gateway, dev, nexthops }) =>
    (nexthops ?? [{ gateway: gateway ?? "", dev: dev ?? "" }]).map((hop): HostRoute => ({
      address: dst,
      family,
      gateway: hop.gateway,
      interface: hop.dev,
    })),
  );
}

/** Runs iproute2; false when the kernel refuses. */
function attempt(command: string): boolean {
  try {
    execFileSync("ip", command.split(" "), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
