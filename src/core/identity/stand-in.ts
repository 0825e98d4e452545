/** One MAC of a failed node on one interface, for which this node receives frames or tries to. */
import { unreachable } from "../../base/assert.js";
import { type Duration, type Instant, after, milliseconds, seconds } from "../../base/time.js";
import type { PeerMac } from "../../model/kernel.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { StepProblem } from "../../model/node-io.js";
import type { Effects } from "../effects.js";

/** What the kernel refused is asked for again after this time. */
const RETRY: Duration = seconds(5);
/** When the switches are shown the MAC, from the beginning on: more than once, since a frame may be lost. */
const LESSONS: readonly Duration[] = [0, 20, 100, 500, 2_000].map(milliseconds);

/** What is wanted: a MAC on an interface, whose it is, for what. */
export interface Identity extends PeerMac {
  readonly node: NodeName;
  readonly services: readonly ServiceName[];
  /** The node is silent on all networks: nobody but this node answers for it, and the switches may learn that. */
  readonly isVacant: boolean;
}

type Phase =
  | { readonly kind: "asked"; readonly step: number }
  | { readonly kind: "listening"; readonly since: Instant; readonly lessons: number }
  | { readonly kind: "refused"; readonly problem: StepProblem; readonly retryAt: Instant };

export class StandIn {
  #identity: Identity;
  #phase: Phase;

  constructor(identity: Identity, effects: Effects) {
    this.#identity = identity;
    this.#phase = this.#ask(effects);
  }

  get identity(): Identity {
    return this.#identity;
  }

  get isListening(): boolean {
    return this.#phase.kind === "listening";
  }

  get problem(): StepProblem | undefined {
    return this.#phase.kind === "refused" ? this.#phase.problem : undefined;
  }

  deadline(): Instant | undefined {
    switch (this.#phase.kind) {
      case "asked":
        return undefined;
      case "listening":
        return this.#identity.isVacant ? lessonAt(this.#phase) : undefined;
      case "refused":
        return this.#phase.retryAt;
      default:
        return unreachable(this.#phase);
    }
  }

  /** Goes on for what is wanted now: the same MAC on the same interface. */
  renew(now: Instant, identity: Identity, effects: Effects): void {
    const isOther = identity.addresses.join() !== this.#identity.addresses.join();
    this.#identity = identity;
    const isDue = this.#phase.kind === "refused" && this.#phase.retryAt <= now;
    if (isOther || isDue) this.#phase = this.#ask(effects);
    else this.#teach(now, effects);
  }

  /** The kernel's answer; false when the step was another's. */
  answer(now: Instant, step: number, problem: StepProblem | undefined, effects: Effects): boolean {
    if (this.#phase.kind !== "asked" || this.#phase.step !== step) return false;
    const about = this.#named();
    if (problem === undefined) {
      this.#phase = { kind: "listening", since: now, lessons: 0 };
      effects.note({ code: "identity.taken", ...about });
    } else {
      this.#phase = { kind: "refused", problem, retryAt: after(now, RETRY) };
      effects.note({ code: "identity.refused", ...about, problem: problem.message });
    }
    return true;
  }

  /** Ends it. @returns the step whose answer tells whether anything is left */
  end(returned: boolean, effects: Effects): number | undefined {
    if (this.#phase.kind === "refused") return undefined;
    const step = effects.nextStep();
    const { interface: name, mac } = this.#identity;
    effects.push({ kind: "stop-listening", step, station: { interface: name, mac } });
    effects.note({ code: "identity.given-back", ...this.#named(), returned });
    return step;
  }

  #ask(effects: Effects): Phase {
    const step = effects.nextStep();
    const { interface: name, mac, addresses } = this.#identity;
    effects.push({ kind: "listen-for-mac", step, peer: { interface: name, mac, addresses } });
    return { kind: "asked", step };
  }

  #teach(now: Instant, effects: Effects): void {
    const phase = this.#phase;
    if (phase.kind !== "listening" || !this.#identity.isVacant) return;
    const due = lessonAt(phase);
    if (due === undefined || now < due) return;
    this.#phase = { ...phase, lessons: phase.lessons + 1 };
    const { interface: name, mac } = this.#identity;
    effects.push({ kind: "show-mac", station: { interface: name, mac } });
  }

  #named(): { node: NodeName; services: readonly ServiceName[]; interface: string; mac: string } {
    const { node, services, interface: name, mac } = this.#identity;
    return { node, services, interface: name, mac };
  }
}

function lessonAt({ since, lessons }: Extract<Phase, { kind: "listening" }>): Instant | undefined {
  const delay = LESSONS[lessons];
  return delay === undefined ? undefined : after(since, delay);
}
