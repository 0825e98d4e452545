/* The redis-server of docs/programs.md, whose service is given from node to node in order, as its clients see it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { between, type Instant, seconds } from "../../src/base/time.js";
import { Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { programsMissing } from "../support/debian-programs.js";
import { documentedRedis, installRedis, replicationOf } from "../support/documented-redis.js";
import { askRedis } from "../support/real-programs.js";
import { eventually, rolesOf, skip as noLab } from "./fixture.js";

const skip = noLab || programsMissing("/usr/bin/redis-server");
/** Far below the ten seconds that redis, and Locum with it, would wait; far above what it takes. */
const GAP_MAX = seconds(4);

describe("the redis-server of the documentation", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: documentedRedis(["web1", "web2"]) });
    installRedis(trial);
    await trial.startAgents();
    await serves();
  });
  after(async () => trial.close());

  const redis = (...words: readonly string[]): Promise<string> => askRedis(trial, ...words);

  /** Whether the server on a node has a link to the one that it copies. */
  const linkOf = (node: string): Promise<string | undefined> => replicationOf(trial, node, "master_link_status");

  async function serves(): Promise<Instant> {
    let last = "";
    await eventually(
      async () => (last = await redis("set", "order", "42")) === "OK",
      () => `redis answers at the service's address: ${last}`,
    );
    return bootClock();
  }

  /** Has a copy on both, gives the service away, and waits until clients are served by the other node. */
  async function given(how: (holder: string, other: string) => Promise<unknown>): Promise<string> {
    const { holder, other } = await rolesOf(trial, "cache");
    await trial.untilPrepared(other, holder);
    await serves();
    await eventually(async () => (await redis("wait", "1", "1000")) === "1", "the standby follows");
    const begun = bootClock();
    const done = how(holder, other);
    await trial.untilHeldBy("cache", other);
    const took = between(begun, await serves());
    assert.ok(took < GAP_MAX, `${took / 1_000} ms`);
    assert.equal(await redis("get", "order"), "42");
    await done;
    return holder;
  }

  it("is moved", async () => {
    await given((holder, other) => trial.locum(holder, "move", "cache", "--to", other));
  });

  it("leaves a node that is drained", async () => {
    const drained = await given((holder) => trial.locum(holder, "drain", holder));
    await trial.locum(drained, "resume", drained);
  });

  it("goes to no standby that has no copy yet", async () => {
    const { holder, other } = await rolesOf(trial, "cache");
    await serves();
    trial.stopAgent(other);
    await trial.agent(other).exited;
    // With what it saved it would go on from there.
    await trial.host(other).run(["rm", "-f", "/run/dump.rdb"]);
    await trial.startAgent(other);
    await trial.until(holder, ({ nodes }) => nodes[other]?.state === "up");
    await eventually(async () => (await linkOf(other)) === "down", "the standby has begun, and has no copy yet");
    await assert.rejects(trial.locum(holder, "move", "cache", "--to", other), /redis is not ready/);
    assert.equal(await linkOf(other), "down");
    assert.equal(await redis("get", "order"), "42");
    await eventually(async () => (await linkOf(other)) === "up", "it has a copy");
    await given(() => trial.locum(holder, "move", "cache", "--to", other));
  });

  it("leaves a node whose agent is stopped", async () => {
    await given(async (holder) => {
      trial.stopAgent(holder);
      await trial.agent(holder).exited;
    });
  });
});
