import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { known } from "../../src/base/assert.js";
import { type HostOptions, keeperSocket, programRecordFile } from "../../src/daemon/programs/program-protocol.js";
import { type KeptPrograms, type ProgramConfig, programName } from "../../src/model/program.js";
import { eventually } from "./eventually.js";
import type { ProgramAgentOptions } from "./program-agent.js";
import { BENCH_NODE, ProgramBench, shell, SIMPLE } from "./program-bench.js";

const AGENT = fileURLToPath(new URL("program-agent.js", import.meta.url));

/** The runtime directory of agents that follow each other: what one leaves running, the next one finds. */
export class KeepingBench {
  readonly directory: string = mkdtempSync(join(tmpdir(), "locum-keeping-"));
  readonly socket: string = join(this.directory, "agent.sock");
  readonly #agents: ChildProcess[] = [];
  readonly #benches: ProgramBench[] = [];

  bench(options: Partial<HostOptions> = {}): ProgramBench {
    const made = new ProgramBench({ socket: this.socket, ...options });
    this.#benches.push(made);
    return made;
  }

  hostIsGone(): Promise<void> {
    return eventually(() => !existsSync(programRecordFile(this.socket)), "no host is left, nor what it had");
  }

  hostCanBeFound(): Promise<void> {
    return eventually(() => existsSync(keeperSocket(this.socket)), "the host can be found");
  }

  /** Writes its number to a file, and how it ended when it was asked to. */
  tracked(name: string): Partial<ProgramConfig> {
    const file = join(this.directory, name);
    return {
      name: programName(name),
      source: shell(`trap "echo asked >${file}.end; exit 0" TERM; echo $$ >${file}.pid; while :; do sleep 0.05; done`),
    };
  }

  /** Never 0, which would stand for all processes of the test run. */
  pidOf(name: string): number {
    const pid = Number(readFileSync(join(this.directory, `${name}.pid`), "utf8"));
    assert.ok(pid > 0, `${name} has written its number`);
    return pid;
  }

  /** The file is there before anything is in it. */
  isUp(name: string): Promise<void> {
    const file = join(this.directory, `${name}.pid`);
    return eventually(() => existsSync(file) && Number(readFileSync(file, "utf8")) > 0, `${name} is up`);
  }

  wasAsked(name: string): boolean {
    return existsSync(join(this.directory, `${name}.end`));
  }

  /** An agent in a process of its own, with some programs that are to outlive it; resolves when all of them are ready. */
  async agentWith(programs: readonly Partial<ProgramConfig>[]): Promise<ChildProcess> {
    const options: ProgramAgentOptions = {
      host: { socket: this.socket, node: BENCH_NODE, logs: join(this.directory, "logs") },
      isGuarded: true,
      isKeeping: true,
      programs: programs.map((each) => ({ ...SIMPLE, ...each })),
    };
    const agent = spawn(process.execPath, [AGENT, JSON.stringify(options)], { stdio: ["ignore", "pipe", "pipe"] });
    this.#agents.push(agent);
    agent.stderr.resume();
    let awaited = programs.length;
    for await (const line of createInterface({ input: agent.stdout })) {
      if ((JSON.parse(line) as { kind: string }).kind === "program-ready") awaited -= 1;
      if (awaited === 0) break;
    }
    agent.stdout.resume();
    return agent;
  }

  /** A host that keeps `p` running, and can be found; its agent has ended. @returns its process */
  async hostLeftAlone(): Promise<number> {
    const before = this.bench();
    before.link.keep(true);
    await before.heard("program-ready", before.start(this.tracked("p")));
    await this.isUp("p");
    await this.hostCanBeFound();
    const host = known(before.link.pid, "it runs a program");
    await before.link.close();
    return host;
  }

  /** As an agent of another version does. @returns what it is answered. */
  async hello(protocol: number): Promise<unknown> {
    const channel = connect(keeperSocket(this.socket));
    const [answer] = await Promise.all([
      answerOn(channel),
      sayOn(channel, { kind: "hello", protocol, agent: process.pid }),
    ]);
    return answer;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents.splice(0)) agent.kill("SIGKILL");
    for (const each of this.#benches.splice(0)) {
      each.link.keep(false);
      await each.close();
    }
    await this.hostIsGone();
    rmSync(this.directory, { recursive: true });
  }
}

/** Makes one for each test of a file, closed after it; to be asked for within the test. */
export function keepingBenches(): () => KeepingBench {
  let made: KeepingBench | undefined;
  beforeEach(() => {
    made = new KeepingBench();
  });
  afterEach(() => made?.close());
  return () => known(made, "a test runs");
}

/** What a host was found to keep. */
export async function resumed(next: ProgramBench): Promise<KeptPrograms> {
  const kept = await next.resume();
  assert.ok(kept !== undefined, "a host was there");
  return kept;
}

export const sayOn = (channel: Socket, what: object): Promise<void> =>
  new Promise((resolve) => void channel.write(`${JSON.stringify(what)}\n`, () => resolve()));

export async function answerOn(channel: Socket): Promise<unknown> {
  for await (const line of createInterface({ input: channel })) return JSON.parse(line);
  return undefined;
}
