import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../../../test/support/eventually.js";
import type { ProgramAgentOptions } from "../../../test/support/program-agent.js";
import { programsMissing } from "../../../test/support/debian-programs.js";
import { BENCH_NODE, isAlive, ProgramBench, shell, SIMPLE } from "../../../test/support/program-bench.js";
import { type KeptPrograms, type KeptRun, type ProgramConfig, programName } from "../../model/program.js";
import { known } from "../../base/assert.js";
import { after, milliseconds, seconds } from "../../base/time.js";
import { bootClock } from "../../os/linux/libc.js";
import {
  doorDirectory,
  doorOf,
  HOST_PROTOCOL,
  type HostOptions,
  endingFile,
  keeperSocket,
  programRecordFile,
} from "./program-protocol.js";

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

function bench(options: Partial<HostOptions> = {}): ProgramBench {
  const made = new ProgramBench({ socket, ...options });
  benches.push(made);
  return made;
}

/** Writes its number to a file, and how it ended when it was asked to. */
const tracked = (name: string): Partial<ProgramConfig> => ({
  name: programName(name),
  source: shell(
    `trap "echo asked >${directory}/${name}.end; exit 0" TERM; echo $$ >${directory}/${name}.pid; while :; do sleep 0.05; done`,
  ),
});
/** Never 0, which would stand for all processes of the test run. */
function pidOf(name: string): number {
  const pid = Number(readFileSync(join(directory, `${name}.pid`), "utf8"));
  assert.ok(pid > 0, `${name} has written its number`);
  return pid;
}

/** The file is there before anything is in it. */
const isUp = (name: string): Promise<void> =>
  eventually(() => Number(readIfThere(join(directory, `${name}.pid`))) > 0, `${name} is up`);
const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
const wasAsked = (name: string): boolean => existsSync(join(directory, `${name}.end`));

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

/** A host that keeps `p` running, and can be found; its agent has ended. @returns its process */
async function hostLeftAlone(): Promise<number> {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  const host = known(before.link.pid, "it runs a program");
  await before.link.close();
  return host;
}

async function resumed(next: ProgramBench): Promise<KeptPrograms> {
  const kept = await next.resume();
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

test("what is gone while an agent stands still, and is killed, is told to the next one", async () => {
  const agent = await agentWith([tracked("p"), tracked("q")]);
  await Promise.all([isUp("p"), isUp("q")]);
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  const pid = pidOf("q");
  process.kill(known(agent.pid, "it runs"), "SIGSTOP");
  process.kill(pid, "SIGKILL");
  await eventually(() => !existsSync(`/proc/${pid}`), "q is gone, and its host knows");
  agent.kill("SIGKILL");
  await once(agent, "close");
  assert.deepEqual(
    (await resumed(bench())).runs.map(({ start }) => start.config.name),
    ["p", "q"],
  );
});

test("how a program ended is told to the next agent, though the one before heard of it", async () => {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  const run = before.start({ name: programName("q"), source: shell("exit 3") });
  await before.heard("program-gone", run);
  await before.link.close();
  const { runs, ended = [] } = await resumed(bench());
  const q = [...runs, ...ended].find(({ start }) => start.run === run);
  assert.deepEqual(
    q?.facts.find(({ kind }) => kind === "program-exited"),
    {
      kind: "program-exited",
      run,
      exit: { kind: "status", status: 3 },
    },
  );
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
  assert.deepEqual(answer, { kind: "other-protocol", protocol: HOST_PROTOCOL });
  await hostIsGone();
  assert.ok(wasAsked("p") && !isAlive(pidOf("p")));
});

test("an agent that finds one of another version says so, and its own begins when that has ended", async () => {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  const first = pidOf("p");
  await before.link.close();
  const other = connect(keeperSocket(socket));
  await Promise.all([answerOn(other), sayOn(other, { kind: "hello", protocol: 99, agent: process.pid })]);
  const next = bench();
  assert.equal(await next.resume(), undefined, "it ends, and goes on for nobody");
  const run = next.start(tracked("p"));
  await next.heard("program-ready", run);
  assert.ok(wasAsked("p") && !isAlive(first), "nothing is left of it when the next one starts");
});

/** Takes its time to end: until a file is there. */
const slow = (name: string): Partial<ProgramConfig> => ({
  name: programName(name),
  stop: { signal: "SIGTERM", timeout: seconds(600) },
  source: shell(
    `trap "while [ ! -e ${directory}/enough ]; do sleep 0.05; done; echo asked >${directory}/${name}.end; exit 0" TERM; echo $$ >${directory}/${name}.pid; while :; do sleep 0.05; done`,
  ),
});

/** A host of another version has begun to end its program. */
async function endsSlowly(): Promise<number> {
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(slow("p")));
  await isUp("p");
  await before.link.close();
  const other = connect(keeperSocket(socket));
  await Promise.all([answerOn(other), sayOn(other, { kind: "hello", protocol: 99, agent: process.pid })]);
  return pidOf("p");
}

