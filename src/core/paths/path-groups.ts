/**
 * All path groups of this node, and what they share. The only part of the paths that the node's decisions know: it takes
 * facts to the group that they concern, and joins what the groups have to tell.
 */
import { assert } from "../../base/assert.js";
import { type Deadline, soonest } from "../../base/machine.js";
import type { Instant } from "../../base/time.js";
import type { Eligibility } from "../../model/eligibility.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { NodeName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type {
  PathFinding,
  FailoverPlan,
  PathGroupBrief,
  PathGroupConfig,
  PathGroupMemory,
  PathInput,
} from "../../model/path.js";
import type { PathGroupView } from "../../model/status.js";
import type { EligibilityFacts } from "../addresses/eligibility.js";
import type { Renamings } from "../addresses/kernel-table.js";
import { OrphanPlan } from "./orphan-plan.js";
import type { PathEffects } from "./path-effects.js";
import type { PathMove } from "./path-move.js";
import { PathGroup } from "./path-group.js";
import { PathRegister } from "./path-register.js";
import type { SwitchParts } from "./path-switch.js";
import type { PathsAround, Turn } from "./turn.js";

/** What path groups start from. */
export interface PathGroupsOptions {
  readonly self: NodeName;
  readonly configs: readonly PathGroupConfig[];
  /** What an earlier run of the agent kept. */
  readonly memories: readonly PathGroupMemory[];
  readonly plans: readonly FailoverPlan[];
  readonly snapshots: readonly InterfaceConfiguration[];
}

export class PathGroups {
  readonly #self: NodeName;
  readonly #facts: EligibilityFacts;
  readonly #register: PathRegister;
  #groups: readonly PathGroup[] = [];
  #orphans: readonly OrphanPlan[] = [];
  #orphanMoves: readonly PathMove[] = [];
  #isBeginning = false;

  /** @param facts read anew at each question; their kernel table is kept up to date by the caller */
  constructor(now: Instant, options: PathGroupsOptions, facts: EligibilityFacts) {
    this.#self = options.self;
    this.#facts = facts;
    this.#register = new PathRegister(options.plans, options.snapshots);
    this.#groups = options.configs.map((config) => this.#newGroup(now, config, options.memories));
  }

  /** Once, when the kernel table is filled. */
  start(now: Instant, effects: PathEffects): void {
    this.#begin(now, this.#groups, effects);
  }

