/**
 * What an undone change of paths could not put back, or take off again, because the kernel refused it, and routes and
 * neighbours that a change could not take along: it stays on record as a plan of its own, is a finding, and is tried again
 * after a growing pause. Only what has changed of it since it was last told is noted. The next change of paths takes its
 * place.
 */
import { type Duration, type Instant, after, between, doubled, seconds } from "../../base/time.js";
import type { InterfaceChange } from "../../model/interface-configuration.js";
import { type FailoverPlan, type Owed, OWED_TOLD_MAX, type PathFinding, type PathGroupName } from "../../model/path.js";
import type { PathEffects } from "./path-effects.js";
import type { PathRegister } from "./path-register.js";
import { namesOf } from "./step-items.js";
import { isSweeping } from "./step-traits.js";

const WAIT: Duration = seconds(1);
/** Whoever mends what the kernel refused is not kept waiting for long. */
const WAIT_MAX: Duration = seconds(600);

/** An interface that nobody has made anew in that time does not come back. */
const GONE_MAX: Duration = seconds(30);

interface Undone {
  readonly rest?: FailoverPlan | undefined;
  /** Of what was owed, what has no place any more. */
  readonly dropped?: readonly InterfaceChange[] | undefined;
  /** Interfaces that are not there, and are no paths of the group. */
  readonly missing?: readonly string[] | undefined;
}

export class OwedChanges {
  readonly #group: PathGroupName;
  readonly #register: PathRegister;
  #tries = 0;
  /** What was owed, in words, when it was last noted. */
  #told = "";
  #retryAt: Instant | undefined;
  /** Of each interface that was missing at the last try, since when. */
  #missing: ReadonlyMap<string, Instant> = new Map();

  constructor(group: PathGroupName, register: PathRegister) {
    this.#group = group;
    this.#register = register;
  }

  /** Undefined: nothing is owed. To be asked only while no change of paths is carried out, whose plan is on record too. */
  get plan(): FailoverPlan | undefined {
    return this.#retryAt === undefined ? undefined : this.#register.plan(this.#group);
  }

  /** When it is tried again. */
  get due(): Instant | undefined {
    return this.plan === undefined ? undefined : this.#retryAt;
  }

  /** An interface is there again, which may have been all that was in the way. */
  hasten(now: Instant): void {
    if (this.#retryAt !== undefined) this.#retryAt = now;
  }

  /** The plan, once it is to be tried again. */
  planDue(now: Instant): FailoverPlan | undefined {
    return this.due !== undefined && this.due <= now ? this.plan : undefined;
  }

  /** A change of paths, or another try, was undone but for `rest` and what was dropped. */
  undone(
    now: Instant,
    plan: FailoverPlan,
    { dropped = [], missing = [], ...left }: Undone,
    effects: PathEffects,
  ): void {
    const { from, to } = plan;
    const route = { group: this.#group, from, to };
    this.#missing = new Map(missing.map((name) => [name, this.#missing.get(name) ?? now]));
    const rest = left.rest === undefined ? undefined : this.#withoutGone(now, left.rest, effects);
    const givenUp = left.rest?.undo.filter((change) => rest?.undo.includes(change) !== true) ?? [];
    const lost = wordsFor({ ...plan, undo: [...dropped, ...givenUp] });
    if (lost.length > 0) effects.note({ code: "path.given-up", ...route, ...bounded(lost) });
    if (rest === undefined) {
      if (this.#tries > 0 && lost.length === 0) effects.note({ code: "path.caught-up", ...route });
      this.#forget();
      return;
    }
    const owed = wordsFor(rest);
    const told = owed.join("\n");
    if (told !== this.#told) effects.note({ code: "path.put-off", ...route, ...bounded(owed) });
    this.#told = told;
    this.#retryAt = after(now, doubled(WAIT, this.#tries, WAIT_MAX));
    this.#tries += 1;
  }

  /** Without what is owed to interfaces that have been gone for too long; it is struck off the record. */
  #withoutGone(now: Instant, rest: FailoverPlan, effects: PathEffects): FailoverPlan | undefined {
    const isGone = (name: string): boolean => between(this.#missing.get(name) ?? now, now) >= GONE_MAX;
    const undo = rest.undo.filter((change) => !isGone(change.interface));
    if (undo.length === rest.undo.length) return rest;
    const kept = undo.length === 0 ? undefined : { ...rest, undo };
    this.#register.writePlan(this.#group, kept, effects);
    return kept;
  }

  /** Another change of paths was carried out, but for `rest`. */
  moved(now: Instant, rest: FailoverPlan | undefined, effects: PathEffects): void {
    this.#forget();
    if (rest !== undefined) this.undone(now, rest, { rest }, effects);
  }

  findings(): readonly PathFinding[] {
    const { plan } = this;
    if (plan === undefined) return [];
    const { from, to } = plan;
    return [{ kind: "path-group-incomplete", group: this.#group, from, to, ...bounded(wordsFor(plan)) }];
  }

  #forget(): void {
    this.#tries = 0;
    this.#told = "";
    this.#retryAt = undefined;
    this.#missing = new Map();
  }
}

/** Each once, in words; of an interface that is not what it should be that alone, and not what has to wait for it. */
const wordsFor = ({ from, to, undo }: FailoverPlan): readonly string[] => {
  const causes = undo.filter(
    (change, at) =>
      isSweeping(change) || !undo.slice(0, at).some((each) => isSweeping(each) && each.interface === change.interface),
  );
  const place = ({ interface: name }: InterfaceChange): string => (name === from || name === to ? "" : ` over ${name}`);
  return [...new Set(causes.flatMap((each) => wordsOf(each).map((words) => `${words}${place(each)}`)))];
};

/** As much of it as is told. */
function bounded(owed: readonly string[]): Owed {
  const more = owed.length - OWED_TOLD_MAX;
  return more > 0 ? { owed: owed.slice(0, OWED_TOLD_MAX), more } : { owed };
}

function wordsOf(change: InterfaceChange): readonly string[] {
  switch (change.kind) {
    case "enable":
    case "disable":
      return [`${change.interface} ${change.kind === "enable" ? "switched on" : "switched off"}`];
    case "set-mac":
      return [`the MAC of ${change.interface}`];
    case "set-mtu":
      return [`the MTU of ${change.interface}`];
    case "add-routes":
    case "remove-routes":
      return change.routes.map(({ destination }) => `the route to ${destination}`);
    case "add-neighbours":
    case "remove-neighbours":
      return change.neighbours.map(({ address }) => `the neighbour ${address}`);
    default:
      return namesOf(change);
  }
}
