/**
 * A cluster of cores without network or kernel: bulletins, states and kernel answers pass at once, time is set by hand.
 * Every note is kept in a transcript.
 */
import { type Instant, instant, milliseconds } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { Cluster, ServiceConfig } from "../../src/model/cluster.js";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import type { DetectorReport } from "../../src/model/heartbeat.js";
import type { KernelSnapshot, PlacedAddress } from "../../src/model/kernel.js";
import { type NodeName, networkName, nodeName, serviceName, wireId } from "../../src/model/names.js";
import type { LedgerEntry, NodeEffect, NodeInput } from "../../src/model/node-io.js";
import { NOTHING_SAVED, type SavedState } from "../../src/model/node-state.js";
import { noteText } from "../../src/model/note-text.js";

export interface Member {
  readonly name: NodeName;
  node: Node;
  alive: boolean;
  incarnation: number;
  saved: SavedState;
  ledger: readonly LedgerEntry[];
  readonly kernel: Map<string, PlacedAddress>;
}

const SUBNET = "192.168.1";

export function clusterOf(
  names: readonly string[],
  services: Readonly<Record<string, Partial<ServiceConfig>>>,
): Cluster {
  const nodes = names.map(nodeName);
  return {
    name: "shop",
    secretFile: "/etc/locum/secret",
    port: 4994,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: { failures: 3, within: milliseconds(600_000), ban: milliseconds(60_000), banMax: milliseconds(3_600_000) },
    networks: [{ name: networkName("a"), ping: [] }],
    nodes: nodes.map((name, index) => ({
      name,
      networks: [{ network: networkName("a"), address: `10.1.1.${index + 1}` }],
    })),
    services: Object.entries(services).map(([name, changes], index) => ({
      name: serviceName(name),
      addresses: [{ address: `${SUBNET}.${index + 1}`, family: 4, prefixLength: 24 }],
      nodes,
      failback: { kind: "never" },
      ...changes,
    })),
    hash: "0".repeat(64),
  };
}

