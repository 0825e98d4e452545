/*
 * The program host: a process of its own, started by the agent, that runs the programs of services. Nothing that a program
 * does reaches the agent but facts, in a bounded stream; and no program outlives its host.
 *
 *     agent ── orders ──▶ host ──▶ command · unit · OCF agent      each run tells what comes of it
 *       ▲                  │
 *       └──── facts ───────┘       the agent's end of the channel closes: everything is ended at once
 *
 * In a pause it is told to keep what runs. Then it outlives its agent: it goes on watching, starts nothing, and waits for the
 * next agent, which it tells what there is. One that does not know how to go on with it has it end everything in order.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { Socket } from "node:net";
import { known, unreachable } from "../../base/assert.js";
import { defectText } from "../../base/locum-error.js";
import { after, type Duration, milliseconds } from "../../base/time.js";
import {
  isSameProgram,
  type ProgramEffect,
  type ProgramExit,
  type ProgramInput,
  type ProgramLeft,
  type ProgramRun,
} from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";
import { openControlGroups } from "../../os/linux/control-groups.js";
import { EventPoll } from "../../os/linux/event-poll.js";
import { lockForLife } from "../../os/linux/file-lock.js";
import { bootClock, dup3 } from "../../os/linux/libc.js";
import { MarkedGroups, markOf } from "../../os/linux/marked-processes.js";
import { Orphanage } from "../../os/linux/orphans.js";
import type { ProgramGroups } from "../../os/linux/program-group.js";
import { avoidOutOfMemoryKiller } from "../../os/linux/out-of-memory.js";
import { favour, hasten } from "../../os/linux/scheduling.js";
import { isOwnChild } from "../../os/node/own-children.js";
import { RunAccount } from "../../core/supervision/run-account.js";
import { Shelter } from "../../os/linux/shelter.js";
import { AgentEntrance, type Hello } from "./agent-entrance.js";
import { CommandRun } from "./command-run.js";
import { LineBuffer } from "../line-buffer.js";
import { OcfRun } from "./ocf-run.js";
import { type EndingRun, OrderlyEnd, orderlyEndMax } from "./orderly-end.js";
import type { HostedRun, HostTools } from "./program-host-tools.js";
import {
  CHANNEL_FD,
  type Dying,
  endingFile,
  EXIT_OTHER_HOST,
  type HostEnding,
  HOST_PROTOCOL,
  hostLockFile,
  type HostOptions,
  type HostOrder,
  type HostReport,
  notifyDirectory,
  PROGRAM_BACKLOG_MAX,
  PROGRAM_LINE_MAX,
  successorFile,
} from "./program-protocol.js";
import { isText, parseJson, readList } from "../records/stored-json.js";
import { PastRuns } from "./past-runs.js";
import { ProgramProbes } from "./program-probes.js";
import { ProgramRecord, readProgramRecord } from "./program-record.js";
import { RemainingRun, Remains } from "./program-remains.js";
import { Spares } from "./program-spares.js";
import { UnitRun } from "./unit-run.js";

/** What a service manager, a terminal or an administrator send to all processes of a service. It ends with its agent. */
const IGNORED_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE"] as const;
/** As numbers. */
const ERROR_OUTPUT = 2;
const STANDARD_INPUT = 0;
/** An older host may still have to hear that its agent is gone. */
const PREDECESSOR_MS_MAX = 30_000;
const PREDECESSOR_POLL_MS = 5;
/** How often a host without an agent, which may be so for hours, looks whether it is still to wait for one. */
const VIGIL_MS = 100;
const IN_UNIT =
  "it can't leave the systemd unit of the agent, with which systemd would end it, because control groups of version 2 can't be made here";
/** Units and resource agents may take their time to end; what is left then is on record for the next host. */
const END_MS_MAX = 25_000;
/** Anybody may come by, to reach a socket whose name is known. */
const NOTIFY_MODE = 0o711;