/** Ends 4 s after it is asked to, for which it asks for 5. */
const LATE_TO_END = `use IO::Socket::UNIX;
sub say_so { IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $ENV{NOTIFY_SOCKET})->send($_[0]) }
my $end = 0;
$SIG{TERM} = sub { $end = 1 };
say_so("READY=1");
select(undef, undef, undef, 0.05) while !$end;
say_so("EXTEND_TIMEOUT_USEC=5000000");
select(undef, undef, undef, 4);
open(my $file, ">", "$ARGV[0]/p.end");
`;

const enough = (): void => writeFileSync(join(directory, "enough"), "");

test("an agent that starts waits until nothing is left of what a host of another version ends", async () => {
  const pid = await endsSlowly();
  const next = bench();
  let isOver = false;
  const resuming = next.resume().then((kept) => {
    isOver = true;
    return kept;
  });
  await eventually(() => next.waits.length > 0, "it waits");
  assert.ok(known(next.waits[0], "it waits") > after(bootClock(), seconds(600)), "for as long as the program may take");
  assert.ok(isAlive(pid) && !isOver);
  enough();
  assert.equal(await resuming, undefined);
  assert.ok(wasAsked("p") && !isAlive(pid));
  assert.ok(!next.link.mayHaveRemains || !existsSync(programRecordFile(socket)), "and knows that nothing is left");
  assert.equal(next.hostsKilled, 0);
});

test("one that does not come to an end in its time is killed, with what it had", async () => {
  const pid = await endsSlowly();
  writeFileSync(endingFile(socket), JSON.stringify({ until: 0 }));
  const next = bench();
  assert.equal(await next.resume(), undefined);
  assert.equal(next.hostsKilled, 1);
  const run = next.start(tracked("q"));
  await next.heard("program-ready", run);
  assert.ok(!isAlive(pid), "nothing is left of it when the next one starts");
});

test("a host that kept programs and stands still is killed, with what it had", async () => {
  const host = await hostLeftAlone();
  process.kill(host, "SIGSTOP");
  const next = bench();
  assert.equal(await next.resume(100), undefined);
  assert.equal(next.hostsKilled, 1);
  const run = next.start(tracked("q"));
  await next.heard("program-ready", run);
  assert.ok(!isAlive(host) && !isAlive(pidOf("p")));
});

test("outside of a pause, nobody waits for the host of an agent before", async () => {
  const before = bench();
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  const next = bench();
  assert.equal(await next.resume(), undefined);
  assert.deepEqual([next.waits, next.hostsKilled], [[], 0]);
  assert.ok(isAlive(pidOf("p")), "though it is at work");
});

test("programs that end in order have all their time, however often the next host gives up waiting", async () => {
  const pid = await endsSlowly();
  const next = bench({ predecessorMsMax: 20 });
  const run = next.start(tracked("q"));
  await eventually(() => next.troubles.length > 1, "it gave up twice");
  assert.ok(isAlive(pid));
  enough();
  await next.heard("program-ready", run);
  assert.ok(wasAsked("p") && !isAlive(pid));
});

