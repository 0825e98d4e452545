import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  BENCH_NODE,
  benchMaker,
  controlGroupsMissing,
  type Fact,
  isAlive,
  ProgramBench,
  shell,
  tcpCheck,
} from "../../../test/support/program-bench.js";
import { programsMissing } from "../../../test/support/debian-programs.js";
import { eventually } from "../../../test/support/eventually.js";
import { milliseconds, seconds } from "../../base/time.js";
import { type ProgramEffect, programName } from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";

const missing = controlGroupsMissing();
const noTools = missing || programsMissing("/usr/bin/systemd-notify", "/usr/bin/python3");
const bench = benchMaker();
const SETTINGS = { user: undefined, directory: undefined, environment: {}, memoryMax: undefined, cpuMax: undefined };

const groupsLeft = (): readonly string[] =>
  machineHierarchies().flatMap(({ path }) => {
    const root = join(path, "locum");
    return existsSync(root) ? readdirSync(root).filter((name) => name.startsWith(`${BENCH_NODE}-`)) : [];
  });

test("a program's life: started, ready, asked to end, gone, and nothing stays", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ source: shell("echo hello; echo trouble >&2; exec sleep 1000") });
  const { pid } = await on.heard("program-started", run);
  await on.heard("program-ready", run);
  assert.ok(isAlive(pid));
  // Asked sooner to end, it may not have said anything.
  await eventually(
    () => /Z out hello\n/.test(on.log()) && /Z err trouble\n/.test(on.log()),
    "its output is in its log",
  );
  on.stop(run);
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "signal", signal: "SIGTERM" });
  await on.heard("program-gone", run);
  assert.deepEqual(on.kindsOf(run), ["program-started", "program-ready", "program-exited", "program-gone"]);
  await on.close();
  assert.deepEqual(groupsLeft(), []);
});

