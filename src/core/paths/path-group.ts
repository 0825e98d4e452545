/**
 * One path group: which of its two paths carries the traffic, and when that changes (HN-4 to HN-12, AF-1 to AF-5).
 *
 *     start ── what carries the addresses is active (HN-12); a plan on record is finished or undone first
 *       │
 *       v          the active path is down and the other usable, and no hold-down;
 *     steady ───── or failback is due; or an operator said so ──────> switching (path-switch.ts)
 *       ^                                                                │
 *       │<── moved: the other path is active, its targets are ───────────┤
 *       │    not judged before `settleDelay` (HN-7)                      │
 *       └<── undone: all is as it was, a hold-down begins ───────────────┘
 *
 * A path is usable when it is healthy, or switched off on purpose (a warm standby), or recovering: the other is only asked
 * for when the active one is worse. When neither is usable everything stays where it is, and a finding says so. Paused,
 * the paths are watched and nothing moves by itself.
 *
 * This decides which path; it does not judge paths (path.ts), addresses (eligibility.ts) or steps (failover.ts).
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Result, ok, refused } from "../../base/result.js";
import { type Instant, after, between, latest } from "../../base/time.js";
import type { Eligibility } from "../../model/eligibility.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { NodeName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import {
  type PathFinding,
  type FailoverPlan,
  type PathGroupBrief,
  type PathGroupConfig,
  type PathGroupMemory,
  type PathGroupState,
  type PathHealth,
  type PathInput,
  type PathRefusal,
  type PathRole,
  type PathSwitchReason,
  type UnmovedAddress,
  otherRole,
} from "../../model/path.js";
import type { PathGroupView } from "../../model/status.js";
import type { Renamings } from "../addresses/kernel-table.js";
import { isReset, putDownLinks } from "./changed-links.js";
import { groupFindings } from "./group-findings.js";
import { HealthNotes } from "./health-notes.js";
import { OwedChanges } from "./owed-changes.js";
import type { PathEffects } from "./path-effects.js";
import { type PathMove, moveDone, movesUndone } from "./path-move.js";
import { PathPair } from "./path-pair.js";
import {
  PathSwitch,
  type SwitchOrder,
  type SwitchOutcome,
  type SwitchParts,
  addressCount,
  isOrdered,
  isRestoring,
} from "./path-switch.js";
import { CARRIER_PATIENCE, MAC_PATIENCE, type Path, isDown, isUsable } from "./path.js";
import { PeerWords } from "./peer-words.js";
import { SnapshotKeeper } from "./snapshot-keeper.js";
import { StandbyParameters } from "./standby-parameters.js";
import { StandbyChanges, standbyChanges } from "./standby.js";
import { SwitchDamping } from "./switch-damping.js";
import type { Turn } from "./turn.js";
import { type GroupStanding, type Wanted, failbackAt, isToBeRestored, wantedPath } from "./wanted-path.js";

/** How an order was taken: it is being carried out, or there was nothing to do. */
export type OrderTaken = "begun" | "done";

type PathVerdict = Extract<PathInput, { readonly kind: "path-judged" }>;

export interface GroupParts extends SwitchParts {
  readonly self: NodeName;
}

export class PathGroup {
  readonly config: PathGroupConfig;
  readonly #parts: GroupParts;
  readonly #paths: PathPair;
  readonly #health: HealthNotes;
  readonly #snapshots: SnapshotKeeper;
  readonly #damping = new SwitchDamping();
  readonly #words: PeerWords;
  readonly #owed: OwedChanges;
  #started = false;
  #paused: boolean;
  /** An operator chose the active path: no failback until a failure. */
  #pinned = false;
  #switch: PathSwitch | undefined;
  /** Once the switch is done. */
  #detaching: PathRole | undefined;
  #standby: StandbyChanges | undefined;
  /** The active interface was gone, and with it what was configured on it. */
  #stripped = false;
  #downAtStart = false;
  /** A peer that has just changed paths, and until when that hastens our own judgement. */
  #hastened: { readonly by: NodeName; readonly until: Instant } | undefined;
  #settleUntil: Instant;
  /** The end of the hold-down that was noted; the change of paths that it holds back is still called for. */
  #heldUntil: Instant | undefined;
  readonly #standbyParameters: StandbyParameters;
  #stateSince: { readonly state: PathGroupState; readonly at: Instant };
  #switches = 0;
  #lastSwitch: PathGroupView["lastSwitch"];
  #unmoved: readonly UnmovedAddress[] = [];
  #moves: readonly PathMove[] = [];

