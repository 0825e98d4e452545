import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../../../test/support/eventually.js";
import type { ProgramAgentOptions } from "../../../test/support/program-agent.js";
import { BENCH_NODE, ProgramBench, shell, SIMPLE } from "../../../test/support/program-bench.js";
import { type KeptPrograms, type KeptRun, type ProgramConfig, programName } from "../../model/program.js";
import { doorDirectory, doorOf, keeperSocket, programRecordFile } from "./program-protocol.js";

/** Programs whose agent ends in a pause, and the next agent that finds them. */

const AGENT = fileURLToPath(new URL("../../../test/support/program-agent.js", import.meta.url));

let directory: string;
let socket: string;
const agents: ChildProcess[] = [];
const benches: ProgramBench[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "locum-keeping-"));
  socket = join(directory, "agent.sock");
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill("SIGKILL");
  for (const each of benches.splice(0)) {
    each.link.keep(false);
    await each.close();
  }
  await hostIsGone();
  rmSync(directory, { recursive: true });
});

const hostIsGone = (): Promise<void> =>
  eventually(() => !existsSync(programRecordFile(socket)), "no host is left, nor what it had");

function bench(): ProgramBench {
  const made = new ProgramBench({ socket });
  benches.push(made);
  return made;
}

/** Writes its number to a file, and how it ended when it was asked to. */
const tracked = (name: string): Partial<ProgramConfig> => ({
  name: programName(name),
  source: shell(
    `echo $$ >${directory}/${name}.pid; trap "echo asked >${directory}/${name}.end; exit 0" TERM; while :; do sleep 0.05; done`,
  ),
});
const pidOf = (name: string): number => Number(readFileSync(join(directory, `${name}.pid`), "utf8"));
const isUp = (name: string): Promise<void> =>
  eventually(() => existsSync(join(directory, `${name}.pid`)), `${name} is up`);
const wasAsked = (name: string): boolean => existsSync(join(directory, `${name}.end`));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An agent in a process of its own, with some programs that are to outlive it; resolves when all of them are ready. */
async function agentWith(programs: readonly Partial<ProgramConfig>[], isKeeping = true): Promise<ChildProcess> {
  const options: ProgramAgentOptions = {
    host: { socket, node: BENCH_NODE, logs: join(directory, "logs") },
    isGuarded: true,
    isKeeping,
    programs: programs.map((each) => ({ ...SIMPLE, ...each })),
  };
  const agent = spawn(process.execPath, [AGENT, JSON.stringify(options)], { stdio: ["ignore", "pipe", "pipe"] });
  agents.push(agent);
  agent.stderr.resume();
  let awaited = programs.length;
  for await (const line of createInterface({ input: agent.stdout })) {
    if ((JSON.parse(line) as { kind: string }).kind === "program-ready") awaited -= 1;
    if (awaited === 0) break;
  }
  agent.stdout.resume();
  return agent;
}

async function resumed(next: ProgramBench): Promise<KeptPrograms> {
  const kept = await next.link.resume();
  assert.ok(kept !== undefined, "a host was there");
  return kept;
}

const runOf = ({ runs }: KeptPrograms, name: string): KeptRun => {
  const found = runs.find(({ start }) => start.config.name === programName(name));
  assert.ok(found !== undefined, `${name} is told of`);
  return found;
};

test("what runs outlives an agent that ends in order, and the next one goes on with it", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start(tracked("p"));
  await before.heard("program-ready", run);
  await isUp("p");
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  assert.equal(statSync(keeperSocket(socket)).mode & 0o777, 0o600, "by nobody else");
  const pid = pidOf("p");
  await before.link.close();

  const next = bench();
  const { start, role, readyFor, ending, facts } = runOf(await resumed(next), "p");
  assert.deepEqual([start.run, start.service, role, ending, facts], [run, "shop", "holder", undefined, []]);
  assert.ok(readyFor !== undefined && isAlive(pid));
  next.stop(run);
  await next.heard("program-gone", run);
  assert.ok(wasAsked("p"), "it ended in order");
});

