import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { programsMissing } from "../../../test/support/debian-programs.js";
import { answerOn, keepingBenches, resumed, sayOn } from "../../../test/support/keeping-bench.js";
import { isAlive, shell, SIMPLE } from "../../../test/support/program-bench.js";
import { type KeptPrograms, type KeptRun, type ProgramConfig, programName } from "../../model/program.js";
import { known } from "../../base/assert.js";
import { milliseconds, seconds } from "../../base/time.js";
import { doorDirectory, doorOf, HOST_PROTOCOL, keeperSocket } from "./program-protocol.js";

/** Programs whose agent ends in a pause, and the next agent that goes on with them. */

const place = keepingBenches();

const runOf = ({ runs }: KeptPrograms, name: string): KeptRun => {
  const found = runs.find(({ start }) => start.config.name === programName(name));
  assert.ok(found !== undefined, `${name} is told of`);
  return found;
};

test("what runs outlives an agent that ends in order, and the next one goes on with it", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start(place().tracked("p"));
  await before.heard("program-ready", run);
  await place().isUp("p");
  await place().hostCanBeFound();
  assert.equal(statSync(keeperSocket(place().socket)).mode & 0o777, 0o600, "by nobody else");
  const pid = place().pidOf("p");
  await before.link.close();

  const next = place().bench();
  const { start, role, readyFor, ending, facts } = runOf(await resumed(next), "p");
  assert.deepEqual([start.run, start.service, role, ending, facts], [run, "shop", "holder", undefined, []]);
  assert.ok(readyFor !== undefined && isAlive(pid));
  next.stop(run);
  await next.heard("program-gone", run);
  assert.ok(place().wasAsked("p"), "it ended in order");
});

test("so it does an agent that is killed, and what happens meanwhile is told to the next one", async () => {
  const agent = await place().agentWith([place().tracked("p"), place().tracked("q")]);
  await Promise.all([place().isUp("p"), place().isUp("q")]);
  await place().hostCanBeFound();
  agent.kill("SIGKILL");
  // Whoever reads what the agent says learns of its end, too.
  await once(agent, "close");
  process.kill(place().pidOf("q"), "SIGKILL");
  await eventually(() => !isAlive(place().pidOf("q")), "q has ended");
  const next = place().bench();
  const kept = await resumed(next);
  assert.ok(isAlive(place().pidOf("p")));
  assert.deepEqual(runOf(kept, "p").facts, []);
  const { facts, start } = runOf(kept, "q");
  if (!facts.some(({ kind }) => kind === "program-gone")) await next.heard("program-gone", start.run);
  const exit = facts.find(({ kind }) => kind === "program-exited") ?? (await next.heard("program-exited", start.run));
  assert.deepEqual(exit, { kind: "program-exited", run: start.run, exit: { kind: "signal", signal: "SIGKILL" } });
});

const isRoot = process.getuid?.() === 0;

test("a door that the next agent opens is its program's again", { skip: isRoot ? false : "needs root" }, async () => {
  const before = place().bench();
  before.link.keep(true);
  chmodSync(place().directory, 0o777);
  const user = "nobody";
  const run = before.start({ ...place().tracked("p"), settings: { ...SIMPLE.settings, user } });
  await before.heard("program-ready", run);
  await before.link.close();
  const next = place().bench();
  await resumed(next);
  mkdirSync(doorDirectory(place().socket));
  writeFileSync(doorOf(place().socket, run), "");
  next.link.doorsOpened();
  await eventually(() => statSync(doorOf(place().socket, run)).uid !== 0, "the door belongs to nobody");
});

test("what is gone while an agent stands still, and is killed, is told to the next one", async () => {
  const agent = await place().agentWith([place().tracked("p"), place().tracked("q")]);
  await Promise.all([place().isUp("p"), place().isUp("q")]);
  await place().hostCanBeFound();
  const pid = place().pidOf("q");
  process.kill(known(agent.pid, "it runs"), "SIGSTOP");
  process.kill(pid, "SIGKILL");
  await eventually(() => !existsSync(`/proc/${pid}`), "q is gone, and its host knows");
  agent.kill("SIGKILL");
  await once(agent, "close");
  assert.deepEqual(
    (await resumed(place().bench())).runs.map(({ start }) => start.config.name),
    ["p", "q"],
  );
});

