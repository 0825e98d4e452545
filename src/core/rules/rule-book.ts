/**
 * The rules of the cluster file at this node: which conditions are true, and what is to be done (HS-8).
 *
 * Every node judges all rules that it may come to act for, whenever what it knows has changed, and keeps their time;
 * which of them acts follows from the view (actor.ts). An action is an order like an operator's, or a command that is
 * run, or a word for the record. In a pause, and while a node is starting or stopping, no rule acts, and conditions
 * count as true from then on.
 *
 *     view -> variables -> conditions -> watches (how long, how often) -> actions
 */
import { type Deadline, dueAt } from "../../base/machine.js";
import { type Duration, type Instant, after, earliest, inMilliseconds, milliseconds } from "../../base/time.js";
import { type Cluster, settlingTime } from "../../model/cluster.js";
import { checkedValue, type CheckConfig, type ErrandInput, runsOn } from "../../model/errand.js";
import type { NodeInput } from "../../model/node-io.js";
import type { Finding } from "../../model/note.js";
import type { RuleConfig, RuleLimit, RuleName, RuleReading } from "../../model/rule.js";
import type { RuleFound, RuleStanding } from "../../model/rule-standing.js";
import { type Condition, ConditionReader, type Judgement } from "../../model/rules/condition.js";
import { namesIn, surroundingsOf } from "../../model/rules/surroundings.js";
import type { NodeName } from "../../model/names.js";
import type { NodeView, ServiceView } from "../../model/status.js";
import type { CommandDesk, DeskContext } from "../commands/command-desk.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { actorOf, presencesIn, subjectOf, subjectsOf } from "./actor.js";
import { RuleActions } from "./rule-actions.js";
import { RuleDeeds } from "./rule-deeds.js";
import { type RuleView, ruleView, variablesFor } from "./rule-view.js";
import { RuleWatch } from "./rule-watch.js";

/** What rules have done is looked at after this time, so that rules that answer each other do not do so at one moment. */
const ECHO_PAUSE: Duration = milliseconds(10);

/** An attribute of a check outlives so many runs that say nothing. */
const CHECK_LIVES = 3;

interface Rule {
  readonly config: RuleConfig;
  readonly condition: Condition;
  /** By what it is about. */
  readonly subjects: Map<string | undefined, Subject>;
}

/** One thing that a rule looks at. */
interface Subject {
  readonly watch: RuleWatch;
  readonly deeds: RuleDeeds;
  /** What was found of the condition last. */
  readonly verdict: RuleFound;
  /** What a condition that cannot be evaluated looked at when that began. */
  readonly brokenBy: readonly RuleReading[];
}

/** What all rules are judged by. */
interface Sight {
  readonly view: NodeView;
  readonly seen: RuleView;
  readonly presences: ReturnType<typeof presencesIn>;
  readonly services: ReadonlyMap<string | undefined, ServiceView>;
}

export class RuleBook {
  #cluster: Cluster | undefined;
  #rules: readonly Rule[] = [];
  #checks: readonly CheckConfig[] = [];
  /** Attributes of checks for which the node had no room. */
  readonly #leftOut = new Set<string>();
  readonly #actions = new RuleActions();
  /** No rule was looked at when all were to be, last. */
  #isResting = true;
  #nextAt: Instant | undefined;
  /** What was just done, or found of a rule, is looked at then. */
  #echoAt: Instant | undefined;

  /** Takes in how a command ended; whether decisions may depend on it. */
  take(now: Instant, input: NodeInput, { attributes }: Knowledge, effects: Effects): boolean {
    if (input.kind !== "errand-ended") return false;
    const { errand, outcome } = input;
    if (errand.kind === "rule") this.#commandEnded(errand, outcome, effects);
    const check = errand.kind === "check" ? this.#checks.find(({ name }) => name === errand.check) : undefined;
    if (check === undefined) return false;
    const { attribute: name, interval, timeout } = check;
    const value = checkedValue(check, outcome);
    const wasLeftOut = this.#leftOut.delete(name);
    if (value === undefined) return attributes.unset(now, name, effects) || wasLeftOut;
    const lifetime = (interval * CHECK_LIVES + timeout) as Duration;
    if (!attributes.set(now, { name, value, lifetime }, effects)) this.#leftOut.add(name);
    return true;
  }