test("an agent that ends meanwhile, in a pause still, leaves them that time", async () => {
  const pid = await endsSlowly();
  const next = bench();
  next.link.keep(true);
  next.link.start();
  await next.link.close();
  assert.ok(isAlive(pid));
  enough();
  await hostIsGone();
  assert.ok(wasAsked("p"));
});

for (const [answer, protocols] of [
  ['{"kind":"other-protocol","protocol":7}', [7]],
  ["nonsense", []],
  ["[1]", []],
  ['{"kind":"welcome"}', []],
] as const) {
  test(`whoever answers an agent with ${answer} keeps nothing for it`, async () => {
    writeFileSync(programRecordFile(socket), "[]");
    const server = createServer((channel) => channel.end(`${answer}\n`)).listen(keeperSocket(socket));
    await once(server, "listening");
    const next = bench();
    assert.equal(await next.resume(), undefined);
    assert.deepEqual(next.protocols, protocols);
    server.close();
    rmSync(programRecordFile(socket));
  });
}

test("a second agent waits for the first one's end, which gives all orders until then", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start(tracked("p"));
  await before.heard("program-ready", run);
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  const second = connect(keeperSocket(socket));
  const answer = answerOn(second);
  await sayOn(second, { kind: "hello", protocol: HOST_PROTOCOL, agent: process.pid });
  await before.heard("program-ready", before.start(tracked("q")));
  await before.link.close();
  const { kind, runs } = (await answer) as KeptPrograms & { kind: string };
  assert.deepEqual([kind, runs.map(({ start }) => start.config.name)], ["kept", ["p", "q"]], "what there is by then");
  assert.deepEqual([wasAsked("p"), wasAsked("q")], [false, false]);
  second.destroy();
  await resumed(bench());
});

test("when the host dies under the next agent, that hears that its programs are lost", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start(tracked("p"));
  await before.heard("program-ready", run);
  await isUp("p");
  await before.link.close();
  const next = bench();
  await resumed(next);
  process.kill(known(next.link.pid, "it goes on with a host"), "SIGKILL");
  const { until = 0 } = await next.heard("program-host-lost", undefined);
  assert.ok(until >= run, "that run among them");
  await eventually(() => !isAlive(pidOf("p")), "p is killed");
});

test("when the host dies while no agent is there, the next agent's ends what it left", async () => {
  const host = await hostLeftAlone();
  process.kill(host, "SIGKILL");
  await eventually(() => !isAlive(host), "the host is dead");
  assert.ok(isAlive(pidOf("p")));
  const next = bench();
  assert.equal(await next.resume(), undefined);
  next.link.start();
  await eventually(() => !isAlive(pidOf("p")), "p is killed");
  await eventually(() => next.facts.length > 0, "it is said that p ended, or is left for a while yet");
});

test("a host that no agent can find any more ends everything in order", async () => {
  await hostLeftAlone();
  rmSync(keeperSocket(socket));
  await hostIsGone();
  assert.ok(wasAsked("p") && !isAlive(pidOf("p")));
});

test("where nothing outlives the agent, programs end in order with it", async () => {
  const before = bench();
  before.isLast = true;
  before.link.keep(true);
  await before.heard("program-ready", before.start({ ...tracked("p") }));
  await before.heard("program-ready", before.start({ ...tracked("q"), after: [programName("p")] }));
  await Promise.all([isUp("p"), isUp("q")]);
  await before.link.close();
  assert.ok(wasAsked("p") && wasAsked("q"));
  assert.deepEqual([isAlive(pidOf("p")), isAlive(pidOf("q"))], [false, false]);
});

test("a program that asks for more time to end has it without an agent too", async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start({
    name: programName("p"),
    ready: { kind: "notify", timeout: seconds(20) },
    stop: { signal: "SIGTERM", timeout: seconds(3) },
    source: { kind: "command", command: ["/usr/bin/perl", "-e", LATE_TO_END, directory] },
  });
  await before.heard("program-ready", run);
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  await before.link.close();
  rmSync(keeperSocket(socket));
  await hostIsGone();
  assert.ok(wasAsked("p"), "it ended by itself");
});

