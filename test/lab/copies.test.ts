/*
 * The data of the documented redis-server across takeovers, on three nodes: while a client writes, the holder dies just as one
 * standby has begun anew and has no copy yet. It comes first in order; the one that has all must take over.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Trial } from "../../src/main/trial/trial.js";
import { programsMissing } from "../support/debian-programs.js";
import { documentedRedis, installRedis, replicationOf } from "../support/documented-redis.js";
import { askRedis, CACHE_ADDRESS, REDIS } from "../support/real-programs.js";
import { eventually, rolesOf, skip as noLab } from "./fixture.js";

const skip = noLab || programsMissing("/usr/bin/redis-server");
const NODES = ["web1", "web2", "web3"];
/** Nobody hears that nothing happens: for so long a holder is silent, in which a standby could take itself for the last one. */
const SILENCE_MS = 1_500;

/** Writes number after number by the address of the service. */
class Writer {
  readonly #trial: Trial;
  /** What was taken, and is on a standby too. */
  readonly replicated: number[] = [];
  #isToEnd = false;
  readonly #done: Promise<void>;

  constructor(trial: Trial) {
    this.#trial = trial;
    this.#done = this.#write();
  }

  async end(): Promise<readonly number[]> {
    this.#isToEnd = true;
    await this.#done;
    return this.replicated;
  }

  async #write(): Promise<void> {
    for (let number = 1; !this.#isToEnd; number += 1) {
      const words = `rpush numbers ${number}\\nwait 1 500\\n`;
      const ask = `printf '${words}' | timeout 2 redis-cli -h ${CACHE_ADDRESS}`;
      const told = await this.#trial.host("client").run(["/bin/sh", "-c", ask]).catch(String);
      if (/^\d+\n[1-9]\d*$/.test(told)) this.replicated.push(number);
    }
  }
}

describe("the redis-server of the documentation, on three nodes", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: NODES.length, services: documentedRedis(NODES) });
    installRedis(trial);
    await trial.startAgents();
    await serves();
  });
  after(async () => trial.close());

  async function serves(): Promise<void> {
    let last = "";
    await eventually(
      async () => (last = await askRedis(trial, "set", "order", "42")) === "OK",
      () => `redis answers at the service's address: ${last}`,
    );
  }

  const signal = (node: string, name: NodeJS.Signals): void => {
    for (const pid of trial.host(node).processesNamed(REDIS)) process.kill(pid, name);
  };

  const linkOf = (node: string): Promise<string | undefined> => replicationOf(trial, node, "master_link_status");

  /** Its server begins anew, with nothing, and is given nothing for longer than the test takes. */
  async function beginEmpty(node: string, holder: string): Promise<void> {
    await trial.host(holder).run(["redis-cli", "config", "set", "repl-diskless-sync-delay", "60"]);
    trial.stopAgent(node);
    await trial.agent(node).exited;
    await trial.host(node).run(["rm", "-rf", "/run/dump.rdb", "/run/appendonlydir"]);
    await trial.startAgent(node);
    await trial.until(holder, ({ nodes }) => nodes[node]?.state === "up");
    await eventually(async () => (await linkOf(node)) === "down", "the standby has begun, and has no copy yet");
  }

  /** The holder dies, and the standby that has all takes over with all of it. @returns who died */
  async function survives(death: (holder: string) => Promise<unknown>): Promise<string> {
    const { holder } = await rolesOf(trial, "cache");
    const [empty = "", full = ""] = NODES.filter((node) => node !== holder);
    for (const node of [empty, full]) await trial.untilPrepared(node, holder);
    await askRedis(trial, "del", "numbers");
    const writer = new Writer(trial);
    await beginEmpty(empty, holder);
    await eventually(() => writer.replicated.length > 0, "the other standby takes what is written");
    assert.equal(await linkOf(empty), "down");
    await death(holder);
    await trial.untilHeldBy("cache", full, [empty, full]);
    await serves();
    const replicated = await writer.end();
    const stored = new Set((await askRedis(trial, "lrange", "numbers", "0", "-1")).split("\n").map(Number));
    const lost = replicated.filter((number) => !stored.has(number));
    assert.deepEqual(lost, []);
    await hasCopied(empty);
    return holder;
  }

  /** It waits for the rest of its first copy, of which a machine that died says no end, as long as redis is told to. */
  async function hasCopied(node: string): Promise<void> {
    const beforeGivingUp = (seconds: number): Promise<string> =>
      trial.host(node).run(["redis-cli", "config", "set", "repl-timeout", `${seconds}`]);
    await beforeGivingUp(2);
    await eventually(async () => (await linkOf(node)) === "up", `${node} follows the new holder`);
    await beforeGivingUp(60);
  }

  it("keeps what was copied when its server is killed", async () => {
    const killed = await survives(async (holder) => signal(holder, "SIGKILL"));
    await trial.locum(killed, "start", "cache");
  });

  it("keeps it when the server had been silent before", async () => {
    const killed = await survives(async (holder) => {
      signal(holder, "SIGSTOP");
      await pause(SILENCE_MS);
      signal(holder, "SIGKILL");
    });
    await trial.locum(killed, "start", "cache");
  });

  it("keeps it when the node dies, silent before or not", async () => {
    for (const silence of [0, SILENCE_MS]) {
      const dead = await survives(async (holder) => {
        if (silence > 0) signal(holder, "SIGSTOP");
        await pause(silence);
        trial.lab.powerOff(holder);
      });
      await trial.powerOn(dead);
    }
  });

  it("keeps it in a pause, when its server is killed and begun again where it was", async () => {
    const { holder } = await rolesOf(trial, "cache");
    for (const node of NODES.filter((each) => each !== holder)) await trial.untilPrepared(node, holder);
    await askRedis(trial, "del", "numbers");
    // What a former copy left on the disk would have the numbers, too.
    await trial.host(holder).run(["redis-cli", "save"]);
    const writer = new Writer(trial);
    await eventually(() => writer.replicated.length > 10, "the standbys take what is written");
    await trial.locum(holder, "pause");
    signal(holder, "SIGKILL");
    await serves();
    const replicated = await writer.end();
    const stored = new Set((await askRedis(trial, "lrange", "numbers", "0", "-1")).split("\n").map(Number));
    const lost = replicated.filter((number) => !stored.has(number));
    assert.deepEqual(lost, []);
    assert.equal((await rolesOf(trial, "cache")).holder, holder);
    await trial.locum(holder, "unpause");
  });

  it("starts where nobody has a copy: on a node alone, and on all at once", async () => {
    const stop = async (nodes: readonly string[]): Promise<void> => {
      for (const node of nodes) trial.stopAgent(node);
      await Promise.all(nodes.map((node) => trial.agent(node).exited));
    };
    await stop(NODES);
    await trial.startAgent("web3");
    await trial.untilHeldBy("cache", "web3");
    await serves();
    await stop(["web3"]);
    await trial.startAgents();
    const { holder } = await rolesOf(trial, "cache");
    await serves();
    for (const node of NODES.filter((each) => each !== holder)) await trial.untilPrepared(node, holder);
  });
});
