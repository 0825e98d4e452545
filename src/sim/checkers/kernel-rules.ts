import type { KernelAddress, PlacedAddress } from "../../model/kernel.js";
import type { Instant } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { KernelAnswer, KernelEvent } from "../kernel.js";
import type { ChangeDone, KernelOrder, Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";
import type { Holdings } from "./holdings.js";

/**
 * What happens to a machine's addresses: those that are not ours are never touched, ours are on record before they are
 * placed, and one that was released is really gone.
 */
export class KernelRules implements Observer {
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  /** Every address that any version of the cluster file named, once a node went by it. */
  readonly #ours = new Set<string>();
  /**
   * What each running agent placed or adopted, by address and interface, with the service it was for. What the kernel
   * refused to remove is not the agent's fault, and left out.
   */
  readonly #placed = new Map<SimHost, Map<string, { readonly service: ServiceName; readonly address: string }>>();

  /** The cluster file by which each running agent decides. */
  readonly #clusters = new Map<SimHost, Cluster>();

  constructor(verdict: Verdict, holdings: Holdings) {
    this.#verdict = verdict;
    this.#holdings = holdings;
  }

  kernelAsked(host: SimHost, order: KernelOrder, answer: KernelAnswer): void {
    if (order.by === "stranger") return;
    const { address, interface: where } = order.placed;
    if (!this.#ours.has(address)) this.#verdict.broken("foreign", `${host.name} was told to ${order.what} ${address}`);
    if (order.what === "add" && answer.ok && !isOnRecord(host, order.placed)) {
      this.#verdict.broken("write-ahead", `${host.name} has ${address} on ${where}, which is not in its ledger`);
    }
    if (order.what === "add" && answer.ok) this.#place(host, order.placed);
    else if (!answer.ok) this.#placed.get(host)?.delete(`${address} ${where}`);
    this.#checkForeign(host, order);
  }

  /** A change of paths places addresses too. */
  interfaceChanged(host: SimHost, { change }: ChangeDone): void {
    if (change.kind !== "add-addresses") return;
    for (const address of change.addresses) {
      const placed = { interface: change.interface, ...address };
      const isThere = host.kernel.interfacesWith(address.address).includes(change.interface);
      if (!this.#ours.has(address.address) || !isThere || !this.#isHeld(host, address.address)) continue;
      if (!isOnRecord(host, placed)) {
        const where = `${address.address} on ${change.interface}`;
        this.#verdict.broken("write-ahead", `${host.name} moved ${where}, which is not in its ledger`);
      }
      this.#place(host, placed);
    }
  }

  /**
   * What somebody else put there, or an earlier run left, may change paths too, and is not the agent's for that. An address
   * with a MAC of its own is on an interface of its own, which no change of paths touches.
   */
  #isHeld(host: SimHost, address: string): boolean {
    const services = this.#clusters.get(host)?.services ?? [];
    const service = services.find(({ addresses }) => addresses.some((each) => each.address === address));
    if (service === undefined || service.identity?.kind === "mac") return false;
    return this.#holdings.epochOf(host, service.name) !== undefined;
  }

  #place(host: SimHost, { address, interface: where }: PlacedAddress): void {
    const service = host.ledger.find((entry) => entry.address === address)?.service;
    if (service !== undefined) this.#placed.get(host)?.set(`${address} ${where}`, { service, address });
  }

  /** Nothing but ours may be gone after an order of ours, not even as its consequence. */
  #checkForeign(host: SimHost, order: KernelOrder): void {
    const lost = order.before.filter(
      (each) => !this.#ours.has(each.address) && !host.kernel.addresses.some((other) => isSame(each, other)),
    );
    if (lost.length === 0) return;
    const names = lost.map(({ address }) => address).join(", ");
    this.#verdict.broken("foreign", `${host.name} lost ${names} when ${order.placed.address} was removed`);
  }

  kernelSaid(host: SimHost, event: KernelEvent): void {
    if (event.kind !== "address-removed") return;
    const { linkIndex, address } = event.address;
    const name = host.kernel.links.find(({ index }) => index === linkIndex)?.name;
    this.#placed.get(host)?.delete(`${address} ${name}`);
  }

  agentStarted(host: SimHost): void {
    this.#placed.set(host, new Map());
    this.#goBy(host, host.cluster);
  }

  #goBy(host: SimHost, cluster: Cluster): void {
    this.#clusters.set(host, cluster);
    for (const { addresses } of cluster.services) for (const { address } of addresses) this.#ours.add(address);
  }

  agentEnded(host: SimHost): void {
    this.#placed.delete(host);
  }

  /** Between two inputs, an address that the agent placed or adopted belongs to a service that it holds. */
  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    if (input.kind === "configuration-changed") this.#goBy(host, input.cluster);
    else if (input.kind !== "step-done" && input.kind !== "step-failed") this.#checkReleased(host);
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "address.adopted") continue;
      const { address, interface: where, service } = effect.note;
      if (!host.kernel.interfacesWith(address).includes(where)) continue;
      this.#placed.get(host)?.set(`${address} ${where}`, { service, address });
    }
  }

  #checkReleased(host: SimHost): void {
    for (const { address, service } of this.#placed.get(host)?.values() ?? []) {
      const config = this.#clusters.get(host)?.services.find(({ name }) => name === service);
      const isConfigured = config?.addresses.some((each) => each.address === address) === true;
      if (this.#holdings.epochOf(host, service) !== undefined && isConfigured) continue;
      this.#verdict.broken("released", `${host.name} does not hold ${service}, but still has ${address}`);
    }
  }
}

const isOnRecord = (host: SimHost, placed: PlacedAddress): boolean =>
  host.ledger.some((entry) => entry.address === placed.address && entry.interface === placed.interface);

const isSame = (a: KernelAddress, b: KernelAddress): boolean =>
  a.linkIndex === b.linkIndex && a.address === b.address && a.prefixLength === b.prefixLength;
