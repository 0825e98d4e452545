/**
 * Makes the path that stands by what the configuration says (HN-5, HN-6): a cold one is switched on, so that it can be
 * watched; a warm one gets its dummy parameters and is switched off. An interface that carries something else is left
 * alone. A refusal is noted, and tried again after a growing pause: the path is watched as it is meanwhile.
 */
import { known } from "../../base/assert.js";
import { type Duration, type Instant, after, between, doubled, seconds } from "../../base/time.js";
import type { ConfiguredAddress, InterfaceChange } from "../../model/interface-configuration.js";
import type { KernelLink } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import type { PathGroupConfig } from "../../model/path.js";
import { dummyOf } from "./failover-plan.js";
import type { PathEffects } from "./path-effects.js";

const WAIT: Duration = seconds(1);
const WAIT_MAX: Duration = seconds(60);

export interface StandbyState {
  readonly link: KernelLink;
  /** Addresses that somebody configured on it, and on VLANs of it, but for the dummy. */
  readonly addresses: readonly string[];
  readonly hasDummy: boolean;
  /** The active interface, where an agent that died, or a refusal, has left the dummy on it. */
  readonly dummyElsewhere: string | undefined;
  /** A MAC that it must not have: that of the active path, which has taken it along. */
  readonly takenMac: string | undefined;
  /** What it gets in place of that. */
  readonly spareMac: string | undefined;
}

export function standbyChanges(config: PathGroupConfig, state: StandbyState): readonly InterfaceChange[] {
  const dummy = dummyOf(config);
  const elsewhere = state.dummyElsewhere;
  const back: readonly InterfaceChange[] =
    dummy === undefined || elsewhere === undefined
      ? []
      : [{ kind: "remove-addresses", interface: elsewhere, addresses: [dummy] }];
  return [...back, ...idleChanges(config, dummy, state)];
}

function idleChanges(
  config: PathGroupConfig,
  dummy: ConfiguredAddress | undefined,
  state: StandbyState,
): readonly InterfaceChange[] {
  const { link, addresses, takenMac } = state;
  if (addresses.length > 0) return [];
  const spare = (config.standby.kind === "warm" ? config.standby.mac : undefined) ?? state.spareMac;
  const needsMac =
    spare !== undefined && link.mac !== spare && (link.mac === takenMac || config.standby.kind === "warm");
  const mac: readonly InterfaceChange[] = needsMac ? [{ kind: "set-mac", interface: link.name, mac: spare }] : [];
  if (config.standby.kind === "cold") return link.up ? mac : [...mac, { kind: "enable", interface: link.name }];
  return [
    ...(link.up ? [{ kind: "disable", interface: link.name } as const] : []),
    ...mac,
    ...(dummy !== undefined && !state.hasDummy
      ? [{ kind: "add-addresses", interface: link.name, addresses: [dummy] } as const]
      : []),
  ];
}

/** The changes of a standby, one after the other. */
export class StandbyChanges {
  readonly #config: PathGroupConfig;
  #waiting: readonly InterfaceChange[];
  #out: { readonly step: number; readonly change: InterfaceChange; readonly since: Instant } | undefined;

  /** How many in a row met a refusal, before this one. */
  readonly #refusedTries: number;
  #retryAt: Instant | undefined;

  /** @param before the last ones, if something was refused then */
  constructor(config: PathGroupConfig, changes: readonly InterfaceChange[], before?: StandbyChanges) {
    this.#config = config;
    this.#waiting = changes;
    this.#refusedTries = before === undefined ? 0 : before.#refusedTries + 1;
  }

  /** When what was refused is to be tried again. */
  get retryAt(): Instant | undefined {
    return this.#retryAt;
  }

  /** Whether to try again now; it is said once. */
  takeRetry(now: Instant): boolean {
    if (this.#retryAt === undefined || now < this.#retryAt) return false;
    this.#retryAt = undefined;
    return true;
  }

  owns(step: number): boolean {
    return this.#out?.step === step;
  }

  /** Orders the next change, if there is one. */
  proceed(now: Instant, effects: PathEffects): void {
    const [change, ...waiting] = this.#waiting;
    this.#waiting = waiting;
    this.#out = change === undefined ? undefined : { step: effects.nextStep(), change, since: now };
    if (this.#out !== undefined)
      effects.push({ kind: "change-interface", step: this.#out.step, change: this.#out.change });
  }

  answer(now: Instant, problem: StepProblem | undefined, effects: PathEffects): void {
    const { change, since } = known(this.#out, "only a step that is out is answered");
    const about = { group: this.#config.name, change: change.kind, interface: change.interface };
    if (problem === undefined) effects.note({ code: "path.step-done", ...about, took: between(since, now) });
    else {
      effects.note({ code: "path.step-refused", ...about, problem: problem.message, remedy: "left-out" });
      this.#retryAt = after(now, doubled(WAIT, this.#refusedTries, WAIT_MAX));
      // What stays on one interface is not put on the other.
      if (change.kind === "remove-addresses") {
        this.#waiting = this.#waiting.filter(({ kind }) => kind !== "add-addresses");
      }
    }
    this.proceed(now, effects);
  }
}
