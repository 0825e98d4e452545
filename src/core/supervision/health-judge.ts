/**
 * Judges a program by the answers to its health check: healthy, slow, or failing. One answer that is missing or late says
 * little, since a machine may stand still for a moment; so many in a row, as configured, say that it is so. One good
 * answer is enough for the way back.
 *
 * It does not know when the next probe is due, nor what follows from its verdict.
 */
import type { HealthCheck, ProgramHealth } from "../../model/program.js";
import type { ProbeAnswer } from "../../model/probe-answer.js";

export type HealthLimits = Pick<HealthCheck, "fail" | "slow">;

export class HealthJudge {
  readonly #limits: HealthLimits;
  #verdict: ProgramHealth | undefined;
  #failures = 0;
  #slowOnes = 0;

  /** @param verdict that another one has come to: it stands until the answers say otherwise */
  constructor(limits: HealthLimits, verdict?: ProgramHealth) {
    this.#limits = limits;
    this.#verdict = verdict;
  }

  /** Undefined: there is none yet. */
  get verdict(): ProgramHealth | undefined {
    return this.#verdict;
  }

  /** @returns the verdict, when this answer changes it. */
  hear(answer: ProbeAnswer): ProgramHealth | undefined {
    const verdict = this.#judge(answer);
    if (verdict === undefined || verdict === this.#verdict) return undefined;
    this.#verdict = verdict;
    return verdict;
  }

  /** Undefined: this answer alone says nothing yet. */
  #judge({ problem, took }: ProbeAnswer): ProgramHealth | undefined {
    const { fail, slow } = this.#limits;
    if (problem !== undefined) {
      this.#failures += 1;
      return this.#failures >= fail ? "failing" : undefined;
    }
    this.#failures = 0;
    const isSlow = slow !== undefined && took > slow;
    this.#slowOnes = isSlow ? this.#slowOnes + 1 : 0;
    if (!isSlow) return "healthy";
    if (this.#slowOnes >= fail) return "slow";
    return this.#verdict === "failing" ? "healthy" : undefined;
  }
}
