/*
 * Three PostgreSQL servers by the scripts of examples/postgresql/: a standby that had received more than the one that was
 * promoted cannot follow that. It is not promoted when that one fails too, and follows again without an operator.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Trial } from "../../src/main/trial/trial.js";
import { ALLOW_ALL, Databases, SERVERS, skip } from "./databases.js";
import { eventually } from "./fixture.js";

/** It does not become well by its check before the second failure. */
const CHECKED_EVERY = "10s";

/** As `prepare.sql` bounds it, and not PostgreSQL itself, by a minute. */
const ENDS_WITHIN_MS = 20_000;

describe("a standby that is ahead of the one that was promoted", { skip }, () => {
  let trial: Trial;
  let db: Databases;

  before(async () => {
    db = await Databases.open(["web1", "web2", "web3"], "web3", CHECKED_EVERY);
    ({ trial } = db);
    await db.untilOrdered(1);
    for (const node of ["web1", "web2"]) {
      await db.untilCopied(node, 1);
      await trial.untilPrepared(node, "web3");
    }
  });
  after(() => trial.close());

  it("is not promoted when that one fails", async () => {
    const refused = ["10.1.1.1", "20.1.1.1"].map((address) => `host all,replication standby ${address}/32 reject\n`);
    await db.setAccess("web3", refused.join("") + ALLOW_ALL);
    const cut = "select count(pg_terminate_backend(pid)) from pg_stat_replication where host(client_addr) like '%.1'";
    await eventually(async () => (await db.ask("web3", SERVERS, cut)) === "0", "web1 receives nothing any more");
    await db.untilOrdered(2);
    await db.untilCopied("web2", 2);
    trial.lab.freeze("web3");
    await trial.untilHeldBy("db", "web1", ["web1", "web2"]);
    await db.untilOrdered(3);
    trial.lab.thaw("web3");
    await db.untilCopied("web3", 3);
    await trial.untilPrepared("web3", "web1");
    await trial.until("web1", ({ services }) => {
      const web2 = services["db"]?.candidates.find(({ node }) => node === "web2");
      return web2?.codes.includes("program-not-ready") === true;
    });
    db.killServer("web1");
    await trial.untilHeldBy("db", "web3", ["web2", "web3"]);
    assert.ok((await db.orders()).includes(3));
  });

  it("has what only it had taken back, and follows again", async () => {
    await db.untilOrdered(4);
    await db.untilCopied("web2", 4);
    assert.equal(await db.ask("web2", SERVERS, "select count(*) from orders where number = 2"), "0");
  });

  it("is restarted where it stands by, and nowhere else", async () => {
    const began = "select pg_postmaster_start_time()";
    const [primary, standby] = [await db.query(began), await db.ask("web2", SERVERS, began)];
    assert.match(await trial.locum("web3", "restart", "db/postgresql", "--node", "web2"), /is restarted on web2/);
    assert.equal(await db.query(began), primary);
    assert.notEqual(await db.ask("web2", SERVERS, began), standby);
  });

  it("keeps no primary from ending within seconds when its machine is silent", async () => {
    trial.lab.hang("web2");
    await db.untilOrdered(5);
    const began = performance.now();
    await trial.locum("web3", "stop", "db");
    const took = performance.now() - began;
    assert.ok(took < ENDS_WITHIN_MS, `${Math.round(took)} ms`);
  });
});
