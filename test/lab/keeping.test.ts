/*
 * Programs that run through the restart of their agents in a pause: a server that runs on the holder only, and a pair of
 * redis-servers with a client's data. Outside of a pause they end with their agent.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ECHO_COMMAND, ECHO_PROGRAM_PORT, echoProgram } from "../../lab/echo-program.js";
import { startUdpProbe, type UdpProbe } from "../../lab/measure.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { programsMissing } from "../support/debian-programs.js";
import { alone, askRedis, CACHE_ADDRESS, LOCK_TAKEN, REDIS, writeRedisScripts } from "../support/real-programs.js";
import {
  eventsOf,
  eventually,
  rolesOf,
  skip as noLab,
  unnoticed,
  untilAgreed,
  untilEvent,
  untilFinding,
} from "./fixture.js";

const skip = noLab || programsMissing("/usr/bin/redis-server");

const servicesOf = (lock: string): string => `  shop:
    addresses: [${SHOP_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      echo:
        run: ${alone(lock, echoProgram(SHOP_ADDRESS))}
        restart: { exits: { ${LOCK_TAKEN}: stop } }
  cache:
    addresses: [${CACHE_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      redis:
        run: [/etc/locum/redis-start]
        standby: on
        ready: { tcp: 6379 }
        role: { command: [/etc/locum/redis-role], wait: true }
        health: { tcp: 6379, interval: 200ms, timeout: 10s, fail: 2 }
`;

describe("two agents that are restarted in a pause", { skip }, () => {
  const locks = mkdtempSync(join(tmpdir(), "locum-locks-"));
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: servicesOf(join(locks, "echo")) });
    writeRedisScripts(trial);
    await trial.startAgents();
    probe = await startUdpProbe(trial.host("client"), { target: `${SHOP_ADDRESS}:${ECHO_PROGRAM_PORT}` });
    const { holder, other } = await rolesOf(trial);
    await probe.servedBy(holder);
    await trial.untilFit(other, holder);
  });
  after(async () => {
    await trial.close();
    rmSync(locks, { recursive: true });
  });

  const redis = (...words: readonly string[]): Promise<string> => askRedis(trial, ...words);

  /** The processes of programs on both nodes. */
  const processes = (): Record<string, readonly number[]> =>
    Object.fromEntries(
      trial.nodes.flatMap((node) =>
        [ECHO_COMMAND, REDIS].map((command) => [`${command} on ${node}`, trial.host(node).processesNamed(command)]),
      ),
    );

  async function untilPaused(paused: boolean): Promise<void> {
    for (const node of trial.nodes) await trial.until(node, (status) => status.paused === paused);
  }

  async function replaced(node: string, end: "stop" | "kill"): Promise<void> {
    const agent = trial.agent(node);
    if (end === "stop") trial.stopAgent(node);
    else trial.killAgent(node);
    await agent.exited;
    await trial.startAgent(node);
    await untilEvent(trial, node, "program.kept");
    await untilAgreed(trial);
  }

  it("find their programs as they were, and clients are served throughout", async () => {
    const { holder, other } = await rolesOf(trial);
    const { holder: cacheHolder } = await rolesOf(trial, "cache");
    await eventually(
      () => trial.nodes.every((node) => trial.host(node).processesNamed(REDIS).length === 1),
      () => `a redis-server shall run on each node: ${JSON.stringify(processes())}`,
    );
    assert.equal(await redis("set", "order", "42"), "OK");
    const programs = processes();
    await trial.locum(holder, "pause");
    await untilPaused(true);
    await unnoticed(probe, async () => {
      await replaced(holder, "stop");
      await replaced(other, "stop");
      await replaced(holder, "kill");
      await replaced(other, "kill");
    });
    assert.deepEqual(processes(), programs);
    assert.equal(await redis("get", "order"), "42");
    await trial.untilHeldBy("shop", holder, trial.nodes);
    await trial.untilHeldBy("cache", cacheHolder, trial.nodes);
    const starts = await eventsOf(trial, holder, ["program.starting", "program.stopping"]);
    const { sequence: lastStart = 0 } = (await eventsOf(trial, holder, ["agent.started"])).at(-1) ?? {};
    assert.deepEqual(
      starts.filter(({ sequence }) => sequence > lastStart).map(({ text }) => text),
      [],
    );
  });

  it("go on with them after the pause: a planned move ends them in order where they are", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.locum(holder, "unpause");
    await untilPaused(false);
    await trial.untilFit(other, holder);
    await trial.locum(holder, "move", "shop", "--to", other);
    await trial.untilHeldBy("shop", other, trial.nodes);
    assert.deepEqual(trial.host(holder).processesNamed(ECHO_COMMAND), []);
    await probe.servedBy(other);
    const killed = await eventsOf(trial, holder, ["program.killed", "program.killed-at-once"]);
    assert.deepEqual(killed, []);
  });

  it("take them with them outside of a pause", async () => {
    const { holder } = await rolesOf(trial);
    trial.killAgent(holder);
    await trial.agent(holder).exited;
    await eventually(
      () => [ECHO_COMMAND, REDIS].every((command) => trial.host(holder).processesNamed(command).length === 0),
      () => "nothing of them is left",
    );
  });
});