  constructor(now: Instant, config: PathGroupConfig, parts: GroupParts, memory?: PathGroupMemory, before?: PathGroup) {
    this.config = config;
    this.#parts = parts;
    this.#paths = new PathPair(now, config, parts.eligibility.kernel, memory?.active ?? "primary");
    this.#health = new HealthNotes(config.name);
    this.#words = new PeerWords(parts.self);
    this.#snapshots = new SnapshotKeeper(config.name, parts.register);
    this.#owed = new OwedChanges(config.name, parts.register);
    this.#paused = memory?.paused ?? false;
    this.#standbyParameters = new StandbyParameters(memory);
    this.#settleUntil = now;
    this.#stateSince = { state: this.state, at: now };
    for (const role of memory?.detached ?? []) this.#paths[role].detach(now);
    if (before !== undefined) this.#paths.follow(before.#paths);
  }

  /** Begins with what the kernel has: finishes what was begun, or adopts what is. */
  start(now: Instant, effects: PathEffects): void {
    this.#started = true;
    for (const path of this.#paths.both()) this.#paths.observe(now, path);
    const plan = this.#parts.register.plan(this.config.name);
    if (plan !== undefined && this.knows(plan)) this.#resume(now, plan, effects);
    else this.#adopt(now, effects);
    this.#review(now, effects);
  }

  /** Whether a plan is about the interfaces of this group, as they are configured now. */
  knows(plan: FailoverPlan): boolean {
    return this.#paths.roleOf(plan.from) !== undefined && this.#paths.roleOf(plan.to) !== undefined;
  }

  // --- facts -------------------------------------------------------------------------------------------------------

  /** Links or addresses changed; the kernel table has them already. */
  kernelChanged(now: Instant, effects: PathEffects): void {
    if (!this.#started) return;
    for (const path of this.#paths.both()) this.#observe(now, path, effects);
    this.#snapshots.notice(now, this.#paths.imprint(this.#paths.activeRole));
    this.#review(now, effects);
  }

  judged(now: Instant, { role, reachable, silent }: PathVerdict, effects: PathEffects): void {
    this.#paths[role].judged(now, reachable, silent);
    this.#review(now, effects);
  }

  /**
   * What a peer says of its own groups (HN-7). One that carries a target of ours and has changed paths is behind another
   * interface now: silence for a round is enough to follow it. Where we have just moved too, it gets its time before that.
   */
  peerTold(now: Instant, node: NodeName, briefs: readonly PathGroupBrief[], effects: PathEffects): void {
    const { settleDelay, monitor } = this.config;
    if (!this.#words.heard(node, briefs, monitor.ping)) return;
    effects.note({ code: "path.peer-switched", group: this.config.name, node });
    const isSettling = now < this.#settleUntil;
    if (isSettling) this.#settle(after(now, this.#words.patience(node, settleDelay)));
    const until = isSettling ? after(this.#settleUntil, monitor.interval) : after(now, settleDelay);
    this.#hastened = { by: node, until };
    this.#review(now, effects);
  }

  owns(step: number): boolean {
    return this.#snapshots.owns(step) || this.#switch?.owns(step) === true || this.#standby?.owns(step) === true;
  }

  /** An interface was captured, for a step that this group owns. */
  captured(now: Instant, step: number, configuration: InterfaceConfiguration, effects: PathEffects): void {
    if (this.#switch?.owns(step) === true) {
      this.#conclude(now, this.#switch.captured(now, step, configuration, effects), effects);
    } else if (this.#snapshots.owns(step)) this.#snapshots.taken(configuration, effects);
  }

  /** A step that this group owns is done, or was refused. */
  answered(now: Instant, step: number, problem: StepProblem | undefined, effects: PathEffects): void {
    if (this.#switch?.owns(step) === true) {
      this.#conclude(now, this.#switch.answer(now, step, problem, effects), effects);
    } else if (this.#standby?.owns(step) === true) this.#standby.answer(now, problem, effects);
    else if (this.#snapshots.owns(step)) {
      this.#snapshots.refused(this.activeInterface, problem?.message ?? "no answer", effects);
    }
  }

  tick(now: Instant, effects: PathEffects): void {
    this.#review(now, effects);
  }

  deadline(): Deadline | undefined {
    const { name } = this.config;
    return [
      ...this.#paths.both().map((path) => dueAt(path.deadline(), `${name}: path ${path.interface}`)),
      dueAt(this.#hastened?.until, `${name}: hastened judgement`),
      dueAt(this.#snapshotDue, `${name}: snapshot`),
      dueAt(this.#heldUntil ?? failbackAt(this.#standing), `${name}: change of paths`),
      dueAt(this.#switch === undefined ? this.#owed.due : undefined, `${name}: what a change of paths owes`),
      dueAt(this.#standby?.retryAt, `${name}: standby`),
      dueAt(this.#damping.calmerAt, `${name}: flap damping`),
    ].reduce(soonest, undefined);
  }

  /** Interfaces go by other names now. */
  relabel(renamings: Renamings): void {
    this.#standbyParameters.relabel(renamings);
  }

  // --- an operator's orders ----------------------------------------------------------------------------------------

  /** @param target an interface, or a role */
  switchTo(now: Instant, target: string, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    const role = this.#paths.roleOf(target);
    if (role === undefined) return this.#refuse({ kind: "unknown-interface", interface: target }, target, effects);
    if (this.#switch !== undefined) return this.#refuse({ kind: "switching" }, target, effects);
    if (role === this.#paths.activeRole) return ok("done");
    const [active, to] = [this.#paths.active, this.#paths[role]];
    const isLesserEvil = to.health === "failing" || to.health === "failed";
    if (!isUsable(to.health) && !(isLesserEvil && isDown(active.health))) return this.#refuseUnusable(to, effects);
    return this.#obey(now, { kind: "operator" }, role, effects);
  }

  pause(effects: PathEffects): void {
    if (!this.#paused) effects.note({ code: "path.paused", group: this.config.name });
    this.#paused = true;
  }

  resume(now: Instant, effects: PathEffects): void {
    if (this.#paused) effects.note({ code: "path.resumed", group: this.config.name });
    this.#paused = false;
    this.#review(now, effects);
  }

  /** Takes an interface out of the group, so that it may be unplugged (HN-11); first the traffic leaves it. */
  detach(now: Instant, name: string, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    const role = this.#paths.roleOf(name);
    if (role === undefined) return this.#refuse({ kind: "unknown-interface", interface: name }, name, effects);
    if (this.#paths[role].isDetached) return ok("done");
    if (this.#switch !== undefined) return this.#refuse({ kind: "switching" }, name, effects);
    const { idle } = this.#paths;
    if (role === idle.role) {
      this.#detach(now, role, effects);
      this.#review(now, effects);
      return ok("done");
    }
    if (!isUsable(idle.health)) return this.#refuseUnusable(idle, effects);
    this.#detaching = role;
    return this.#obey(now, { kind: "detached" }, idle.role, effects);
  }

  attach(now: Instant, name: string, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    const role = this.#paths.roleOf(name);
    if (role === undefined) return refused({ kind: "unknown-interface", interface: name });
    const path = this.#paths[role];
    if (!path.isDetached) return refused({ kind: "not-detached", interface: name });
    path.attach(now);
    effects.note({ code: "path.attached", group: this.config.name, interface: path.interface });
    this.#readyStandby(now, effects);
    this.#review(now, effects);
    return ok("done");
  }

  // --- what others may know ----------------------------------------------------------------------------------------

  get isSwitching(): boolean {
    return this.#switch !== undefined;
  }

  /** The traffic goes to another path; another try of what an earlier change owes passes unnoticed. */
  get #isChanging(): boolean {
    return this.#switch?.isRetry === false;
  }

  /** Of the change of paths that it has begun. */
  get turn(): Turn | undefined {
    return this.#switch?.turn;
  }

  /** What the last change of paths moved, once. */
  takeMoves(): readonly PathMove[] {
    const moves = this.#moves;
    this.#moves = [];
    return moves;
  }

  /** The interface that carries the traffic. */
  get activeInterface(): string {
    return this.#paths.active.interface;
  }

  /** @param target an interface, or a role */
  isOn(target: string): boolean {
    return this.#paths.roleOf(target) === this.#paths.activeRole;
  }

  get interfaces(): readonly string[] {
    return this.#paths.both().map((path) => path.interface);
  }

  /** The health of the path over this interface; undefined: it is not of this group. */
  healthOf(interfaceName: string): PathHealth | undefined {
    return this.#paths.both().find((path) => path.interface === interfaceName)?.health;
  }

  /** Whether each address of the active path could go to the other one now: told before it has to. */
  prospects(): readonly Eligibility[] {
    return this.#paths.prospects(this.#parts.eligibility);
  }

  memory(): PathGroupMemory {
    const detached = this.#paths.both().flatMap((path) => (path.isDetached ? [path.role] : []));
    const kept = { group: this.config.name, active: this.#paths.activeRole, paused: this.#paused, detached };
    return { ...kept, ...this.#standbyParameters.memory() };
  }

  brief(): PathGroupBrief {
    const { activeRole: active } = this.#paths;
    const about = { group: this.config.name, active, switches: this.#switches, state: this.state };
    return { ...about, addresses: this.#paths.carried(active) };
  }

  findings(now: Instant): readonly PathFinding[] {
    if (this.#isChanging) return [];
    const { active, idle } = this.#paths;
    const [isFlapping, unmoved] = [this.#damping.isFlapping(now), this.#stillUnmoved()];
    return [...groupFindings({ group: this.config.name, active, idle, isFlapping, unmoved }), ...this.#owed.findings()];
  }

  view(): PathGroupView {
    return {
      name: this.config.name,
      active: this.#paths.activeRole,
      state: this.state,
      since: this.#stateSince.at,
      reason: this.#lastSwitch?.reason,
      paused: this.#paused,
      primary: this.#paths.primary.view(),
      secondary: this.#paths.secondary.view(),
      switches: this.#switches,
      ...(this.#lastSwitch === undefined ? {} : { lastSwitch: this.#lastSwitch }),
      ...(this.#heldUntil === undefined ? {} : { heldUntil: this.#heldUntil }),
      unmoved: this.#stillUnmoved(),
      obstacles: this.#paths.obstacles(this.#parts.eligibility),
      immovable: this.#snapshots.immovable,
    };
  }

  get state(): PathGroupState {
    if (this.#isChanging) return "switching";
    const { active, idle } = this.#paths;
    if (isDown(active.health)) return "failed";
    const isSound = active.health === "healthy" && (idle.health === "healthy" || idle.health === "unwatched");
    return isSound && active.isWhole && idle.isWhole ? "sound" : "degraded";
  }

  /** Those that are still where they were left, whatever its name is by now. */
  #stillUnmoved(): readonly UnmovedAddress[] {
    const { role, interface: name } = this.#paths.idle;
    const left = new Set(this.#paths.carried(role));
    return this.#unmoved.filter(({ address }) => left.has(address)).map((each) => ({ ...each, interface: name }));
  }

  // --- the beginning -----------------------------------------------------------------------------------------------

  #resume(now: Instant, plan: FailoverPlan, effects: PathEffects): void {
    const to = this.#paths.roleOf(plan.to) ?? "secondary";
    this.#paths.activeRole = isRestoring(plan) ? to : otherRole(to);
    this.#stripped ||= isRestoring(plan);
    this.#switch = this.#newSwitch(now, { reason: plan.reason, to });
    this.#switch.resume(now, effects);
  }

  #adopt(now: Instant, effects: PathEffects): void {
    this.#paths.adopt();
    this.#paths.setPurpose(now);
    this.#downAtStart = this.#paths.active.health !== "healthy";
    this.#stripped = this.#paths.active.link === undefined;
    const addresses = this.#paths.carried(this.#paths.activeRole);
    effects.note({ code: "path.adopted", group: this.config.name, interface: this.activeInterface, addresses });
    this.#snapshots.notice(now, this.#paths.imprint(this.#paths.activeRole));
    this.#readyStandby(now, effects);
  }

  // --- deciding ----------------------------------------------------------------------------------------------------

  #review(now: Instant, effects: PathEffects): void {
    if (!this.#started) return;
    for (const path of this.#paths.both()) path.tick(now);
    this.#damping.forget(now);
    if (this.#hastened !== undefined && this.#hastened.until <= now) this.#hastened = undefined;
    if (this.#switch === undefined) {
      if (this.#standby?.takeRetry(now) === true) this.#readyStandby(now, effects, this.#standby);
      this.#tellHealth(now, effects);
      this.#decide(now, effects);
    }
    const due = this.#snapshotDue;
    if (due !== undefined && due <= now) this.#snapshots.take(now, this.activeInterface, effects);
    const watches = this.#isChanging ? [] : this.#paths.watches(this.#hastened !== undefined);
    this.#parts.register.watch(this.config.name, watches, effects);
    const state = this.state;
    if (state !== this.#stateSince.state) this.#stateSince = { state, at: now };
  }

  #tellHealth(now: Instant, effects: PathEffects): void {
    const { active } = this.#paths;
    for (const path of this.#paths.both()) this.#health.compare(now, path, path === active, effects);
    if (active.health === "healthy") this.#downAtStart = false;
    this.#stripped &&= isDown(active.health) || isToBeRestored(this.#standing);
  }

  #decide(now: Instant, effects: PathEffects): void {
    const wanted = wantedPath(now, this.#standing);
    const until = wanted === undefined ? undefined : this.#damping.heldUntil(now);
    if (until !== undefined && this.#heldUntil === undefined) {
      const switches = this.#damping.count(now);
      effects.note({ code: "path.held-back", group: this.config.name, switches, delay: between(now, until) });
    }
    this.#heldUntil = until;
    if (wanted !== undefined && until === undefined) this.#begin(now, wanted, effects);
    else this.#retryOwed(now, effects);
  }

  get #standing(): GroupStanding {
    return {
      config: this.config,
      paths: this.#paths,
      isPaused: this.#paused,
      isPinned: this.#pinned,
      isStripped: this.#stripped,
      isDownAtStart: this.#downAtStart,
      hastenedBy: this.#hastened?.by,
      recorded: this.#parts.register.snapshot(this.activeInterface),
    };
  }

  /** What an undone change owes is tried again, unless another change was just begun. */
  #retryOwed(now: Instant, effects: PathEffects): void {
    const plan = this.#switch === undefined ? this.#owed.planDue(now) : undefined;
    if (plan === undefined) return;
    const to = this.#paths.roleOf(plan.to) ?? this.#paths.idle.role;
    this.#switch = this.#newSwitch(now, { reason: plan.reason, to });
    this.#switch.retry(now, effects);
  }

  /** When the active interface is to be read for the snapshot: not while it is out of order, or being changed. */
  get #snapshotDue(): Instant | undefined {
    const { link, health } = this.#paths.active;
    const isReadable = link?.up === true && !isDown(health) && !this.#stripped && this.#switch === undefined;
    return isReadable ? this.#snapshots.due : undefined;
  }

  // --- switching ---------------------------------------------------------------------------------------------------

  /** An order is never held back. */
  #obey(now: Instant, reason: PathSwitchReason, to: PathRole, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    this.#damping.forgive();
    this.#heldUntil = undefined;
    this.#begin(now, { reason, to }, effects);
    return ok("begun");
  }

  #refuseUnusable({ interface: name, health }: Path, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    return this.#refuse({ kind: "unusable", interface: name, health }, name, effects);
  }

  #refuse(why: PathRefusal, to: string, effects: PathEffects): Result<OrderTaken, PathRefusal> {
    effects.note({ code: "path.switch-refused", group: this.config.name, to, why });
    return refused(why);
  }

  #newSwitch(now: Instant, wanted: Wanted): PathSwitch {
    return new PathSwitch(now, this.config.name, () => this.#orderOf(wanted), this.#parts);
  }

  #orderOf({ reason, to }: Wanted): SwitchOrder {
    const [a, b] = [this.#paths[otherRole(to)], this.#paths[to]];
    const route = { group: this.config, reason, from: a.interface, to: b.interface };
    const health = { healthOfFrom: a.health, healthOfTo: b.health };
    const stripped = this.#stripped && a === this.#paths.active;
    return { ...route, ...health, stripped, standbyMtu: this.#standbyParameters.mtuOf(a.interface) };
  }

  #begin(now: Instant, wanted: Wanted, effects: PathEffects): void {
    const begun = this.#newSwitch(now, wanted);
    this.#standby = undefined;
    this.#switch = begun;
    this.#parts.register.watch(this.config.name, [], effects);
    begun.begin(now, effects);
  }

  #conclude(now: Instant, outcome: SwitchOutcome | undefined, effects: PathEffects): void {
    const done = this.#switch;
    if (outcome === undefined || done === undefined) return;
    const detaching = this.#detaching;
    this.#switch = undefined;
    this.#detaching = undefined;
    if (outcome.kind === "moved") {
      this.#moved(now, done, outcome, effects);
      if (detaching !== undefined) this.#detach(now, detaching, effects);
    } else this.#undone(now, done, outcome, effects);
    this.#review(now, effects);
  }

  #undone(
    now: Instant,
    { order: { from, to }, isRetry }: PathSwitch,
    { problem, took, plan, ...left }: Extract<SwitchOutcome, { readonly kind: "undone" }>,
    effects: PathEffects,
  ): void {
    if (plan !== undefined && !isRestoring(plan)) this.#moves = movesUndone(plan, left.rest);
    this.#paths.setPurpose(now);
    if (!isRetry) {
      this.#damping.undone(now);
      effects.note({ code: "path.switch-undone", group: this.config.name, from, to, problem, took });
    }
    if (plan !== undefined) this.#owed.undone(now, plan, left, effects);
  }

  #moved(
    now: Instant,
    { order: { from, to, reason } }: PathSwitch,
    { plan, took, unmoved, rest }: Extract<SwitchOutcome, { readonly kind: "moved" }>,
    effects: PathEffects,
  ): void {
    const { name: group } = this.config;
    this.#paths.activeRole = this.#paths.roleOf(to) ?? this.#paths.activeRole;
    this.#switches += 1;
    this.#lastSwitch = { at: now, reason, took };
    this.#pinned = reason.kind === "operator";
    if (!isOrdered({ reason })) this.#damping.switched(now);
    this.#unmoved = unmoved;
    this.#stripped = false;
    this.#downAtStart = false;
    this.#hastened = undefined;
    this.#moves = [moveDone(plan, unmoved)];
    this.#takeOver(now, plan, effects);
    this.#settle(after(now, this.config.settleDelay));
    const refusedOnes = unmoved.filter(({ problem }) => problem !== undefined);
    const addresses = addressCount(plan.moved) - refusedOnes.length;
    effects.note({ code: "path.switched", group, from, to, reason, addresses, took });
    for (const each of unmoved) effects.note({ code: "path.address-kept", group, to, ...each });
    this.#owed.moved(now, rest, effects);
  }

  /** What follows for both interfaces from the plan that was carried out. */
  #takeOver(now: Instant, plan: FailoverPlan, effects: PathEffects): void {
    const { moved, replaced, steps } = plan;
    const { active: to, idle: from } = this.#paths;
    const takesMac = steps.some(({ kind }) => kind === "set-mac");
    if (!replaced.up) to.expectCarrier(now);
    else if (takesMac) to.expectBounce(after(now, MAC_PATIENCE));
    if (isReset(plan, from.interface)) from.expectBounce(after(now, CARRIER_PATIENCE));
    this.#standbyParameters.moved(plan);
    putDownLinks({ steps }, this.#parts.eligibility.kernel);
    for (const path of this.#paths.both()) this.#paths.observe(now, path);
    this.#paths.setPurpose(now);
    const mac = takesMac ? moved.mac : replaced.mac;
    this.#snapshots.moved(now, { ...moved, interface: to.interface, mac, up: true }, from.interface, effects);
  }

  /** The other end may be moving: silence of the active path's targets does not count before that. */
  #settle(until: Instant): void {
    this.#settleUntil = latest(this.#settleUntil, until);
    this.#paths.active.ignoreSilence(this.#settleUntil);
  }

  #detach(now: Instant, role: PathRole, effects: PathEffects): void {
    this.#paths[role].detach(now);
    this.#health.forget(role);
    effects.note({ code: "path.detached", group: this.config.name, interface: this.#paths[role].interface });
  }

  // --- interfaces that come and go ---------------------------------------------------------------------------------

  #observe(now: Instant, path: Path, effects: PathEffects): void {
    const before = path.link?.index;
    this.#paths.observe(now, path);
    const stays = path.link !== undefined && path.link.index === before;
    if (path === this.#paths.active && !stays) this.#stripped = true;
    if (stays || path.link === undefined || path.isDetached) return;
    effects.note({ code: "path.appeared", group: this.config.name, interface: path.interface });
    this.#owed.hasten(now);
    if (path === this.#paths.idle) this.#readyStandby(now, effects);
  }

  /** Makes the path that stands by what the configuration says. */
  #readyStandby(now: Instant, effects: PathEffects, refused?: StandbyChanges): void {
    const { idle } = this.#paths;
    const state = this.#paths.standbyState(this.#standbyParameters.mac);
    if (state === undefined || idle.isDetached || this.#switch !== undefined) return;
    const changes = standbyChanges(this.config, state);
    if (changes.some(({ kind }) => kind === "enable")) idle.expectCarrier(now);
    this.#standby = new StandbyChanges(this.config, changes, refused);
    this.#standby.proceed(now, effects);
  }
}
