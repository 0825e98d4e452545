import type { Random } from "../base/random.js";
import { type Duration, microseconds } from "../base/time.js";
import { HealthJudge } from "../core/supervision/health-judge.js";
import type { ProbeAnswer } from "../model/probe-answer.js";
import {
  type HealthCheck,
  isReadyOnceStarted,
  type ProgramConfig,
  type ProgramExit,
  type ProgramInput,
  type ProgramRole,
  type ProgramRun,
} from "../model/program.js";
import type { WorldTime } from "./clock.js";
import { Lane } from "./lane.js";
import type { Manners } from "./misbehaviour.js";
import { drawn } from "./pace.js";
import type { World } from "./world.js";

/** In microseconds, each time drawn: from its start to its readiness, from its stop signal to its end. */
const START_TIME_MAX = 40_000;
const STOP_TIME_MAX = 20_000;
const ROLE_TIME_MAX = 10_000;
const EARLY_END_MAX = 60_000;
/** From SIGKILL until nothing of it is left. */
const KILL_TIME_MAX = 3_000;
const PROBE_TIME: Duration = microseconds(500);

/** `exited`: its main process ended; what else is of it may be left. `gone`: nothing is. */
export type ProcessChange = "begun" | "ready" | "exited" | "gone";

/** What a process reports, and where it lives. */
export interface ProcessParts {
  readonly world: World;
  readonly random: Random;
  readonly manners: Manners;
  /** Lets something happen in so long, or once the machine goes on. */
  readonly in: (wait: Duration, happen: () => void) => void;
  /** To the agent that started it, while that lives. */
  readonly say: (input: ProgramInput) => void;
  readonly changed: (what: ProcessChange) => void;
}

/** One run of a program, and what watches it: the process group, its readiness, its health, its end. */
export class SimProcess {
  run: ProgramRun;
  readonly #parts: ProcessParts;
  readonly #roles: Lane;
  #judge: HealthJudge | undefined;
  /** Probes by an earlier check mean nothing any more. */
  #checks = 0;
  /** As it acts by; for a moment it may have been told another one. */
  role: ProgramRole;
  isReady = false;
  isGone = false;
  #hasExited = false;
  /** It is to end by order, or because of what watches it. */
  isAsked = false;
  /** It ended by itself, as its policy expects of one that has done its work. */
  isDone = false;
  /** When it was begun, or told the role that it acts by. */
  roleSince: WorldTime;
  /** SIGKILL was sent to all of it. */
  #isKilled = false;
  /** It did everything that its start takes. */
  #isUp = false;
  #hasConfessed = false;
  /** What was said last of whether it has caught up, since it has its role. */
  #wasCaughtUp: boolean | undefined;
  /** Questions by an earlier configuration mean nothing any more. */
  #questions = 0;

  constructor(run: ProgramRun, parts: ProcessParts) {
    this.run = run;
    this.role = run.role;
    this.#parts = parts;
    this.roleSince = parts.world.now;
    this.#roles = new Lane(parts.world);
    this.#judge = run.config.health === undefined ? undefined : new HealthJudge(run.config.health);
  }

  /** What only one node may do at a time is done by it. */
  get isExclusive(): boolean {
    const { standby, awaitsRole } = this.run.config;
    return !standby || (awaitsRole === true && this.role === "holder");
  }

  /** No signal ends it now. */
  get isUnkillable(): boolean {
    return this.#parts.manners.has("unkillable");
  }

  begin(): void {
    const { manners, random, say } = this.#parts;
    say({ kind: "program-started", run: this.run.run, pid: this.run.run });
    const early = manners.get("ends-early");
    if (early !== undefined) this.#in(drawn(random, EARLY_END_MAX), () => this.exit(early.exit));
    if (this.run.config.ready.kind === "started") {
      this.#up();
      return;
    }
    const by = microseconds(manners.get("starts-late")?.by ?? 0);
    if (by > 0 && this.run.config.ready.kind === "notify") this.#sayExtending(by);
    this.#in(microseconds(by + drawn(random, START_TIME_MAX)), () => this.#up());
  }

  /** Its stop signal. */
  stop(): void {
    const { manners, random } = this.#parts;
    this.isAsked = true;
    if (manners.has("ignores-stop") || manners.has("unkillable")) return;
    const exit: ProgramExit = random.chance(0.5)
      ? { kind: "status", status: 0 }
      : { kind: "signal", signal: "SIGTERM" };
    this.#in(drawn(random, STOP_TIME_MAX), () => this.exit(exit));
  }

  /** SIGKILL to all of it. */
  kill(): void {
    this.isAsked = true;
    this.#isKilled = true;
    this.#in(drawn(this.#parts.random, KILL_TIME_MAX), () => this.#die());
  }