test("what cannot be started is refused with the reason, and is gone", { skip: missing }, async () => {
  const on = bench();
  const cases: [Parameters<ProgramBench["start"]>[0], RegExp][] = [
    [
      { source: { kind: "command", command: ["/nope/nothing"] } },
      /^\/nope\/nothing can't be executed: it does not exist$/,
    ],
    [{ source: { kind: "command", command: ["/etc/passwd"] } }, /^\/etc\/passwd can't be executed/],
    [{ settings: { ...SETTINGS, user: "nobody-at-all" } }, /^there is no user nobody-at-all$/],
    [{ settings: { ...SETTINGS, directory: "/nope" } }, /^\/nope can't be its directory/],
    [{ source: { kind: "unit", unit: "no-such.service" } }, /systemd/],
    [{ source: { kind: "ocf", provider: "nope", type: "x", parameters: {} } }, /can't be executed/],
  ];
  for (const [config, problem] of cases) {
    const run = on.start(config);
    assert.match((await on.heard("program-not-started", run)).problem, problem);
    await on.heard("program-gone", run);
    assert.deepEqual(on.kindsOf(run), ["program-not-started", "program-gone"]);
  }
});

test("a script whose interpreter is missing was never started", { skip: missing }, async () => {
  const on = bench();
  const file = join(on.directory, "script");
  const settings = { ...SETTINGS, user: "daemon" };
  chmodSync(on.directory, 0o755);
  for (const [line, problem] of [
    ["#! /nope/interpreter -x", `its interpreter "/nope/interpreter" does not exist`],
    ["#!/bin/sh\r", `its interpreter "/bin/sh\\r" does not exist: its lines end as on Windows`],
  ]) {
    writeFileSync(file, `${line}\n`, { mode: 0o755 });
    for (const more of [{}, { settings }]) {
      const run = on.start({ source: { kind: "command", command: [file] }, ...more });
      assert.equal((await on.heard("program-not-started", run)).problem, `${file} can't be executed: ${problem}`);
      await on.heard("program-gone", run);
    }
  }
});

test(
  "of a huge script whose interpreter is missing no more than the first line is read",
  { skip: missing },
  async () => {
    const on = bench();
    const { pid } = await on.heard("program-started", on.start({ name: programName("neighbour") }));
    const host = on.link.pid;
    const file = join(on.directory, "script");
    writeFileSync(file, "#!/nope/interpreter\n", { mode: 0o755 });
    truncateSync(file, 3 * 2 ** 30);
    const run = on.start({ source: { kind: "command", command: [file] } });
    const { problem } = await on.heard("program-not-started", run);
    assert.equal(problem, `${file} can't be executed: its interpreter "/nope/interpreter" does not exist`);
    assert.deepEqual([on.link.pid, isAlive(pid), on.troubles], [host, true, []]);
  },
);

test("a defect ends the host at once, and its programs with it", { skip: missing }, async () => {
  const on = bench();
  const { pid } = await on.heard("program-started", on.start({}));
  on.link.perform({ kind: "no-such-order" } as unknown as ProgramEffect);
  const begun = performance.now();
  await on.heard("program-host-lost", undefined);
  assert.ok(performance.now() - begun < 5_000, "nobody waits until it has been silent for too long");
  assert.deepEqual([on.troubles, isAlive(pid)], [["The program host does not run: it ended with SIGKILL"], false]);
});

test("a program inherits nothing of the agent, and has its own user and place", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({
    source: shell(`id -un; id -Gn; pwd; umask; env; cat /proc/self/oom_score_adj /proc/self/stat; ulimit -Sn
      grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status; ls -l /proc/self/fd; echo all; exit 3`),
    settings: { ...SETTINGS, user: "daemon", directory: "/usr", environment: { COLOUR: "blue" } },
    watchdog: seconds(30),
  });
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "status", status: 3 });
  await on.heard("program-gone", run);
  await eventually(() => /Z out all\n/.test(on.log()), "all of it is written");
  const log = on.log().replaceAll(/^\S+ out /gm, "");
  assert.match(log, /^daemon\ndaemon\n\/usr\n0022\n/);
  for (const line of [
    "COLOUR=blue",
    `LOCUM_NODE=${BENCH_NODE}`,
    "LOCUM_SERVICE=shop",
    "LOCUM_PROGRAM=p",
    "LOCUM_ROLE=holder",
  ]) {
    assert.ok(log.includes(`\n${line}\n`), line);
  }
  for (const name of [
    "LOCUM_SOCKET=/",
    "NOTIFY_SOCKET=/",
    "WATCHDOG_USEC=30000000",
    "WATCHDOG_PID=",
    "HOME=/usr/sbin",
  ]) {
    assert.ok(log.includes(`\n${name}`), name);
  }
  assert.equal(/NODE_|npm_/.test(log), false, log);
  assert.match(log, /^0\n\d+ \(cat\) R (?:\S+ ){14}20 0 /m, "oom score 0, priority and niceness as usual");
  assert.match(log, /SigBlk:\t0+\nSigIgn:\t0+\n/);
  assert.match(log, /^1024$/m);
  assert.equal(/-> .*(socket|anon_inode|event)/.test(log.replaceAll(/ [12] -> socket.*/g, "")), false, log);
});

test(
  "the environment of a program acts on nothing that still has more rights than its user",
  { skip: missing },
  async () => {
    const on = bench();
    const traces = join(on.directory, "traces");
    mkdirSync(traces);
    chmodSync(on.directory, 0o755);
    chmodSync(traces, 0o777);
    // The linker of each process that finds this in its environment leaves a file of its user.
    const environment = {
      LD_DEBUG: "statistics",
      LD_DEBUG_OUTPUT: join(traces, "ld"),
      QUOTED: `a'b"c $HOME \`id\` \\\n*`,
    };
    const run = on.start({
      source: { kind: "command", command: ["/usr/bin/env"] },
      settings: { ...SETTINGS, user: "daemon", environment },
    });
    assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "status", status: 0 });
    const users = readdirSync(traces).map((name) => statSync(join(traces, name)).uid);
    assert.deepEqual(users, [1], "the program alone went by it");
    await eventually(() => on.log().includes("QUOTED="), "its environment is written");
    const log = on.log().replaceAll(/^\S+ out /gm, "");
    assert.ok(log.includes(`QUOTED=a'b"c $HOME \`id\` \\\n*`), log);
    assert.equal(log.includes("LOCUM_WRAPPED"), false, log);
  },
);

