/* Nodes that are broken on purpose, each in one way: what the rules of the simulation must notice. */
import { InvariantError } from "../../src/base/assert.js";
import type { Deadline } from "../../src/base/machine.js";
import { type Instant, milliseconds, seconds } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { Command } from "../../src/model/command.js";
import type { InterfaceChange } from "../../src/model/interface-configuration.js";
import { nodeName, serviceName, wireId } from "../../src/model/names.js";
import type { NodeEffect, NodeInput, NodeOptions } from "../../src/model/node-io.js";
import type { Note } from "../../src/model/note.js";
import type { RuleConfig } from "../../src/model/rule.js";
import type { NodeView } from "../../src/model/status.js";
import type { NodeCore } from "../../src/sim/agent.js";
import type { Plan } from "../../src/sim/plan.js";
import { drawCrowdedPlan } from "../../src/sim/crowd-workload.js";
import {
  extended,
  FAILS_BESIDE_STRAY,
  FAILS_BESIDE_UNLOOKED,
  freed,
  GIVEN_UP,
  NOT_FENCED,
  RULED,
  RULED_AND_PAUSED,
  RULED_TO_TELL,
  SILENT_BESIDE_STRAY,
  SMALL_SITE,
  STARTED_BESIDE,
} from "./small-site.js";
import { nodeState } from "../support/node-state.js";

export interface Flaw {
  /** The rule that must notice it. */
  readonly rule: string;
  /** What a node with the flaw does. */
  readonly what: string;
  /** A world that notices it, to be tried before the others. */
  readonly seed?: number;
  /** A world made for it, where drawn ones do not last long enough. */
  readonly plan?: Plan;
  /** What it starts from instead. */
  readonly options?: (options: NodeOptions) => NodeOptions;
  /** What the decisions get to see instead; undefined: nothing. */
  readonly input?: (input: NodeInput, options: NodeOptions) => NodeInput | undefined;
  /** What is done instead of what was decided. */
  readonly effects?: (effects: readonly NodeEffect[], input: NodeInput) => readonly NodeEffect[];
  /** What it shows instead of what it knows. */
  readonly view?: (view: NodeView) => NodeView;
}

/** A node with a flaw. */
export class BrokenNode implements NodeCore {
  readonly #node: Node;
  readonly #flaw: Flaw;
  readonly #options: NodeOptions;

  constructor(now: Instant, options: NodeOptions, flaw: Flaw) {
    this.#options = options;
    this.#node = new Node(now, flaw.options?.(options) ?? options);
    this.#flaw = flaw;
  }

  handle(now: Instant, input: NodeInput): readonly NodeEffect[] {
    const seen = this.#flaw.input === undefined ? input : this.#flaw.input(input, this.#options);
    const effects = seen === undefined ? [] : this.#node.handle(now, seen);
    return this.#flaw.effects?.(effects, input) ?? effects;
  }

  deadline(): Deadline | undefined {
    return this.#node.deadline();
  }

  view(now: Instant): NodeView {
    const view = this.#node.view(now);
    return this.#flaw.view?.(view) ?? view;
  }
}

type Report = Extract<NodeInput, { readonly kind: "detector-reported" }>["report"];

/** Leaves out reports of some kinds. */
const deafTo =
  (isDeaf: (report: Report) => boolean) =>
  (input: NodeInput): NodeInput | undefined =>
    input.kind === "detector-reported" && isDeaf(input.report) ? undefined : input;

/** Lets go of what it hears another node announce. */
const leavesOnWire = (effects: readonly NodeEffect[], input: NodeInput): readonly NodeEffect[] => {
  const [service, by] = [serviceName("shop"), nodeName("first")];
  const note: Note = { code: "service.released", service, epoch: 1, why: { kind: "outranked-on-wire", by } };
  return input.kind === "announcement-heard" ? [...effects, { kind: "note", note }] : effects;
};

