/*
 * PostgreSQL with a warm standby by the scripts of examples/postgresql/, under real agents: what its clients were told is
 * stored stays so when the server is killed and when the service is moved, and a server that was the primary stands by
 * again without an operator, whatever it had written that nobody else has.
 */
import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Trial } from "../../src/main/trial/trial.js";
import { newestPostgresql, programsMissing } from "../support/debian-programs.js";
import { eventually, latestEvent, rolesOf, skip as noLab, untilEvent } from "./fixture.js";

const EXAMPLE = fileURLToPath(new URL("../../../examples/postgresql", import.meta.url));
const SCRIPTS = "/etc/locum/postgresql";
const ADDRESS = "192.168.1.4";
const USER = "postgres";
const SERVERS = "/run/postgresql";
const DATA = `${SERVERS}/main`;
const BIN = newestPostgresql();
const skip = noLab || programsMissing(join(BIN, "postgres"), join(BIN, "pg_rewind"), join(BIN, "psql"));

const SERVICES = `  db:
    addresses: [${ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      postgresql:
        run: [${SCRIPTS}/start]
        user: ${USER}
        environment:
          PGDATA: ${DATA}
          PGBIN: ${BIN}
          PRIMARY: "host=10.1.1.1,20.1.1.1,10.1.1.2,20.1.1.2 user=standby connect_timeout=2 target_session_attrs=primary"
        standby: on
        ready: { exec: [${SCRIPTS}/ready] }
        caughtUp: { exec: [${SCRIPTS}/caught-up], timeout: 5s }
        start: { timeout: 10m }
        role: { command: [${SCRIPTS}/role], wait: true }
        health: { exec: [${SCRIPTS}/check], interval: 1s, timeout: 20s, fail: 3 }
        stop: { signal: SIGINT, timeout: 1m }
        restart: { exits: { "*": move } }
`;

/** Disks are not what is tried here, nor the patience of those who wait for a primary. */
const SETTINGS = `fsync = off
shared_buffers = '16MB'
wal_retrieve_retry_interval = '200ms'
checkpoint_timeout = '1h'
`;
const ALLOW_ALL = `local all all trust
host all all all trust
host replication all all trust
`;
const REFUSE_STANDBYS = `host all,replication standby all reject
`;

