/**
 * A cluster of cores without network or kernel: bulletins, states and kernel answers pass at once, time is set by hand.
 * Every note is kept in a transcript.
 */
import { type Instant, between, instant, milliseconds } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { Cluster } from "../../src/model/cluster.js";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import type { ErrandEffect } from "../../src/model/errand.js";
import type { DetectorReport } from "../../src/model/heartbeat.js";
import type { KernelAddress, KernelLink, KernelSnapshot, PlacedAddress } from "../../src/model/kernel.js";
import { type NodeName, wireId } from "../../src/model/names.js";
import type { IdentityEffect, NodeEffect, NodeInput } from "../../src/model/node-io.js";
import { NOTHING_SAVED } from "../../src/model/node-state.js";
import type { Finding } from "../../src/model/note.js";
import type { StartFault } from "../../src/model/reload.js";
import { noteText } from "../../src/model/note-text.js";
import { isProgramEffect } from "../../src/model/program.js";
import { agedState } from "../../src/model/state-age.js";
import { SUBNET, hashOf } from "./cluster.js";
import { BenchFencing } from "./fence-bench.js";
import { hearingOf, type Member, pairOf, type Published } from "./member.js";
import { BenchPrograms } from "./program-bench.js";

const START = 1_000_000;

/** A second interface of those that have one. */
const SPARE: KernelLink = { index: 3, name: "eth1", mac: "02:00:00:00:01:00", up: true, carrier: true, mtu: 1500 };

const addressOn = ({ interface: name, family, address, prefixLength }: PlacedAddress): KernelAddress => {
  return { linkIndex: name === SPARE.name ? SPARE.index : 2, family, address, prefixLength, flags: 0 };
};

interface Pending {
  readonly member: Member;
  readonly input: NodeInput;
}

