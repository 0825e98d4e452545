import { type Duration, type Instant, between } from "../../base/time.js";
import { ruleView, variablesFor } from "../../core/rules/rule-view.js";
import type { Cluster } from "../../model/cluster.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { RuleConfig, RuleNote } from "../../model/rule.js";
import { ConditionReader } from "../../model/rules/condition.js";
import { namesIn, surroundingsOf } from "../../model/rules/surroundings.js";
import { worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { type Acquaintances, areAcquainted } from "./acquaintances.js";
import type { Steadiness } from "./steadiness.js";
import { tellingMax } from "./truth.js";

type Fired = RuleNote & { readonly code: "rule.fired" };

/** One running agent, and what the rules of its file did there. */
interface Book {
  cluster: Cluster;
  /** By rule and what it is about: when it acted, oldest first. */
  readonly acted: Map<string, readonly Instant[]>;
}

/**
 * Rules act no more often than they may, say what they looked at, and act at the node whose turn it is: for a node itself,
 * for the cluster, once all know of each other, the first living one.
 */
export class RuleFirings implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #steadiness: Steadiness;
  readonly #acquaintances: Acquaintances;
  readonly #books = new Map<SimHost, Book>();

  /** @param steadiness as it was before the rules acted: it must come later among the observers */
  constructor(site: Site, verdict: Verdict, steadiness: Steadiness, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#steadiness = steadiness;
    this.#acquaintances = acquaintances;
  }

  agentStarted(host: SimHost): void {
    this.#books.set(host, { cluster: host.cluster, acted: new Map() });
  }

  handled(host: SimHost, now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    const book = this.#books.get(host);
    if (book === undefined) return;
    const fired: { readonly note: Fired; readonly rule: RuleConfig }[] = [];
    for (const effect of effects) {
      if (effect.kind === "use-configuration") goBy(book, effect.cluster);
      if (effect.kind !== "note" || effect.note.code !== "rule.fired") continue;
      const { note } = effect;
      const rule = book.cluster.rules?.find(({ name }) => name === note.rule);
      if (rule === undefined) this.#broken("rule-noted", host, note, "is not in the file");
      else fired.push({ note, rule });
    }
    for (const { note, rule } of fired) {
      this.#checkRhythm(host, now, book, note, rule);
      this.#checkActor(host, note, rule);
      this.#checkNames(host, book, note, rule);
    }
    if (fired.every(({ rule }) => onlyTells(rule))) {
      for (const { note, rule } of fired) this.#checkValues(host, now, book, note, rule);
    }
  }

  #checkRhythm(host: SimHost, now: Instant, { acted }: Book, note: Fired, rule: RuleConfig): void {
    const key = keyOf(rule, note.about);
    const before = acted.get(key) ?? [];
    acted.set(key, [...before, now]);
    const { limit, holdOff } = rule;
    const recent = before.filter((at) => between(at, now) < limit.within);
    if (recent.length >= limit.times) {
      this.#broken("rule-damped", host, note, `acts ${recent.length + 1} times within ${inSeconds(limit.within)}`);
    }
    const last = before.at(-1);
    if (last !== undefined && between(last, now) < holdOff) {
      this.#broken("rule-damped", host, note, `acts again after ${inSeconds(between(last, now))}`);
    }
  }

  #checkActor(host: SimHost, note: Fired, { each }: RuleConfig): void {
    if (each === "node" && note.about !== host.plan.name) this.#broken("rule-actor", host, note, "acts for another");
    if (each !== "cluster" || !this.#areAcquainted) return;
    const [first] = host.cluster.nodes;
    if (first?.name !== host.plan.name) this.#broken("rule-actor", host, note, `acts though ${first?.name} is there`);
  }

  /** All have known of each other for a while in which nothing happened. */
  get #areAcquainted(): boolean {
    const told = worldTime(this.#site.world.now - tellingMax(this.#site));
    return this.#steadiness.since < told && areAcquainted(this.#site, this.#acquaintances, told);
  }

  /** It says of each part of its condition how it was. */
  #checkNames(host: SimHost, { cluster }: Book, note: Fired, rule: RuleConfig): void {
    const said = note.readings.map(({ what }) => what).join();
    const due = readIn(cluster, rule, {})
      .map(({ what }) => what)
      .join();
    if (said === due && due !== "") return;
    this.#broken("rule-noted", host, note, `looked at ${due}, and says of that ${said === "" ? "nothing" : said}`);
  }

  /** What only tells changes nothing: the node still knows what the rule looked at. */
  #checkValues(host: SimHost, now: Instant, { cluster }: Book, note: Fired, rule: RuleConfig): void {
    const view = host.agent?.core.view(now);
    if (view === undefined) return;
    const known = readIn(cluster, rule, variablesFor(rule.each, note.about, ruleView(view)));
    const [said, due] = [JSON.stringify(note.readings), JSON.stringify(known)];
    if (said !== due) this.#broken("rule-noted", host, note, `says ${said}, and the node knows ${due}`);
  }

  #broken(rule: string, host: SimHost, note: Fired, what: string): void {
    const about = note.about === undefined ? "" : ` for ${note.about}`;
    this.#verdict.broken(rule, `the rule ${note.rule}${about} on ${host.name} ${what}`);
  }
}

/** What is not in the new file, or otherwise than before, begins anew when it comes back. */
function goBy(book: Book, cluster: Cluster): void {
  book.cluster = cluster;
  const kept = (cluster.rules ?? []).flatMap((rule) =>
    [undefined, ...cluster.nodes.map(({ name }) => name), ...cluster.services.map(({ name }) => name)].map((about) =>
      keyOf(rule, about),
    ),
  );
  for (const key of book.acted.keys()) if (!kept.includes(key)) book.acted.delete(key);
}

const keyOf = (rule: RuleConfig, about: string | undefined): string => JSON.stringify([rule, about]);

const onlyTells = ({ actions }: RuleConfig): boolean =>
  actions.every(({ kind }) => kind === "notify" || kind === "run");

const readIn = (cluster: Cluster, { each, when }: RuleConfig, variables: object): RuleNoteReadings => {
  const condition = new ConditionReader(surroundingsOf(namesIn(cluster))).read(each, when);
  return condition.ok ? condition.value.read({ ...variables }) : [];
};

type RuleNoteReadings = Fired["readings"];

const inSeconds = (length: Duration): string => `${length / 1_000_000} s`;
