import { type Duration, type Instant, after, between, latest, milliseconds, seconds } from "../../base/time.js";
import { actorOf, subjectsOf } from "../../core/rules/actor.js";
import { ruleView, variablesFor } from "../../core/rules/rule-view.js";
import type { Cluster } from "../../model/cluster.js";
import { isMadeName } from "../../model/kernel.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { RuleConfig } from "../../model/rule.js";
import { type Condition, ConditionReader } from "../../model/rules/condition.js";
import { namesIn, surroundingsOf } from "../../model/rules/surroundings.js";
import type { NodeCondition, NodeView } from "../../model/status.js";
import { later, type WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Fault, Trouble } from "../plan.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { type Acquaintances, areAcquainted } from "./acquaintances.js";
import { tellingMax } from "./truth.js";

/** From the moment in which a rule is due, in a decision that weighs it, until it has acted. */
const PATIENCE: Duration = seconds(1);
/** What ends sooner is not looked at by every decision: rules are weighed a moment after the news. */
const BLINK: Duration = milliseconds(20);
const LIVING: ReadonlySet<NodeCondition> = new Set(["up", "drained"]);
/** A node that has just started knows too little to act: in detection timeouts, at least, and while states are on their way. */
const LISTENING = { timeouts: 3, min: seconds(1), more: seconds(2) } as const;

/** One rule, and one thing that it looks at, as one agent knows it. */
interface Duty {
  readonly rule: RuleConfig;
  readonly about: string | undefined;
  /** Undefined: its condition was never true, or the cluster is paused. Shorter breaks than a blink are none. */
  holdsSince: Instant | undefined;
  /** When it ceased to be true. */
  ceasedAt: Instant | undefined;
  /** It is not clear since when decisions have seen it true: for a blink it was not, or the node may have looked at no rules. */
  isBlurred: boolean;
  /** The same, and since then this node surely judges it. */
  trueSince: { readonly here: Instant; readonly world: WorldTime } | undefined;
  /** How often anybody had acted when it came true. */
  actedBefore: number;
  /** Since when it has been this node's turn. */
  oursSince: Instant | undefined;
  actedAt: Instant | undefined;
  /** When it was last said to be suspended, or found to be so no more. */
  suspendedAt: Instant | undefined;
  isSuspended: boolean;
}

interface Book {
  conditions: ReadonlyMap<RuleConfig, Condition>;
  readonly duties: Map<string, Duty>;
  /** Until then it may be too fresh to act. */
  freshUntil: Instant;
  /** It knew of nobody else that lives. */
  isAlone: boolean;
  handledAt: Instant;
}

/**
 * Rules do act: where a condition has been true for long enough, the node whose turn it is acts in time, and goes on doing
 * so where the rule says how often; it is left out only with the finding that says so, and only where it acted as often as
 * it may. While all know the same of each other, somebody has acted whoever's turn it was, and nobody a second time.
 */