test("what a program leaves when it ends is killed with it", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ source: shell("setsid sleep 7654321 & (setsid setsid sleep 7654322 &); sleep 0.2; exit 0") });
  await on.heard("program-exited", run);
  await on.heard("program-gone", run);
  assert.equal(
    commandLines().some((line) => line.startsWith("sleep\u0000765432")),
    false,
  );
});

const commandLines = (): readonly string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    });

test("one that ignores SIGTERM is killed when that is ordered", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ source: shell('trap "" TERM; echo up; while :; do sleep 0.05; done') });
  await on.heard("program-ready", run);
  await eventually(() => on.log().includes("up"), "the trap is set");
  on.stop(run);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(on.kindsOf(run).includes("program-exited"), false);
  on.kill(run);
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "signal", signal: "SIGKILL" });
  await on.heard("program-gone", run);
});

test("READY=1 and the other words are heard, in the name of the program alone", { skip: noTools }, async () => {
  const on = bench();
  const run = on.start({
    ready: { kind: "notify", timeout: seconds(60) },
    source: shell(`systemd-notify EXTEND_TIMEOUT_USEC=3000000 --status="warming up"
      systemd-notify --ready; systemd-notify WATCHDOG=trigger; systemd-notify RELOADING=1; systemd-notify READY=1
      systemd-notify STOPPING=1 ERRNO=2; sleep 1000`),
  });
  const { pid } = await on.heard("program-started", run);
  await on.heard("program-said", run, ({ saying }) => saying.kind === "extending" && saying.by === seconds(3));
  await on.heard("program-said", run, ({ saying }) => saying.kind === "status" && saying.text === "warming up");
  await on.heard("program-ready", run);
  const triggered = await on.heard("program-judged", run);
  assert.deepEqual([triggered.health, triggered.by], ["failing", "watchdog"]);
  await on.heard("program-said", run, ({ saying }) => saying.kind === "reloading");
  await on.heard("program-said", run, ({ saying }) => saying.kind === "stopping");
  await on.heard("program-said", run, ({ saying }) => saying.kind === "status" && saying.text === "error: ENOENT");
  assert.equal(on.kindsOf(run).filter((kind) => kind === "program-ready").length, 2, "once more after the reload");
  const other = on.start({ ready: { kind: "notify", timeout: seconds(60) }, source: shell("sleep 1000") });
  const own = /NOTIFY_SOCKET=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1] ?? "";
  const lie = `import socket,time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"READY=1", ${JSON.stringify(own.replace(/\d+$/, String(other)))})
print("lied", flush=True)
time.sleep(1000)`;
  on.start({ source: { kind: "command", command: ["/usr/bin/python3", "-c", lie] } });
  await eventually(() => on.log().includes("lied"), "it has lied");
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(on.kindsOf(other), ["program-started"]);
});

const FEEDING = "while :; do systemd-notify WATCHDOG=1; sleep 0.05; done";
const verdictsOn = (on: ProgramBench, run: number): readonly string[] =>
  on.facts.flatMap((fact) => (fact.kind === "program-judged" && fact.run === run ? [fact.health] : []));

test("a watchdog that is not fed is told once, and one that is fed is not", { skip: noTools }, async () => {
  const on = bench();
  const run = on.start({ watchdog: milliseconds(300), source: shell("sleep 1000") });
  const fed = on.start({ watchdog: seconds(3), source: shell(FEEDING) });
  const { health, problem, by } = await on.heard("program-judged", run);
  assert.deepEqual([health, problem, by], ["failing", "no WATCHDOG=1 within 300 ms", "watchdog"]);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  assert.deepEqual([verdictsOn(on, run).length, verdictsOn(on, fed).length], [1, 0]);
});

test("a watchdog that is fed again takes back that it was not", { skip: noTools }, async () => {
  const on = bench();
  const run = on.start({ watchdog: milliseconds(500), source: shell(`sleep 1; ${FEEDING}`) });
  await on.heard("program-judged", run, ({ health }) => health === "failing");
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
});

test("a watchdog waits for a start that takes longer, and then notices a hang", { skip: noTools }, async () => {
  const on = bench();
  const run = on.start({
    ready: { kind: "notify", timeout: seconds(60) },
    watchdog: milliseconds(300),
    source: shell("sleep 1; systemd-notify --ready; exec sleep 1000"),
  });
  await on.heard("program-judged", run);
  assert.deepEqual(on.kindsOf(run), ["program-started", "program-ready", "program-judged"]);
});