  /** Its main process ends; whoever watches it kills what it left. */
  exit(exit: ProgramExit): void {
    if (this.#hasExited || this.isGone) return;
    this.#exited(exit);
    this.kill();
  }

  /** It ends at once with its machine. */
  vanish(): void {
    this.isGone = true;
    this.#parts.changed("gone");
  }

  tellRole(role: ProgramRole): void {
    const { random, manners, say } = this.#parts;
    this.#roles.send(drawn(random, ROLE_TIME_MAX), () => {
      this.#in(microseconds(0), () => {
        if (this.#hasExited || manners.has("ignores-role")) return;
        const isRefused = manners.has("refuses-role");
        if (!isRefused) this.#act(role);
        say({ kind: "role-told", run: this.run.run, role, problem: isRefused ? "exit status 1" : undefined });
        if (!isRefused) this.#askWhetherCaughtUp();
      });
    });
  }

  /** It goes on by this configuration, by which it is the same process. */
  watchBy(config: ProgramConfig): void {
    const before = this.run.config;
    this.run = { ...this.run, config };
    if (!this.isAsked && JSON.stringify(before.health) !== JSON.stringify(config.health)) this.#checkBy(config.health);
    if (JSON.stringify(before.caughtUp) !== JSON.stringify(config.caughtUp)) this.#askAnewWhetherCaughtUp();
    // What was ready as soon as it had started was told by that alone.
    if (this.isReady && isReadyOnceStarted(before) && !isReadyOnceStarted(config)) this.#sayReady();
    if (this.isReady || this.#hasExited || (!this.#isUp && config.ready.kind !== "started")) return;
    this.#up();
    if (isReadyOnceStarted(config)) this.#sayReady();
  }

  /** It begins or ceases to misbehave. */
  mannersChanged(): void {
    if (this.#isUp && !this.isReady) this.#up();
    if (this.#isKilled && !this.isUnkillable) this.#die();
    this.#confess();
  }

  #act(role: ProgramRole): void {
    this.role = role;
    this.roleSince = this.#parts.world.now;
    this.#wasCaughtUp = undefined;
  }

  #up(): void {
    if (this.isReady) return;
    this.#isUp = true;
    const isAwaited = this.run.config.ready.kind !== "started";
    if (this.#hasExited || (isAwaited && this.#parts.manners.has("never-ready"))) return;
    this.isReady = true;
    if (!isReadyOnceStarted(this.run.config)) this.#sayReady();
    this.#parts.changed("ready");
    this.#confess();
    this.#askWhetherCaughtUp();
    this.#beginProbing();
  }

  #sayReady(): void {
    this.#parts.say({ kind: "program-ready", run: this.run.run });
  }

  #checkBy(health: HealthCheck | undefined): void {
    const verdict = this.#judge?.verdict;
    this.#checks += 1;
    this.#judge = health === undefined ? undefined : new HealthJudge(health, verdict);
    if (health !== undefined) this.#beginProbing();
    else if (verdict === "slow" || verdict === "failing")
      this.#parts.say({ kind: "program-judged", run: this.run.run, health: "healthy", problem: "" });
  }

  #beginProbing(): void {
    const { health } = this.run.config;
    const check = this.#checks;
    if (health === undefined || !this.isReady) return;
    this.#in(drawn(this.#parts.random, health.interval), () => this.#probe(health, check));
  }

  #probe(health: HealthCheck, check: number): void {
    if (this.#hasExited || check !== this.#checks) return;
    const answer = this.#answer(health);
    const verdict = this.#judge?.hear(answer);
    const problem = answer.problem ?? "it answers slowly";
    if (verdict !== undefined) this.#parts.say({ kind: "program-judged", run: this.run.run, health: verdict, problem });
    this.#in(health.interval, () => this.#probe(health, check));
  }

  /** For as long as it has this role. */
  #askAnewWhetherCaughtUp(): void {
    this.#questions += 1;
    this.#wasCaughtUp = undefined;
    if (this.isReady) this.#askWhetherCaughtUp();
  }

  #askWhetherCaughtUp(): void {
    const { caughtUp } = this.run.config;
    const since = this.roleSince;
    const questions = this.#questions;
    if (caughtUp === undefined || this.role === "holder") return;
    const ask = (): void => {
      if (this.#hasExited || this.roleSince !== since || this.#questions !== questions) return;
      const isCaughtUp = !this.#parts.manners.has("lags");
      const problem = isCaughtUp ? undefined : "it lags";
      if (isCaughtUp !== this.#wasCaughtUp) this.#parts.say({ kind: "program-caught-up", run: this.run.run, problem });
      this.#wasCaughtUp = isCaughtUp;
      this.#in(caughtUp.interval, ask);
    };
    this.#in(PROBE_TIME, ask);
  }

  #answer({ timeout, slow }: HealthCheck): ProbeAnswer {
    const { manners } = this.#parts;
    if (manners.has("does-not-answer")) return { problem: "no answer", took: timeout };
    if (manners.has("answers-late") && slow !== undefined) return { problem: undefined, took: timeout };
    return { problem: undefined, took: PROBE_TIME };
  }

  #confess(): void {
    const inTrouble = this.#parts.manners.has("confesses");
    if (!this.isReady || inTrouble === this.#hasConfessed) return;
    this.#hasConfessed = inTrouble;
    const saying = inTrouble ? ({ kind: "trouble", text: "it says so" } as const) : ({ kind: "well" } as const);
    this.#parts.say({ kind: "program-said", run: this.run.run, saying });
  }

  #sayExtending(by: Duration): void {
    this.#parts.say({ kind: "program-said", run: this.run.run, saying: { kind: "extending", by } });
  }

  #exited(exit: ProgramExit): void {
    this.#hasExited = true;
    this.isDone = !this.isAsked && exit.kind === "status" && this.run.config.restart.exits[exit.status] === "stop";
    this.#parts.changed("exited");
    this.isReady = false;
    this.#parts.say({ kind: "program-exited", run: this.run.run, exit });
  }

  #die(): void {
    if (this.isUnkillable) return;
    const { run } = this.run;
    if (!this.#hasExited) this.#exited({ kind: "signal", signal: "SIGKILL" });
    this.#parts.say({ kind: "program-gone", run });
    this.vanish();
  }

  #in(wait: Duration, happen: () => void): void {
    this.#parts.in(wait, () => {
      if (!this.isGone) happen();
    });
  }
}
