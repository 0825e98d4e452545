/**
 * The decisions of a whole node with a path group, on interfaces that are a map: orders are carried out at once, as the
 * agent's loop does it, and what the kernel says of them comes only when it is asked for.
 */
import { type Instant, instant } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { Cluster } from "../../src/model/cluster.js";
import type { AddressOutlook } from "../../src/model/eligibility.js";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import type { KernelSnapshot } from "../../src/model/kernel.js";
import { type ServiceName, nodeName } from "../../src/model/names.js";
import type { LedgerEntry, NodeEffect, NodeInput, StepProblem } from "../../src/model/node-io.js";
import { NOTHING_SAVED, type NodeState, type SavedState } from "../../src/model/node-state.js";
import type { Note } from "../../src/model/note.js";
import type { FailoverPlan } from "../../src/model/path.js";
import { type FakeInterfaces, type Refusal, address } from "./fake-interfaces.js";

export const SELF = nodeName("web1");

export class PathNode {
  readonly world: FakeInterfaces;
  readonly notes: Note[] = [];
  readonly changes: InterfaceChange[] = [];
  readonly noCarrier = new Set<string>();
  readonly answers: CommandOutcome[] = [];
  readonly ledgers: (readonly LedgerEntry[])[] = [];
  plans: readonly FailoverPlan[] = [];
  saved: SavedState = NOTHING_SAVED;
  state: NodeState | undefined;
  now: Instant = instant(0);
  /** The agent dies when it has carried out so many changes of interfaces. */
  diesAfter = Infinity;
  /** What the kernel refuses of changes of paths. */
  refuses: Refusal = () => false;
  readonly #cluster: Cluster;
  #node: Node;
  #snapshots: readonly InterfaceConfiguration[] = [];

  constructor(cluster: Cluster, world: FakeInterfaces) {
    this.#cluster = cluster;
    this.world = world;
    this.#node = this.#newNode();
  }

  start(): this {
    this.take({ kind: "started", kernel: this.kernel() });
    return this.wait(1_000);
  }

  /** A new run of the agent, with what the old one left on disk. */
  restart(): this {
    this.diesAfter = Infinity;
    this.#node = this.#newNode();
    this.take({ kind: "started", kernel: this.kernel() });
    return this;
  }

  /** Time passes; everything that is due meanwhile is done when it is due, and the kernel tells of it. */
  wait(ms: number): this {
    const end = instant(this.now + ms * 1_000);
    for (let due = this.#node.deadline(); due !== undefined && due.at <= end; due = this.#node.deadline()) {
      this.now = instant(Math.max(due.at, this.now));
      this.take({ kind: "ticked" });
      this.kernelTells();
    }
    this.now = end;
    return this;
  }

  carrier(name: string, has: boolean): this {
    if (has) this.noCarrier.delete(name);
    else this.noCarrier.add(name);
    const link = this.kernel().links.find((each) => each.name === name);
    if (link !== undefined) this.take({ kind: "link-changed", link });
    return this;
  }

  outlook(service: ServiceName): readonly AddressOutlook[] {
    return this.#node.outlook(service);
  }

  /** An operator asks for something. */
  order(command: Command): this {
    this.take({ kind: "command-received", id: `${this.now} ${command.kind}`, command });
    return this;
  }

  kernelTells(): this {
    this.take({ kind: "kernel-read", kernel: this.kernel() });
    return this;
  }

  /** One input and all that follows from it, as the loop does it. */
  take(input: NodeInput): void {
    const due = [input];
    for (let next = due.shift(); next !== undefined && this.diesAfter >= 0; next = due.shift()) {
      for (const effect of this.#node.handle(this.now, next)) {
        if (this.diesAfter < 0) return;
        const answer = this.#perform(effect);
        if (answer !== undefined) due.push(answer);
      }
    }
  }

  kernel(): KernelSnapshot {
    const all = this.world.names().map((name) => ({ ...known(this.world.get(name)), index: this.world.index(name) }));
    return {
      links: all.map(({ interface: name, index, mac, up, mtu }) => {
        return { name, index, mac, up, mtu, carrier: up && !this.noCarrier.has(name) };
      }),
      addresses: all.flatMap(({ index, addresses }) =>
        addresses.map(({ family, address: text, prefixLength, flags }) => {
          return { linkIndex: index, family, address: text, prefixLength, flags };
        }),
      ),
    };
  }

  #newNode(): Node {
    return new Node(this.now, {
      cluster: this.#cluster,
      self: SELF,
      incarnation: 1 + this.now,
      program: "test",
      saved: this.saved,
      ledger: this.ledgers.at(-1) ?? [],
      plans: this.plans,
      snapshots: this.#snapshots,
    });
  }

  #perform(effect: NodeEffect): NodeInput | undefined {
    switch (effect.kind) {
      case "note":
        return void this.notes.push(effect.note);
      case "write-ledger":
        return void this.ledgers.push(effect.entries);
      case "write-plans":
        return void (this.plans = structuredClone(effect.plans));
      case "save-snapshot":
        return void (this.#snapshots = structuredClone(effect.interfaces));
      case "save":
        return void (this.saved = effect.saved);
      case "answer-command":
        return void this.answers.push(effect.outcome);
      case "publish-state":
        return void (this.state = effect.state);
      case "capture-interface":
        return this.#captured(effect.step, effect.interface);
      case "change-interface":
        this.diesAfter -= 1;
        this.changes.push(effect.change);
        return answered(effect.step, this.diesAfter < 0 ? undefined : this.world.apply(effect.change, this.refuses));
      case "add-address":
      case "remove-address": {
        const { interface: name, address: text } = effect.placed;
        const kind = effect.kind === "add-address" ? "add-addresses" : "remove-addresses";
        return answered(effect.step, this.world.apply({ kind, interface: name, addresses: [address(text)] }));
      }
      default:
        return undefined;
    }
  }

  #captured(step: number, name: string): NodeInput {
    const configuration = this.world.get(name);
    return configuration === undefined
      ? answered(step, { code: "ENODEV", message: "no such interface" })
      : { kind: "interface-captured", step, configuration };
  }
}

const answered = (step: number, problem: StepProblem | undefined): NodeInput =>
  problem === undefined ? { kind: "step-done", step } : { kind: "step-failed", step, problem };

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("it is in the map");
  return value;
}
