/*
 * One run of a resource that an OCF agent keeps: start, then monitor at an interval, promote and demote where the agent
 * knows roles, stop. One action at a time, each with the time that the agent itself asks for.
 */
import { isDeepStrictEqual } from "node:util";
import { describeError } from "../../base/locum-error.js";
import { type Duration, inMilliseconds, microseconds, milliseconds, seconds } from "../../base/time.js";
import { HealthJudge, type HealthLimits } from "../../core/supervision/health-judge.js";
import { durationText } from "../../model/duration-text.js";
import { exitText, ocfStatusText } from "../../model/exit-text.js";
import type { ProgramConfig, ProgramExit, ProgramRole, ProgramRun, ProgramSource } from "../../model/program.js";
import { canPromote, type OcfMetadata, parameterProblems } from "../../wire/ocf-metadata.js";
import {
  askMetadata,
  OCF_ROOT,
  OCF_STATUS,
  ocfAgentFile,
  type OcfCall,
  ocfEnvironment,
  type OcfInstance,
  ocfMeta,
  runningRole,
} from "../../os/node/ocf-agent.js";
import { commandProblem } from "../../os/node/program-process.js";
import { type HostedRun, type HostTools, RunEnd, locumEnvironment } from "./program-host-tools.js";
import type { HostOptions } from "./program-protocol.js";
import type { RecordedItem } from "./program-record.js";
import { type CommandEnd, Workplace } from "./program-workplace.js";

type OcfSource = Extract<ProgramSource, { readonly kind: "ocf" }>;
type ActionName = "start" | "stop" | "monitor" | "promote" | "demote";

/** For what an agent says nothing of. */
const ACTION_TIMEOUT: Duration = seconds(20);
const MONITOR_INTERVAL: Duration = seconds(10);
/** Of a failed monitor, unless the configuration says otherwise. */
const MONITOR_FAIL = 1;
const STOPPED_BEFORE = "it was to be stopped before it had started";
/** A resource that does not let go is asked again. */
const STOP_AGAIN: Duration = seconds(1);

/** After an action should have ended, until it is taken for one that is never heard of again. */
const ANSWER_MARGIN: Duration = seconds(5);

/** How an action ended. */
interface ActionEnd extends CommandEnd {
  readonly action: ActionName;
  /** That it had. */
  readonly timeout: Duration;
  /** All of the resource was killed meanwhile, as was ordered. */
  readonly wasKilled: boolean;
}

/** As an action answers that was well done. */
const NOTHING_TO_DO: CommandEnd = { exit: { kind: "status", status: OCF_STATUS.success }, isLate: false, words: "" };

export class OcfRun implements HostedRun {
  #start: ProgramRun;
  #instance: OcfInstance;
  readonly #tools: HostTools;
  #judge: HealthJudge;
  #workplace: Workplace | undefined;
  #metadata: OcfMetadata | undefined;
  /** Only one that runs on standbys too has a role to be told. */
  #isPromotable = false;
  #item: RecordedItem | undefined;
  /** Of its agent something has run: there may be something to stop. */
  #hasActed = false;
  /** Or may be: agents refuse to stop one that is. */
  #isPromoted = false;
  /** Counts the beginnings and ends of changes of role. */
  #turns = 0;
  /** That it was last told to take. */
  #role: ProgramRole | undefined;
  /** How often all of it was killed. */
  #kills = 0;
  #timer: NodeJS.Timeout | undefined;
  /** For the time of the next monitor. */
  #isWaiting = false;
  #state: "starting" | "running" | "ended" | "gone" = "starting";
  #isStopping = false;
  /** It is being stopped right now, or is stopped. */
  #isLettingGo = false;
  /** Each action waits for the one before. */
  #actions: Promise<unknown> = Promise.resolve();
  readonly #end = new RunEnd();

  constructor(start: ProgramRun, source: OcfSource, tools: HostTools) {
    const { config } = start;
    this.#start = start;
    this.#instance = ocfInstanceOf(start, source, tools.options);
    this.#tools = tools;
    this.#judge = new HealthJudge(limitsOf(config));
  }

  begin(): void {
    void this.#begin();
  }

