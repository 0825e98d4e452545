/**
 * The life of one program of a service on this machine.
 *
 *     stopped ──start──▶ starting ──────ready──────▶ ready ◀──▶ in trouble
 *        ▲                  │ ended, too late            │ ended, in trouble, not wanted
 *        │ not wanted       ▼                            ▼
 *        ├─────────────── ending: stopping ─▶ killing ─▶ stuck   (after the stop timeout, and a while)
 *        │                  │ nothing of it is left
 *        │ wanted again     ▼
 *        └── waiting (delay before a restart) · failed (another node, or much later) · ended (for good)
 *
 * Whatever way a run ends, the next one begins only when nothing of it is left: two runs of one program would fight for
 * its files and ports. Each run has a number; words about an earlier one are late and change nothing.
 *
 * It does not know why it is wanted, nor what else must run before it (service-programs.ts); what is known of it at any
 * moment is in program-standing.ts.
 */
import { type Instant, after, between, latest } from "../../base/time.js";
import {
  isReadyOnceStarted,
  type KeptRun,
  PROGRAM_WORDS_MAX,
  type ProgramConfig,
  type ProgramExit,
  type ProgramInput,
  type ProgramPlan,
  type ProgramRole,
  type ProgramSaying,
} from "../../model/program.js";
import { needsOf, processOf } from "../../model/program-parts.js";
import type { ProgramNext, StopCause } from "../../model/program-note.js";
import type { Effects } from "../effects.js";
import {
  actionOn,
  ago,
  keepPlan,
  keptRun,
  lifeOf,
  orderEnd,
  newRun,
  noticingTime,
  oweRole,
  planAnew,
  type Run,
  startOf,
  startTimeout,
  takeFinding,
  verdictOn,
  watchBy,
} from "./program-run.js";
import { moreTime } from "./more-time.js";
import { ProgramStanding } from "./program-standing.js";
import { type EndPhase, endPhase, failureBy, keptState, stateAfter } from "./program-state.js";

type HostLost = Extract<ProgramInput, { readonly kind: "program-host-lost" }>;
type RoleTold = Extract<ProgramInput, { readonly kind: "role-told" }>;

export class Program extends ProgramStanding {
  // --- orders ----------------------------------------------------------------------------------------------------

  start(now: Instant, role: ProgramRole, effects: Effects): void {
    const run = newRun(effects.nextRun(), this.config, role, now);
    this.words = undefined;
    this.probe.settle();
    this.enter(now, { kind: "starting", run, due: after(now, startTimeout(run.config)) });
    this.note(effects, { code: "program.starting", role });
    effects.push({ kind: "start-program", start: startOf(run, this.service) });
  }

  /** Asks whether it runs, where that is open and nothing of it was started here. @param isOurs whether this node may run it */
  askWhetherItRuns(now: Instant, isOurs: boolean, effects: Effects): void {
    if (!this.isGone) return;
    if (isOurs) this.probe.ask(now, this.config, effects);
    else this.probe.renew(this.config);
  }

  /** What was found of it must not run here. @param mayEnd and is to be ended now */
  judgeStray(now: Instant, mayEnd: boolean, effects: Effects): void {
    const isPromoted = this.isGone ? this.probe.judge(effects) : undefined;
    if (isPromoted === undefined || !mayEnd) return;
    const run = newRun(effects.nextRun(), this.probe.config, "standby", now);
    this.lastExit = undefined;
    this.note(effects, { code: "program.stopping", why: "stray", next: { kind: "nothing" } });
    effects.push({ kind: "end-stray", start: startOf(run, this.service), isPromoted });
    this.#enterEnding(now, run, endPhase("stopping", now, this.config), { kind: "nothing" });
  }

  /** Asks it to end; it stays down until it is started again. */
  stop(now: Instant, effects: Effects): void {
    this.#end(now, "not-wanted", { kind: "nothing" }, effects);
  }

  /** Ends it and lets it begin anew, beside all counting. Those that come after it have ended. */
  restart(now: Instant, why: "order" | "changed", effects: Effects): void {
    if (why === "order") this.forgive(now);
    this.isToBeginAnew = this.run !== undefined;
    this.#end(now, why, { kind: "start-again" }, effects);
  }