test("a host that could not be found again says so, and ends everything in order with its agent", async () => {
  mkdirSync(keeperSocket(socket));
  const before = bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(tracked("p")));
  await isUp("p");
  await eventually(() => before.troubles.some((each) => each.includes("end with the agent")), "it says so");
  await before.link.close();
  assert.ok(wasAsked("p") && !isAlive(pidOf("p")));
});

test("a host that could not be found again ends everything in order for an agent that is killed", async () => {
  mkdirSync(keeperSocket(socket));
  const agent = await agentWith([tracked("p")]);
  await isUp("p");
  agent.kill("SIGKILL");
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

const RESOURCE_AGENTS = "/usr/lib/ocf/resource.d/heartbeat";
const isWithout = programsMissing(join(RESOURCE_AGENTS, "Dummy"), join(RESOURCE_AGENTS, "Stateful"));

const resource = (type: string): Partial<ProgramConfig> => ({
  name: programName(type.toLowerCase()),
  source: { kind: "ocf", provider: "heartbeat", type, parameters: { state: stateOf(type) } },
  standby: type === "Stateful",
  monitor: { interval: milliseconds(50) },
});
const stateOf = (type: string): string => join(directory, `${type}.state`);

test("resources run on, and their monitors with them", { skip: isWithout }, async () => {
  const before = bench();
  before.link.keep(true);
  const [dummy, stateful] = [before.start(resource("Dummy")), before.start(resource("Stateful"))];
  await Promise.all([before.heard("program-ready", dummy), before.heard("program-ready", stateful)]);
  const role = readFileSync(stateOf("Stateful"), "utf8");
  const state = statSync(stateOf("Dummy"));
  await before.link.close();
  const next = bench();
  const kept = await resumed(next);
  assert.deepEqual(
    ["dummy", "stateful"].map((name) => [runOf(kept, name).role, runOf(kept, name).readyFor !== undefined]),
    [
      ["holder", true],
      ["holder", true],
    ],
  );
  assert.deepEqual(statSync(stateOf("Dummy")), state, "it was neither stopped nor started");
  assert.equal(readFileSync(stateOf("Stateful"), "utf8"), role);
  next.link.perform({ kind: "tell-role", run: stateful, role: "standby" });
  assert.equal((await next.heard("role-told", stateful)).problem, undefined);
  assert.notEqual(readFileSync(stateOf("Stateful"), "utf8"), role, "it is demoted");
  rmSync(stateOf("Dummy"));
  assert.deepEqual((await next.heard("program-exited", dummy)).exit, { kind: "not-running" });
});

test("a resource that is gone while no agent is there is told to the next one", { skip: isWithout }, async () => {
  const before = bench();
  before.link.keep(true);
  const run = before.start(resource("Dummy"));
  await before.heard("program-ready", run);
  await eventually(() => existsSync(keeperSocket(socket)), "the host can be found");
  await before.heard("program-ready", before.start(tracked("p")));
  await before.link.close();
  rmSync(stateOf("Dummy"));
  const next = bench();
  const { facts } = runOf(await resumed(next), "dummy");
  if (!facts.some(({ kind }) => kind === "program-gone")) await next.heard("program-gone", run);
  const exit = facts.find(({ kind }) => kind === "program-exited") ?? (await next.heard("program-exited", run));
  assert.deepEqual(exit, { kind: "program-exited", run, exit: { kind: "not-running" } });
});

const sayOn = (channel: Socket, what: object): Promise<void> =>
  new Promise((resolve) => void channel.write(`${JSON.stringify(what)}\n`, () => resolve()));

async function answerOn(channel: Socket): Promise<unknown> {
  for await (const line of createInterface({ input: channel })) return JSON.parse(line);
  return undefined;
}
