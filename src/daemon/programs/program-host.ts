/*
 * The program host: a process of its own, started by the agent, that runs the programs of services. Nothing that a program
 * does reaches the agent but facts, in a bounded stream; and no program outlives agent and host.
 *
 *     agent ── orders ──▶ host ──▶ command · unit · OCF agent      each run tells what comes of it
 *       ▲                  │
 *       └──── facts ───────┘       the agent's end of the channel closes: everything is ended at once
 */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { known, unreachable } from "../../base/assert.js";
import type { ProgramEffect, ProgramExit, ProgramInput, ProgramLeft, ProgramRun } from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";
import { openControlGroups } from "../../os/linux/control-groups.js";
import { EventPoll } from "../../os/linux/event-poll.js";
import { lockForLife } from "../../os/linux/file-lock.js";
import { bootClock } from "../../os/linux/libc.js";
import { MarkedGroups, markOf } from "../../os/linux/marked-processes.js";
import { Orphanage } from "../../os/linux/orphans.js";
import type { ProgramGroups } from "../../os/linux/program-group.js";
import { avoidOutOfMemoryKiller, favour, hasten } from "../../os/linux/scheduling.js";
import { isOwnChild } from "../../os/node/own-children.js";
import { CommandRun } from "./command-run.js";
import { LineBuffer } from "../line-buffer.js";
import { OcfRun } from "./ocf-run.js";
import type { HostedRun, HostTools } from "./program-host-tools.js";
import {
  CHANNEL_FD,
  EXIT_OTHER_HOST,
  hostLockFile,
  type HostOptions,
  type HostOrder,
  type HostReport,
  notifyDirectory,
  PROGRAM_BACKLOG_MAX,
  PROGRAM_LINE_MAX,
  successorFile,
} from "./program-protocol.js";
import { ProgramRecord, readProgramRecord } from "./program-record.js";
import { RemainingRun, Remains } from "./program-remains.js";
import { Spares } from "./program-spares.js";
import { UnitRun } from "./unit-run.js";

/** What a service manager, a terminal or an administrator send to all processes of a service. It ends with its agent. */
const IGNORED_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE"] as const;
/** An older host may still have to hear that its agent is gone. */
const PREDECESSOR_MS_MAX = 30_000;
const PREDECESSOR_POLL_MS = 5;
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
  readonly #channel: Socket;
  readonly #agent = process.ppid;
  readonly #orphanage: Orphanage;
  readonly #adopted = new Map<number, (exit: ProgramExit) => void>();
  readonly #runs = new Map<number, HostedRun>();
  #isEnding = false;

  constructor(options: HostOptions, channel: Socket, record: ProgramRecord, shortcoming: (text: string) => void) {
    this.#channel = channel;
    const owner = `${options.node}-${process.pid}-${Date.now().toString(36)}`;
    this.#orphanage = new Orphanage({ isOwnChild, onExit: (pid, exit) => this.#adopted.get(pid)?.(exit) });
    const groups = openGroups(options, owner, record, shortcoming);
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
  }

  /** What an earlier host left has a run of its own here, for each program. */
  adopt(remains: Remains): readonly ProgramLeft[] {
    return remains.programs().map((of, index) => {
      const run = -1 - index;
      const onGone = (): void => this.#say({ kind: "program-gone", run });
      this.#runs.set(run, new RemainingRun(remains, of, onGone));
      return { run, service: of.service, program: of.program };
    });
  }

  obey(order: HostOrder): void {
    if (this.#isEnding) return;
    switch (order.kind) {
      case "ping":
        return this.tell({ kind: "alive" });
      case "end":
        return void this.end();
      default:
        return this.#perform(order);
    }
  }

  tell(report: HostReport): void {
    if (this.#channel.destroyed) return;
    if (URGENT.has(report.kind) && process.ppid === this.#agent) hasten(this.#agent);
    this.#channel.write(`${JSON.stringify(report)}\n`);
    // An agent that leaves so much unread does not decide any more.
    if (this.#channel.writableLength > PROGRAM_BACKLOG_MAX) this.#channel.destroy();
  }

  /** Ends everything that runs, and this process. */
  async end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { groups, record, poll, options, spares } = this.#tools;
    const ends = [...[...this.#runs.values()].map((run) => run.end()), spares.end()];
    const late = new Promise((resolve) => setTimeout(resolve, END_MS_MAX).unref());
    const isOver = await Promise.race([Promise.all(ends).then(() => true), late, successorOf(options.socket)]);
    groups.clear();
    if (isOver === true) record.clear();
    rmSync(notifyDirectory(options.socket), { recursive: true, force: true });
    this.#channel.destroySoon();
    await poll.close();
    process.exit(0);
  }

  #perform(effect: ProgramEffect): void {
    if (effect.kind === "start-program") {
      this.#start(effect.start);
      return;
    }
    // A run that is gone already was told to be.
    const run = this.#runs.get(effect.run);
    switch (effect.kind) {
      case "stop-program":
        return run?.stop();
      case "kill-program":
        return run?.kill();
      case "tell-role":
        return run?.tellRole(effect.role);
      default:
        return unreachable(effect);
    }
  }

  #start(start: ProgramRun): void {
    const run = this.#make(start);
    this.#runs.set(start.run, run);
    run.begin();
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
    if (input.kind === "program-gone") this.#runs.delete(input.run);
    this.tell(input);
  }
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
async function becomeSoleHost(socketPath: string): Promise<boolean> {
  const file = hostLockFile(socketPath);
  writeFileSync(file, "", { flag: "a", mode: 0o600 });
  for (let waited = 0; waited < PREDECESSOR_MS_MAX; waited += PREDECESSOR_POLL_MS) {
    if (lockForLife(file).ok) return true;
    writeFileSync(successorFile(socketPath), "", { mode: 0o600 });
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

async function main(options: HostOptions): Promise<void> {
  process.title = "locum-program-host";
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => undefined);
  favour();
  avoidOutOfMemoryKiller();
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  if (!(await becomeSoleHost(options.socket))) process.exit(EXIT_OTHER_HOST);
  const record = new ProgramRecord(options.socket, readProgramRecord(options.socket));
  const remains = new Remains(record);
  await remains.end();
  const notices = notifyDirectory(options.socket);
  rmSync(notices, { recursive: true, force: true });
  mkdirSync(notices);
  chmodSync(notices, NOTIFY_MODE);
  let shortcoming: string | undefined;
  const host = new ProgramHost(options, channel, record, (text) => {
    shortcoming = text;
  });
  const lines = new LineBuffer(PROGRAM_LINE_MAX);
  channel.on("data", (bytes: Buffer) => {
    // The agent, our parent and the same program, wrote them: they are well-formed.
    for (const line of lines.push(bytes)) host.obey(JSON.parse(line) as HostOrder);
  });
  channel.on("error", () => channel.destroy());
  channel.on("close", () => void host.end());
  host.tell({ kind: "ready", pid: process.pid, shortcoming, left: host.adopt(remains) });
}

await main(JSON.parse(known(process.argv[2], "the agent says where its socket is")) as HostOptions);