test("how a program ended is told to the next agent, though the one before heard of it", async () => {
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  const run = before.start({ name: programName("q"), source: shell("exit 3") });
  await before.heard("program-gone", run);
  await before.link.close();
  const { runs, ended = [] } = await resumed(place().bench());
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
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await place().isUp("p");
  await place().hostCanBeFound();
  before.link.keep(false);
  await eventually(() => !existsSync(keeperSocket(place().socket)), "it can't be found any more");
  await before.link.close();
  await eventually(() => !isAlive(place().pidOf("p")), "p ended with it");
});

test("an agent that knows nothing of the host, as one of an earlier program, has it end everything in order", async () => {
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await before.heard("program-ready", before.start({ ...place().tracked("q"), after: [programName("p")] }));
  await Promise.all([place().isUp("p"), place().isUp("q")]);
  await before.link.close();
  const next = place().bench();
  next.link.start();
  await next.heard("no-programs-left", undefined);
  assert.ok(place().wasAsked("p") && place().wasAsked("q"));
  assert.ok(!isAlive(place().pidOf("p")) && !isAlive(place().pidOf("q")));
});

test("a host of another version ends everything in order, and says which it speaks", async () => {
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await place().isUp("p");
  await before.link.close();
  assert.deepEqual(await place().hello(99), { kind: "other-protocol", protocol: HOST_PROTOCOL });
  await place().hostIsGone();
  assert.ok(place().wasAsked("p") && !isAlive(place().pidOf("p")));
});

test("an agent that finds one of another version says so, and its own begins when that has ended", async () => {
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await place().isUp("p");
  const first = place().pidOf("p");
  await before.link.close();
  await place().hello(99);
  const next = place().bench();
  assert.equal(await next.resume(), undefined, "it ends, and goes on for nobody");
  const run = next.start(place().tracked("p"));
  await next.heard("program-ready", run);
  assert.ok(place().wasAsked("p") && !isAlive(first), "nothing is left of it when the next one starts");
});

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

test("a second agent waits for the first one's end, which gives all orders until then", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start(place().tracked("p"));
  await before.heard("program-ready", run);
  await place().hostCanBeFound();
  const second = connect(keeperSocket(place().socket));
  const answer = answerOn(second);
  await sayOn(second, { kind: "hello", protocol: HOST_PROTOCOL, agent: process.pid });
  await before.heard("program-ready", before.start(place().tracked("q")));
  await before.link.close();
  const { kind, runs } = (await answer) as KeptPrograms & { kind: string };
  assert.deepEqual([kind, runs.map(({ start }) => start.config.name)], ["kept", ["p", "q"]], "what there is by then");
  assert.deepEqual([place().wasAsked("p"), place().wasAsked("q")], [false, false]);
  second.destroy();
  await resumed(place().bench());
});

test("when the host dies under the next agent, that hears that its programs are lost", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start(place().tracked("p"));
  await before.heard("program-ready", run);
  await place().isUp("p");
  await before.link.close();
  const next = place().bench();
  await resumed(next);
  process.kill(known(next.link.pid, "it goes on with a host"), "SIGKILL");
  const { until = 0 } = await next.heard("program-host-lost", undefined);
  assert.ok(until >= run, "that run among them");
  await eventually(() => !isAlive(place().pidOf("p")), "p is killed");
});

test("when the host dies while no agent is there, the next agent's ends what it left", async () => {
  const host = await place().hostLeftAlone();
  process.kill(host, "SIGKILL");
  await eventually(() => !isAlive(host), "the host is dead");
  assert.ok(isAlive(place().pidOf("p")));
  const next = place().bench();
  assert.equal(await next.resume(), undefined);
  next.link.start();
  await eventually(() => !isAlive(place().pidOf("p")), "p is killed");
  await eventually(() => next.facts.length > 0, "it is said that p ended, or is left for a while yet");
});

test("a host that no agent can find any more ends everything in order", async () => {
  await place().hostLeftAlone();
  rmSync(keeperSocket(place().socket));
  await place().hostIsGone();
  assert.ok(place().wasAsked("p") && !isAlive(place().pidOf("p")));
});

