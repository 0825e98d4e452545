/**
 * Everything that one node knows and its services decide from: kernel, peers, pings, bans, pause, drain.
 *
 * It takes facts in and answers questions; it moves nothing.
 */
import { ok } from "../base/result.js";
import { type Duration, type Instant, after, between, earliest, seconds } from "../base/time.js";
import type { Cluster, NodeConfig, ServiceConfig } from "../model/cluster.js";
import type { DetectorReport, RelayedBulletin } from "../model/heartbeat.js";
import type { KernelLink } from "../model/kernel.js";
import type { NetworkName, NodeName } from "../model/names.js";
import type { NodeOptions } from "../model/node-io.js";
import {
  type Ban,
  type KeptService,
  type NodeState,
  type Pause,
  type SavedState,
  savedLists,
} from "../model/node-state.js";
import type { RuleName } from "../model/rule.js";
import { type UnfitReason, drainedReason } from "../model/unfit-reasons.js";
import type { Locator } from "./addresses/address-holding.js";
import type { EligibilityFacts } from "./addresses/eligibility.js";
import type { Sight } from "./addresses/held-address.js";
import { Attributes } from "./attributes.js";
import { KernelTable } from "./addresses/kernel-table.js";
import { locate } from "./addresses/locate.js";
import type { Effects } from "./effects.js";
import { Fencing } from "./fencing/fencing.js";
import { StandIns } from "./identity/stand-ins.js";
import { FlapDamping } from "./membership/flap-damping.js";
import { LeftBehind } from "./membership/left-behind.js";
import { Membership, type Peer } from "./membership/membership.js";
import { type RelayedWord, RelayRefusals, refusalOf } from "./membership/relay-refusals.js";
import { Pings } from "./membership/pings.js";
import { RecentPeers } from "./membership/recent-peers.js";
import { Roster } from "./membership/roster.js";
import { PathGroups, type PathGroupsOptions } from "./paths/path-groups.js";
import type { CandidateFacts } from "./placement/place.js";
import { SharedPlacement, type SharedService } from "./placement/shared-placement.js";
import { fitness, judgeLink } from "./services/fitness.js";
import { Halts, byRule } from "./services/halts.js";
import { HoldNews } from "./services/hold-news.js";
import { strongestClaim } from "./services/seniority.js";
import type { Service } from "./services/service.js";
import { RuleFirings } from "./rules/rule-firings.js";
import { Remains } from "./supervision/remains.js";
import { type Standing, drainedBy } from "./standing.js";
import { RunsElsewhere } from "./supervision/runs-elsewhere.js";

/** Peers are asked at least every other second whether they know this node; some of the answers may be lost. */
const DISOWNED_MEMORY: Duration = seconds(10);
/** Refused packets are told of once a second. */
const OTHER_KEY_MEMORY: Duration = seconds(3);

type RefusedPackets = Extract<DetectorReport, { readonly kind: "packets-refused" }>;

/** What the node knows of its own addresses. */
export type OwnAddresses = Pick<EligibilityFacts, "isOurs" | "rival">;

export class Knowledge {
  readonly self: NodeName;
  readonly kernel: KernelTable = new KernelTable();
  readonly membership: Membership;
  readonly damping: FlapDamping;
  /**
   * Peers that answered that this node is not in their cluster file. They neither hear this node nor are heard by it, so its
   * view of who holds what is worth nothing: it holds nothing while one of them lives and repeats that.
   */
  readonly disowners: RecentPeers = new RecentPeers();
  /** Peers whose packets are sealed with no key of the secret file here. The last of an old key's may still be on its way. */
  readonly #otherKeys = new RecentPeers(2);
  readonly leftBehind: LeftBehind;
  readonly standing: Standing;
  readonly paths: PathGroups;
  readonly halts: Halts;
  readonly holdNews: HoldNews;
  /** What checks of addresses are answered from. */
  readonly eligibility: EligibilityFacts;
  readonly standIns: StandIns;
  readonly attributes: Attributes;
  readonly fencing: Fencing;
  readonly remains: Remains;
  readonly firings: RuleFirings;
  readonly elsewhere: RunsElsewhere;
  readonly sharing: SharedPlacement;
  cluster: Cluster;
  roster: Roster;
  pings: Pings;
  readonly #relayRefusals = new RelayRefusals();
  #serviceAddresses: ReadonlySet<string>;
  /** Peers that fell silent lately, and when it will be clear whether that was their own failure. */
  readonly #fallen = new Map<NodeName, Instant>();
  /** This node's fitness by service, as computed since the last change. */
  readonly #fitness = new Map<ServiceConfig, readonly UnfitReason[]>();
  /** What was found of interfaces since then: many services share one. */
  readonly #linkReasons = new Map<KernelLink, readonly UnfitReason[]>();
  /** Who is banned, as found since the last change. */
  #banned: ReadonlySet<NodeName> | undefined;