  /** It runs although nobody here started it, and is to end. @param isPromoted as it was found */
  endFound(isPromoted: boolean): void {
    this.#isStopping = true;
    this.#isPromoted = isPromoted;
    this.#hasActed = true;
    this.#state = "running";
    // It ends, also where that can't be put on record.
    this.#actions = this.#getToKnow().catch(() => undefined);
    void this.#actions.then(() => this.#stop());
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    void this.#stop();
  }

  /** What an action, or the resource itself, has running is killed; then the agent is asked to tidy up. */
  kill(): void {
    this.#isStopping = true;
    this.#kills += 1;
    this.#workplace?.kill();
    void this.#stop();
  }

  tellRole(role: ProgramRole): void {
    void this.#tellRole(role);
  }

  watchBy(config: ProgramConfig): void {
    const hasOtherMonitor = !isDeepStrictEqual(config.monitor, this.#start.config.monitor);
    this.#start = { ...this.#start, config };
    if (!hasOtherMonitor) return;
    this.#judge = new HealthJudge(limitsOf(config), this.#judge.verdict);
    if (this.#isWaiting) this.#wait();
  }

  doorOpened(): void {}

  end(): Promise<void> {
    if (this.#state !== "gone") this.stop();
    return this.#end.reached;
  }

  /** Before it is asked for anything. */
  async #getToKnow(): Promise<void> {
    this.#metadata = await askMetadata(this.#instance);
    this.#putOnRecord();
  }

  async #begin(): Promise<void> {
    const problem = await this.#startResource().catch(describeError);
    // What is stopped before it has anything to stop is gone at once.
    if (this.#state === "gone") return;
    if (problem !== undefined) {
      this.#tools.say({ kind: "program-not-started", run: this.#start.run, problem });
      this.#isStopping = true;
      this.#state = "ended";
      await this.#stop();
      return;
    }
    this.#state = "running";
    this.#tools.say({ kind: "program-started", run: this.#start.run, pid: undefined });
    if (this.#isStopping) return;
    this.#tools.say({ kind: "program-ready", run: this.#start.run });
    this.#wait();
  }

  /** @returns why not. */
  async #startResource(): Promise<string | undefined> {
    const missing = commandProblem([ocfAgentFile(this.#instance)], undefined);
    if (missing !== undefined) return missing;
    this.#metadata = await askMetadata(this.#instance);
    if (this.#metadata === undefined) return `${ocfAgentFile(this.#instance)} does not say what it is (meta-data)`;
    const lacking = parameterProblems(this.#metadata, this.#instance.parameters).missing;
    if (lacking.length > 0) return `it needs the parameter ${lacking.join(", ")}`;
    if (this.#isStopping) return STOPPED_BEFORE;
    this.#makeWorkplace();
    this.#putOnRecord();
    const { config, role } = this.#start;
    const isHolder = this.#isPromotable && role === "holder";
    const actions: readonly ActionName[] = isHolder ? ["start", "promote"] : ["start"];
    if (config.ready.timeout === undefined) this.#sayItTakes(this.#isPromotable ? ["monitor", ...actions] : actions);
    if (this.#isPromotable && (await this.#isFoundPromoted())) {
      if (this.#isStopping) return STOPPED_BEFORE;
      // Agents refuse to start one that is promoted.
      return isHolder ? undefined : this.#take("standby");
    }
    const started = failure(await this.#act("start"));
    // Its stop may be next already: what comes after that is too late for it.
    return started !== undefined || !isHolder || this.#isStopping ? started : this.#take("holder");
  }

  /** Whether it runs, promoted, although nobody here has started it. */
  async #isFoundPromoted(): Promise<boolean> {
    const role = runningRole(statusOf(await this.#act("monitor", { isOnce: true })));
    if (role === "promoted") this.#isPromoted = true;
    return role === "promoted";
  }

  /** @throws when its group can't be made. */
  #makeWorkplace(): Workplace {
    const environment = locumEnvironment(this.#start, this.#tools.options);
    return (this.#workplace ??= new Workplace(this.#start, this.#tools, environment));
  }

  #putOnRecord(): void {
    const { service, config } = this.#start;
    this.#isPromotable = config.standby && this.#metadata !== undefined && canPromote(this.#metadata);
    const isPromotable = this.#isPromotable;
    this.#instance = { ...this.#instance, meta: ocfMeta(config, this.#tools.options.node, isPromotable) };
    this.#item = { kind: "ocf", instance: this.#instance, isPromotable, service, program: config.name };
    this.#tools.record.add(this.#item);
  }

  /** The agent knows how long that may take, and who waits for it does not. */
  #sayItTakes(actions: readonly ActionName[]): void {
    const sum = actions.reduce<number>((all, action) => all + this.#timeoutOf(action), ANSWER_MARGIN);
    const saying = { kind: "extending", by: microseconds(sum), isAdvised: true } as const;
    this.#tools.say({ kind: "program-said", run: this.#start.run, saying });
  }

  /** @returns why it did not take the role. */
  async #take(role: ProgramRole): Promise<string | undefined> {
    const action = role === "holder" ? "promote" : "demote";
    this.#turns += 1;
    this.#role = role;
    if (role === "holder") this.#isPromoted = true;
    const problem = failure(await this.#act(action));
    this.#turns += 1;
    // One that was told meanwhile to be promoted again is about to be.
    if (this.#role === "standby") this.#isPromoted = problem !== undefined;
    return problem;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#isWaiting = true;
    this.#timer = setTimeout(() => void this.#monitor(), inMilliseconds(this.#interval));
  }

  get #interval(): Duration {
    const advised = this.#metadata?.actions.find(({ name, interval }) => name === "monitor" && (interval ?? 0) > 0);
    return this.#start.config.monitor?.interval ?? advised?.interval ?? MONITOR_INTERVAL;
  }

  async #monitor(): Promise<void> {
    this.#isWaiting = false;
    const begun = performance.now();
    const turns = this.#turns;
    const end = await this.#act("monitor");
    if (this.#isStopping || this.#state !== "running") return;
    if (statusOf(end) === OCF_STATUS.notRunning) {
      this.#ended();
      return;
    }
    const problem = this.#problemIn(end, turns === this.#turns);
    const health = this.#judge.hear({ problem, took: milliseconds(performance.now() - begun) });
    if (health !== undefined) {
      this.#tools.say({ kind: "program-judged", run: this.#start.run, health, problem: problem ?? "" });
    }
    this.#wait();
  }

  /** @param hasRole whether it had one role all the while: a change of role may be before or after the answer. */
  #problemIn(end: ActionEnd, hasRole: boolean): string | undefined {
    const role = end.isLate ? undefined : runningRole(statusOf(end));
    if (role === undefined) return failure(end) ?? "monitor failed";
    const isPromoted = role === "promoted";
    if (!this.#isPromotable || !hasRole || isPromoted === this.#isPromoted) return undefined;
    return isPromoted ? "it is promoted, and was not to be" : "it was promoted, and is so no more";
  }

  #ended(exit: ProgramExit = { kind: "not-running" }): void {
    if (this.#state !== "running") return;
    this.#state = "ended";
    this.#tools.say({ kind: "program-exited", run: this.#start.run, exit });
    this.#isStopping = true;
    void this.#stop();
  }

  /**
   * Until the agent says that it has let go: a resource may be more than processes. Never twice at a time: the second would
   * come after the end, when another run may have the resource.
   */
  async #stop(): Promise<void> {
    if (this.#isLettingGo) return;
    this.#isLettingGo = true;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    // A monitor may be under way.
    if (this.#hasActed && this.#start.config.stop.isUsual === true)
      this.#sayItTakes(this.#isPromoted ? ["monitor", "demote", "stop"] : ["monitor", "stop"]);
    if (this.#isPromoted) await this.#take("standby");
    const problem = failure(await this.#act("stop"));
    if (problem !== undefined) {
      this.#isLettingGo = false;
      this.#sayStatus(`${problem}; it is tried again ${inMilliseconds(STOP_AGAIN) / 1_000} s after each answer`);
      this.#timer = setTimeout(() => void this.#stop(), inMilliseconds(STOP_AGAIN));
      return;
    }
    if (this.#state === "running") {
      this.#state = "ended";
      this.#tools.say({ kind: "program-exited", run: this.#start.run, exit: { kind: "status", status: 0 } });
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#workplace === undefined) {
      this.#gone();
      return;
    }
    this.#workplace.keepKilling((text) => this.#sayStatus(text));
    this.#workplace.whenEmpty(() => this.#gone());
  }

  #sayStatus(text: string): void {
    this.#tools.say({ kind: "program-said", run: this.#start.run, saying: { kind: "status", text } });
  }

  #gone(): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    if (this.#item !== undefined) this.#tools.record.remove(this.#item);
    void this.#workplace?.close();
    this.#tools.say({ kind: "program-gone", run: this.#start.run });
    this.#end.reach();
  }

  async #tellRole(role: ProgramRole): Promise<void> {
    if (this.#isStopping) return;
    // Whoever waits counts from now, and a monitor may be under way.
    if (this.#isPromotable) this.#sayItTakes(["monitor", role === "holder" ? "promote" : "demote"]);
    const problem = this.#isPromotable ? await this.#take(role) : undefined;
    if (this.#state !== "gone") this.#tools.say({ kind: "role-told", run: this.#start.run, role, problem });
  }

  /** @param isOnce a monitor that does not come again and again */
  #act(action: ActionName, { isOnce = action !== "monitor" } = {}): Promise<ActionEnd> {
    const act = this.#actions.then(async () => {
      const timeout = this.#timeoutOf(action);
      const kills = this.#kills;
      const call: OcfCall = { name: action, timeout, ...(isOnce ? {} : { interval: this.#interval }) };
      const end = action === "stop" && !this.#hasActed ? NOTHING_TO_DO : await this.#ask(call);
      return { ...end, action, timeout, wasKilled: kills !== this.#kills };
    });
    this.#actions = act;
    return act;
  }

  async #ask(call: OcfCall): Promise<CommandEnd> {
    const command = [ocfAgentFile(this.#instance), call.name];
    const end = await this.#runToEnd(command, call.timeout, ocfEnvironment(this.#instance, call));
    if (end.exit.kind !== "not-running") this.#hasActed = true;
    return end;
  }

  /** Never rejects. */
  async #runToEnd(...[command, timeout, environment]: Parameters<Workplace["runToEnd"]>): Promise<CommandEnd> {
    try {
      return await this.#makeWorkplace().runToEnd(command, timeout, environment);
    } catch (error) {
      return { exit: { kind: "not-running" }, isLate: false, words: describeError(error) };
    }
  }

  /** As the file says, or else as its author. */
  #timeoutOf(action: ActionName): Duration {
    const { ready, roleTimeout, monitor } = this.#start.config;
    const inRole = { promote: roleTimeout, demote: roleTimeout };
    const given = { start: ready.timeout, stop: undefined, monitor: monitor?.timeout, ...inRole }[action];
    return given ?? ocfActionTimeout(this.#metadata, action);
  }
}

const limitsOf = ({ monitor }: ProgramConfig): HealthLimits => ({
  fail: monitor?.fail ?? MONITOR_FAIL,
  slow: monitor?.slow,
});

/** The resource of a program, as its agent knows it. */
export const ocfInstanceOf = (
  { service, config }: Pick<ProgramRun, "service" | "config">,
  { provider, type, parameters }: OcfSource,
  { ocfRoot = OCF_ROOT }: Pick<HostOptions, "ocfRoot">,
): OcfInstance => ({ root: ocfRoot, provider, type, parameters, name: `${service}-${config.name}` });

/** What the author of an agent advises, but at least what is usual. */
export function ocfActionTimeout(metadata: OcfMetadata | undefined, action: string): Duration {
  const advised = metadata?.actions.find(({ name }) => name === action)?.timeout ?? ACTION_TIMEOUT;
  return advised > ACTION_TIMEOUT ? advised : ACTION_TIMEOUT;
}

const statusOf = ({ exit }: CommandEnd): number | undefined => (exit.kind === "status" ? exit.status : undefined);

/** Why an action failed; undefined: it did not. */
function failure(end: ActionEnd): string | undefined {
  const { action, exit, words } = end;
  if (statusOf(end) === OCF_STATUS.success) return undefined;
  if (end.isLate) return `${action} took longer than ${durationText(end.timeout)} and was ended`;
  if (exit.kind === "not-running") return `${action} could not be run: ${words}`;
  if (exit.kind === "status") return `${action} answers with ${ocfStatusText(exit.status)} ${words}`.trimEnd();
  if (end.wasKilled) return `${action} was ended: the resource has no more time to end`;
  return `${action} was ${exitText(exit)} ${words}`.trimEnd();
}
