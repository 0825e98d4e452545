/*
 * The agent as a process: in which order it starts, what signals do, and the three ways in which it ends: in order,
 * too slowly, or broken. In the last two the guard does what was left undone.
 */
import { join } from "node:path";
import type { ApiServer } from "../api/server.js";
import { defectText, describeError, LocumError, type Failure } from "../base/locum-error.js";
import { type Duration, between, inMilliseconds, latest, seconds } from "../base/time.js";
import { durationText } from "../model/duration-text.js";
import type { MissingOptions } from "../os/node/engine.js";
import { Agent } from "./agent.js";
import type { AgentOptions } from "./agent-options.js";
import { BlackBox } from "./records/black-box.js";
import { readConfiguration, refusalText, type Configuration } from "./configuration-source.js";
import { layFoundation, type Foundation } from "./foundation.js";
import { takeGuardReport } from "./guard/guard-report.js";
import { openLog } from "./log.js";
import { logProblems } from "./problem-log.js";
import { secureResources } from "./resources.js";
import { type EarlierHostOptions, findEarlierHost, mayHaveHost } from "./programs/earlier-host.js";
import type { FoundHost } from "./programs/host-process.js";
import { HOST_PROTOCOL } from "./programs/program-protocol.js";
import { ServiceManager } from "./programs/service-manager.js";

/** An ordered stop that takes longer, besides what the programs may take, is given up. */
const STOP_MAX: Duration = seconds(5);
const EXIT_DONE = 0;
const EXIT_FAILED = 1;
/** As in sysexits.h: a defect of ours. */
const EXIT_BROKEN = 70;

/** Runs the agent until a signal or a defect ends this process. @throws {LocumError} when it can't start. */
export async function runAgent(options: AgentOptions, configuration: Configuration): Promise<void> {
  process.title = "locum agent";
  const log = openLog(configuration.self);
  const foundation = layFoundation(options, configuration.self, log);
  logProblems(log, options.config, configuration.warnings);
  for (const refusal of secureResources()) log.failure("info", refusal);
  if (options.missingOptions !== undefined) foundation.impairments.raise("engine", engineText(options.missingOptions));
  const fired = takeGuardReport(foundation.place.socket);
  if (fired !== undefined) log.failure("warning", fired);
  const serviceManager = new ServiceManager(process.env);
  const programs = await earlierPrograms(foundation, serviceManager);
  await new AgentProcess(foundation, configuration, serviceManager, programs).start();
}

/**
 * Looks for what an earlier agent left running, and says meanwhile, to whoever asks, that this is waited for. No handler is
 * there yet: a signal ends the process at once, and what it waits for goes on.
 */
async function earlierPrograms(foundation: Foundation, serviceManager: ServiceManager): Promise<FoundHost> {
  const { place, self, clock } = foundation;
  if (!mayHaveHost(place.socket)) return { kind: "none" };
  let reason = (): string => "it looks for the programs of an earlier one";
  const { WaitingRoom } = await import("../api/waiting-room.js");
  const room = await WaitingRoom.open(place.socket, () => `The agent of ${self} does not begin yet: ${reason()}`);
  const found = await findHostFor(foundation, (until, what) => {
    serviceManager.starting();
    const left = (): string => durationText(between(clock(), latest(until, clock())));
    reason = () => `${AWAITED[what]}, in ${left()} at most`;
  });
  serviceManager.began();
  await room.close();
  return found;
}

const AWAITED: Readonly<Record<"answer" | "end", string>> = {
  answer: "what watches the programs of an earlier one does not answer, and is given up if it does not",
  end: "programs of an earlier one end in order first",
};

function findHostFor(
  { place, clock, chronicle, log }: Foundation,
  onWait: EarlierHostOptions["onWait"],
): Promise<FoundHost> {
  const warn = (code: string, message: string): void => log.failure("warning", { code, message });
  return findEarlierHost({
    socket: place.socket,
    clock,
    onOtherProtocol: (theirs) => chronicle.say({ code: "agent.programs-not-kept", theirs, ours: HOST_PROTOCOL }),
    onWait: (until, what) => {
      onWait(until, what);
      const max = durationText(between(clock(), until));
      warn("agent.awaits-programs", `This agent does not begin yet: ${AWAITED[what]}, in ${max} at most`);
    },
    onKilled: (survivor) => {
      const hung = "The process that watched the programs of an earlier agent hung: it was killed with them";
      const more = survivor === "" ? "" : `. ${survivor}: no program starts here before that has ended`;
      warn("agent.programs-killed", `${hung}${more}`);
    },
  });
}