/** What a client waits for: the agent hears of it before other programs run. */
const URGENT: ReadonlySet<HostReport["kind"]> = new Set<HostReport["kind"]>([
  "program-exited",
  "program-ready",
  "program-gone",
]);

class ProgramHost {
  readonly #tools: HostTools;
  #channel: Socket | undefined;
  /** Process of the agent at the other end. */
  #agent = 0;
  readonly #entrance: AgentEntrance;
  readonly #shelter = new Shelter();
  readonly #orphanage: Orphanage;
  readonly #adopted = new Map<number, (exit: ProgramExit) => void>();
  readonly #runs = new Map<number, HostedRun>();
  /** Of all runs that were ordered, until an agent has heard that nothing of them is left. */
  readonly #accounts = new Map<number, RunAccount>();
  readonly #past = new PastRuns();
  /** Number of the latest run that was ordered. */
  #lastRun = 0;
  readonly #probes: ProgramProbes;
  /** What an earlier host left, by the numbers of the runs that stand for it. */
  readonly #left = new Map<number, ProgramLeft>();
  #shortcoming: string | undefined;
  /** What runs is to outlive the agent. */
  #isKeeping = false;
  /** Why it can't, as far as is known; then it ends in order. */
  #obstacle: string | undefined;
  /** While no agent is there. */
  #vigil: NodeJS.Timeout | undefined;
  #orderlyEnd: OrderlyEnd | undefined;
  #isEnding = false;