  constructor(now: Instant, options: NodeOptions, own: OwnAddresses) {
    this.self = options.self;
    this.cluster = options.cluster;
    this.roster = new Roster(options.cluster, options.self);
    this.membership = new Membership(now, this.roster);
    this.pings = new Pings(options.cluster, options.self, this.roster, this.membership);
    this.damping = new FlapDamping(options.cluster.damping);
    const { drained, drainedBy, pause } = options.saved;
    this.standing = { drained, drainedBy, drainedSince: undefined, pause };
    this.halts = new Halts(options.saved.halts ?? []);
    this.holdNews = new HoldNews(options.self);
    this.sharing = new SharedPlacement(options.self, options.cluster);
    this.leftBehind = new LeftBehind(this.paused ? (options.saved.leftBehind ?? []) : []);
    this.standIns = new StandIns(this, options.saved.peerMacs ?? []);
    this.attributes = new Attributes(options.saved.attributes ?? []);
    this.remains = new Remains(options.machine);
    this.firings = new RuleFirings(now, options.saved.firings ?? [], this.remains.boot);
    this.elsewhere = new RunsElsewhere(options.saved.strays ?? []);
    this.fencing = new Fencing(now, this, options.saved);
    this.#serviceAddresses = serviceAddresses(options.cluster);
    this.eligibility = {
      isOurs: own.isOurs,
      rival: own.rival,
      kernel: this.kernel,
      isMoving: this.isServiceAddress,
      claimant: (address) => (own.isOurs(address) ? undefined : this.#claimant(address)),
    };
    this.paths = new PathGroups(now, pathsOf(options, this.ownConfig), this.eligibility);
  }

  reconfigure(now: Instant, cluster: Cluster, effects: Effects): void {
    this.cluster = cluster;
    this.sharing.reconfigure(cluster);
    this.roster = new Roster(cluster, this.self);
    this.membership.reconfigure(now, this.roster);
    this.pings = new Pings(cluster, this.self, this.roster, this.membership, this.pings);
    this.damping.reconfigure(cluster.damping);
    for (const noticed of [this.disowners, this.#otherKeys]) noticed.keep(this.roster.peers);
    for (const node of this.#fallen.keys()) if (!this.roster.peers.includes(node)) this.#fallen.delete(node);
    this.#serviceAddresses = serviceAddresses(cluster);
    this.paths.reconfigure(now, this.ownConfig?.paths ?? [], effects);
    this.forgetFitness();
  }

  get paused(): boolean {
    return this.standing.pause.paused;
  }

  /** This node's own part of the configuration; undefined once it was taken out of it. */
  get ownConfig(): NodeConfig | undefined {
    return this.cluster.nodes.find((node) => node.name === this.self);
  }

  /** Nobody is heard and no ping target answers: it is this node that is gone, not all the others. */
  get cutOff(): boolean {
    return this.isAlone && this.pings.allLost;
  }

  /** Nobody is heard, and no ping target has answered since: it will be clear at once which of the two it is. */
  get mayBeCutOff(): boolean {
    return this.isAlone && this.pings.allInDoubt;
  }

  /** None of the peers is heard. */
  get isAlone(): boolean {
    return this.roster.peers.length > 0 && this.membership.livePeers().length === 0;
  }

  readonly locator: Locator = (address) => {
    const located = locate(address, this);
    if (!located.ok) return located;
    const { family, prefixLength, label } = address;
    const placed = { interface: located.value.name, address: address.address, family, prefixLength };
    return ok(label === undefined ? placed : { ...placed, labelSuffix: `:${label}` });
  };

  readonly isSeen: Sight = (placed) => this.kernel.hasAddress(placed.interface, placed.address);

  readonly against = (link: KernelLink): readonly UnfitReason[] => {
    const known = this.#linkReasons.get(link);
    if (known !== undefined) return known;
    const reasons = judgeLink(link, this);
    this.#linkReasons.set(link, reasons);
    return reasons;
  };

  readonly isServiceAddress = (address: string): boolean => this.#serviceAddresses.has(address);

  report(now: Instant, report: DetectorReport, effects: Effects): void {
    if (report.kind === "packets-refused" && this.#isOfOtherKey(now, report)) return;
    // Who answers this node knows it.
    const answers =
      report.kind === "peer-heard" && report.incarnation !== 0 ? this.roster.node(report.peer) : undefined;
    if (answers !== undefined) this.disowners.forget(answers);
    for (const note of this.membership.report(now, report, this.paused)) {
      effects.note(note);
      if (this.paused && (note.code === "node.left" || note.code === "node.down")) this.#goneInPause(note.node);
      if (note.code === "node.crashed") this.#failed(now, note.node, effects);
      // In maintenance, machines and networks go away on purpose.
      if (note.code === "node.down" && !this.unplugged && !this.paused) {
        this.#fallen.set(note.node, after(now, this.cluster.detection.timeout));
      }
    }
    this.pings.compare(now);
  }

  /** Whether it is told already, by a finding, what was wrong with these packets. */
  #isOfOtherKey(now: Instant, { refusal, sender, fromItsAddress }: RefusedPackets): boolean {
    const peer = this.roster.node(sender);
    if (peer === undefined || refusal !== "unknown-key" || fromItsAddress !== true) return false;
    const isTold = this.keyDiffers.includes(peer);
    const { interval } = this.cluster.detection;
    this.#otherKeys.notice(peer, after(now, Math.max(OTHER_KEY_MEMORY, interval * 3) as Duration));
    return isTold;
  }

  /**
   * Peers that are not heard, and in whose name packets arrive that are sealed with another key. Anybody can send such
   * packets, so that nothing may be decided by them.
   */
  get keyDiffers(): readonly NodeName[] {
    return this.#otherKeys.names.filter((peer) => !this.membership.hears(peer));
  }

  /** When a peer counts no longer as one of whom such a thing was noticed. */
  get nextForgotten(): Instant | undefined {
    const [disowned, differs] = [this.disowners.nextExpiry, this.#otherKeys.nextExpiry];
    return disowned === undefined || differs === undefined ? (disowned ?? differs) : earliest(disowned, differs);
  }

  /** A peer passed on a bulletin of another one; false when that changes nothing. */
  bulletinRelayed(now: Instant, by: NodeName, relayed: RelayedBulletin, effects: Effects): boolean {
    const { node: about, incarnation } = relayed;
    return this.#admits(now, { by, about, incarnation }, effects) && this.membership.relayed(by, relayed);
  }

  /** A peer passed on the state of another one; false when that changes nothing. */
  stateRelayed(now: Instant, by: NodeName, state: NodeState, effects: Effects): boolean {
    const { node: about, incarnation } = state;
    return this.#admits(now, { by, about, incarnation }, effects) && this.peerState(now, about, state, effects);
  }

  #admits(now: Instant, word: RelayedWord, effects: Effects): boolean {
    const refusal = refusalOf(word, this.self, this.membership);
    if (refusal === undefined) return true;
    const note = this.#relayRefusals.note(now, word, refusal);
    if (note !== undefined) effects.note(note);
    return false;
  }

  /** False when the state is not newer than what is known, and was left out. */
  peerState(now: Instant, name: NodeName, state: NodeState, effects: Effects): boolean {
    const before = this.membership.peer(name)?.state;
    if (!this.membership.setState(now, name, state)) return false;
    // What a node said last may come after its goodbye, which travels by another way.
    if (this.membership.isUp(name)) this.leftBehind.answered(name);
    else if (this.paused) this.#goneInPause(name);
    for (const note of this.halts.heard(state.halts ?? [], this.cluster.services)) effects.note(note);
    for (const note of this.holdNews.told(name, state.tenures)) effects.note(note);
    this.fencing.heard(state);
    if (state.pause.revision > this.standing.pause.revision) this.setPause(state.pause, effects);
    if (before?.drained === true && !state.drained) this.damping.forgive(name);
    this.pings.compare(now);
    return true;
  }

  setPause(pause: Pause, effects: Effects): void {
    const changed = pause.paused !== this.standing.pause.paused;
    this.standing.pause = pause;
    if (!pause.paused) this.leftBehind.clear();
    if (changed) effects.note({ code: pause.paused ? "cluster.paused" : "cluster.unpaused" });
  }

  /** @param by the rule whose order it is; one that says it again takes nobody's place on record */
  setDrained(now: Instant, drained: boolean, by: RuleName | undefined, effects: Effects): void {
    const { standing, self: node } = this;
    if (standing.drained === drained) {
      if (by === undefined) standing.drainedBy = undefined;
      return;
    }
    Object.assign(standing, {
      drained,
      drainedBy: drained ? by : undefined,
      drainedSince: drained ? now : undefined,
    } satisfies Partial<Standing>);
    effects.note(drained ? { code: "node.drained", node, ...byRule(by) } : { code: "node.resumed", node });
  }

  /** Who holds a service, by what was heard of it, or else as the wire shows. */
  holderOf(service: Service): NodeName | undefined {
    if (service.holding !== undefined) return this.self;
    return strongestClaim(this.membership.claimsOf(service.config.name), service.config)?.peer ?? service.tie.left?.to;
  }

  /** A service's nodes in the order of preference, with what speaks against each. */
  facts(now: Instant, service: Service): readonly CandidateFacts[] {
    return this.sharing.facts(service.config.name, this.#factsAlone(now, service));
  }

  /** The same for decisions: first the node where the service belongs beside the others. */
  factsToActOn(now: Instant, service: Service): readonly CandidateFacts[] {
    return this.sharing.factsToActOn(now, service.config.name, this.#factsAlone(now, service));
  }

  /** Gives all services their places, where they depend on one another and anything has changed. */
  reviewPlacement(now: Instant, services: readonly Service[]): void {
    this.sharing.review(
      now,
      services.map((service) => this.#shared(now, service)),
    );
  }

  /** Who holds it may change with each decision, and what it is asked for must be so at that moment. */
  #shared(now: Instant, service: Service): SharedService {
    // What still runs here from before goes on here, and no other service may come to it meanwhile.
    const holder = (): NodeName | undefined =>
      this.holderOf(service) ?? (service.programs.found ? this.self : undefined);
    const isServed = (): boolean => this.isServedByPeer(service);
    return {
      config: service.config,
      get holder() {
        return holder();
      },
      get active() {
        return service.holding === undefined ? isServed() : service.active && service.condition === undefined;
      },
      facts: () => this.#factsAlone(now, service),
    };
  }

  /** Whether a peer holds the service and, where it has programs, says that all of it is there. */
  isServedByPeer({ config, tie }: Service): boolean {
    const held = strongestClaim(this.membership.claimsOf(config.name), config);
    if (held === undefined) return tie.left !== undefined;
    const tenure = this.membership.peer(held.peer)?.tenures.get(config.name);
    return tenure?.epoch === held.claim.epoch ? tenure.condition === undefined : config.programs === undefined;
  }

  /** What speaks against each node, apart from other services. */
  #factsAlone(now: Instant, service: Service): readonly CandidateFacts[] {
    const boundTo = this.awaitsFencing(service);
    return service.config.nodes.map((node) => {
      const known = node === this.self ? this.#ownReasons(service.config) : this.#peerReasons(node, service.config);
      const banned: readonly UnfitReason[] = this.isBanned(node) ? [{ code: "banned" }] : [];
      const bound: readonly UnfitReason[] =
        boundTo === undefined || node === boundTo ? [] : [{ code: "not-fenced", detail: boundTo }];
      return { node, reasons: [...known, ...banned, ...bound, ...service.experience(now, node, this.self)] };
    });
  }

  /** The node that must be fenced before anybody else takes the service, which nobody holds. */
  awaitsFencing(service: Service): NodeName | undefined {
    const node = this.fencing.boundTo(service.config.name);
    return node === undefined || this.holderOf(service) !== undefined ? undefined : node;
  }

  /** This node's fitness for a service, apart from operators' wishes. */
  ownFitness(service: ServiceConfig): readonly UnfitReason[] {
    const known = this.#fitness.get(service);
    if (known !== undefined) return known;
    const here = this.ownConfig === undefined ? NOT_CONFIGURED : fitness(service, this);
    const reasons = [
      ...here,
      ...this.disowners.names.map((peer) => ({ code: "not-known-to-peer", detail: peer }) as const),
    ];
    this.#fitness.set(service, reasons);
    return reasons;
  }

  /** The peers had their time to say that they lost the same ping targets. */
  reviewPings(now: Instant): void {
    if (this.pings.compare(now)) this.forgetFitness();
  }

  /** False when it had said so already, or is no peer. */
  disowned(now: Instant, peer: NodeName): boolean {
    return this.roster.peers.includes(peer) && this.disowners.notice(peer, after(now, DISOWNED_MEMORY));
  }

  /** A peer that said that it does not know this node may be gone since, as one that had another key. */
  forgetPeers(now: Instant): void {
    this.#otherKeys.expire(now);
    if (this.disowners.expire(now)) this.forgetFitness();
  }

  /** Something that fitness rests on has changed: the kernel, the network map, the pings or the bans. */
  forgetFitness(): void {
    this.#fitness.clear();
    this.#linkReasons.clear();
    this.#banned = undefined;
  }

  /** Whether a node is banned by this node's own account or by a live peer's. */
  isBanned(node: NodeName): boolean {
    this.#banned ??= new Set([
      ...this.roster.nodes.filter((each) => this.damping.bannedUntil(each) !== undefined),
      ...this.membership.livePeers().flatMap((peer) => peer.state?.bans.map((ban) => ban.node) ?? []),
    ]);
    return this.#banned.has(node);
  }

  /** Bans by this node's own account, for the peers. */
  bans(now: Instant): readonly Ban[] {
    return this.roster.peers.flatMap((node) => {
      const until = this.damping.bannedUntil(node);
      return until === undefined
        ? []
        : [{ node, remaining: between(now, until), failures: this.cluster.damping.failures }];
    });
  }

  /** Whether a node is on a network, by its own file where that is known: nodes may go by different ones for a while. */
  isOn(node: NodeName, network: NetworkName): boolean {
    const said = this.membership.peer(node)?.state?.carriers;
    return this.roster.isOn(node, network) && (said === undefined || said.some((each) => each.network === network));
  }

  /** Networks to which this node has no link. */
  get unpluggedNetworks(): readonly NetworkName[] {
    return (this.ownConfig?.networks ?? [])
      .map(({ network }) => network)
      .filter((network) => this.carrier(this.self, network) === false);
  }

  carrier(node: NodeName, network: NetworkName): boolean | undefined {
    return this.#carrierOn(node, network)?.carrier;
  }

  /** The interface that has a node's own address on a network; undefined: not known. */
  interfaceOn(node: NodeName, network: NetworkName): string | undefined {
    return this.#carrierOn(node, network)?.interface;
  }

  /** What this node tells its peers of its interfaces to the networks. */
  carriers(): NodeState["carriers"] {
    return (this.ownConfig?.networks ?? []).map(
      ({ network }) => this.#carrierOn(this.self, network) ?? { network, carrier: false },
    );
  }

  #carrierOn(node: NodeName, network: NetworkName): NodeState["carriers"][number] | undefined {
    if (node !== this.self) {
      return this.membership.peer(node)?.state?.carriers.find((each) => each.network === network);
    }
    const address = this.ownConfig?.networks.find((each) => each.network === network)?.address;
    const link = address === undefined ? undefined : this.#linkWith(address);
    return link === undefined ? undefined : { network, carrier: link.up && link.carrier, interface: link.name };
  }

  /** Services that a node keeps on its machine without an agent, since the pause. */
  get kept(): readonly KeptService[] {
    return this.paused ? this.leftBehind.all(this.membership, this.roster) : [];
  }

  saved({ epochs, held }: Required<Pick<SavedState, "epochs" | "held">>): SavedState {
    return {
      drained: this.standing.drained,
      ...drainedBy(this.standing),
      pause: this.standing.pause,
      epochs,
      ...savedLists({
        leftBehind: this.paused ? this.leftBehind.toSave(this.membership, this.roster) : [],
        held,
        paths: this.paths.memories(),
        halts: this.halts.all(this.cluster.services),
        peerMacs: this.standIns.toSave(),
        attributes: this.attributes.lasting(),
        ...this.fencing.toSave(),
        firings: this.firings.toSave(),
      }),
    };
  }

  /** When bans begin or end by themselves, or attributes end. */
  nextChange(): Instant | undefined {
    return [...this.#fallen.values(), this.damping.nextExpiry(), this.attributes.nextExpiry()].reduce(
      (first, at) => (first === undefined || (at !== undefined && at < first) ? at : first),
      undefined,
    );
  }

  /**
   * Ends attributes and bans, and counts the failures of peers that fell silent. Where several are gone at once and none is left, it
   * is this node that was cut off, and they did not fail.
   */
  review(now: Instant, effects: Effects): void {
    this.elsewhere.review(now, [...this.membership.peers()]);
    this.attributes.expire(now, effects);
    this.#banned = undefined;
    for (const node of this.damping.expire(now)) effects.note({ code: "node.ban-ended", node });
    const alone = this.roster.peers.length > 1 && this.membership.livePeers().length === 0;
    for (const [node, clearAt] of this.#fallen) {
      if (now < clearAt) continue;
      this.#fallen.delete(node);
      if (!alone) this.#failed(now, node, effects);
    }
  }

  /** No network of this node has a carrier: whom it does not hear now has not failed. */
  get unplugged(): boolean {
    const { length } = this.ownConfig?.networks ?? [];
    return length > 0 && this.unpluggedNetworks.length === length;
  }

  bannedUntil(now: Instant, node: NodeName): Instant | undefined {
    const own = this.damping.bannedUntil(node);
    if (own !== undefined) return own;
    const heard = this.membership
      .livePeers()
      .flatMap(
        (peer) =>
          peer.state?.bans.filter((ban) => ban.node === node).map((ban) => after(peer.stateReceived, ban.remaining)) ??
          [],
      );
    return heard.find((until) => until > now) ?? heard[0];
  }

  /** Another node that has an address, or is about to have it. */
  #claimant(address: string): NodeName | undefined {
    const service = this.cluster.services.find(({ addresses }) => addresses.some((each) => each.address === address));
    const claims = service === undefined ? [] : this.membership.claimsOf(service.name);
    const claim = claims.find((each) => each.claim.state === "holding" || each.claim.state === "offering");
    const others = this.cluster.nodes.filter(({ name }) => name !== this.self);
    const owner = others.find(
      ({ name, networks }) =>
        networks.some((each) => each.address === address) ||
        this.membership.peer(name)?.state?.paths?.some((group) => group.addresses.includes(address)) === true,
    );
    return claim?.peer ?? owner?.name;
  }

  #goneInPause(node: NodeName): void {
    const peer = this.membership.peer(node);
    if (peer !== undefined) this.leftBehind.gone(peer, this.roster);
  }