/** The program host stands still for so long, as when the machine has no time for it. */
async function standStill(on: ProgramBench, ms: number): Promise<void> {
  const host = on.link.pid ?? 0;
  assert.ok(host > 0);
  process.kill(host, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, ms));
  process.kill(host, "SIGCONT");
}

test("a watchdog that was fed while nobody listened is not told of", { skip: noTools }, async () => {
  const on = bench();
  const run = on.start({ watchdog: milliseconds(1_500), source: shell(FEEDING) });
  await on.heard("program-ready", run);
  await standStill(on, 1_900);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.deepEqual(verdictsOn(on, run), []);
});

test("a watchdog is given its time anew when the machine stood still", { skip: noTools }, async () => {
  const on = bench();
  const go = join(on.directory, "go");
  const run = on.start({
    watchdog: milliseconds(1_500),
    source: shell(`systemd-notify --status=fed WATCHDOG=1; until [ -e ${go} ]; do sleep 0.01; done; ${FEEDING}`),
  });
  await on.heard("program-said", run);
  await standStill(on, 3_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  writeFileSync(go, "");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.deepEqual(verdictsOn(on, run), []);
});

test("the end of the process that MAINPID names is the program's, with its status", { skip: noTools }, async () => {
  const on = bench();
  const over = join(on.directory, "over");
  const run = on.start({
    ready: { kind: "notify", timeout: seconds(60) },
    source: shell(`(until [ -e ${over} ]; do sleep 0.05; done; exit 42) & systemd-notify --ready MAINPID=$!; exit 0`),
  });
  const { pid } = await on.heard("program-started", run);
  await on.heard("program-ready", run);
  await eventually(() => !isAlive(pid), "the process that was started has ended");
  writeFileSync(over, "");
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "status", status: 42 });
  await on.heard("program-gone", run);
});

test(
  "a question whether it is ready that takes longer than most is asked again with more time",
  { skip: noTools },
  async () => {
    const on = bench();
    const probe = { kind: "exec", command: ["/bin/sleep", "1.5"] } as const;
    const run = on.start({ ready: { kind: "probe", probe, timeout: seconds(60) } });
    await on.heard("program-ready", run);
  },
);

test("health is judged, and a program that lies about its readiness is found out", { skip: noTools }, async () => {
  const on = bench();
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address() as { port: number };
  const probe = { kind: "tcp", host: "127.0.0.1", port } as const;
  const run = on.start({ ready: { kind: "probe", probe, timeout: seconds(5) }, health: tcpCheck(port) });
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  await new Promise((resolve) => server.close(resolve));
  const failing = (fact: Fact<"program-judged">): boolean => fact.health === "failing";
  await on.heard("program-judged", run, (fact) => failing(fact) && /ECONNREFUSED/.test(fact.problem));
  const liar = on.start({
    ready: { kind: "notify", timeout: seconds(60) },
    source: shell("systemd-notify --ready; sleep 1000"),
    health: tcpCheck(port),
  });
  await on.heard("program-judged", liar, failing);
  const checked = on.start({
    health: {
      ...tcpCheck(1),
      timeout: seconds(60),
      probe: { kind: "exec", command: ["/bin/sh", "-c", "echo bad day >&2; exit 5"] },
    },
  });
  assert.equal((await on.heard("program-judged", checked, failing)).problem, "exit status 5 bad day");
  const slow = on.start({ health: { ...tcpCheck(1), probe: { kind: "exec", command: ["/bin/sleep", "1000"] } } });
  assert.match((await on.heard("program-judged", slow, failing)).problem, /no answer within 200 ms/);
});

test("a role is told by its command, with the role last", { skip: missing }, async () => {
  const on = bench();
  const run = on.start(
    { roleCommand: ["/bin/sh", "-c", 'echo "now $1 $LOCUM_ROLE"; [ "$1" = holder ]', "-"] },
    "standby",
  );
  await on.heard("program-ready", run);
  on.link.perform({ kind: "tell-role", run, role: "holder" });
  assert.equal((await on.heard("role-told", run, ({ role }) => role === "holder")).problem, undefined);
  on.link.perform({ kind: "tell-role", run, role: "standby" });
  assert.match((await on.heard("role-told", run, ({ role }) => role === "standby")).problem ?? "", /exit status 1/);
  await eventually(() => on.log().includes("now holder holder"), "the command has run");
});