/** Ends when it is asked to and may. */
const RELUCTANT = "reluctant";
const RELUCTANT_PROGRAM = `#!/usr/bin/perl
$0 = "${RELUCTANT}";
my $end = 0;
$SIG{TERM} = sub { $end = 1 };
select(undef, undef, undef, 0.05) while !$end || ! -e "/etc/locum/may-end";
`;
const PROGRAMS_ALONE = `  shop:
    nodes: [web1, web2]
    programs:
      db: { run: [/etc/locum/${RELUCTANT}], stop: { timeout: 60s } }
`;

describe("an agent of another version that is started in a pause", { skip: noLab }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: PROGRAMS_ALONE });
    for (const node of trial.nodes) trial.host(node).writeFile(`/etc/locum/${RELUCTANT}`, RELUCTANT_PROGRAM, 0o755);
    await trial.startAgents();
  });
  after(() => trial.close());

  const running = (node: string): readonly number[] => trial.host(node).processesNamed(RELUCTANT);

  const untilWaiting = (node: string): Promise<void> =>
    eventually(
      () => trial.agent(node).tail().includes("agent.awaits-programs"),
      () => `it shall wait: ${trial.agent(node).tail()}`,
    );

  /** It is told to end while it waits, and does so at once, though what it waits for goes on. */
  async function stoppedWaiting(node: string): Promise<void> {
    await untilWaiting(node);
    trial.stopAgent(node);
    await trial.agent(node).exited;
    assert.equal(running(node).length, 1);
  }

  it("is left behind until the programs that it can't go on with have ended, and starts them anew", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.locum(other, "pause");
    for (const node of trial.nodes) await trial.until(node, ({ paused }) => paused);
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    const [former] = running(holder);
    const channel = connect(trial.host(holder).outside("/run/locum/agent.sock.kept"));
    channel.write('{"kind":"hello","protocol":99,"agent":1}\n');
    await once(channel, "data");
    await assert.rejects(Promise.all([trial.startAgent(holder), stoppedWaiting(holder)]), /The agent on web[12] ended/);
    const started = trial.startAgent(holder);
    await untilFinding(trial, other, { kind: "left-behind", node: holder });
    await untilWaiting(holder);
    await assert.rejects(
      trial.locum(holder, "status"),
      /does not begin yet: programs of an earlier one end in order first, in \d.* at most/,
    );
    await assert.rejects(trial.locum(other, "unpause"), /is stopped and its machine keeps/);
    assert.deepEqual([running(holder), running(other)], [[former], []]);
    trial.host(holder).writeFile("/etc/locum/may-end", "");
    await started;
    await eventually(
      () => running(holder).some((pid) => pid !== former),
      () => `a new one shall run on ${holder}: ${running(holder).join()}, after ${former}`,
    );
    assert.equal((await untilAgreed(trial)).paused, true);
    await trial.locum(other, "unpause");
    await untilAgreed(trial);
    assert.deepEqual([running(holder).length, running(other)], [1, []]);
  });
});