describe("a PostgreSQL with a warm standby", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: SERVICES });
    for (const node of trial.nodes) {
      const scripts = trial.host(node).outside(SCRIPTS);
      mkdirSync(scripts);
      for (const name of ["start", "role", "ready", "caught-up", "check"])
        copyFileSync(join(EXAMPLE, name), join(scripts, name));
      await trial.host(node).run(["install", "-d", "-o", USER, SERVERS]);
    }
    await makeDatabase("web1");
    await trial.startAgent("web1");
    await trial.untilHeldBy("db", "web1");
    await trial.startAgent("web2");
    await trial.settle("db", "web1");
    await query("create table orders (number int primary key)");
  });
  after(() => trial.close());

  /** The first server; the other node has nothing yet. */
  async function makeDatabase(node: string): Promise<void> {
    const asUser = (program: string, ...words: readonly string[]): Promise<string> => {
      const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups", "--"];
      return trial.host(node).run([...user, join(BIN, program), ...words]);
    };
    await asUser("initdb", "-D", DATA, "-A", "trust", "-N", "--locale=C", "-E", "UTF8", "--wal-segsize=1");
    appendFileSync(trial.host(node).outside(`${DATA}/postgresql.conf`), SETTINGS);
    writeFileSync(trial.host(node).outside(`${DATA}/pg_hba.conf`), ALLOW_ALL);
    await asUser("pg_ctl", "start", "-s", "-D", DATA, "-l", `${SERVERS}/first.log`, "-o", "-c listen_addresses=");
    await asUser("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", join(EXAMPLE, "prepare.sql"));
    await asUser("pg_ctl", "stop", "-s", "-D", DATA);
  }

  /** What a server answers; rejects when it does not. */
  const ask = (host: string, server: string, text: string, user = USER): Promise<string> => {
    const where = `host=${server} user=${user} dbname=postgres connect_timeout=2`;
    return trial.host(host).run([join(BIN, "psql"), "-XqAt", "-c", text, where]);
  };

  /** What the service answers to a client. */
  const query = (text: string): Promise<string> => ask("client", ADDRESS, text);

  const order = (number: number): Promise<boolean> =>
    query(`insert into orders values (${number}) on conflict do nothing`).then(
      () => true,
      () => false,
    );

  const orders = async (): Promise<readonly number[]> =>
    (await query("select number from orders order by number")).split("\n").map(Number);

  const untilOrdered = (number: number): Promise<void> =>
    eventually(
      () => order(number),
      () => `order ${number} shall be taken`,
    );

  /** A standby answers questions too, on its own node. */
  const untilCopied = (node: string, number: number): Promise<void> =>
    eventually(
      async () => {
        const text = `select count(*) from orders where number = ${number} and pg_is_in_recovery()`;
        return (await ask(node, SERVERS, text).catch(String)) === "1";
      },
      () => `order ${number} shall be on ${node}:\n${logOf(node)}`,
    );

  const logOf = (node: string): string => {
    const file = trial.host(node).outside("/var/lib/locum/logs/db/postgresql.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "nothing was started";
  };

  /** It has not what no other server had, and was not copied anew. */
  async function assertRewound(node: string, number: number): Promise<void> {
    assert.equal(await ask(node, SERVERS, `select count(*) from orders where number = ${number}`), "0");
    assert.ok(!existsSync(trial.host(node).outside(`${DATA}.old`)), logOf(node));
  }

  const killServer = (node: string): void => {
    const [pid = ""] = readFileSync(trial.host(node).outside(`${DATA}/postmaster.pid`), "utf8").split("\n");
    process.kill(Number(pid), "SIGKILL");
  };

  /** Who may connect: a file that is the server's own, until it is rewound. */
  const setAccess = (node: string, rules: string): Promise<string> => {
    writeFileSync(trial.host(node).outside(`${DATA}/pg_hba.conf`), rules);
    return ask(node, SERVERS, "select pg_reload_conf()");
  };

  /** Nobody copies from this primary, nor learns that it is one. */
  async function refuseStandbys(node: string): Promise<void> {
    await setAccess(node, REFUSE_STANDBYS + ALLOW_ALL);
    await eventually(
      async () => {
        const isRefused = await ask(node, "127.0.0.1", "", "standby").then(
          () => false,
          () => true,
        );
        const copying = await ask(node, SERVERS, "select count(pg_terminate_backend(pid)) from pg_stat_replication");
        return isRefused && copying === "0";
      },
      () => `${node} shall have no standby`,
    );
  }

  it("gives a node without data a copy", async () => {
    await untilOrdered(1);
    await untilCopied("web2", 1);
  });

  it("keeps what it has said is stored when its server is killed", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await untilCopied(other, 1);
    killServer(holder);
    await untilOrdered(2);
    assert.deepEqual(await orders(), [1, 2]);
    await trial.untilHeldBy("db", other, trial.nodes);
  });

  it("has the server that was killed stand by again, with what was stored meanwhile", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await trial.locum(holder, "start", "db");
    await untilCopied(other, 2);
    await trial.untilPrepared(other, holder);
  });

  it("goes to no standby that does not follow the primary yet", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    trial.stopAgent(other);
    await trial.agent(other).exited;
    await trial.startAgent(other);
    await eventually(
      async () => (await ask(other, SERVERS, "select 1").catch(String)) === "1",
      () => `the standby has begun:\n${logOf(other)}`,
    );
    await trial.until(holder, ({ nodes }) => nodes[other]?.state === "up");
    await untilOrdered(20);
    await assert.rejects(trial.locum(holder, "move", "db", "--to", other), /postgresql is not ready/);
    await setAccess(holder, ALLOW_ALL);
    await trial.untilPrepared(other, holder);
    await trial.locum(holder, "move", "db", "--to", other);
    await trial.untilHeldBy("db", other, trial.nodes);
    assert.ok((await orders()).includes(20));
    // Its own server would refuse a standby on the first node of PRIMARY, below.
    await trial.settle("db", holder);
    await trial.untilPrepared(other, holder);
  });

  it("loses nothing when it is moved while a client writes", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    const taken: number[] = [];
    const moved = new AbortController();
    const writing = (async () => {
      for (let number = 100; !moved.signal.aborted; number += 1) if (await order(number)) taken.push(number);
    })();
    await trial.locum(holder, "move", "db", "--to", other);
    await trial.untilHeldBy("db", other, trial.nodes);
    moved.abort();
    await writing;
    await untilOrdered(3);
    const stored = new Set(await orders());
    assert.deepEqual(
      taken.filter((number) => !stored.has(number)),
      [],
    );
    await untilCopied(holder, 3);
    await trial.settle("db", other);
  });

  it("takes back what only a server that went on alone had, and follows the one that took over", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    await untilOrdered(4);
    killServer(holder);
    await trial.untilHeldBy("db", other, trial.nodes);
    await untilOrdered(5);
    await trial.locum(other, "start", "db");
    await untilCopied(holder, 5);
    await assertRewound(holder, 4);
    await trial.settle("db", other);
  });

  it("does so as soon as there is a primary where it started without one", async () => {
    const { holder, other } = await rolesOf(trial, "db");
    await refuseStandbys(holder);
    await untilOrdered(6);
    killServer(holder);
    await trial.untilHeldBy("db", other, trial.nodes);
    await refuseStandbys(other);
    const since = await latestEvent(trial, holder);
    await trial.locum(other, "start", "db");
    await untilEvent(trial, holder, "program.ready", undefined, since);
    assert.equal(await ask(holder, SERVERS, "select count(*) from orders where number = 6"), "1");
    await setAccess(other, ALLOW_ALL);
    await untilOrdered(7);
    await untilCopied(holder, 7);
    await assertRewound(holder, 6);
    await trial.settle("db", other);
  });
});