test("who asks for more time for a change of role has it, and no more", { skip: noTools }, async () => {
  const on = bench();
  const more = `case "$1" in
    holder) systemd-notify EXTEND_TIMEOUT_USEC=60000000; exec sleep 2.5;;
    *) systemd-notify EXTEND_TIMEOUT_USEC=2500000; exec sleep 100;; esac`;
  const run = on.start({ roleCommand: ["/bin/sh", "-c", more, "-"], roleTimeout: seconds(2) }, "standby");
  await on.heard("program-ready", run);
  on.link.perform({ kind: "tell-role", run, role: "holder" });
  assert.equal((await on.heard("role-told", run)).problem, undefined);
  on.link.perform({ kind: "tell-role", run, role: "standby" });
  const late = await on.heard("role-told", run, ({ role }) => role === "standby");
  assert.equal(late.problem, "it took longer than it had asked for");
  on.stop(run);
  await on.heard("program-gone", run);
});

test("memory beyond the limit ends it, and that is told", { skip: noTools }, async () => {
  const on = bench();
  const script = "x = []\nwhile True: x.append(b'x' * 1000000)";
  const run = on.start({
    source: { kind: "command", command: ["/usr/bin/python3", "-c", script] },
    settings: { ...SETTINGS, memoryMax: 40 * 2 ** 20 },
  });
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "out-of-memory" });
  await on.heard("program-gone", run);
});

test("processor time beyond the limit is not to be had", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ source: shell("while :; do :; done"), settings: { ...SETTINGS, cpuMax: 0.1 } });
  const { pid } = await on.heard("program-started", run);
  assert.ok((await shareOfCore(pid)) < 0.4, "far from a whole core");
});

const cpuTicks = (pid: number | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

/** How much of one core a process has while a second or more passes: of whatever passes on a busy machine. */
async function shareOfCore(pid: number | undefined): Promise<number> {
  const [ticks, at] = [cpuTicks(pid), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return ((cpuTicks(pid) - ticks) * MS_PER_TICK) / (performance.now() - at);
}

const MS_PER_TICK = 10;

test("a flood of output costs little, and what is left out is said", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ source: shell("exec yes flooding the log") });
  const calm = on.start({ name: "p" as never, health: undefined });
  await on.heard("program-ready", run);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const used = await shareOfCore(on.link.pid);
  console.log(`a flooding program: ${Math.round(used * 100)} % of one core in the host`);
  assert.ok(used < 0.4, `${used} of one core`);
  on.stop(calm);
  await on.heard("program-gone", calm);
  on.kill(run);
  await on.heard("program-gone", run);
  await eventually(() => /locum \d+ bytes of output were left out/.test(on.log()), "it is said");
});

test("one that closes or floods its notify socket disturbs nobody", { skip: noTools }, async () => {
  const on = bench();
  const flood = on.start({
    source: shell(`exec python3 -c "
import os,socket
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)
while True: s.sendto(b'STATUS=x', os.environ['NOTIFY_SOCKET'])"`),
  });
  const closer = on.start({
    ready: { kind: "notify", timeout: seconds(60) },
    source: shell('systemd-notify --ready; rm "$NOTIFY_SOCKET"; sleep 1000'),
  });
  await on.heard("program-ready", closer);
  await on.heard("program-said", flood);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [before, at] = [on.facts.length, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const rate = ((on.facts.length - before) * 1_000) / (performance.now() - at);
  assert.ok(rate <= 15, `${rate} facts a second`);
  for (const run of [flood, closer]) {
    on.kill(run);
    await on.heard("program-gone", run);
  }
});

test("a storm of exits is told one by one, each run gone before the next", { skip: missing }, async () => {
  const on = bench();
  for (let count = 0; count < 50; count += 1) {
    const run = on.start({ source: { kind: "command", command: ["/bin/true"] } });
    await on.heard("program-gone", run);
    assert.deepEqual(on.kindsOf(run), ["program-started", "program-ready", "program-exited", "program-gone"]);
  }
});