export class ScenarioBench {
  now: Instant = instant(START);
  readonly announced: { readonly node: NodeName; readonly address: string; readonly at: Instant }[] = [];
  /** MACs that switches were shown, and by whom. */
  readonly shown: { readonly node: NodeName; readonly mac: string; readonly at: Instant }[] = [];
  /** Nodes whose kernel receives frames for no other MAC. */
  readonly deaf: Set<string> = new Set();
  readonly #refusing = new Map<string, string>();
  /** Nodes whose kernel keeps every address. */
  readonly keeping: Set<string> = new Set();
  /** Nodes with a second interface. */
  readonly spared: Set<string> = new Set();
  /** Nodes whose state reaches nobody. */
  readonly muted: Set<string> = new Set();
  /** Whether announcements reach the others, by a network that carries no heartbeats. */
  sharesLan = false;
  readonly #cuts = new Set<string>();
  /** The former names of interfaces, while the decisions do not know of the new ones. */
  readonly #untold = new Map<string, string>();
  readonly #queue: Pending[] = [];
  readonly transcript: string[] = [];
  readonly programs: BenchPrograms = new BenchPrograms({
    now: () => this.now,
    say: (line) => this.say(line),
    input: (name, input) => this.input(this.member(name), input),
  });
  readonly fencing: BenchFencing = new BenchFencing({
    now: () => this.now,
    say: (line) => this.say(line),
    powerOff: (name) => this.#powerOff(this.member(name)),
    answer: (name, input) => {
      const member = this.member(name);
      if (member.alive) this.input(member, input);
    },
  });
  /** What nodes wanted to have run. */
  readonly errands: { readonly node: NodeName; readonly effect: ErrandEffect }[] = [];
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
      boots: 1,
      saved: NOTHING_SAVED,
      ledger: [],
      cluster,
      kernel: new Map(),
      listening: new Set(),
      interface: "eth0",
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
        cluster: member.cluster,
        self: member.name,
        incarnation,
        program: "1",
        saved,
        ledger,
        machine: { boot: `${name} ${member.boots}`, mayHaveRemains: this.programs.on(name).length > 0 },
      });
      this.input(member, { kind: "started", kernel: this.#snapshot(member), ...this.programs.kept(member.name) });
    }
    for (const name of names) {
      const member = this.member(name);
      for (const other of this.members) {
        if (!other.alive || other === member) continue;
        if (this.#reaches(member, other)) this.#meet(member, other);
        else this.#miss(member, other);
      }
    }
  }

  /** Two that do not hear each other, from the start of one of them on. */
  #miss(a: Member, b: Member): void {
    for (const [observer, subject] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#hearing(observer, subject, false);
      this.#showSigns(observer, subject);
    }
  }

  #describe(observer: Member, { name, cluster }: Member): void {
    const configDigest = Number.parseInt(cluster.hash.slice(0, 8), 16);
    const versions = { min: 1, max: 1 };
    this.report(observer, { kind: "peer-described", peer: wireId(name), configDigest, topologyDigest: 0, versions });
  }

  /** The machine stops at once; the others notice after the detection timeout. */
  crash(name: string): void {
    const member = this.member(name);
    this.#kill(member);
    this.pass(100);
    this.#fallSilent(member);
  }

  /** The agent ends in a pause, and not in order: what it has stays. */
  killAgent(name: string): void {
    this.member(name).alive = false;
    this.pass(100);
    this.#fallSilent(this.member(name));
  }

  /** The machine stops, in the middle of something else. */
  #powerOff(member: Member): void {
    if (!member.alive) return;
    this.#kill(member);
    this.fencing.later(100, () => this.#fallSilent(member));
  }

  #kill(member: Member): void {
    member.alive = false;
    member.boots += 1;
    member.kernel.clear();
    this.programs.killEverything(member.name);
    member.listening.clear();
    member.ledger = [];
  }

  #fallSilent(member: Member): void {
    for (const other of this.members.filter((each) => each.alive)) this.#silence(other, member);
  }

  /** One node notices that it hears nothing of another. */
  silence(observer: string, subject: string): void {
    this.#silence(this.member(observer), this.member(subject));
  }

  idOf(name: string): number {
    return wireId(this.member(name).name);
  }

  #silence(observer: Member, subject: Member): void {
    if (!observer.alive) return;
    const { incarnation } = subject;
    this.#hearing(observer, subject, false);
    if (this.#isReported(observer, subject)) return;
    this.report(observer, { kind: "peer-silent", peer: wireId(subject.name), incarnation, silence: milliseconds(100) });
  }

  #reaches(from: Member, to: Member): boolean {
    return to.alive && to !== from && !this.#cuts.has(pairOf(from, to));
  }

  /** Whether another member that the observer hears says that it hears the subject: a sign of life. */
  #isReported(observer: Member, subject: Member): boolean {
    return (
      subject.alive &&
      this.members.some((third) => third.alive && this.#reaches(third, observer) && this.#reaches(subject, third))
    );
  }

  /** Who is heard of through others only, or no longer, since two of the members began or ceased to hear each other. */
  #spreadSigns(a: Member, b: Member): void {
    for (const observer of this.members.filter((each) => each.alive)) {
      for (const subject of this.members) {
        const isConcerned =
          observer !== subject && (observer !== a || subject !== b) && (observer !== b || subject !== a);
        if (isConcerned && !this.#reaches(subject, observer)) this.#showSigns(observer, subject);
      }
    }
  }

  #showSigns(observer: Member, subject: Member): void {
    const peer = wireId(subject.name);
    const { incarnation } = subject;
    const silent = { kind: "peer-silent", peer, incarnation, silence: milliseconds(100) } as const;
    this.report(observer, this.#isReported(observer, subject) ? { kind: "peer-heard", peer, incarnation: 0 } : silent);
  }

  command(at: string, command: Command): CommandOutcome | undefined {
    const id = `c${this.outcomes.size}-${this.now}`;
    this.input(this.member(at), { kind: "command-received", id, command });
    return this.outcomes.get(id);
  }

  /** A node reads its file again; the others hear of it. @returns whether it goes by it now */
  reload(name: string, cluster: Cluster, faults: readonly StartFault[] = []): boolean {
    const member = this.member(name);
    const read = { ...cluster, hash: hashOf(cluster) };
    this.input(member, { kind: "configuration-changed", cluster: read, ...(faults.length === 0 ? {} : { faults }) });
    if (member.node.view(this.now).configHash !== read.hash) return false;
    member.cluster = read;
    for (const other of this.members) if (this.#reaches(member, other)) this.#describe(other, member);
    return true;
  }

  findings(name: string): readonly Finding[] {
    return this.member(name)
      .node.view(this.now)
      .findings.map(({ finding }) => finding);
  }

  /** Lets time pass, with every deadline served at its moment. */
  pass(ms: number): void {
    const end = this.now + ms * 1_000;
    for (;;) {
      const due = this.members
        .filter((each) => each.alive)
        .map((member) => ({ member, at: member.node.deadline()?.at ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.at - b.at)[0];
      const at = Math.min(due?.at ?? Infinity, this.programs.nextAt, this.fencing.nextAt);
      if (at > end) break;
      this.now = instant(Math.max(this.now, at));
      if (this.programs.nextAt === at) this.programs.happen();
      else if (this.fencing.nextAt === at) this.fencing.happen();
      else if (due !== undefined) this.input(due.member, { kind: "ticked" });
    }
    this.now = instant(end);
  }

  /** Hands an input in; all that follows from it, at all members, happens before this returns, in order. */
  input(member: Member, input: NodeInput): void {
    this.#take({ member, input });
  }

  /** @param inputs of the same moment: what follows from one is heard when all have been handled */
  #take(...inputs: readonly Pending[]): void {
    this.#queue.push(...inputs);
    if (this.#queue.length > inputs.length) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      for (const effect of next.member.node.handle(this.now, next.input)) this.#perform(next.member, effect);
      this.#queue.shift();
      if (this.#queue.length === 0) this.#queueDue();
    }
  }

  /** What is due at this very moment follows at once. */
  #queueDue(): void {
    const due = this.members.find((each) => each.alive && (each.node.deadline()?.at ?? Infinity) <= this.now);
    if (due !== undefined) this.#queue.push({ member: due, input: { kind: "ticked" } });
  }

  report(member: Member, report: DetectorReport): void {
    this.input(member, { kind: "detector-reported", report });
  }

  /** A line of the transcript, with the milliseconds since the start. */
  say(line: string): void {
    this.transcript.push(`${String((this.now - START) / 1_000).padStart(8)} ${line}`);
  }

  /** Whether a node's kernel takes the next address or refuses it. */
  refuse(name: string, code: string | undefined): void {
    if (code === undefined) this.#refusing.delete(name);
    else this.#refusing.set(name, code);
  }

  /** The cable of a node's only interface. */
  carrier(name: string, carrier: boolean): void {
    this.carriers([name], carrier);
  }

  /** The cables of several nodes at the same moment. */
  carriers(names: readonly string[], carrier: boolean): void {
    const changed = (member: Member): Pending["input"] => ({
      kind: "link-changed",
      link: { ...this.#link(member), carrier },
    });
    this.#take(...names.map((name) => this.member(name)).map((member) => ({ member, input: changed(member) })));
  }

  /** A node's only interface gets another name, and `meanwhile` happens before the kernel's report of it is read. */
  rename(name: string, to: string, meanwhile: () => void = () => {}): void {
    const member = this.member(name);
    const before = member.interface;
    member.interface = to;
    this.#untold.set(member.name, before);
    meanwhile();
    this.#untold.delete(member.name);
    this.input(member, { kind: "link-changed", link: this.#link(member) });
  }

  /** Another program takes an address off. */
  takeAway(name: string, address: string): void {
    const member = this.member(name);
    member.kernel.delete(address);
    const gone = { linkIndex: 2, family: 4 as const, address, prefixLength: 24, flags: 0 };
    this.input(member, { kind: "address-removed", address: gone });
  }

  /** The nodes stop, or begin, to hear each other; `meanwhile` happens before they have noticed that. */
  partition(a: string, b: string, cut: boolean, meanwhile: () => void = () => {}): void {
    const [one, other] = [this.member(a), this.member(b)];
    this.#cuts[cut ? "add" : "delete"](pairOf(one, other));
    if (cut) {
      meanwhile();
      this.pass(100);
      this.#silence(one, other);
      this.#silence(other, one);
    } else this.#meet(one, other);
    this.#spreadSigns(one, other);
  }

  /** Whose MACs each node receives frames for. */
  listeners(): Readonly<Record<string, readonly string[]>> {
    const nodeOf = (mac: string): string => this.members.find((each) => this.#link(each).mac === mac)?.name ?? mac;
    const listening = this.members.filter((each) => each.listening.size > 0);
    return Object.fromEntries(listening.map((each) => [each.name, [...each.listening].map(nodeOf)]));
  }

  holders(address: string): readonly string[] {
    return this.members.filter((each) => each.kernel.has(address)).map((each) => each.name);
  }

  #meet(a: Member, b: Member): void {
    const both = [
      [a, b],
      [b, a],
    ] as const;
    for (const [one, other] of both) {
      this.report(one, { kind: "peer-heard", peer: wireId(other.name), incarnation: other.incarnation });
    }
    for (const [observer, subject] of both) {
      this.#describe(observer, subject);
      this.#hearing(observer, subject, true);
    }
    for (const each of both.flat()) this.#tellOfOthers(each);
    for (const [one, other] of both) {
      const { state, bulletin } = this.published.get(other.name) ?? {};
      this.#tell(one, other, state);
      if (bulletin !== undefined) this.report(one, bulletin);
    }
  }

  /** What the others said of each other before. */
  #tellOfOthers(member: Member): void {
    for (const observer of this.members) {
      for (const subject of this.members) {
        const isOthers = observer !== subject && observer !== member && subject !== member;
        if (!isOthers || !this.#reaches(observer, member)) continue;
        this.report(member, hearingOf(observer, subject, observer.alive && this.#reaches(subject, observer)));
      }
    }
  }

  /** What one hears of another is known to all. */
  #hearing(observer: Member, subject: Member, heard: boolean): void {
    for (const each of this.members) if (each.alive) this.report(each, hearingOf(observer, subject, heard));
  }

  /** The latest that each node said. */
  readonly published: Map<NodeName, Published> = new Map();

  #tell(to: Member, from: Member, said: Published["state"]): void {
    if (said === undefined || this.muted.has(from.name)) return;
    const state = agedState(said.state, between(said.at, this.now));
    this.input(to, { kind: "peer-state-received", peer: from.name, state });
  }

  /** Everybody is told the node's latest state, as after a new connection, and reads it so many milliseconds later. */
  repeatState(name: string, unread = 0): void {
    const member = this.member(name);
    const said = this.published.get(member.name)?.state;
    if (said === undefined) return;
    const readLate = { ...said, at: instant(said.at + unread * 1_000) };
    for (const other of this.members) if (this.#reaches(member, other)) this.#tell(other, member, readLate);
  }

  #perform(member: Member, effect: NodeEffect): void {
    if (isProgramEffect(effect)) return this.programs.order(member.name, effect);
    switch (effect.kind) {
      case "add-address":
        this.#add(member, effect.step, effect.placed);
        return;
      case "remove-address":
        this.#remove(member, effect.step, effect.placed);
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
        this.#spread(member, { state: { state: effect.state, at: this.now } });
        return;
      case "relay-bulletin":
        this.#passOn(member, effect.to, { kind: "bulletin-relayed", by: member.name, relayed: effect.relayed });
        return;
      case "relay-state":
        this.#passOn(member, effect.to, { kind: "state-relayed", by: member.name, state: effect.state });
        return;
      case "say-goodbye":
        this.#sayGoodbye(member);
        return;
      case "forward-command":
        this.#forward(member, effect);
        return;
      case "answer-command":
        this.#answer(effect.id, effect.outcome);
        return;
      case "announce":
        this.announced.push({ node: member.name, address: effect.placed.address, at: this.now });
        for (const other of this.members) if (other.alive) this.#showOnLan(member, other, effect.placed.address);
        return;
      case "probe-address":
        this.#probe(member, effect.placed.address);
        return;
      case "listen-for-mac":
      case "stop-listening":
      case "show-mac":
        this.#changeIdentity(member, effect);
        return;
      default:
        this.#record(member, effect);
    }
  }

  #forward({ name }: Member, { id, to, command }: Extract<NodeEffect, { kind: "forward-command" }>): void {
    this.input(this.member(to), { kind: "command-received", id: `${name}/${id}`, origin: name, command });
  }

  #probe(member: Member, address: string): void {
    for (const other of this.members) if (other.kernel.has(address)) this.#showOnLan(other, member, address);
  }

  #sayGoodbye(member: Member): void {
    const peer = wireId(member.name);
    for (const other of this.members.filter((each) => this.#reaches(member, each))) {
      this.report(other, { kind: "peer-said-goodbye", peer, incarnation: member.incarnation });
    }
  }

  #changeIdentity(member: Member, effect: IdentityEffect): void {
    if (effect.kind === "show-mac") {
      this.shown.push({ node: member.name, mac: effect.station.mac, at: this.now });
    } else if (effect.kind === "listen-for-mac") this.#listen(member, effect.step, effect.peer.mac);
    else {
      member.listening.delete(effect.station.mac);
      this.input(member, { kind: "step-done", step: effect.step });
    }
  }

  #listen(member: Member, step: number, mac: string): void {
    const code = this.deaf.has(member.name) ? "EOPNOTSUPP" : undefined;
    if (code === undefined) member.listening.add(mac);
    const answer =
      code === undefined
        ? ({ kind: "step-done", step } as const)
        : ({ kind: "step-failed", step, problem: { code, message: `${code} for ${mac}` } } as const);
    this.input(member, answer);
  }

  #showOnLan(from: Member, to: Member, address: string): void {
    if (!this.sharesLan || from === to) return;
    const { mac } = this.#link(from);
    this.input(to, { kind: "announcement-heard", interface: to.interface, address, mac });
  }

  #passOn(from: Member, to: readonly NodeName[], input: NodeInput): void {
    for (const other of this.members)
      if (to.includes(other.name) && this.#reaches(from, other)) this.input(other, input);
  }

  #add(member: Member, step: number, placed: PlacedAddress): void {
    const code = this.#refusing.get(member.name);
    if (code === undefined) {
      member.kernel.set(placed.address, placed);
      this.input(member, { kind: "step-done", step });
      this.input(member, { kind: "address-added", address: addressOn(placed) });
    } else
      this.input(member, { kind: "step-failed", step, problem: { code, message: `${code} for ${placed.address}` } });
  }

  #remove(member: Member, step: number, placed: PlacedAddress): void {
    if (this.keeping.has(member.name)) {
      const problem = { code: "EPERM", message: `EPERM for ${placed.address}` };
      this.input(member, { kind: "step-failed", step, problem });
      return;
    }
    if (placed.interface !== member.interface && placed.interface !== SPARE.name) {
      const problem = { code: "ENODEV", message: `there is no interface ${placed.interface}` };
      this.input(member, { kind: "step-failed", step, problem });
      return;
    }
    member.kernel.delete(placed.address);
    this.input(member, { kind: "step-done", step });
    this.input(member, { kind: "address-removed", address: addressOn(placed) });
  }

  #answer(id: string, outcome: CommandOutcome): void {
    const [origin, own] = id.split("/");
    if (own === undefined || origin === undefined) this.outcomes.set(id, outcome);
    else this.input(this.member(origin), { kind: "command-answered", id: own, outcome });
  }

  #record(member: Member, effect: NodeEffect): void {
    if (effect.kind === "save") member.saved = effect.saved;
    if (effect.kind === "write-ledger") member.ledger = effect.entries;
    if (effect.kind === "exit") {
      member.alive = false;
      this.programs.agentEnded(member.name);
    }
    if (effect.kind === "run-errand") this.fencing.order(member.name, effect);
    if (effect.kind === "run-errand" || effect.kind === "run-checks") this.errands.push({ node: member.name, effect });
    if (effect.kind === "tickle") this.say(`${member.name} tickles ${effect.connections.length} connections`);
    if (effect.kind === "note") this.say(`${member.name}: ${noteText(effect.note, member.name)}`);
  }

  #spread(member: Member, published: Published): void {
    this.published.set(member.name, { ...this.published.get(member.name), ...published });
    for (const other of this.members) {
      if (!this.#reaches(member, other)) continue;
      this.#tell(other, member, published.state);
      if (published.bulletin !== undefined) this.report(other, published.bulletin);
    }
  }

  #link(member: Member): KernelLink {
    const mac = `02:00:00:00:00:0${this.members.indexOf(member) + 1}`;
    const name = this.#untold.get(member.name) ?? member.interface;
    return { index: 2, name, mac, up: true, carrier: true, mtu: 1500 };
  }

  #snapshot(member: Member): KernelSnapshot {
    const index = this.members.indexOf(member) + 1;
    const own = { linkIndex: 2, family: 4 as const, prefixLength: 24, flags: 0 };
    return {
      links: [this.#link(member), ...(this.spared.has(member.name) ? [SPARE] : [])],
      addresses: [
        { ...own, address: `10.1.1.${index}` },
        { ...own, address: `${SUBNET}.${100 + index}` },
        ...[...member.kernel.values()].map(({ address }) => ({ ...own, address })),
      ],
    };
  }
}