test("where nothing outlives the agent, programs end in order with it", async () => {
  const before = place().bench();
  before.isLast = true;
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await before.heard("program-ready", before.start({ ...place().tracked("q"), after: [programName("p")] }));
  await Promise.all([place().isUp("p"), place().isUp("q")]);
  await before.link.close();
  assert.ok(place().wasAsked("p") && place().wasAsked("q"));
  assert.deepEqual([isAlive(place().pidOf("p")), isAlive(place().pidOf("q"))], [false, false]);
});

test("a program that asks for more time to end has it without an agent too", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start({
    name: programName("p"),
    ready: { kind: "notify", timeout: seconds(20) },
    stop: { signal: "SIGTERM", timeout: seconds(3) },
    source: { kind: "command", command: ["/usr/bin/perl", "-e", LATE_TO_END, place().directory] },
  });
  await before.heard("program-ready", run);
  await place().hostCanBeFound();
  await before.link.close();
  rmSync(keeperSocket(place().socket));
  await place().hostIsGone();
  assert.ok(place().wasAsked("p"), "it ended by itself");
});

test("a host that could not be found again says so, and ends everything in order with its agent", async () => {
  mkdirSync(keeperSocket(place().socket));
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(place().tracked("p")));
  await place().isUp("p");
  await eventually(() => before.troubles.some((each) => each.includes("end with the agent")), "it says so");
  await before.link.close();
  assert.ok(place().wasAsked("p") && !isAlive(place().pidOf("p")));
});

test("a host that could not be found again ends everything in order for an agent that is killed", async () => {
  mkdirSync(keeperSocket(place().socket));
  const agent = await place().agentWith([place().tracked("p")]);
  await place().isUp("p");
  agent.kill("SIGKILL");
  await place().hostIsGone();
  assert.ok(place().wasAsked("p") && !isAlive(place().pidOf("p")));
});

test("who says anything but hello is sent away, and the programs run on", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start(place().tracked("p"));
  await before.heard("program-ready", run);
  await place().isUp("p");
  await before.link.close();
  for (const said of ["nonsense", `{"kind":"kill-program","run":${run}}`, `{"kind":"hello"}`]) {
    const stranger = connect(keeperSocket(place().socket));
    stranger.write(`${said}\n`);
    await once(stranger, "close");
  }
  assert.ok(isAlive(place().pidOf("p")) && !place().wasAsked("p"));
  assert.equal((await resumed(place().bench())).runs.length, 1);
});

test("a host that has nothing to keep ends with its agent", async () => {
  const before = place().bench();
  before.link.keep(true);
  const run = before.start({ source: shell("exit 0") });
  await before.heard("program-gone", run);
  await before.link.close();
  await place().hostIsGone();
});

const RESOURCE_AGENTS = "/usr/lib/ocf/resource.d/heartbeat";
const isWithout = programsMissing(join(RESOURCE_AGENTS, "Dummy"), join(RESOURCE_AGENTS, "Stateful"));

const resource = (type: string): Partial<ProgramConfig> => ({
  name: programName(type.toLowerCase()),
  source: { kind: "ocf", provider: "heartbeat", type, parameters: { state: stateOf(type) } },
  standby: type === "Stateful",
  monitor: { interval: milliseconds(50) },
});
const stateOf = (type: string): string => join(place().directory, `${type}.state`);

test("resources run on, and their monitors with them", { skip: isWithout }, async () => {
  const before = place().bench();
  before.link.keep(true);
  const [dummy, stateful] = [before.start(resource("Dummy")), before.start(resource("Stateful"))];
  await Promise.all([before.heard("program-ready", dummy), before.heard("program-ready", stateful)]);
  const role = readFileSync(stateOf("Stateful"), "utf8");
  const state = statSync(stateOf("Dummy"));
  await before.link.close();
  const next = place().bench();
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
  const before = place().bench();
  before.link.keep(true);
  const run = before.start(resource("Dummy"));
  await before.heard("program-ready", run);
  await place().hostCanBeFound();
  await before.heard("program-ready", before.start(place().tracked("p")));
  await before.link.close();
  rmSync(stateOf("Dummy"));
  const next = place().bench();
  const { facts } = runOf(await resumed(next), "dummy");
  if (!facts.some(({ kind }) => kind === "program-gone")) await next.heard("program-gone", run);
  const exit = facts.find(({ kind }) => kind === "program-exited") ?? (await next.heard("program-exited", run));
  assert.deepEqual(exit, { kind: "program-exited", run, exit: { kind: "not-running" } });
});