  /** Judges all rules by what is known now, and lets those act that are due. */
  review(now: Instant, context: DeskContext, desk: CommandDesk): void {
    const { cluster, paused, firings } = context.knowledge;
    this.#nextAt = undefined;
    if (cluster !== this.#cluster) this.#goBy(cluster, context);
    firings.review(now, cluster.rules ?? []);
    if (this.#rules.length === 0) return;
    if (paused || context.stopping || context.listening) {
      this.#isResting = true;
      for (const { subjects } of this.#rules) for (const { watch } of subjects.values()) watch.rest();
      return;
    }
    const view = context.view();
    const services = new Map(view.services.map((service) => [service.name, service]));
    const sight: Sight = { view, seen: ruleView(view), presences: presencesIn(view), services };
    for (const rule of this.#rules) this.#judge(now, rule, sight, context, desk);
    this.#isResting = false;
    this.#nextAt = this.#nextOf(now);
  }

  deadline(): Deadline | undefined {
    return dueAt(this.#nextAt, "rule");
  }

  findings(now: Instant, node: NodeName): readonly Finding[] {
    const leftOut = [...this.#leftOut].map((attribute) => ({ kind: "attributes-full", node, attribute }) as const);
    const ofRules = this.#rules.flatMap(({ config: { name, limit }, subjects }): readonly Finding[] => [
      ...brokenIn(name, subjects),
      ...undoneIn(now, name, subjects),
      ...[...subjects].flatMap(([about, { watch }]): readonly Finding[] => {
        if (watch.suspendedUntil(now) === undefined) return [];
        return [{ kind: "rule-suspended", rule: name, ...subjectOf(about), ...limitOf(limit) }];
      }),
    ]);
    return [...leftOut, ...ofRules];
  }

  /** Whether a rule finds now what it drained the node for; undefined: it does not. @param node which the rule drained */
  standingOf(now: Instant, rule: RuleName, node: NodeName): "waits" | "acts-again" | undefined {
    const subjects = this.#rules.find(({ config }) => config.name === rule)?.subjects ?? new Map<string, Subject>();
    for (const { deeds, watch, verdict } of subjects.values()) {
      if (this.#isResting || verdict.kind !== "true" || !deeds.brought({ did: "drain", of: node })) continue;
      return watch.wait(now) === undefined ? "waits" : "acts-again";
    }
    return undefined;
  }

  /** How each rule stands with each thing that it looks at here. @param view the node's own, for the readings */
  standings(now: Instant, view: NodeView): readonly RuleStanding[] {
    const seen = ruleView(view);
    return this.#rules.flatMap(({ config: { name: rule, each }, condition, subjects }) => {
      if (subjects.size === 0) return [{ rule, each, verdict: { kind: "resting" }, readings: [] } as const];
      return [...subjects].map(([about, { watch, verdict }]): RuleStanding => {
        const isRead = !this.#isResting && verdict.kind !== "false";
        return {
          rule,
          each,
          ...subjectOf(about),
          verdict: this.#isResting ? { kind: "resting" } : verdict,
          readings: isRead ? condition.read(variablesFor(each, about, seen)) : [],
          ...timesOf(now, watch),
        };
      });
    });
  }

  /** Rules that are as they were go on as they were. */
  #goBy(cluster: Cluster, { knowledge, effects }: DeskContext): void {
    const isFirst = this.#cluster === undefined;
    this.#cluster = cluster;
    const before = new Map(this.#rules.map((rule) => [JSON.stringify(rule.config), rule.subjects]));
    const reader = new ConditionReader(surroundingsOf(namesIn(cluster)));
    this.#rules = (cluster.rules ?? []).flatMap((config): Rule | [] => {
      const condition = reader.read(config.each, config.when);
      // The check of the file has refused any other.
      if (!condition.ok) return [];
      const same = before.get(JSON.stringify(config));
      if (same === undefined && !isFirst) knowledge.firings.forget(config.name);
      const subjects = same ?? new Map<string | undefined, Subject>();
      return { config, condition: condition.value, subjects };
    });
    const checks = (cluster.checks ?? []).filter((each) => runsOn(each, knowledge.self));
    if (JSON.stringify(checks) === JSON.stringify(this.#checks)) return;
    this.#checks = checks;
    this.#leftOut.clear();
    effects.push({ kind: "run-checks", checks });
  }

  #judge(
    now: Instant,
    rule: Rule,
    { view, seen, presences, services }: Sight,
    context: DeskContext,
    desk: CommandDesk,
  ): void {
    const { config, condition, subjects } = rule;
    const { self, cluster, firings } = context.knowledge;
    const patience = settlingTime(cluster);
    const present = subjectsOf(config.each, view);
    for (const about of subjects.keys()) if (!present.includes(about)) subjects.delete(about);
    for (const about of present) {
      const variables = variablesFor(config.each, about, seen);
      const judgement = condition.judge(variables);
      const before = subjects.get(about);
      const watch = before?.watch ?? new RuleWatch(config, self, firings.of(config.name, about));
      const deeds = before?.deeds ?? new RuleDeeds(config, about);
      if (problemOf(judgement) !== problemOf(before?.verdict)) this.#echoAt = after(now, ECHO_PAUSE);
      const verdict = foundOf(now, judgement, this.#isResting ? undefined : before?.verdict);
      const brokenBefore = verdict === before?.verdict ? before.brokenBy : undefined;
      const brokenBy = verdict.kind === "broken" ? (brokenBefore ?? condition.read(variables)) : [];
      subjects.set(about, { watch, deeds, verdict, brokenBy });
      if (deeds.look(judgement.kind === "true", view)) this.#echoAt = after(now, ECHO_PAUSE);
      const service = config.each === "service" ? services.get(about) : undefined;
      if (service !== undefined) watch.sawEpoch(now, service.epoch, isMovedBy(config, service));
      watch.takeBack(now, presences, patience);
      const wasSuspended = watch.suspendedUntil(now) !== undefined;
      const acts = watch.judged(now, judgement.kind === "true", actorOf(config.each, about, view));
      if (acts || wasSuspended !== (watch.suspendedUntil(now) !== undefined)) this.#echoAt = after(now, ECHO_PAUSE);
      const readings = acts ? condition.read(variables) : [];
      if (acts) firings.add(now, config.name, about);
      if (acts) this.#actions.perform({ now, rule: config, about, readings, view }, context, desk);
    }
  }

  #nextOf(now: Instant): Instant | undefined {
    const echo = this.#echoAt;
    this.#echoAt = undefined;
    const dues = this.#rules.flatMap(({ subjects }) =>
      [...subjects.values()].flatMap(({ watch }) => watch.deadline(now) ?? []),
    );
    return [...dues, ...(echo === undefined ? [] : [echo])].reduce<Instant | undefined>(
      (first, at) => (first === undefined ? at : earliest(first, at)),
      undefined,
    );
  }

  #commandEnded(
    { rule, about, program }: ErrandInput["errand"] & { readonly kind: "rule" },
    { problem, took }: ErrandInput["outcome"],
    effects: Effects,
  ): void {
    this.#actions.errandEnded();
    const subject = { rule, ...subjectOf(about), command: program };
    if (problem === undefined) effects.note({ code: "rule.command-done", ...subject, took });
    else effects.note({ code: "rule.command-failed", ...subject, problem });
  }
}