  /** It is to be restarted by order in its turn, if by the next agent. */
  planRestart(effects: Effects): void {
    if (this.run !== undefined && this.current.kind !== "ending") planAnew(this.run, effects);
  }

  /** Another node has begun, or the guard has killed it: whatever is left of it here ends now. */
  kill(now: Instant, by: "rival" | "guard", effects: Effects): void {
    const run = this.run;
    if (run === undefined) return this.stop(now, effects);
    this.note(effects, { code: "program.killed-at-once", by });
    this.#kill(now, run, { kind: "nothing" }, effects);
  }

  /** What starts as the holder's may take long and write meanwhile: whoever holds the service next shall not wait for it. */
  endsAs(role: ProgramRole): boolean {
    return this.current.kind === "starting" && this.role === "holder" && role === "standby";
  }

  tellRole(now: Instant, role: ProgramRole, effects: Effects): void {
    const state = this.current;
    if (this.endsAs(role)) return this.#end(now, "not-wanted", { kind: "start-again" }, effects);
    // What is still starting could not act on it: it is told as soon as it is ready.
    if (state.kind !== "ready" || (state.run.role === role && !state.run.isUntold)) return;
    state.run.isUntold = false;
    oweRole(state.run, role, now);
    effects.push({ kind: "tell-role", run: state.run.number, role });
  }

  /** Whatever it waited for after it ended is over. */
  retry(now: Instant): void {
    if (this.current.kind === "failed" || this.current.kind === "waiting") this.enter(now, { kind: "stopped" });
  }

  /** It is wanted anew: what became of it before does not count. */
  renew(now: Instant): void {
    this.retry(now);
    this.failure = undefined;
    if (this.current.kind === "ended") this.enter(now, { kind: "stopped" });
    if (this.current.kind === "stopped") this.problem = undefined;
  }

  /** Goes on with another configuration. @returns whether a run in hand is not by it, and has to begin anew */
  reconfigure(now: Instant, config: ProgramConfig, effects: Effects): boolean {
    const isOther = processOf(config) !== processOf(this.config);
    this.config = config;
    if (isOther && this.isGone) this.probe.renew(config);
    this.policy.config = config.restart;
    if (isOther) this.lastExit = undefined;
    if (isOther) this.forgive(now);
    else {
      this.#goOnBy(config, effects);
      this.#reconsiderTrouble(now, effects);
    }
    return isOther && this.run !== undefined;
  }