export class RuleDuties implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #acquaintances: Acquaintances;
  readonly #books = new Map<SimHost, Book>();
  /** By rule and what it is about: when somebody acted, oldest first. */
  readonly #acted = new Map<string, WorldTime[]>();
  /** By their names alone: a finding may still be about how the file was before. */
  readonly #times = new Map<string, number>();
  #disturbedAt: WorldTime;

  constructor(site: Site, verdict: Verdict, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#acquaintances = acquaintances;
    this.#disturbedAt = site.world.now;
  }

  agentStarted(host: SimHost): void {
    this.#disturbed();
    const now = host.clock.now();
    const book = { conditions: conditionsOf(host.cluster), duties: new Map<string, Duty>(), handledAt: now };
    this.#books.set(host, { ...book, freshUntil: freshUntil(now, host.cluster), isAlone: true });
  }

  agentEnded(host: SimHost): void {
    this.#disturbed();
    this.#books.delete(host);
  }

  /** An order changes what is known, and not who knows it. */
  faultBegan(_fault: Fault, { kind }: Trouble): void {
    if (kind !== "commanded") this.#disturbed();
  }

  faultEnded(): void {
    this.#disturbed();
  }

  healed(): void {
    this.#disturbed();
  }

  guardFired(): void {
    this.#disturbed();
  }

  handled(host: SimHost, now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const book = this.#books.get(host);
    if (book === undefined || host.agent === undefined) return;
    for (const effect of effects) {
      if (effect.kind === "use-configuration") goBy(book, effect.cluster);
    }
    if (input.kind === "started" || input.kind === "guard-fired") book.freshUntil = freshUntil(now, host.cluster);
    if (book.conditions.size === 0) return;
    const view = host.agent.core.view(now);
    if (book.isAlone && isPluggedIn(input)) book.freshUntil = freshUntil(now, host.cluster);
    book.isAlone = !view.nodes.some(({ name, state }) => name !== host.plan.name && LIVING.has(state));
    this.#see(host, now, book, view);
    for (const effect of effects) {
      if (effect.kind === "note" && effect.note.code === "rule.fired")
        this.#fired(now, book, effect.note.rule, effect.note.about);
    }
    for (const [key, duty] of book.duties) {
      this.#checkOwn(host, now, book, duty);
      this.#checkAll(host, key, duty);
    }
    book.handledAt = now;
  }

  /** Takes in which conditions are true, and whose turn it is. */
  #see(host: SimHost, now: Instant, book: Book, view: NodeView): void {
    const seen = ruleView(view);
    const isResting = now < book.freshUntil || host.agent?.isDoomed === true || isSwitching(view);
    const suspended = new Set(view.findings.flatMap(({ finding }) => suspendedIn(finding)));
    for (const [rule, condition] of book.conditions) {
      for (const about of subjectsOf(rule.each, view)) {
        const key = keyOf(rule, about);
        const duty = book.duties.get(key) ?? newDuty(rule, about);
        book.duties.set(key, duty);
        const holds = condition.judge(variablesFor(rule.each, about, seen)).kind === "true";
        if (view.paused) duty.holdsSince = undefined;
        else hold(duty, now, holds);
        const acted = this.#acted.get(key)?.length ?? 0;
        if (duty.holdsSince === now) duty.actedBefore = acted;
        const isTurn = holds && actorOf(rule.each, about, view) === host.plan.name;
        // Watches need not begin anew after a rest: they may know of the turn of another node, which may be suspended.
        if (holds && (!isTurn || (isResting && acted > duty.actedBefore))) duty.isBlurred = true;
        const isJudged = holds && !view.paused && !isResting;
        duty.trueSince = isJudged ? (duty.trueSince ?? { here: now, world: this.#site.world.now }) : undefined;
        duty.oursSince = isJudged && isTurn ? (duty.oursSince ?? now) : undefined;
        const isSuspended = suspended.has(nameOf(rule.name, about));
        if (isSuspended && !duty.isSuspended) this.#suspended(host, duty);
        if (isSuspended || duty.isSuspended) duty.suspendedAt = now;
        duty.isSuspended = isSuspended;
      }
    }
  }

  #fired(now: Instant, book: Book, name: string, about: string | undefined): void {
    for (const [key, duty] of book.duties) {
      if (duty.rule.name !== name || duty.about !== about) continue;
      duty.actedAt = now;
      this.#times.set(nameOf(name, about), (this.#times.get(nameOf(name, about)) ?? 0) + 1);
      this.#acted.set(key, [...(this.#acted.get(key) ?? []), this.#site.world.now]);
    }
  }

  #suspended(host: SimHost, duty: Duty): void {
    const acted = this.#times.get(nameOf(duty.rule.name, duty.about)) ?? 0;
    if (duty.suspendedAt !== undefined || acted >= duty.rule.limit.times) return;
    this.#broken("rule-suspended", host, duty, `is suspended, though it acted ${acted} times only`);
  }

  /** The node whose turn it has been all the time acts when it is due. */
  #checkOwn(host: SimHost, now: Instant, { handledAt }: Book, duty: Duty): void {
    const { rule, holdsSince, trueSince, oursSince, actedAt, suspendedAt } = duty;
    if (holdsSince === undefined || trueSince === undefined || oursSince !== trueSince.here) return;
    if (duty.isBlurred) return;
    const hasActed = actedAt !== undefined && actedAt >= holdsSince;
    if (hasActed && rule.every === undefined) return;
    const from = hasActed ? after(actedAt, rule.every ?? seconds(0)) : after(trueSince.here, rule.holdFor);
    const rested = latest(from, after(actedAt ?? trueSince.here, rule.holdOff));
    const due = after(suspendedAt === undefined ? rested : latest(rested, suspendedAt), PATIENCE);
    // It has decided since, and not only now, after an absence.
    if (handledAt <= due) return;
    this.#broken("rule-acts", host, duty, `does not act, though it is due since ${inSeconds(between(due, now))}`);
  }

  /** Whoever's turn it was, somebody has acted, and nobody once more. */
  #checkAll(host: SimHost, key: string, { rule, about, trueSince }: Duty): void {
    if (trueSince === undefined || rule.each === "node" || rule.every !== undefined) return;
    const duties = [...this.#books.values()].map(({ duties: known }) => known.get(key));
    const times = duties.flatMap((duty) => duty?.trueSince?.world ?? []);
    const isSuspended = duties.some((duty) => duty?.suspendedAt !== undefined);
    if (times.length < this.#site.hosts.length || isSuspended) return;
    const [first, last] = [Math.min(...times) as WorldTime, Math.max(...times) as WorldTime];
    const news = tellingMax(this.#site);
    const isOld = first > later(this.#disturbedAt, news) && areAcquainted(this.#site, this.#acquaintances, first);
    if (!isOld) return;
    const acted = (this.#acted.get(key) ?? []).filter((at) => at >= first);
    const due = later(last, (Math.max(rule.holdFor, rule.holdOff) + news) as Duration);
    const duty = { rule, about };
    if (acted.length === 0 && this.#site.world.now > due)
      this.#broken("rule-acts", host, duty, "is true for long, and nobody has acted");
    const [once, again] = [acted[0], acted.at(-1)];
    if (once === undefined || again === undefined || again <= later(once, news)) return;
    this.#broken("rule-once", host, duty, `acted ${acted.length} times while it was true`);
  }

  #disturbed(): void {
    this.#disturbedAt = this.#site.world.now;
  }

  #broken(name: string, host: SimHost, { rule, about }: Pick<Duty, "rule" | "about">, what: string): void {
    const subject = about === undefined ? "" : ` for ${about}`;
    this.#verdict.broken(name, `the rule ${rule.name}${subject}, as ${host.name} knows it, ${what}`);
  }
}

/** Takes in whether the condition is true now. */
function hold(duty: Duty, now: Instant, holds: boolean): void {
  if (!holds) {
    duty.ceasedAt ??= now;
    return;
  }
  const isBlink = duty.ceasedAt !== undefined && between(duty.ceasedAt, now) <= BLINK;
  if (duty.ceasedAt !== undefined) {
    duty.isBlurred = isBlink;
    if (!isBlink) duty.holdsSince = undefined;
  }
  duty.holdsSince ??= now;
  duty.ceasedAt = undefined;
}

/** Who heard nobody while it was unplugged listens as at its start. */
const isPluggedIn = (input: NodeInput): boolean => input.kind === "link-changed" && !isMadeName(input.link.name);

const newDuty = (rule: RuleConfig, about: string | undefined): Duty => ({
  rule,
  about,
  holdsSince: undefined,
  ceasedAt: undefined,
  isBlurred: false,
  trueSince: undefined,
  actedBefore: 0,
  oursSince: undefined,
  actedAt: undefined,
  suspendedAt: undefined,
  isSuspended: false,
});

const freshUntil = (now: Instant, { detection }: Cluster): Instant =>
  after(now, (Math.max(LISTENING.min, LISTENING.timeouts * detection.timeout) + LISTENING.more) as Duration);

/** Of rules that are as they were, what is known stays. */
function goBy(book: Book, cluster: Cluster): void {
  book.conditions = conditionsOf(cluster);
  const kept = new Set([...book.conditions.keys()].map(textOf));
  for (const [key, { rule }] of book.duties) if (!kept.has(textOf(rule))) book.duties.delete(key);
}

function conditionsOf(cluster: Cluster): ReadonlyMap<RuleConfig, Condition> {
  const reader = new ConditionReader(surroundingsOf(namesIn(cluster)));
  return new Map(
    (cluster.rules ?? []).flatMap((rule) => {
      const condition = reader.read(rule.each, rule.when);
      return condition.ok ? [[rule, condition.value] as const] : [];
    }),
  );
}

/** The text of a rule, which no two have, and which tells whether it is as it was. */
const texts = new WeakMap<RuleConfig, string>();

function textOf(rule: RuleConfig): string {
  const text = texts.get(rule) ?? JSON.stringify(rule);
  texts.set(rule, text);
  return text;
}

const keyOf = (rule: RuleConfig, about: string | undefined): string => `${textOf(rule)} ${about ?? ""}`;

const nameOf = (rule: string, about: string | undefined): string => `${rule} ${about ?? ""}`;

/** While addresses go from one path to the other, nothing else is decided. */
const isSwitching = ({ node, nodes }: NodeView): boolean =>
  nodes.find(({ name }) => name === node)?.paths?.some(({ state }) => state === "switching") === true;

const suspendedIn = (finding: NodeView["findings"][number]["finding"]): readonly string[] =>
  finding.kind === "rule-suspended" ? [nameOf(finding.rule, finding.about)] : [];

const inSeconds = (length: Duration): string => `${length / 1_000_000} s`;