  #failed(now: Instant, node: NodeName, effects: Effects): void {
    const ban = this.damping.failed(now, node);
    if (ban !== undefined) effects.note({ code: "node.banned", node, ...ban });
  }

  #ownReasons(service: ServiceConfig): readonly UnfitReason[] {
    const { drained, drainedBy: by } = this.standing;
    return drained ? [...this.ownFitness(service), drainedReason(by)] : this.ownFitness(service);
  }

  #peerReasons(node: NodeName, service: ServiceConfig): readonly UnfitReason[] {
    const peer = this.membership.peer(node);
    if (peer === undefined) return NOT_CONFIGURED;
    const absent = absenceOf(peer);
    if (absent !== undefined) return [absent];
    if (peer.state === undefined) return [{ code: "state-unknown" }];
    const reasons = peer.fitness.get(service.name) ?? NOT_CONFIGURED;
    return peer.state.drained ? [...reasons, drainedReason(peer.state.drainedBy)] : reasons;
  }

  #linkWith(address: string): ReturnType<KernelTable["link"]> {
    const found = [...this.kernel.addresses()].find((each) => each.address === address);
    return found === undefined ? undefined : this.kernel.link(found.linkIndex);
  }
}

const pathsOf = ({ self, saved, plans, snapshots }: NodeOptions, node: NodeConfig | undefined): PathGroupsOptions => ({
  self,
  configs: node?.paths ?? [],
  memories: saved.paths ?? [],
  plans: plans ?? [],
  snapshots: snapshots ?? [],
});

const NOT_CONFIGURED: readonly UnfitReason[] = [{ code: "not-configured" }];

const serviceAddresses = (cluster: Cluster): ReadonlySet<string> =>
  new Set(cluster.services.flatMap((service) => service.addresses.map((each) => each.address)));

function absenceOf(peer: Peer): UnfitReason | undefined {
  switch (peer.condition) {
    case "up":
      return undefined;
    case "down":
      return { code: "node-down" };
    case "leaving":
      return { code: "node-leaving" };
    case "unknown":
      return { code: "node-unknown" };
  }
}