  /** What ends is watched no more. */
  #goOnBy(config: ProgramConfig, effects: Effects): void {
    const { current } = this;
    if (current.kind !== "starting" && current.kind !== "ready") return;
    watchBy(current.run, config, effects);
    if (current.kind === "starting")
      this.current = { ...current, due: latest(current.due, after(current.run.startedAt, startTimeout(config))) };
  }

  /** Whether it would end, or do anew, what is well now, where something of it is not on this machine. */
  isUndoneBy(config: ProgramConfig): boolean {
    const isWell = this.current.kind === "ready" || this.isDone;
    return isWell && needsOf(config) !== needsOf(this.config);
  }

  /** What failed may be tried again at once. */
  forgive(now: Instant): void {
    this.policy.forgive();
    this.renew(now);
  }

  /** Goes on with a run that outlived the agent before. @returns whether it is another than the file wants, and has to begin anew */
  adopt(now: Instant, kept: KeptRun, effects: Effects): boolean {
    const { start, age, role, ending, plan, facts } = kept;
    const isOther = processOf(start.config) !== processOf(this.config);
    const run = keptRun(now, kept);
    // Its end is told below, and is all that there is to tell.
    if (run.endedAt === undefined || ending !== undefined)
      this.note(effects, { code: "program.kept", role, ranFor: age });
    this.probe.settle();
    this.enter(now, keptState(now, run, ending, this.config));
    this.since = run.readySince ?? run.startedAt;
    for (const fact of facts) {
      // It comes last.
      if (fact.kind === "program-gone") this.#goOnWith(plan);
      this.take(now, fact, effects);
    }
    this.#goOnWith(plan);
    if (isOther) this.forgive(now);
    else this.#goOnBy(this.config, effects);
    return isOther && this.run !== undefined;
  }

  /** What the agent before had decided follows from the end that is under way. */
  #goOnWith(plan: ProgramPlan | undefined): void {
    if (plan === undefined || this.current.kind !== "ending") return;
    this.problem = plan.problem;
    this.failure = failureBy(plan.next, this.problem) ?? this.failure;
    this.current = { ...this.current, next: plan.next };
  }

  /** How its last run ended, of which the agent before heard: what follows from that is not to be lost with it. */
  recall(now: Instant, { start, readyFor, facts }: KeptRun): void {
    const exit = facts.flatMap((fact) => (fact.kind === "program-exited" ? [fact.exit] : [])).at(-1);
    if (exit === undefined || processOf(start.config) !== processOf(this.config)) return;
    const next = this.policy.ended(now, exit, readyFor === undefined ? undefined : ago(now, readyFor));
    this.lastExit = exit;
    this.problem = this.policy.problemOf(exit, readyFor !== undefined);
    this.failure = failureBy(next, this.problem) ?? this.failure;
    this.enter(now, stateAfter(now, next, this.policy.lonelyDelay));
  }

  // --- facts -----------------------------------------------------------------------------------------------------

  /** Takes a fact about its present run in; false when it is about another one. */
  take(now: Instant, input: ProgramInput, effects: Effects): boolean {
    const run = this.run;
    if (input.kind === "no-programs-left") return false;
    if (input.kind === "program-probed") return this.probe.take(now, input, effects);
    if (input.kind === "program-host-lost") return this.#hostLost(now, input, effects);
    if (run?.number !== input.run) return false;
    switch (input.kind) {
      case "program-started":
        if (isReadyOnceStarted(run.config)) this.#ready(now, run, effects);
        break;
      case "program-not-started":
        this.#notStarted(now, run, input.problem, effects);
        break;
      case "program-ready":
        this.#ready(now, run, effects);
        break;
      case "program-said":
        this.#said(now, run, input.saying, effects);
        break;
      case "program-judged":
      case "program-caught-up":
        takeFinding(run, input);
        this.#weigh(now, run, effects);
        break;
      case "program-exited":
        this.#exited(now, run, input.exit, effects);
        break;
      case "program-gone":
        this.#gone(now, run, effects);
        break;
      case "role-told":
        this.#roleTold(now, run, input, effects);
        break;
    }
    return true;
  }

  /** Time passed. */
  tick(now: Instant, effects: Effects): void {
    const state = this.current;
    if (state.kind === "starting" && state.due <= now) this.#late(now, state.run, effects);
    if (state.kind === "ready" && state.run.roleDue !== undefined && state.run.roleDue <= now) {
      this.#roleRefused(now, state.run, "it did not answer in time", effects);
    }
    if (state.kind === "ending" && state.phase.kind !== "stuck" && state.phase.due <= now) this.#escalate(now, effects);
  }

  #ready(now: Instant, run: Run, effects: Effects): void {
    // It says so again when it has reloaded.
    if (this.current.kind === "ready") this.words = undefined;
    if (this.current.kind !== "starting") return;
    run.readySince = now;
    this.isToBeginAnew = false;
    this.problem = undefined;
    this.failure = undefined;
    this.enter(now, { kind: "ready", run, condition: "healthy" });
    this.note(effects, { code: "program.ready", took: between(run.startedAt, now) });
    // It may have said already that it is in trouble.
    this.#weigh(now, run, effects);
  }

  #notStarted(now: Instant, run: Run, problem: string, effects: Effects): void {
    if (this.current.kind === "ending") return;
    this.problem = problem.slice(0, PROGRAM_WORDS_MAX);
    this.lastExit = undefined;
    const next = this.policy.unusable(now);
    this.note(effects, { code: "program.not-started", problem, next });
    this.#clear(now, run, next, effects);
  }

  #late(now: Instant, run: Run, effects: Effects): void {
    this.problem = "it did not become ready in time";
    const next = this.policy.troubled(now, undefined, "restart");
    this.note(effects, { code: "program.late", waited: between(run.startedAt, now), next });
    this.#stopWith(now, run, next, effects);
  }

  #exited(now: Instant, run: Run, exit: ProgramExit, effects: Effects): void {
    const state = this.current;
    if (state.kind === "ending") {
      // Its children have nobody to wait for now.
      if (state.phase.kind === "stopping") this.#kill(now, run, state.next, effects);
      return;
    }
    const next = this.policy.ended(now, exit, run.readySince);
    this.lastExit = exit;
    this.problem = this.policy.problemOf(exit, run.readySince !== undefined);
    const done = this.problem === undefined ? { isDone: true as const } : {};
    this.note(effects, { code: "program.exited", exit, next, ...lifeOf(run, now), ...done });
    this.#clear(now, run, next, effects);
  }

  #said(now: Instant, run: Run, saying: ProgramSaying, effects: Effects): void {
    if (saying.kind === "trouble" || saying.kind === "well") {
      run.confessed = saying.kind === "trouble" ? { condition: "unwell", problem: saying.text } : undefined;
      this.#weigh(now, run, effects);
    } else if (saying.kind === "extending") {
      const more = moreTime(now, this.current, this.config, saying);
      this.current = more.state;
      this.words = more.words ?? this.words;
    } else this.words = saying.kind === "status" ? saying.text.slice(0, PROGRAM_WORDS_MAX) : `it is ${saying.kind}`;
  }

  #weigh(now: Instant, run: Run, effects: Effects): void {
    const state = this.current;
    const { condition, problem } = verdictOn(run);
    if (state.kind !== "ready" || state.condition === condition) return;
    if (state.condition === "healthy") this.policy.discount(noticingTime(run, between(this.since, now)));
    this.problem = condition === "healthy" ? undefined : problem.slice(0, PROGRAM_WORDS_MAX);
    this.enter(now, { ...state, condition });
    if (condition === "healthy") this.note(effects, { code: "program.recovered" });
    else this.#troubled(now, run, effects);
  }

  #troubled(now: Instant, run: Run, effects: Effects): void {
    const { problem } = verdictOn(run);
    const action = actionOn(run, this.config, this.policy.isAlone);
    if (action === "nothing") {
      this.note(effects, { code: "program.troubled", problem, next: { kind: "nothing" } });
    } else {
      const next = this.policy.troubled(now, run.readySince, action);
      this.note(effects, { code: "program.troubled", problem, next });
      this.#stopWith(now, run, next, effects);
    }
  }

  /** It is in trouble already, of which nothing was to be made before. */
  #reconsiderTrouble(now: Instant, effects: Effects): void {
    const state = this.current;
    if (state.kind !== "ready" || state.condition === "healthy") return;
    if (actionOn(state.run, this.config, this.policy.isAlone) !== "nothing") this.#troubled(now, state.run, effects);
  }

  /** Whether no other node could take the service. */
  setAlone(now: Instant, isAlone: boolean, effects: Effects): void {
    if (this.policy.isAlone === isAlone) return;
    this.policy.isAlone = isAlone;
    if (!isAlone) this.#reconsiderTrouble(now, effects);
  }

  #roleTold(now: Instant, run: Run, { role, problem }: RoleTold, effects: Effects): void {
    if (run.role !== role || run.roleDue === undefined) return;
    if (problem !== undefined) return this.#roleRefused(now, run, problem, effects);
    run.roleDue = undefined;
    this.note(effects, { code: "program.role-told", role });
  }

  /** A program that does not know what it is for must not go on: its next run begins with the right role. */
  #roleRefused(now: Instant, run: Run, problem: string, effects: Effects): void {
    if (this.current.kind === "ending") return;
    this.problem = problem.slice(0, PROGRAM_WORDS_MAX);
    const next = this.policy.refused(now, run);
    this.note(effects, { code: "program.role-refused", role: run.role, problem, next });
    // One that ends rather than stand by does what it is made for: how it last ended by itself is told as before.
    if (next.kind === "start-again") this.#askToEnd(now, run, next, effects);
    else this.#stopWith(now, run, next, effects);
  }

  #hostLost(now: Instant, { left, until = Infinity, ago }: HostLost, effects: Effects): boolean {
    const run = this.run;
    const remains = left.find(({ service, program }) => service === this.service && program === this.name);
    if (run === undefined) this.probe.renew(this.config);
    if (remains === undefined && (run === undefined || run.number > until)) return false;
    // The next host tells again what is left of what the lost one was told to have left.
    const isToldAgain = run !== undefined && run.number < 0;
    if (isToldAgain && remains === undefined) {
      this.#gone(now, run, effects);
      return true;
    }
    if (this.current.kind !== "ending") [this.lastExit, this.problem] = [undefined, undefined];
    const next = this.current.kind === "ending" ? this.current.next : this.policy.lost(now, run);
    const when = ago === undefined ? {} : { ago };
    const code = remains === undefined ? "program.host-lost" : "program.left";
    if (!isToldAgain) this.note(effects, { code, next, ...when });
    if (remains === undefined) {
      this.failure = failureBy(next, this.problem) ?? this.failure;
      this.enter(now, stateAfter(now, next, this.policy.lonelyDelay));
    } else {
      // What is not proved to be gone counts as running: it is ended like any run, and as one of the holder's.
      this.#kill(now, newRun(remains.run, this.config, "holder", now), next, effects);
    }
    return true;
  }

  #gone(now: Instant, run: Run, effects: Effects): void {
    const state = this.current;
    // A run of which nothing is left has ended, whatever else was not heard of it.
    if (state.kind !== "ending") this.#exited(now, run, { kind: "not-running" }, effects);
    if (this.current.kind !== "ending") return;
    const { next, begun } = this.current;
    if (next.kind === "nothing" || next.kind === "start-again") {
      this.note(effects, { code: "program.stopped", took: between(begun, now) });
    }
    this.probe.runEnded(run.config, this.config);
    this.enter(now, stateAfter(now, next, this.policy.lonelyDelay));
  }

  // --- ending ----------------------------------------------------------------------------------------------------

  #end(now: Instant, why: StopCause, next: ProgramNext, effects: Effects): void {
    const state = this.current;
    if (state.kind === "ending") {
      keepPlan(state.run, next, this.problem, effects);
      this.current = { ...state, next };
      return;
    }
    const run = this.run;
    if (run === undefined) {
      if (state.kind === "waiting" || next.kind === "start-again") this.enter(now, { kind: "stopped" });
      return;
    }
    this.problem = undefined;
    this.note(effects, { code: "program.stopping", why, next });
    this.#stopWith(now, run, next, effects);
  }

  /** How an earlier run ended by itself is not why this one ends. */
  #stopWith(now: Instant, run: Run, next: ProgramNext, effects: Effects): void {
    this.lastExit = undefined;
    this.#askToEnd(now, run, next, effects);
  }

  /** What is left of one that has ended is killed. A resource is let go by its agent, which would only begin that anew. */
  #clear(now: Instant, run: Run, next: ProgramNext, effects: Effects): void {
    if (run.config.source.kind === "ocf") this.#askToEnd(now, run, next, effects);
    else this.#kill(now, run, next, effects);
  }

  #askToEnd(now: Instant, run: Run, next: ProgramNext, effects: Effects): void {
    orderEnd("stop-program", run, { next, problem: this.problem }, effects);
    this.#enterEnding(now, run, endPhase("stopping", now, this.config), next);
  }

  /** What SIGKILL did nothing to stays stuck when it is sent again: others begin elsewhere when they hear otherwise. */
  #kill(now: Instant, run: Run, next: ProgramNext, effects: Effects): void {
    orderEnd("kill-program", run, { next, problem: this.problem }, effects);
    // From here on the host has the word, of what does not end.
    this.words = undefined;
    const phase = this.state === "stuck" ? ({ kind: "stuck" } as const) : endPhase("killing", now, this.config);
    this.#enterEnding(now, run, phase, next);
  }

  #enterEnding(now: Instant, run: Run, phase: EndPhase, next: ProgramNext): void {
    this.failure = failureBy(next, this.problem) ?? this.failure;
    const begun = this.current.kind === "ending" ? this.current.begun : now;
    this.enter(now, { kind: "ending", run, begun, phase, next });
  }

  #escalate(now: Instant, effects: Effects): void {
    if (this.current.kind !== "ending" || this.current.phase.kind === "stuck") return;
    const { run, phase, next } = this.current;
    const waited = between(phase.since, now);
    if (phase.kind === "stopping") {
      this.note(effects, { code: "program.killed", waited });
      this.#kill(now, run, next, effects);
    } else {
      const said = this.words === undefined ? {} : { problem: this.words };
      this.note(effects, { code: "program.stuck", waited, ...said });
      effects.push({ kind: "kill-program", run: run.number });
      this.#enterEnding(now, run, { kind: "stuck" }, next);
    }
  }
}
