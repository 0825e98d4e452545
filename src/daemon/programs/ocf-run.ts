/*
 * One run of a resource that an OCF agent keeps: start, then monitor at an interval, promote and demote where the agent
 * knows roles, stop. One action at a time, each with the time that the agent itself asks for.
 */
import { type Duration, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import { HealthJudge } from "../../core/supervision/health-judge.js";
import { ocfStatusText } from "../../model/exit-text.js";
import type { ProgramExit, ProgramRole, ProgramRun, ProgramSource } from "../../model/program.js";
import { canPromote, type OcfMetadata, parameterProblems } from "../../wire/ocf-metadata.js";
import {
  askMetadata,
  isRunningStatus,
  OCF_ROOT,
  OCF_STATUS,
  ocfAgentFile,
  ocfEnvironment,
  type OcfInstance,
} from "../../os/node/ocf-agent.js";
import { commandProblem } from "../../os/node/program-process.js";
import { type HostedRun, type HostTools, RunEnd, locumEnvironment } from "./program-host-tools.js";
import type { RecordedItem } from "./program-record.js";
import { type CommandEnd, Workplace } from "./program-workplace.js";

type OcfSource = Extract<ProgramSource, { readonly kind: "ocf" }>;
type ActionName = "start" | "stop" | "monitor" | "promote" | "demote" | "validate-all";

/** For what an agent says nothing of. */
const ACTION_TIMEOUT: Duration = seconds(20);
const MONITOR_INTERVAL: Duration = seconds(10);
/** Of a failed monitor, without a health check in the configuration. */
const MONITOR_FAIL = 1;
/** A resource that does not let go is asked again. */
const STOP_AGAIN: Duration = seconds(1);

export const ocfInstance = (
  start: ProgramRun,
  { provider, type, parameters }: OcfSource,
  root: string,
): OcfInstance => ({
  root,
  provider,
  type,
  parameters,
  name: `${start.service}-${start.config.name}`,
});

export class OcfRun implements HostedRun {
  readonly #start: ProgramRun;
  readonly #instance: OcfInstance;
  readonly #tools: HostTools;
  readonly #judge: HealthJudge;
  #workplace: Workplace | undefined;
  #metadata: OcfMetadata | undefined;
  #item: RecordedItem | undefined;
  /** Or may be: agents refuse to stop one that is. */
  #isPromoted = false;
  #timer: NodeJS.Timeout | undefined;
  #state: "starting" | "running" | "ended" | "gone" = "starting";
  #isStopping = false;
  /** Each action waits for the one before. */
  #actions: Promise<unknown> = Promise.resolve();
  readonly #end = new RunEnd();

  constructor(start: ProgramRun, source: OcfSource, tools: HostTools) {
    this.#start = start;
    this.#instance = ocfInstance(start, source, tools.options.ocfRoot ?? OCF_ROOT);
    this.#tools = tools;
    const { health } = start.config;
    this.#judge = new HealthJudge({ fail: health?.fail ?? MONITOR_FAIL, slow: health?.slow });
  }

  begin(): void {
    void this.#begin();
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#timer);
    void this.#stop();
  }

  /** What an action, or the resource itself, has running is killed; then the agent is asked to tidy up. */
  kill(): void {
    const isStopping = this.#isStopping;
    this.#isStopping = true;
    clearTimeout(this.#timer);
    this.#workplace?.group.kill();
    if (!isStopping || this.#state === "ended") void this.#stop();
  }

  tellRole(role: ProgramRole): void {
    void this.#tellRole(role);
  }

  doorOpened(): void {}

  end(): Promise<void> {
    if (this.#state !== "gone") this.stop();
    return this.#end.reached;
  }

  async #begin(): Promise<void> {
    const problem = await this.#startResource();
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
    if (this.#isStopping) return "it was to be stopped before it had started";
    this.#workplace = new Workplace(this.#start, this.#tools, locumEnvironment(this.#start, this.#tools.options));
    const isPromotable = canPromote(this.#metadata);
    this.#putOnRecord(isPromotable);
    const started = failure("start", await this.#act("start"));
    return started === undefined && isPromotable && this.#start.role === "holder" ? this.#take("holder") : started;
  }

  #putOnRecord(isPromotable: boolean): void {
    const { service, config } = this.#start;
    this.#item = { kind: "ocf", instance: this.#instance, isPromotable, service, program: config.name };
    this.#tools.record.add(this.#item);
  }

  /** @returns why it did not take the role. */
  async #take(role: ProgramRole): Promise<string | undefined> {
    const action = role === "holder" ? "promote" : "demote";
    if (role === "holder") this.#isPromoted = true;
    const problem = failure(action, await this.#act(action));
    if (role === "standby") this.#isPromoted = problem !== undefined;
    return problem;
  }

  #wait(): void {
    const { health } = this.#start.config;
    const advised = this.#metadata?.actions.find(({ name, interval }) => name === "monitor" && (interval ?? 0) > 0);
    const interval = health?.interval ?? advised?.interval ?? MONITOR_INTERVAL;
    this.#timer = setTimeout(() => void this.#monitor(), inMilliseconds(interval));
  }

  async #monitor(): Promise<void> {
    const begun = performance.now();
    const end = await this.#act("monitor", this.#start.config.health?.timeout);
    if (this.#isStopping || this.#state !== "running") return;
    if (statusOf(end) === OCF_STATUS.notRunning) {
      this.#ended();
      return;
    }
    const isGood = !end.isLate && isRunningStatus(statusOf(end) ?? -1);
    const problem = isGood ? undefined : (failure("monitor", end) ?? "monitor failed");
    const health = this.#judge.hear({ problem, took: milliseconds(performance.now() - begun) });
    if (health !== undefined) {
      this.#tools.say({ kind: "program-judged", run: this.#start.run, health, problem: problem ?? "" });
    }
    this.#wait();
  }

  #ended(exit: ProgramExit = { kind: "not-running" }): void {
    if (this.#state !== "running") return;
    this.#state = "ended";
    clearTimeout(this.#timer);
    this.#tools.say({ kind: "program-exited", run: this.#start.run, exit });
    this.#isStopping = true;
    void this.#stop();
  }

  /** Until the agent says that it has let go: a resource may be more than processes. */
  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isPromoted) await this.#take("standby");
    const end = this.#workplace === undefined ? undefined : await this.#act("stop");
    const problem = end === undefined ? undefined : failure("stop", end);
    if (problem !== undefined && this.#state !== "gone") {
      this.#tools.say({ kind: "program-said", run: this.#start.run, saying: { kind: "status", text: problem } });
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
    this.#workplace.group.kill();
    this.#workplace.group.whenEmpty(() => this.#gone());
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
    const knowsRoles = this.#metadata !== undefined && canPromote(this.#metadata);
    const problem = knowsRoles ? await this.#take(role) : undefined;
    if (this.#state !== "gone") this.#tools.say({ kind: "role-told", run: this.#start.run, role, problem });
  }

  #act(action: ActionName, timeout: Duration = this.#timeoutOf(action)): Promise<CommandEnd> {
    const act = this.#actions.then(async () => {
      const command = [ocfAgentFile(this.#instance), action];
      const end = await this.#workplace?.runToEnd(command, timeout, ocfEnvironment(this.#instance, timeout));
      return end ?? { exit: { kind: "not-running" } as const, isLate: false, words: "" };
    });
    this.#actions = act;
    return act;
  }

  /** At least what its author advises, and at least what is usual. */
  #timeoutOf(action: ActionName): Duration {
    const advised = this.#metadata?.actions.find(({ name }) => name === action)?.timeout ?? ACTION_TIMEOUT;
    return advised > ACTION_TIMEOUT ? advised : ACTION_TIMEOUT;
  }
}

const statusOf = ({ exit }: CommandEnd): number | undefined => (exit.kind === "status" ? exit.status : undefined);

/** Why an action failed; undefined: it did not. */
function failure(action: ActionName, end: CommandEnd): string | undefined {
  const status = statusOf(end);
  if (status === OCF_STATUS.success) return undefined;
  if (end.isLate) return `${action} took too long`;
  const said = status === undefined ? "was killed" : `answers with ${ocfStatusText(status)}`;
  return `${action} ${said} ${end.words}`.trimEnd();
}