/** Leaves out effects. */
const without =
  (isLeftOut: (effect: NodeEffect) => boolean) =>
  (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
    effects.filter((effect) => !isLeftOut(effect));

const saysOutranked = (effect: NodeEffect): boolean =>
  effect.kind === "note" && effect.note.code === "service.released" && effect.note.why.kind === "outranked";

function withLowEpochs(input: NodeInput): NodeInput {
  if (input.kind !== "detector-reported" || input.report.kind !== "bulletin-heard") return input;
  const { bulletin } = input.report;
  const claims = bulletin.claims.map((claim) => ({ ...claim, epoch: Math.min(claim.epoch, 1) }));
  return { kind: "detector-reported", report: { ...input.report, bulletin: { ...bulletin, claims } } };
}

/** Gives no identity back. */
const keepsIdentities = without(({ kind }) => kind === "stop-listening");

/** Takes addresses off the interfaces that were made for them, and lets those be. */
const keepsMadeInterfaces = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.map((effect) => {
    if (effect.kind !== "remove-address") return effect;
    const { made: _forgotten, ...placed } = effect.placed;
    return { ...effect, placed };
  });

/** Says that it pauses, and does not. */
const pretendsToPause = (effects: readonly NodeEffect[], input: NodeInput): readonly NodeEffect[] =>
  input.kind === "command-received" && input.command.kind === "pause"
    ? [...effects, { kind: "note", note: { code: "cluster.paused" } }]
    : effects;

/** Takes the machine's own addresses off together with its own. */
const removesNeighbours = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.map((effect) =>
    effect.kind === "remove-address" && effect.placed.family === 4
      ? { ...effect, placed: { ...effect.placed, address: "10.0.0.1", prefixLength: 24, interface: "eth0" } }
      : effect,
  );

/** Takes it for somebody else's doing that an address of its own is gone, which it took off itself. */
const blamesOthers = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.flatMap((effect): readonly NodeEffect[] => {
    if (effect.kind !== "remove-address") return [effect];
    const { address, interface: name } = effect.placed;
    const about = { service: serviceName("shop"), address, interface: name, times: 1, restoreIn: seconds(1) };
    return [effect, { kind: "note", note: { code: "address.taken-away", ...about } }];
  });

/** Routes what is nobody's service address. */
const routesStrangers = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.map((effect) =>
    effect.kind === "add-route" ? { ...effect, route: { ...effect.route, address: "203.0.113.9" } } : effect,
  );

/** Takes every node for one that has room for all. */
const hasRoomForAll = (options: NodeOptions): NodeOptions => ({
  ...options,
  cluster: {
    ...options.cluster,
    nodes: options.cluster.nodes.map(({ room: _forgotten, ...node }) => node),
  },
});

const repeatsItself = (effects: readonly NodeEffect[], input: NodeInput): readonly NodeEffect[] =>
  input.kind === "ticked" ? [...effects, { kind: "publish-state", state: { ...NO_STATE } }] : effects;

const NO_STATE = nodeState(nodeName("nobody"), { incarnation: 0, version: 0, program: "" });

function breaksAnInvariant(input: NodeInput): NodeInput {
  if (input.kind === "link-removed") throw new InvariantError("a link never goes");
  return input;
}

/** Takes the first other node for dead when it sees clients that came late: sim/site.ts numbers them by the time. */
function dreamsOfDeath(input: NodeInput, { cluster, self }: NodeOptions): NodeInput {
  const other = cluster.nodes.find(({ name }) => name !== self);
  const isLate = input.kind === "connections-read" && input.connections.some(({ remotePort }) => remotePort > 40_003);
  if (!isLate || other === undefined) return input;
  const peer = wireId(other.name);
  return { kind: "detector-reported", report: { kind: "peer-silent", peer, incarnation: 0, silence: seconds(1) } };
}

const forced = (command: Command): Command => (command.kind === "unpause" ? { ...command, force: true } : command);

function withoutPause(input: NodeInput): NodeInput {
  const isPause = input.kind === "command-received" && input.command.kind === "pause";
  return isPause ? { kind: "ticked" } : input;
}

/** Hears of no node that started after the beginning. */
const hearsNobodyAgain = deafTo((report) => report.kind === "peer-heard" && report.incarnation > 1_700_000_020_000);

const deafToThirds = (input: NodeInput): NodeInput | undefined =>
  input.kind === "bulletin-relayed" || input.kind === "state-relayed" ? undefined : input;

/** Carries out something else instead of some changes of interfaces. */
const changing =
  (instead: (change: InterfaceChange) => InterfaceChange) =>
  (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
    effects.map((effect) =>
      effect.kind === "change-interface" ? { ...effect, change: instead(effect.change) } : effect,
    );

/** Leaves out changes of a kind, as if they were done. */
const leavingOut = (kind: InterfaceChange["kind"]): ReturnType<typeof changing> =>
  changing((change) => (change.kind === kind ? { kind: "forget-neighbours", interface: change.interface } : change));

/** Takes the machine's own addresses off an interface that has nothing to do with it. */
const reachesBeyond = changing((change) =>
  change.kind === "forget-neighbours" && !change.interface.endsWith("0")
    ? { kind: "remove-addresses", interface: "eth0", addresses: OWN_ADDRESSES }
    : change,
);

const OWN_ADDRESSES = [1, 2, 3, 4, 5, 6, 7].map(
  (last) => ({ family: 4, address: `10.0.0.${last}`, prefixLength: 24, scope: 0, flags: 0 }) as const,
);

const judging =
  (judged: (reachable: boolean) => boolean | undefined) =>
  (input: NodeInput): NodeInput | undefined => {
    if (input.kind !== "path-judged") return input;
    const reachable = judged(input.reachable);
    return reachable === undefined ? undefined : { ...input, reachable };
  };

/** Takes a program whose main process ended for one of which nothing is left. */
const forgetsRemains = (input: NodeInput): NodeInput =>
  input.kind === "program-exited" ? { kind: "program-gone", run: input.run } : input;

/** Takes a program that runs for one that is ready. */
const isHasty = (input: NodeInput): NodeInput =>
  input.kind === "program-started" ? { kind: "program-ready", run: input.run } : input;

/** Takes the end of a program for that of the process that watches programs. */
const blamesHost = (input: NodeInput): NodeInput =>
  input.kind === "program-exited" ? { kind: "program-host-lost", left: [] } : input;

/** Does not hear of what outlived the agent before. */
const knowsNoKept = (input: NodeInput): NodeInput =>
  input.kind === "started" ? { kind: input.kind, kernel: input.kernel } : input;

/** Believes that whatever runs elsewhere can be ended. */
function hearsOfNothingStuck(input: NodeInput): NodeInput {
  if (input.kind !== "peer-state-received" && input.kind !== "state-relayed") return input;
  const programs = (input.state.programs ?? []).filter(({ state }) => state !== "stuck");
  return { ...input, state: { ...input.state, programs } };
}

/** Does not hear of the programs of others. */
function hearsOfNoPrograms(input: NodeInput): NodeInput {
  if (input.kind !== "peer-state-received" && input.kind !== "state-relayed") return input;
  return { ...input, state: { ...input.state, programs: [] } };
}

/** Does not hear what others have yet to look for. */
function hearsOfNothingOpen(input: NodeInput): NodeInput {
  if (input.kind !== "peer-state-received" && input.kind !== "state-relayed") return input;
  return { ...input, state: { ...input.state, unlooked: [] } };
}

/** Takes itself for the first of all nodes. */
const comesFirst = (options: NodeOptions): NodeOptions => ({
  ...options,
  cluster: { ...options.cluster, nodes: options.cluster.nodes.toSorted((a) => (a.name === options.self ? -1 : 1)) },
});

/** Does not see that nodes can be fenced. */
function fencesNobody(options: NodeOptions): NodeOptions {
  const nodes = options.cluster.nodes.map((node) => {
    const { fence: _, ...rest } = node;
    return rest;
  });
  return { ...options, cluster: { ...options.cluster, nodes } };
}

/** Goes by other rules than those of the file. */
const withRules =
  (change: (rule: RuleConfig) => RuleConfig) =>
  (options: NodeOptions): NodeOptions => ({
    ...options,
    cluster: { ...options.cluster, rules: (options.cluster.rules ?? []).map(change) },
  });

/** Lets its rules act as often as they like. */
const dampsNoRules = withRules((rule) => ({ ...rule, limit: { ...rule.limit, times: 1_000 } }));

/** Takes every other node for the first of all, and shows it so. */
const comesLast = (options: NodeOptions): NodeOptions => ({
  ...options,
  cluster: { ...options.cluster, nodes: options.cluster.nodes.toSorted((a) => (a.name === options.self ? 1 : -1)) },
});
const showsItselfLast = (view: NodeView): NodeView => ({
  ...view,
  nodes: view.nodes.toSorted((a) => (a.name === view.node ? 1 : -1)),
});

const saysThatRuleActs = (effect: NodeEffect): boolean => effect.kind === "note" && effect.note.code === "rule.fired";

const blamesOperators = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.map((effect) =>
    effect.kind === "note" && effect.note.code === "service.offered" && effect.note.cause === "rule"
      ? { ...effect, note: { ...effect.note, cause: "operator" } }
      : effect,
  );

/** Does not say what its rules looked at. */
const readsNothing = (effects: readonly NodeEffect[]): readonly NodeEffect[] =>
  effects.map((effect) =>
    effect.kind === "note" && effect.note.code === "rule.fired"
      ? { ...effect, note: { ...effect.note, readings: [] } }
      : effect,
  );

const isAboutPrograms = ({ finding }: NodeView["findings"][number]): boolean => finding.kind.startsWith("program-");

/** Takes what nobody holds as soon as it can. */
const withoutPatience = (options: NodeOptions): NodeOptions => ({
  ...options,
  cluster: { ...options.cluster, detection: { ...options.cluster.detection, timeout: milliseconds(0) } },
});

export const FLAWS: readonly Flaw[] = [
  {
    rule: "one-holder",
    what: "ignores the claims of others",
    input: deafTo((report) => report.kind === "bulletin-heard"),
  },
  {
    rule: "one-holder",
    what: "ends every pause by force",
    seed: 94,
    input: (input) => (input.kind === "command-received" ? { ...input, command: forced(input.command) } : input),
  },
  { rule: "one-holder", what: "takes in nothing that is passed on", seed: 895, input: deafToThirds },
  { rule: "agree", what: "takes in nothing that is passed on", seed: 895, input: deafToThirds },
  { rule: "identity", what: "gives no identity back", effects: keepsIdentities },
  { rule: "own-mac", what: "leaves the interfaces that it made", effects: keepsMadeInterfaces },
  {
    rule: "route-left",
    what: "leaves its routes where they are",
    seed: 15,
    effects: without(({ kind }) => kind === "remove-route"),
  },
  { rule: "route-foreign", what: "has routes to what is no service", effects: routesStrangers },
  { rule: "blame", what: "blames others for what it took off itself", seed: 9, effects: blamesOthers },
  { rule: "room", what: "does not know how much room it has", plan: drawCrowdedPlan(1, 1), options: hasRoomForAll },
  { rule: "routes", what: "makes no routes", effects: without(({ kind }) => kind === "add-route") },
  { rule: "route-record", what: "puts no route on record", effects: without(({ kind }) => kind === "record-routes") },
  {
    rule: "first-claim",
    what: "ignores the claims of others",
    plan: extended(0, 0),
    input: deafTo((report) => report.kind === "bulletin-heard"),
  },
  {
    rule: "first-claim",
    what: "leaves the others no time to say that they are fit as well",
    plan: freed(1, SMALL_SITE, 0, 0),
    options: withoutPatience,
  },
  { rule: "wire-tie", what: "lets go of what it hears another announce", plan: RULED, effects: leavesOnWire },
  { rule: "yield", what: "ignores the claims of others", input: deafTo((report) => report.kind === "bulletin-heard") },
  {
    rule: "released",
    what: "lets go of a service and keeps its addresses when it is outranked",
    effects: (effects) =>
      effects.some(saysOutranked) ? effects.filter(({ kind }) => kind !== "remove-address") : effects,
  },
  { rule: "epoch", what: "counts no epoch of others above the first", input: withLowEpochs },
  {
    rule: "reason",
    what: "takes services without a word",
    effects: without((effect) => effect.kind === "note" && effect.note.code === "service.claimed"),
  },
  { rule: "write-ahead", what: "keeps no ledger", effects: without(({ kind }) => kind === "write-ledger") },
  { rule: "foreign", what: "removes an address that is not ours", effects: removesNeighbours },
  {
    rule: "one-runner",
    what: "starts programs beside those that outlived its predecessor",
    seed: 1,
    input: knowsNoKept,
  },
  { rule: "paused", what: "says that it pauses, and goes on", seed: 18, effects: pretendsToPause, input: withoutPause },
  {
    rule: "served",
    what: "never believes in a death",
    seed: 38,
    input: deafTo((report) => report.kind === "peer-silent" || report.kind === "peer-said-goodbye"),
  },
  { rule: "answer", what: "answers no command", effects: without(({ kind }) => kind === "answer-command") },
  {
    rule: "converge",
    what: "takes no address off",
    effects: without(({ kind }) => kind === "remove-address"),
  },
  {
    rule: "views",
    what: "takes who has left for gone for ever",
    seed: 11,
    input: hearsNobodyAgain,
  },
  {
    rule: "findings",
    what: "never hears that a link works again",
    input: deafTo((report) => report.kind === "hearing-changed" && report.heard),
  },
  {
    rule: "ledger",
    what: "never strikes the last address from its ledger",
    effects: without((effect) => effect.kind === "write-ledger" && effect.entries.length === 0),
  },
  { rule: "caches", what: "announces nothing", effects: without(({ kind }) => kind === "announce") },
  { rule: "quiet", what: "publishes without end", effects: repeatsItself },
  {
    rule: "calm",
    what: "takes a node for dead now and then",
    seed: 8,
    input: dreamsOfDeath,
  },
  {
    rule: "path-reason",
    what: "changes paths without a word",
    effects: without((effect) => effect.kind === "note" && effect.note.code === "path.switching"),
  },
  {
    rule: "path-record",
    what: "puts no plan on record",
    effects: without((effect) => effect.kind === "write-plans" && effect.plans.length > 0),
  },
  {
    rule: "path-once",
    what: "leaves addresses on the path that it comes from",
    effects: leavingOut("remove-addresses"),
  },
  {
    rule: "path-complete",
    what: "puts no address on the path that it goes to",
    seed: 125,
    effects: leavingOut("add-addresses"),
  },
  { rule: "path-foreign", what: "takes addresses off an interface that is in no group", effects: reachesBeyond },
  { rule: "path-calm", what: "takes answers of a path's targets for silence", input: judging(() => false) },
  {
    rule: "path-served",
    what: "never believes in the silence of a path's targets",
    seed: 164,
    input: judging((reachable) => (reachable ? true : undefined)),
  },
  {
    rule: "one-runner",
    what: "ignores the claims of others",
    input: deafTo((report) => report.kind === "bulletin-heard"),
  },
  { rule: "bound", what: "ignores the claims of others", input: deafTo((report) => report.kind === "bulletin-heard") },
  { rule: "unheld", what: "kills no program", seed: 12, effects: without(({ kind }) => kind === "kill-program") },
  { rule: "released-idle", what: "forgets what a program leaves", input: forgetsRemains },
  { rule: "stop-order", what: "forgets what a program leaves", input: forgetsRemains },
  { rule: "start-order", what: "takes a program that runs for ready", input: isHasty },
  { rule: "address-order", what: "takes a program that runs for ready", input: isHasty },
  { rule: "restarts", what: "takes every end of a program for nobody's fault", seed: 12, input: blamesHost },
  {
    rule: "said",
    what: "says nothing of programs that fail",
    plan: GIVEN_UP,
    view: (view) => ({ ...view, findings: view.findings.filter((each) => !isAboutPrograms(each)) }),
  },
  {
    rule: "fenced-first",
    what: "hears of nothing that can't be ended elsewhere",
    plan: NOT_FENCED,
    input: hearsOfNothingStuck,
  },
  { rule: "rule-damped", what: "lets its rules act without end", plan: RULED, options: dampsNoRules },
  { rule: "rule-moves", what: "lets its rules act without end", plan: RULED, options: dampsNoRules },
  { rule: "quiet", what: "lets its rules act without end", plan: RULED, options: dampsNoRules },
  { rule: "rule-actor", what: "takes itself for the first node", plan: RULED, options: comesFirst },
  { rule: "rule-noted", what: "does not say what its rules looked at", plan: RULED, effects: readsNothing },
  {
    rule: "rule-acts",
    what: "has its rules wait for ever",
    plan: RULED,
    options: withRules((rule) => ({ ...rule, holdFor: seconds(3_600) })),
  },
  {
    rule: "rule-acts",
    what: "leaves its rules to another node",
    plan: RULED_TO_TELL,
    options: comesLast,
    view: showsItselfLast,
  },
  {
    rule: "rule-once",
    what: "has its rules act again and again",
    plan: RULED_TO_TELL,
    options: withRules((rule) => ({ ...rule, every: seconds(6), limit: { ...rule.limit, times: 1_000 } })),
  },
  {
    rule: "rule-suspended",
    what: "suspends its rules before they acted as often as they may",
    plan: RULED,
    options: withRules((rule) => ({ ...rule, limit: { ...rule.limit, times: 0 } })),
  },
  { rule: "ordered", what: "does not say that its rules act", plan: RULED, effects: without(saysThatRuleActs) },
  { rule: "ordered", what: "calls a rule's moves an operator's", plan: RULED, effects: blamesOperators },
  {
    rule: "one-holder",
    what: "ignores the claims of who has what its own rule gave away",
    plan: RULED,
    input: deafTo(
      (report) => report.kind === "bulletin-heard" && report.bulletin.claims.some(({ epoch }) => epoch > 1),
    ),
  },
  {
    rule: "paused",
    what: "lets its rules act in a pause",
    plan: RULED_AND_PAUSED,
    effects: pretendsToPause,
    input: withoutPause,
  },
  {
    rule: "programs",
    what: "starts nothing on standbys",
    seed: 11,
    effects: without((effect) => effect.kind === "start-program" && effect.start.role === "standby"),
  },
  {
    rule: "programs",
    what: "ends nothing that it did not start",
    plan: STARTED_BESIDE,
    effects: without(({ kind }) => kind === "end-stray"),
  },
  {
    rule: "known-strays",
    what: "begins beside what somebody else began on a node that it hears",
    plan: FAILS_BESIDE_STRAY,
    input: hearsOfNoPrograms,
  },
  {
    rule: "known-strays",
    what: "forgets that when the agent there begins anew",
    plan: FAILS_BESIDE_UNLOOKED,
    input: hearsOfNothingOpen,
  },
  {
    rule: "known-strays",
    what: "begins beside what somebody else began on a node that fell silent",
    plan: SILENT_BESIDE_STRAY,
    options: fencesNobody,
  },
  { rule: "assert", what: "breaks an invariant of its own", seed: 31, input: breaksAnInvariant },
];
