/*
 * PostgreSQL with a warm standby by the scripts of examples/postgresql/, under real agents: what its clients were told is
 * stored stays so when the server is killed and when the service is moved, and a server that was the primary stands by
 * again without an operator, whatever it had written that nobody else has.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Trial } from "../../src/main/trial/trial.js";
import { ALLOW_ALL, DATA, Databases, SERVERS, skip } from "./databases.js";
import { eventually, latestEvent, rolesOf, untilEvent } from "./fixture.js";

const REFUSE_STANDBYS = `host all,replication standby all reject
`;

describe("a PostgreSQL with a warm standby", { skip }, () => {
  let trial: Trial;
  let db: Databases;

  before(async () => {
    db = await Databases.open(["web1", "web2"], "web1");
    ({ trial } = db);
  });
  after(() => trial.close());

  /** It has not what no other server had, and was not copied anew. */
  async function assertRewound(node: string, number: number): Promise<void> {
    assert.equal(await db.ask(node, SERVERS, `select count(*) from orders where number = ${number}`), "0");
    assert.ok(!existsSync(trial.host(node).outside(`${DATA}.old`)), db.logOf(node));
  }

  /** Nobody copies from this primary, nor learns that it is one. */
  async function refuseStandbys(node: string): Promise<void> {
    await db.setAccess(node, REFUSE_STANDBYS + ALLOW_ALL);
    await eventually(
      async () => {
        const isRefused = await db.ask(node, "127.0.0.1", "", "standby").then(
          () => false,
          () => true,
        );
        const copying = await db.ask(node, SERVERS, "select count(pg_terminate_backend(pid)) from pg_stat_replication");
        return isRefused && copying === "0";
      },
      () => `${node} shall have no standby`,
    );
  }

  it("gives a node without data a copy", async () => {
    await db.untilOrdered(1);
    await db.untilCopied("web2", 1);
  });

  it("keeps what it has said is stored when its server is killed", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await db.untilCopied(other, 1);
    db.killServer(holder);
    await db.untilOrdered(2);
    assert.deepEqual(await db.orders(), [1, 2]);
    await trial.untilHeldBy("db", other, trial.nodes);
  });

  it("has the server that was killed stand by again, with what was stored meanwhile", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await trial.locum(holder, "start", "db");
    await db.untilCopied(other, 2);
    await trial.untilPrepared(other, holder);
  });

  it("goes to no standby that does not follow the primary yet", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    trial.stopAgent(other);
    await trial.agent(other).exited;
    await trial.startAgent(other);
    await eventually(
      async () => (await db.ask(other, SERVERS, "select 1").catch(String)) === "1",
      () => `the standby has begun:\n${db.logOf(other)}`,
    );
    await trial.until(holder, ({ nodes }) => nodes[other]?.state === "up");
    await db.untilOrdered(20);
    await assert.rejects(trial.locum(holder, "move", "db", "--to", other), /postgresql is not ready/);
    await db.setAccess(holder, ALLOW_ALL);
    await trial.untilPrepared(other, holder);
    await trial.locum(holder, "move", "db", "--to", other);
    await trial.untilHeldBy("db", other, trial.nodes);
    assert.ok((await db.orders()).includes(20));
    // Its own server would refuse a standby on the first node of PRIMARY, below.
    await trial.settle("db", holder);
    await trial.untilPrepared(other, holder);
  });

  it("loses nothing when it is moved while a client writes", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    const taken: number[] = [];
    const moved = new AbortController();
    const writing = (async () => {
      for (let number = 100; !moved.signal.aborted; number += 1) if (await db.order(number)) taken.push(number);
    })();
    await trial.locum(holder, "move", "db", "--to", other);
    await trial.untilHeldBy("db", other, trial.nodes);
    moved.abort();
    await writing;
    await db.untilOrdered(3);
    const stored = new Set(await db.orders());
    assert.deepEqual(
      taken.filter((number) => !stored.has(number)),
      [],
    );
    await db.untilCopied(holder, 3);
    await trial.settle("db", other);
  });

  it("takes back what only a server that went on alone had, and follows the one that took over", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    await db.untilOrdered(4);
    db.killServer(holder);
    await trial.untilHeldBy("db", other, trial.nodes);
    await db.untilOrdered(5);
    await trial.locum(other, "start", "db");
    await db.untilCopied(holder, 5);
    await assertRewound(holder, 4);
    await trial.settle("db", other);
  });

  it("does so as soon as there is a primary where it started without one", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    await db.untilOrdered(6);
    db.killServer(holder);
    await trial.untilHeldBy("db", other, trial.nodes);
    await refuseStandbys(other);
    const since = await latestEvent(trial, holder);
    await trial.locum(other, "start", "db");
    await untilEvent(trial, holder, "program.ready", undefined, since);
    assert.equal(await db.ask(holder, SERVERS, "select count(*) from orders where number = 6"), "1");
    await db.setAccess(other, ALLOW_ALL);
    await db.untilOrdered(7);
    await db.untilCopied(holder, 7);
    await assertRewound(holder, 6);
    await trial.settle("db", other);
  });
});