export class ScenarioBench {
  now: Instant = instant(1_000_000);
  readonly transcript: string[] = [];
  readonly outcomes = new Map<string, CommandOutcome>();
  readonly members: readonly Member[];
  readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.members = cluster.nodes.map(({ name }) => ({
      name,
      node: undefined as never,
      alive: false,
      incarnation: 0,
      saved: NOTHING_SAVED,
      ledger: [],
      kernel: new Map(),
    }));
  }

  member(name: string): Member {
    const found = this.members.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  start(...names: readonly string[]): void {
    for (const name of names) {
      const member = this.member(name);
      member.incarnation += 1;
      member.alive = true;
      const { incarnation, saved, ledger } = member;
      member.node = new Node(this.now, {
        cluster: this.cluster,
        self: member.name,
        incarnation,
        program: "1",
        saved,
        ledger,
      });
      this.input(member, { kind: "started", kernel: this.#snapshot(member) });
    }
    for (const name of names) {
      const member = this.member(name);
      for (const other of this.members) if (other.alive && other !== member) this.#meet(member, other);
    }
  }

  /** The machine stops at once; the others notice after the detection timeout. */
  crash(name: string): void {
    const member = this.member(name);
    member.alive = false;
    member.kernel.clear();
    member.ledger = [];
    this.pass(100);
    for (const other of this.members.filter((each) => each.alive)) {
      this.report(other, {
        kind: "peer-silent",
        peer: wireId(member.name),
        incarnation: member.incarnation,
        silence: milliseconds(100),
      });
    }
  }

  command(at: string, command: Command): CommandOutcome | undefined {
    const id = `c${this.outcomes.size}-${this.now}`;
    this.input(this.member(at), { kind: "command-received", id, command });
    return this.outcomes.get(id);
  }

  /** Lets time pass, with every deadline served at its moment. */
  pass(ms: number): void {
    const end = this.now + ms * 1_000;
    for (;;) {
      const due = this.members
        .filter((each) => each.alive)
        .map((member) => ({ member, at: member.node.deadline()?.at ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined || due.at > end) break;
      this.now = instant(Math.max(this.now, due.at));
      this.input(due.member, { kind: "ticked" });
    }
    this.now = instant(end);
  }

  input(member: Member, input: NodeInput): void {
    for (const effect of member.node.handle(this.now, input)) this.#perform(member, effect);
  }

  report(member: Member, report: DetectorReport): void {
    this.input(member, { kind: "detector-reported", report });
  }

  holders(address: string): readonly string[] {
    return this.members.filter((each) => each.kernel.has(address)).map((each) => each.name);
  }

  #meet(a: Member, b: Member): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.report(one, { kind: "peer-heard", peer: wireId(other.name), incarnation: other.incarnation });
      const network = wireId(networkName("a"));
      for (const [observer, subject] of [
        [one, other],
        [other, one],
      ] as const) {
        this.report(one, {
          kind: "hearing-changed",
          observer: wireId(observer.name),
          subject: wireId(subject.name),
          network,
          heard: true,
        });
      }
    }
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { state, bulletin } = this.#published.get(other.name) ?? {};
      if (state !== undefined) this.input(one, state);
      if (bulletin !== undefined) this.report(one, bulletin);
    }
  }

  readonly #published = new Map<NodeName, { state?: NodeInput; bulletin?: DetectorReport }>();

  #perform(member: Member, effect: NodeEffect): void {
    switch (effect.kind) {
      case "add-address":
        member.kernel.set(effect.placed.address, effect.placed);
        this.input(member, { kind: "step-done", step: effect.step });
        return;
      case "remove-address":
        member.kernel.delete(effect.placed.address);
        this.input(member, { kind: "step-done", step: effect.step });
        return;
      case "publish-bulletin": {
        const { bulletin } = effect;
        this.#spread(member, {
          bulletin: {
            kind: "bulletin-heard",
            peer: wireId(member.name),
            incarnation: member.incarnation,
            answered: true,
            bulletin,
          },
        });
        return;
      }
      case "publish-state":
        this.#spread(member, { state: { kind: "peer-state-received", peer: member.name, state: effect.state } });
        return;
      case "say-goodbye":
        for (const other of this.members) {
          if (other.alive && other !== member)
            this.report(other, {
              kind: "peer-said-goodbye",
              peer: wireId(member.name),
              incarnation: member.incarnation,
            });
        }
        return;
      case "forward-command": {
        const to = this.member(effect.to);
        const id = `${member.name}/${effect.id}`;
        this.input(to, { kind: "command-received", id, origin: member.name, command: effect.command });
        return;
      }
      case "answer-command":
        this.#answer(effect.id, effect.outcome);
        return;
      default:
        this.#record(member, effect);
    }
  }

  #answer(id: string, outcome: CommandOutcome): void {
    const [origin, own] = id.split("/");
    if (own === undefined || origin === undefined) this.outcomes.set(id, outcome);
    else this.input(this.member(origin), { kind: "command-answered", id: own, outcome });
  }

  #record(member: Member, effect: NodeEffect): void {
    if (effect.kind === "save") member.saved = effect.saved;
    if (effect.kind === "write-ledger") member.ledger = effect.entries;
    if (effect.kind === "exit") member.alive = false;
    if (effect.kind === "note") this.transcript.push(`${member.name}: ${noteText(effect.note, member.name)}`);
  }

  #spread(member: Member, published: { state?: NodeInput; bulletin?: DetectorReport }): void {
    this.#published.set(member.name, { ...this.#published.get(member.name), ...published });
    for (const other of this.members) {
      if (!other.alive || other === member) continue;
      if (published.state !== undefined) this.input(other, published.state);
      if (published.bulletin !== undefined) this.report(other, published.bulletin);
    }
  }

  #snapshot(member: Member): KernelSnapshot {
    const index = this.members.indexOf(member) + 1;
    const own = { linkIndex: 2, family: 4 as const, prefixLength: 24, flags: 0 };
    return {
      links: [{ index: 2, name: "eth0", mac: `02:00:00:00:00:0${index}`, up: true, carrier: true, mtu: 1500 }],
      addresses: [
        { ...own, address: `10.1.1.${index}` },
        { ...own, address: `${SUBNET}.${100 + index}` },
        ...[...member.kernel.values()].map(({ address }) => ({ ...own, address })),
      ],
    };
  }
}