/** Whether the service is where it is because this rule, which looks at it, moved it. */
const isMovedBy = ({ name, actions }: RuleConfig, { reason }: ServiceView): boolean =>
  reason?.kind === "rule" &&
  reason.by === name &&
  actions.some((action) => action.kind === "move" && action.service === undefined);

function timesOf(now: Instant, watch: RuleWatch): Pick<RuleStanding, "lastTurn" | "wait" | "suspendedUntil"> {
  const [lastTurn, wait, suspendedUntil] = [watch.lastTurn, watch.wait(now), watch.suspendedUntil(now)];
  return {
    ...(lastTurn === undefined ? {} : { lastTurn }),
    ...(wait === undefined ? {} : { wait }),
    ...(suspendedUntil === undefined ? {} : { suspendedUntil }),
  };
}

/** What is found again keeps the time when it was found first. */
function foundOf(now: Instant, judgement: Judgement, before: RuleFound | undefined): RuleFound {
  const isSame = before?.kind === judgement.kind && problemOf(before) === problemOf(judgement);
  return before !== undefined && isSame ? before : { ...judgement, since: now };
}

const problemOf = (found: Judgement | RuleFound | undefined): string | undefined =>
  found?.kind === "broken" ? found.problem : undefined;

/** One finding a rule, of the first thing for which it cannot be evaluated: the others are told by their standings. */
function brokenIn(rule: RuleName, subjects: ReadonlyMap<string | undefined, Subject>): readonly Finding[] {
  for (const [about, { verdict, brokenBy }] of subjects) {
    if (verdict.kind !== "broken") continue;
    return [{ kind: "rule-broken", rule, ...subjectOf(about), problem: verdict.problem, readings: brokenBy }];
  }
  return [];
}

/** What a rule that waits until its condition was false will not do again by itself. */
const undoneIn = (
  now: Instant,
  rule: RuleName,
  subjects: ReadonlyMap<string | undefined, Subject>,
): readonly Finding[] =>
  [...subjects].flatMap(([about, { watch, deeds }]) =>
    watch.wait(now) !== undefined
      ? []
      : deeds.undone.map((deed): Finding => ({ kind: "rule-undone", rule, ...subjectOf(about), ...deed })),
  );

const limitOf = ({ times, within, suspend }: RuleLimit): Pick<Suspended, "times" | "withinMs" | "suspendMs"> => ({
  times,
  withinMs: inMilliseconds(within),
  suspendMs: inMilliseconds(suspend),
});

type Suspended = Finding & { readonly kind: "rule-suspended" };