const engineText = ({ options, why }: MissingOptions): string =>
  `it runs without ${options.join(" ")} (${why}): a busy machine can delay heartbeats and takeovers`;

class AgentProcess {
  readonly #foundation: Foundation;
  readonly #blackBox: BlackBox;
  readonly #agent: Agent;
  readonly #serviceManager: ServiceManager;
  #api: ApiServer | undefined;
  #ending = false;

  constructor(
    foundation: Foundation,
    configuration: Configuration,
    serviceManager: ServiceManager,
    programs: FoundHost,
  ) {
    this.#foundation = foundation;
    this.#serviceManager = serviceManager;
    this.#blackBox = openBlackBox(foundation);
    this.#agent = new Agent({
      foundation,
      configuration,
      recorder: this.#blackBox,
      programs,
      exit: () => void this.#endInOrder(),
      broken: (problem) => this.#endBroken({ code: "agent.thread-died", message: problem }),
    });
  }

  async start(): Promise<void> {
    for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => this.#crash(error));
    process.on("SIGTERM", () => this.#stop());
    process.on("SIGINT", () => this.#stop());
    process.on("SIGHUP", () => this.#reload());
    try {
      // The API first: an agent that could not be asked, or is one too many, must not have decided anything.
      await this.#serve();
      await this.#agent.start();
    } catch (error) {
      this.#failStart(error);
    }
    this.#serviceManager.ready();
  }

  async #serve(): Promise<void> {
    const { startApiServer } = await import("../api/server.js");
    this.#api = await startApiServer({
      socketPath: this.#foundation.place.socket,
      port: this.#agent.port(),
      onError: (error) => this.#log({ code: "api.failed", message: `A request failed: ${describeError(error)}` }),
    });
    this.#agent.servePrograms(this.#api);
  }

  #failStart(error: unknown): never {
    const isOurs = error instanceof LocumError;
    this.#log(isOurs ? error.failure : { code: "agent.not-started", message: `Cannot start: ${describeError(error)}` });
    this.#exit(EXIT_FAILED);
  }

  #stop(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#serviceManager.stopping();
    const stopMax = (STOP_MAX + this.#agent.programsStopMax) as Duration;
    setTimeout(() => this.#giveUp(stopMax), inMilliseconds(stopMax)).unref();
    this.#agent.requestStop();
  }

  #giveUp(stopMax: Duration): void {
    const message = `The ordered stop took longer than ${durationText(stopMax)}`;
    this.#log({ code: "agent.stop-too-slow", message });
    this.#exit(EXIT_FAILED);
  }

  async #endInOrder(): Promise<void> {
    const { chronicle, state, eventFile } = this.#foundation;
    await this.#agent.finish();
    await this.#api?.close();
    chronicle.flush();
    await Promise.all([state.close(), eventFile.close(), this.#blackBox.close()]);
    this.#exit(EXIT_DONE);
  }

  #crash(error: unknown): void {
    this.#endBroken({ code: "agent.defect", message: `A defect ends the agent: ${defectText(error)}` });
  }

  #endBroken(failure: Failure): void {
    this.#log(failure);
    this.#exit(EXIT_BROKEN);
  }

  #exit(code: number): never {
    const { chronicle, log } = this.#foundation;
    chronicle.flush();
    this.#blackBox.writeLast();
    log.flush();
    this.#agent.abandon();
    process.exit(code);
  }

  /** A file that can't be used is refused whole, and the configuration before it stays in force. */
  #reload(): void {
    const { options, impairments, log } = this.#foundation;
    this.#serviceManager.reloading();
    const read = readConfiguration(options.config, options.node);
    if (read.ok) {
      logProblems(log, options.config, read.value.warnings);
      impairments.clear("configuration");
      this.#agent.reconfigure(read.value);
    } else if (read.problem.withoutNode !== undefined) {
      impairments.clear("configuration");
      this.#agent.dismiss(read.problem.withoutNode);
    } else {
      const { file, problems } = read.problem;
      logProblems(log, file, problems);
      impairments.raise("configuration", refusalText(read.problem));
    }
    this.#serviceManager.reloaded();
  }

  #log(failure: Failure): void {
    this.#foundation.log.failure("error", failure);
  }
}

function openBlackBox({ options, state, impairments }: Foundation): BlackBox {
  const directory = join(options.state, "black-box");
  const { program } = options;
  return new BlackBox({ directory, run: state.incarnation, program, impairments, wallMs: Date.now });
}