test("so it does an agent that is killed, and what happens meanwhile is told to the next one", async () => {
  const agent = await agentWith([tracked("p"), tracked("q")]);
  await Promise.all([isUp("p"), isUp("q")]);
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  agent.kill("SIGKILL");
  // Whoever reads what the agent says learns of its end, too.
  await once(agent, "close");
  process.kill(pidOf("q"), "SIGKILL");
  await eventually(() => !isAlive(pidOf("q")), "q has ended");
  const next = bench();
  const kept = await resumed(next);
  assert.ok(isAlive(pidOf("p")));
  assert.deepEqual(runOf(kept, "p").facts, []);
  const { facts, start } = runOf(kept, "q");
  if (!facts.some(({ kind }) => kind === "program-gone")) await next.heard("program-gone", start.run);
  const exit = facts.find(({ kind }) => kind === "program-exited") ?? (await next.heard("program-exited", start.run));
  assert.deepEqual(exit, { kind: "program-exited", run: start.run, exit: { kind: "signal", signal: "SIGKILL" } });
});

const isRoot = process.getuid?.() === 0;

test("a door that the next agent opens is its program's again", { skip: isRoot ? false : "needs root" }, async () => {
  const before = bench();
  before.link.keep(true);
  chmodSync(directory, 0o777);
  const user = "nobody";
  const run = before.start({ ...tracked("p"), settings: { ...SIMPLE.settings, user } });
  await before.heard("program-ready", run);
  await before.link.close();
  const next = bench();
  await resumed(next);
  mkdirSync(doorDirectory(socket));
  writeFileSync(doorOf(socket, run), "");
  next.link.doorsOpened();
  await eventually(() => statSync(doorOf(socket, run)).uid !== 0, "the door belongs to nobody");
});

test("nothing outlives an agent that took it back", async () => {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  before.link.keep(false);
  await eventually(() => !existsSync(keeperSocket(socket)), "it can't be found any more");
  await before.link.close();
  await eventually(() => !isAlive(pidOf("p")), "p ended with it");
});

test("an agent that knows nothing of the host, as one of an earlier program, has it end everything in order", async () => {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start({ ...tracked("p") }));
  await before.heard("program-ready", before.start({ ...tracked("q"), after: [programName("p")] }));
  await Promise.all([isUp("p"), isUp("q")]);
  await before.link.close();
  const next = bench();
  next.link.start();
  await next.heard("no-programs-left", undefined);
  assert.ok(wasAsked("p") && wasAsked("q"));
  assert.ok(!isAlive(pidOf("p")) && !isAlive(pidOf("q")));
});

test("a host of another version ends everything in order, and says which it speaks", async () => {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  await before.link.close();
  const other = connect(keeperSocket(socket));
  const [answer] = await Promise.all([
    answerOn(other),
    sayOn(other, { kind: "hello", protocol: 99, agent: process.pid }),
  ]);
  assert.deepEqual(answer, { kind: "other-protocol", protocol: 1 });
  await hostIsGone();
  assert.ok(wasAsked("p") && !isAlive(pidOf("p")));
});

test("who says anything but hello is sent away, and the programs run on", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start(tracked("p"));
  await before.heard("program-ready", run);
  await isUp("p");
  await before.link.close();
  for (const said of ["nonsense", `{"kind":"kill-program","run":${run}}`, `{"kind":"hello"}`]) {
    const stranger = connect(keeperSocket(socket));
    stranger.write(`${said}\n`);
    await once(stranger, "close");
  }
  assert.ok(isAlive(pidOf("p")) && !wasAsked("p"));
  assert.equal((await resumed(bench())).runs.length, 1);
});

test("a host that has nothing to keep ends with its agent", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start({ source: shell("exit 0") });
  await before.heard("program-gone", run);
  await before.link.close();
  await hostIsGone();
});

const sayOn = (channel: Socket, what: object): Promise<void> =>
  new Promise((resolve) => void channel.write(`${JSON.stringify(what)}\n`, () => resolve()));

async function answerOn(channel: Socket): Promise<unknown> {
  for await (const line of createInterface({ input: channel })) return JSON.parse(line);
  return undefined;
}
