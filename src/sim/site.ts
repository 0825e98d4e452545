import { familyOf } from "../base/ip-address.js";
import { known } from "../base/assert.js";
import { microseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { Command, CommandOutcome } from "../model/command.js";
import type { DetectorReport, Heartbeat } from "../model/heartbeat.js";
import type { PlacedAddress, TcpConnection } from "../model/kernel.js";
import { wireId } from "../model/names.js";
import type { PingTargets } from "../model/node-io.js";
import type { CoreFactory } from "./agent.js";
import { SimErrands } from "./errands.js";
import type { Occurrence } from "./event-queue.js";
import { SimFencing } from "./fencing.js";
import { SimHost } from "./host.js";
import { Segment } from "./network.js";
import type { Observer } from "./observer.js";
import type { SitePlan } from "./plan.js";
import { PeerStream, type StreamMessage } from "./stream.js";
import { World } from "./world.js";

/** A rival's MAC: no machine of the cluster has it. */
export const STRANGER_MAC = "02:ff:ff:ff:ff:ff";

/** A whole installation: machines, networks between them, and what goes over them. */
export class Site {
  readonly world: World;
  readonly plan: SitePlan;
  /** The newest cluster file; not every machine may have it yet. */
  cluster: Cluster;
  readonly segments: readonly Segment[];
  readonly hosts: readonly SimHost[];
  readonly makeCore: CoreFactory;
  readonly errands: SimErrands;
  readonly fencing: SimFencing;
  readonly observers: Observer[] = [];
  /** The segments that carry heartbeats. */
  readonly heartbeatSegments: readonly number[];
  /** What clients beyond the cluster believe: the MAC that announced an address last, by segment and address. */
  readonly clientCaches: readonly Map<string, string>[];
  readonly #segmentOfNetwork: ReadonlyMap<number, number>;
  readonly #hostOfNode: ReadonlyMap<number, number>;
  readonly #streams: readonly (readonly (PeerStream | undefined)[])[];
  /** Segments whose ping targets are dead, with how many faults keep them so. */
  readonly deadTargets: number[];
  /** Heartbeats are kept here while somebody records them in order to replay them. */
  readonly recordings: Set<(to: number, segment: number, heartbeat: Heartbeat) => void> = new Set();
  #commands = 0;
  /** Commands that were passed on from one host to another, with the one that shall have the answer. */
  readonly #forwarded = new Map<string, { readonly origin: number; readonly at: number }>();

  constructor(seed: number, plan: SitePlan, makeCore: CoreFactory) {
    this.world = new World(seed);
    this.plan = plan;
    this.cluster = plan.cluster;
    this.makeCore = makeCore;
    this.errands = new SimErrands(this);
    this.fencing = new SimFencing(this);
    this.segments = plan.segments.map(
      ({ name, quality }) => new Segment(name, plan.hosts.length, quality, this.world.random(`segment ${name}`)),
    );
    this.heartbeatSegments = plan.segments.flatMap(({ network }, index) => (network === undefined ? [] : [index]));
    this.clientCaches = plan.segments.map(() => new Map());
    this.deadTargets = plan.segments.map(() => 0);
    this.#segmentOfNetwork = new Map(
      plan.segments.flatMap(({ network }, index) => (network === undefined ? [] : [[wireId(network), index]])),
    );
    this.hosts = plan.hosts.map((host, index) => new SimHost(this, index, host));
    this.#layCables();
    this.#hostOfNode = new Map(plan.hosts.map(({ name }, index) => [wireId(name), index]));
    this.#streams = this.#layStreams();
  }

  #layCables(): void {
    for (const [index, segment] of this.segments.entries()) {
      for (const host of this.hosts) {
        for (let cables = host.interfacesOn(index).length; cables > 1; cables -= 1) segment.addCable(host.index);
      }
    }
  }

  segment(index: number): Segment {
    return known(this.segments[index], "segments are numbered from 0");
  }

  host(index: number): SimHost {
    return known(this.hosts[index], "hosts are numbered from 0");
  }

  nodeId(host: number): number {
    return wireId(this.host(host).plan.name);
  }

  // --- heartbeats ------------------------------------------------------------------------------------------------

  sendHeartbeat(from: number, heartbeat: Heartbeat): void {
    const segment = this.#segmentOfNetwork.get(heartbeat.network);
    const to = this.#hostOfNode.get(heartbeat.addressee);
    if (segment === undefined || to === undefined || !this.host(from).isAttached(segment)) return;
    for (const record of this.recordings) record(to, segment, heartbeat);
    this.#carry(from, to, segment, heartbeat);
    if (this.segment(segment).duplicates()) this.#carry(from, to, segment, heartbeat);
  }

  /** A packet comes out of a receiver's network, whoever sent it. */
  deliverHeartbeat(to: number, segment: number, heartbeat: Heartbeat): void {
    const host = this.host(to);
    if (host.isAttached(segment)) host.agent?.heartbeatArrived(heartbeat);
  }

  #carry(from: number, to: number, segment: number, heartbeat: Heartbeat): void {
    const at = this.segment(segment).arrival(this.world.now, from, to);
    if (at !== undefined) this.world.plan(at, new Packet(this, from, to, segment, heartbeat));
  }

  // --- who reaches whom ------------------------------------------------------------------------------------------

  /** Packets get from one host to the other over a segment, unless chance takes them. */
  reaches(from: number, to: number, segment: number): boolean {
    return (
      this.segment(segment).passes(from, to) && this.host(from).isAttached(segment) && this.host(to).isAttached(segment)
    );
  }

  linked(a: number, b: number, segment: number): boolean {
    return this.reaches(a, b, segment) && this.reaches(b, a, segment);
  }

  /** Clients beyond the cluster and the host reach each other over a segment. */
  servesBeyond(host: number, segment: number): boolean {
    const wire = this.segment(segment);
    return this.host(host).isAttached(segment) && wire.passes(host, wire.beyond) && wire.passes(wire.beyond, host);
  }

  answersPing(host: number, { network, addresses }: PingTargets): boolean {
    const segment = this.#segmentOfNetwork.get(wireId(network));
    if (segment === undefined || this.deadTargets[segment] !== 0) return false;
    const known = this.plan.segments[segment]?.pingTargets ?? [];
    return addresses.some((address) => known.includes(address)) && this.servesBeyond(host, segment);
  }

  /** Whether a target answers who asks for it over an interface: another machine's address, or one beyond the cluster. */
  answersOver(host: SimHost, name: string, target: string): boolean {
    const segment = this.#segmentBehind(host, name);
    if (segment === undefined || !host.conducts(name)) return false;
    const wire = this.segment(segment);
    const isJoined = (station: number): boolean => wire.passes(host.index, station) && wire.passes(station, host.index);
    const owner = this.plan.hosts.findIndex((each) =>
      each.interfaces.some(({ addresses }) => hasAmong(addresses, target)),
    );
    if (owner < 0) return this.deadTargets[segment] === 0 && isJoined(wire.beyond);
    return isJoined(owner) && this.#conductorOf(this.host(owner), segment, target) !== undefined;
  }

  /** The interface that has the address, if frames get over it. */
  #conductorOf(host: SimHost, segment: number, address: string): string | undefined {
    return host.kernel
      .interfacesWith(address)
      .find((name) => this.#segmentBehind(host, name) === segment && host.conducts(name));
  }

  /** Tells a host's kernel, and all others', what their cables carry now. */
  showSignals(host: SimHost): void {
    for (const [index, segment] of this.segments.entries()) {
      for (const [cable, { name }] of host.interfacesOn(index).entries()) {
        host.kernel.setSignal(name, segment.hasSignal(host.index, cable));
      }
    }
  }

  // --- announcements ---------------------------------------------------------------------------------------------

  /** A gratuitous ARP or an unsolicited neighbour advertisement. */
  announce(from: SimHost, placed: PlacedAddress): void {
    const link = from.kernel.link(placed.interface);
    const segment = this.#segmentBehind(from, placed.interface);
    if (segment === undefined || link === undefined || !from.conducts(placed.interface)) return;
    const wire = this.segment(segment);
    if (wire.passes(from.index, wire.beyond)) this.clientCaches[segment]?.set(placed.address, link.mac);
    for (const host of this.hosts) {
      if (host !== from && !wire.passes(from.index, host.index)) continue;
      for (const name of this.#listenersOn(host, segment)) {
        const isSender = host === from && name === from.kernel.lowerOf(placed.interface);
        if (!isSender) this.#hearAnnouncement(host, name, placed.address, link.mac);
      }
    }
  }

  /** A machine that is none of ours says that it has an address. */
  announceAsStranger(segment: number, address: string): void {
    const wire = this.segment(segment);
    this.clientCaches[segment]?.set(address, STRANGER_MAC);
    for (const host of this.hosts) {
      if (!wire.passes(wire.beyond, host.index)) continue;
      for (const name of this.#listenersOn(host, segment)) this.#hearAnnouncement(host, name, address, STRANGER_MAC);
    }
  }

  /** Who else has the address answers. */
  probe(from: SimHost, placed: PlacedAddress): void {
    const segment = this.#segmentBehind(from, placed.interface);
    if (segment === undefined || !from.conducts(placed.interface)) return;
    const wire = this.segment(segment);
    for (const host of this.hosts) {
      if (host === from || !wire.passes(from.index, host.index) || !wire.passes(host.index, from.index)) continue;
      const name = this.#conductorOf(host, segment, placed.address);
      const mac = name === undefined ? undefined : host.kernel.link(name)?.mac;
      if (mac !== undefined) this.#hearAnnouncement(from, placed.interface, placed.address, mac);
    }
  }

  #hearAnnouncement(host: SimHost, name: string, address: string, mac: string): void {
    const isOurs = host.cluster.services.some((service) => hasAmong(service.addresses, address));
    if (isOurs) host.agent?.watched({ kind: "announcement-heard", interface: name, address, mac });
  }

  /** The interfaces that get what is sent to all on a segment. */
  #listenersOn(host: SimHost, segment: number): readonly string[] {
    return host
      .interfacesOn(segment)
      .flatMap(({ name }) => [name, ...host.kernel.macvlansOn(name).map((each) => each.name)])
      .filter((name) => host.conducts(name));
  }

  #segmentBehind(host: SimHost, name: string): number | undefined {
    const lower = host.kernel.lowerOf(name);
    const segment = host.plan.interfaces.find((each) => each.name === lower)?.segment;
    const index = this.segments.findIndex((each) => each.name === segment);
    return index < 0 ? undefined : index;
  }

  // --- peer streams ----------------------------------------------------------------------------------------------

  /** An agent runs there and would take a connection. */
  listening(host: number): boolean {
    return this.host(host).agent !== undefined;
  }

  sendStream(from: number, to: number, message: StreamMessage): boolean {
    if (message.kind === "command") this.#forwarded.set(message.id, { origin: from, at: to });
    return this.#streams[from]?.[to]?.send(from, message) === true;
  }

  broadcast(from: SimHost, message: StreamMessage): void {
    for (const host of this.hosts) if (host !== from) this.sendStream(from.index, host.index, message);
  }

  /** Both ends of a new connection begin with what they published last. */
  streamUp(from: number, to: number): void {
    const { agent } = this.host(from);
    agent?.receive({ kind: "peer-connected", peer: this.host(to).plan.name });
    const state = agent?.latestState;
    if (state !== undefined) this.sendStream(from, to, { kind: "state", state });
  }

  streamDelivered(from: number, to: number, message: StreamMessage): void {
    const agent = this.host(to).agent;
    const peer = this.host(from).plan.name;
    switch (message.kind) {
      case "state":
        return agent?.receive({ kind: "peer-state-received", peer, state: message.state });
      case "relayed-bulletin":
        return agent?.receive({ kind: "bulletin-relayed", by: peer, relayed: message.relayed });
      case "relayed-state":
        return agent?.receive({ kind: "state-relayed", by: peer, state: message.state });
      case "connections":
        return agent?.receive({
          kind: "peer-connections-received",
          peer,
          service: message.service,
          connections: message.connections,
        });
      case "command":
        return agent?.receive({
          kind: "command-received",
          id: message.id,
          command: message.command,
          origin: peer,
        });
      case "answer":
        return agent?.receive({ kind: "command-answered", id: message.id, outcome: message.outcome });
    }
  }

  /** What a detector reports says which connections are of no use any more. */
  heed(host: SimHost, report: DetectorReport): void {
    if (report.kind !== "hearing-changed" || report.heard || report.observer !== this.nodeId(host.index)) return;
    const subject = this.#hostOfNode.get(report.subject);
    const segment = this.#segmentOfNetwork.get(report.network);
    if (subject !== undefined && segment !== undefined) this.#streams[host.index]?.[subject]?.networkLost(segment);
  }

  resetStreams(host: number): void {
    for (const stream of this.#streams[host] ?? []) stream?.reset();
  }

  #layStreams(): readonly (readonly (PeerStream | undefined)[])[] {
    const rows: (PeerStream | undefined)[][] = this.hosts.map(() => this.hosts.map(() => undefined));
    for (const a of this.hosts.keys()) {
      for (let b = a + 1; b < this.hosts.length; b += 1) {
        const stream = new PeerStream(this, [a, b]);
        known(rows[a], "a row for each host")[b] = stream;
        known(rows[b], "a row for each host")[a] = stream;
      }
    }
    return rows;
  }

  // --- commands --------------------------------------------------------------------------------------------------

  /** An operator asks something of a node; a node without an agent gives no answer. */
  command(host: number, command: Command): void {
    const asked = this.host(host);
    if (asked.agent === undefined) return;
    this.#commands += 1;
    const id = `command-${this.#commands}`;
    for (const observer of this.observers) observer.commandGiven?.(asked, id);
    asked.agent.receive({ kind: "command-received", id, command });
  }

  commandAnswered(by: SimHost, id: string, outcome: CommandOutcome): void {
    const forwarded = this.#forwarded.get(id);
    if (forwarded?.at === by.index) {
      this.#forwarded.delete(id);
      this.sendStream(by.index, forwarded.origin, { kind: "answer", id, outcome });
      return;
    }
    for (const observer of this.observers) observer.commandEnded?.(id, outcome);
  }

  /** The clients of some addresses: they change every few seconds. */
  connectionsTo(addresses: readonly string[]): readonly TcpConnection[] {
    const remotePort = 40_000 + Math.floor(this.world.now / microseconds(7_000_000));
    return addresses.map((localAddress) => ({
      family: familyOf(localAddress),
      localAddress,
      localPort: 443,
      remoteAddress: familyOf(localAddress) === 6 ? "2001:db8::99" : "192.0.2.99",
      remotePort,
    }));
  }
}

const hasAmong = (all: readonly { readonly address: string }[], address: string): boolean =>
  all.some((each) => each.address === address);

/** A heartbeat under way: one object, for there are tens of millions. */
class Packet implements Occurrence {
  readonly #site: Site;
  readonly #from: number;
  readonly #to: number;
  readonly #segment: number;
  readonly #heartbeat: Heartbeat;

  constructor(site: Site, from: number, to: number, segment: number, heartbeat: Heartbeat) {
    this.#site = site;
    this.#from = from;
    this.#to = to;
    this.#segment = segment;
    this.#heartbeat = heartbeat;
  }

  happen(): void {
    if (!this.#site.segment(this.#segment).passes(this.#from, this.#to)) return;
    this.#site.deliverHeartbeat(this.#to, this.#segment, this.#heartbeat);
  }
}