  constructor(options: HostOptions, record: ProgramRecord) {
    this.#entrance = new AgentEntrance(options.socket, (channel, hello) => this.#welcome(channel, hello));
    const owner = `${options.node}-${process.pid}-${Date.now().toString(36)}`;
    this.#orphanage = new Orphanage({ isOwnChild, onExit: (pid, exit) => this.#adopted.get(pid)?.(exit) });
    const groups = openGroups(options, owner, record, (text) => {
      this.#shortcoming = text;
    });
    this.#tools = {
      options,
      owner,
      clock: bootClock,
      groups,
      spares: new Spares(groups, owner),
      poll: new EventPoll(),
      record,
      say: (input) => this.#say(input),
      onAdoptedExit: (pid, callback) => {
        if (callback === undefined) this.#adopted.delete(pid);
        else this.#adopted.set(pid, callback);
      },
      reap: () => this.#orphanage.reap(),
    };
    this.#probes = new ProgramProbes(this.#tools);
  }

  /** From here on the agent that started it gives orders. */
  begin(channel: Socket, agent: number, remains: Remains): void {
    this.#serve(channel, agent);
    this.#tell({ kind: "ready", pid: process.pid, shortcoming: this.#shortcoming, left: this.#adopt(remains) });
  }

  /** What an earlier host left has a run of its own here, for each program. */
  #adopt(remains: Remains): readonly ProgramLeft[] {
    const all = remains.left();
    for (const left of all) {
      const { run } = left;
      this.#runs.set(run, new RemainingRun(remains, left, () => this.#say({ kind: "program-gone", run })));
      this.#left.set(run, left);
    }
    return all;
  }

  /** An agent is at the other end of this channel. */
  #serve(channel: Socket, agent: number): void {
    clearInterval(this.#vigil);
    this.#channel = channel;
    this.#agent = agent;
    const lines = new LineBuffer(PROGRAM_LINE_MAX);
    channel.on("data", (bytes: Buffer) => {
      // The agent wrote them, which is the same program: they are well-formed.
      for (const line of lines.push(bytes)) this.#obey(JSON.parse(line) as HostOrder);
    });
    channel.on("error", () => channel.destroy());
    channel.on("close", () => this.#agentGone());
  }

  #tell(report: HostReport): void {
    const channel = this.#channel;
    if (channel === undefined || channel.destroyed) return;
    // It lives, or has died so lately that its number is nobody else's yet.
    if (URGENT.has(report.kind)) hasten(this.#agent);
    channel.write(`${JSON.stringify(report)}\n`);
    // An agent that leaves so much unread does not decide any more.
    if (channel.writableLength > PROGRAM_BACKLOG_MAX) channel.destroy();
  }

  #obey(order: HostOrder): void {
    if (this.#isEnding && order.kind !== "ping") return;
    switch (order.kind) {
      case "ping":
        this.#past.review(this.#accounts);
        return this.#tell({ kind: "alive" });
      case "keep":
        return this.#keep(order.isKeeping);
      case "doors-opened":
        for (const run of this.#runs.values()) run.doorOpened();
        return;
      case "end":
        return void this.#end();
      case "end-in-order":
        return this.#endInOrder();
      case "hello":
        // By this channel, only the agent that started the host could say so: it knows who it is.
        return;
      default:
        return this.#perform(order);
    }
  }

  #keep(isKeeping: boolean): void {
    this.#isKeeping = isKeeping;
    if (!isKeeping) {
      this.#obstacle = undefined;
      this.#entrance.close();
      this.#shelter.leave();
      return;
    }
    this.#entrance.open((problem) => this.#hindered(problem));
    if (this.#tools.options.ungrouped !== true && !this.#shelter.enter()) this.#hindered(IN_UNIT);
  }

  #hindered(problem: string): void {
    this.#obstacle = problem;
    this.#tell({ kind: "not-keeping", problem });
  }

  /** Its agent is dead, or has ended. */
  #agentGone(): void {
    this.#channel = undefined;
    this.#probes.drop();
    // What it does already goes on.
    if (this.#orderlyEnd !== undefined) return;
    if (!this.#isKeeping || this.#runs.size === 0) void this.#end();
    else if (this.#obstacle !== undefined) this.#endInOrder();
    else this.#waitForNext();
  }

  #waitForNext(): void {
    releaseErrorOutput();
    const successor = successorFile(this.#tools.options.socket);
    rmSync(successor, { force: true });
    // An agent that knows nothing of this host starts one of its own, which waits for this one to end. Where the runtime
    // directory was taken away, the next one would not even wait.
    this.#vigil = setInterval(() => {
      if (existsSync(successor) || !this.#entrance.isThere) this.#endInOrder();
    }, VIGIL_MS);
  }

  #welcome(channel: Socket, hello: Hello): void {
    // Two that give orders would undo each other's. Of one that is gone, the end may not be noticed yet.
    if (this.#channel !== undefined) this.#channel.once("close", () => this.#welcome(channel, hello));
    else if (this.#isEnding || this.#orderlyEnd !== undefined || channel.destroyed) channel.destroy();
    else if (hello.protocol === HOST_PROTOCOL) this.#introduce(channel, hello.agent);
    else {
      // Who is told finds how long it takes.
      this.#endInOrder();
      channel.end(`${JSON.stringify({ kind: "other-protocol", protocol: HOST_PROTOCOL } satisfies HostReport)}\n`);
    }
  }

  /** Tells a new agent what there is, and then what happens. */
  #introduce(channel: Socket, agent: number): void {
    const now = this.#tools.clock();
    const runs = [...this.#accounts.values()].map((account) => account.kept(now));
    this.#serve(channel, agent);
    const left = [...this.#left.values()];
    const ended = this.#past.all.map((account) => account.kept(now));
    const lastRun = this.#lastRun;
    this.#tell({ kind: "kept", pid: process.pid, shortcoming: this.#shortcoming, runs, ended, left, lastRun });
  }

  #endInOrder(): void {
    if (this.#isEnding || this.#orderlyEnd !== undefined) return;
    clearInterval(this.#vigil);
    const left = (): readonly EndingRun[] => [...this.#runs].flatMap(([number, run]) => this.#withStart(number, run));
    // Before anybody is sent away: an agent that starts waits for the end.
    this.#announceEnd(left());
    this.#orderlyEnd = new OrderlyEnd(left, () => void this.#end());
  }

  #announceEnd(left: readonly EndingRun[]): void {
    const max = (orderlyEndMax(left) + milliseconds(END_MS_MAX)) as Duration;
    const ending: HostEnding = { until: after(this.#tools.clock(), max) };
    try {
      writeFileSync(endingFile(this.#tools.options.socket), JSON.stringify(ending), { mode: 0o600 });
    } catch {
      // An agent that was told that it ends waits all the same, for as long as any host may take.
    }
  }

  #withStart(number: number, run: HostedRun): readonly EndingRun[] {
    const start = this.#accounts.get(number)?.start;
    return start === undefined ? [] : [{ start, run }];
  }

  /** Ends everything that runs, and this process. */
  async #end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#entrance.close();
    const { groups, record, poll, options, spares } = this.#tools;
    const ends = [...[...this.#runs.values()].map((run) => run.end()), spares.end()];
    const late = new Promise((resolve) => setTimeout(resolve, END_MS_MAX).unref());
    const isOver = await Promise.race([Promise.all(ends).then(() => true), late, successorOf(options.socket)]);
    groups.clear();
    if (isOver === true) record.clear();
    rmSync(notifyDirectory(options.socket), { recursive: true, force: true });
    rmSync(endingFile(options.socket), { force: true });
    this.#channel?.destroySoon();
    await poll.close();
    process.exit(0);
  }

  #perform(effect: ProgramEffect): void {
    if (effect.kind === "start-program") return this.#start(effect.start);
    if (effect.kind === "probe-program") return this.#probes.ask(effect.probe);
    if (effect.kind === "end-stray") return this.#endStray(effect.start, effect.isPromoted);
    this.#accounts.get(effect.run)?.ordered(effect);
    // A run that is gone already was told to be.
    const run = this.#runs.get(effect.run);
    switch (effect.kind) {
      case "stop-program":
        return run?.stop();
      case "kill-program":
        return run?.kill();
      case "tell-role":
        return run?.tellRole(effect.role);
      case "watch-program":
        return run?.watchBy(effect.config);
      case "plan-program":
        return;
      default:
        return unreachable(effect);
    }
  }

  /** Not beside what is left of it: whoever ordered it has not heard of that yet. */
  #start(start: ProgramRun): void {
    const of = { service: start.service, program: start.config.name };
    if ([...this.#left.values()].some((left) => isSameProgram(left, of))) {
      this.#lastRun = start.run;
      this.#tell({ kind: "program-gone", run: start.run });
      return;
    }
    this.#take(start, this.#make(start)).begin();
  }

  /** What it is made from can be asked, or it would not have been found. */
  #endStray(start: ProgramRun, isPromoted: boolean): void {
    const { source } = start.config;
    if (source.kind === "unit") this.#take(start, new UnitRun(start, source.unit, this.#tools)).endFound();
    if (source.kind === "ocf") this.#take(start, new OcfRun(start, source, this.#tools)).endFound(isPromoted);
    this.#accounts.get(start.run)?.ordered({ kind: "stop-program", run: start.run });
  }

  #take<Run extends HostedRun>(start: ProgramRun, run: Run): Run {
    this.#probes.drop({ service: start.service, program: start.config.name });
    this.#lastRun = start.run;
    this.#runs.set(start.run, run);
    this.#accounts.set(start.run, new RunAccount(this.#tools.clock(), start));
    this.#past.forget(start);
    return run;
  }

  #make(start: ProgramRun): HostedRun {
    const { source } = start.config;
    switch (source.kind) {
      case "command":
        return new CommandRun(start, source.command, this.#tools);
      case "unit":
        return new UnitRun(start, source.unit, this.#tools);
      case "ocf":
        return new OcfRun(start, source, this.#tools);
      default:
        return unreachable(source);
    }
  }

  #say(input: ProgramInput): void {
    if ("run" in input) this.#accounts.get(input.run)?.heard(this.#tools.clock(), input);
    if (input.kind === "program-gone") this.#gone(input.run);
    this.#tell(input);
    if (input.kind === "program-said" && input.saying.kind === "extending")
      this.#orderlyEnd?.extend(input.run, input.saying.by);
    this.#orderlyEnd?.review();
  }

  /** Its account stays, until an agent is known to have heard of it. */
  #gone(run: number): void {
    this.#runs.delete(run);
    this.#left.delete(run);
  }
}

/** It is the agent's, and whoever reads it waits for its end. */
function releaseErrorOutput(): void {
  const nowhere = openSync("/dev/null", "w");
  dup3(nowhere, ERROR_OUTPUT, 0);
  closeSync(nowhere);
}

/** On record before anything is in them. */
function openGroups(
  options: HostOptions,
  owner: string,
  record: ProgramRecord,
  shortcoming: (text: string) => void,
): ProgramGroups {
  const groups = options.ungrouped === true ? undefined : openControlGroups(machineHierarchies(), owner);
  if (groups !== undefined) {
    record.add({ kind: "group", paths: groups.paths });
    return groups;
  }
  shortcoming("control groups can't be made here: programs have no limits, and processes of theirs may get away");
  record.add({ kind: "mark", mark: markOf(owner, "") });
  return new MarkedGroups(owner);
}

/** @returns false when another host is still at work. */
async function becomeSoleHost({ socket, predecessorMsMax = PREDECESSOR_MS_MAX }: HostOptions): Promise<boolean> {
  const file = hostLockFile(socket);
  writeFileSync(file, "", { flag: "a", mode: 0o600 });
  for (let waited = 0; waited < predecessorMsMax; waited += PREDECESSOR_POLL_MS) {
    if (lockForLife(file).ok) {
      writeFileSync(file, `${process.pid}\n`);
      rmSync(endingFile(socket), { force: true });
      return true;
    }
    writeFileSync(successorFile(socket), "", { mode: 0o600 });
    await new Promise((resolve) => setTimeout(resolve, PREDECESSOR_POLL_MS));
  }
  return false;
}

/** Comes when the next host waits; what is left then is the next one's. One of earlier days, that gave up, is none. */
async function successorOf(socketPath: string): Promise<void> {
  const file = successorFile(socketPath);
  rmSync(file, { force: true });
  return new Promise((resolve) => {
    setInterval(() => existsSync(file) && resolve(), PREDECESSOR_POLL_MS).unref();
  });
}

/** An ordinary exit would wait for threads of this process; nothing of a host that broke is to be waited for. */
function endBroken(error: unknown): void {
  try {
    writeSync(ERROR_OUTPUT, `A defect ends the program host: ${defectText(error)}\n`);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}

/** From an agent that dies meanwhile comes nothing that could be read. */
const readDying = (): Dying =>
  readList(parseJson(readFileSync(STANDARD_INPUT, "utf8")), ({ pid, started }) =>
    typeof pid === "number" && isText(started) ? { pid, started } : undefined,
  ) ?? [];

async function main(options: HostOptions): Promise<void> {
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, endBroken);
  process.title = "locum-program-host";
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => undefined);
  favour();
  avoidOutOfMemoryKiller();
  const agent = process.ppid;
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  const dying = readDying();
  if (!(await becomeSoleHost(options))) process.exit(EXIT_OTHER_HOST);
  const record = new ProgramRecord(options.socket, readProgramRecord(options.socket));
  const remains = new Remains(record, dying);
  await remains.end();
  const notices = notifyDirectory(options.socket);
  rmSync(notices, { recursive: true, force: true });
  mkdirSync(notices);
  chmodSync(notices, NOTIFY_MODE);
  new ProgramHost(options, record).begin(channel, agent, remains);
}

await main(JSON.parse(known(process.argv[2], "the agent says where its socket is")) as HostOptions);