  /**
   * No change of paths has its turn before each group has looked at what the kernel has, and at its plan on record: what
   * leads over a path of another group goes to where that is, not to where it was when it was last written down.
   */
  #begin(now: Instant, groups: readonly PathGroup[], effects: PathEffects): void {
    this.#isBeginning = true;
    for (const group of groups) group.start(now, effects);
    this.#tidy(now, effects);
    this.#isBeginning = false;
    this.#letOn(now, effects);
  }

  /** Interfaces go by other names now; what else follows from it the groups hear with what else has changed. */
  relabel(renamings: Renamings, effects: PathEffects): void {
    this.#register.relabel(renamings, effects);
    for (const group of this.#groups) group.relabel(renamings);
  }

  kernelChanged(now: Instant, effects: PathEffects): void {
    for (const group of this.#groups) group.kernelChanged(now, effects);
  }

  judged(now: Instant, input: Extract<PathInput, { readonly kind: "path-judged" }>, effects: PathEffects): void {
    this.group(input.group)?.judged(now, input, effects);
  }

  peerTold(now: Instant, node: NodeName, briefs: readonly PathGroupBrief[], effects: PathEffects): void {
    for (const group of this.#groups) group.peerTold(now, node, briefs, effects);
  }

  owns(step: number): boolean {
    return this.#groups.some((group) => group.owns(step)) || this.#orphans.some((orphan) => orphan.owns(step));
  }

  captured(
    now: Instant,
    { step, configuration }: Extract<PathInput, { readonly kind: "interface-captured" }>,
    effects: PathEffects,
  ): void {
    this.#groups.find((group) => group.owns(step))?.captured(now, step, configuration, effects);
    this.#orphans.find((orphan) => orphan.owns(step))?.captured(now, configuration, effects);
    this.#forgetDoneOrphans();
    this.#letOn(now, effects);
  }

  answered(now: Instant, step: number, problem: StepProblem | undefined, effects: PathEffects): void {
    this.#groups.find((group) => group.owns(step))?.answered(now, step, problem, effects);
    this.#orphans.find((orphan) => orphan.owns(step))?.answered(now, problem, effects);
    this.#forgetDoneOrphans();
    this.#letOn(now, effects);
  }

  #forgetDoneOrphans(): void {
    this.#orphanMoves = this.#orphans.flatMap((orphan) => orphan.takeMoves());
    this.#orphans = this.#orphans.filter((orphan) => !orphan.isDone);
  }

  tick(now: Instant, effects: PathEffects): void {
    for (const group of this.#groups) group.tick(now, effects);
    for (const orphan of this.#orphans) orphan.tick(now, effects);
  }

  deadline(): Deadline | undefined {
    return [...this.#groups, ...this.#orphans].map((each) => each.deadline()).reduce(soonest, undefined);
  }

  /** A changed group begins anew, with what it remembers; a change of paths that it had begun is finished from the record. */
  reconfigure(now: Instant, configs: readonly PathGroupConfig[], effects: PathEffects): void {
    const memories = this.memories();
    const before = this.#groups;
    this.#groups = configs.map(
      (config) => before.find((group) => isSame(group.config, config)) ?? this.#newGroup(now, config, memories),
    );
    for (const group of before) if (!this.#groups.includes(group)) this.#register.watch(group.config.name, [], effects);
    const fresh = this.#groups.filter((group) => !before.includes(group));
    this.#begin(now, fresh, effects);
  }

  /** The next change of paths, where one waits for its turn. */
  #letOn(now: Instant, effects: PathEffects): void {
    for (const turn of this.#turns()) if (this.#isFree()) turn.take(now, effects);
  }

  #isFree(): boolean {
    return !this.#isBeginning && !this.#turns().some(({ isTaken }) => isTaken);
  }

  /** Of all changes of paths that have begun. */
  #turns(): readonly Turn[] {
    return [...this.#groups, ...this.#orphans].flatMap(({ turn }) => turn ?? []);
  }

  /** There is no group, and nothing on record of former ones. */
  get isEmpty(): boolean {
    return this.#groups.length === 0 && this.#orphans.length === 0 && this.#orphanMoves.length === 0;
  }

  /** Something is on its way from one interface to another. */
  get isSwitching(): boolean {
    return this.#groups.some((group) => group.isSwitching) || this.#orphans.some((orphan) => orphan.isSwitching);
  }

  /** Which interfaces carry the traffic, and how well: another text when that changes. */
  get standing(): string {
    return this.#groups.map(({ activeInterface, state }) => `${activeInterface} ${state}`).join();
  }

  /** What was moved since the last call. */
  takeMoves(): readonly PathMove[] {
    const moves = [...this.#groups.flatMap((group) => group.takeMoves()), ...this.#orphanMoves];
    this.#orphanMoves = [];
    return moves;
  }

  get names(): readonly string[] {
    return this.#groups.map(({ config }) => config.name);
  }

  group(name: string): PathGroup | undefined {
    return this.#groups.find((group) => group.config.name === name);
  }

  /** The group that the interface is a path of; one that was renamed is meant by the file's name too, unless another has it. */
  groupOf(interfaceName: string): PathGroup | undefined {
    const called = this.#groups.find((group) => group.interfaces.includes(interfaceName));
    if (called !== undefined || this.#facts.kernel.linkNamed(interfaceName) !== undefined) return called;
    return this.#groups.find(({ config: { primary, secondary } }) =>
      [primary, secondary].some((path) => path.interface === interfaceName),
    );
  }

  findings(now: Instant): readonly PathFinding[] {
    const ofOrphans = this.#orphans.flatMap((orphan) => orphan.findings());
    return [...this.#groups.flatMap((group) => group.findings(now)), ...ofOrphans];
  }

  /** Whether each address of the active paths could go to the other one of its group. */
  prospects(): readonly Eligibility[] {
    return this.#groups.flatMap((group) => group.prospects());
  }

  briefs(): readonly PathGroupBrief[] {
    return this.#groups.map((group) => group.brief());
  }

  views(): readonly PathGroupView[] {
    return this.#groups.map((group) => group.view());
  }

  memories(): readonly PathGroupMemory[] {
    return this.#groups.map((group) => group.memory());
  }

  get #parts(): SwitchParts {
    const around: PathsAround = {
      isFree: () => this.#isFree(),
      placeOf: (name) => this.groupOf(name)?.activeInterface ?? name,
    };
    return { register: this.#register, eligibility: this.#facts, around };
  }

  #newGroup(now: Instant, config: PathGroupConfig, memories: readonly PathGroupMemory[]): PathGroup {
    const memory = memories.find(({ group }) => group === config.name);
    return new PathGroup(now, config, { self: this.#self, ...this.#parts }, memory, this.group(config.name));
  }

  /** Sees to what is on record of groups that are no longer configured. */
  #tidy(now: Instant, effects: PathEffects): void {
    this.#register.keepSnapshots(new Set(this.#groups.flatMap((group) => group.interfaces)));
    for (const plan of this.#register.plans()) {
      const isTaken = this.#orphans.some((orphan) => orphan.group === plan.group);
      if (isTaken || this.group(plan.group)?.knows(plan) === true) continue;
      const orphan = new OrphanPlan(now, plan.group, this.#parts);
      this.#orphans = [...this.#orphans, orphan];
      assert(this.#orphans.length <= ORPHANS_MAX, "plans on record are as few as the groups that made them");
      orphan.begin(now, effects);
    }
  }
}

/** Configurations change by hand: so many plans can't be under way at once. */
const ORPHANS_MAX = 100;

const isSame = (a: PathGroupConfig, b: PathGroupConfig): boolean => JSON.stringify(a) === JSON.stringify(b);
