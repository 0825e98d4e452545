/** PostgreSQL by the scripts of examples/postgresql/ on the nodes of a trial. */
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trial } from "../../src/main/trial/trial.js";
import { newestPostgresql, programsMissing } from "../support/debian-programs.js";
import { eventually, skip as noLab } from "./fixture.js";

const EXAMPLE = fileURLToPath(new URL("../../../examples/postgresql", import.meta.url));
const SCRIPTS = "/etc/locum/postgresql";
const ADDRESS = "192.168.1.4";
const USER = "postgres";
export const SERVERS = "/run/postgresql";
export const DATA = `${SERVERS}/main`;
const BIN = newestPostgresql();
export const skip = noLab || programsMissing(join(BIN, "postgres"), join(BIN, "pg_rewind"), join(BIN, "psql"));

/** @param nodes in the order of preference. @param check how often the servers are asked whether they are well */
const services = (nodes: readonly string[], check: string): string => `  db:
    addresses: [${ADDRESS}/24]
    nodes: [${nodes.join(", ")}]
    programs:
      postgresql:
        run: [${SCRIPTS}/start]
        user: ${USER}
        environment:
          PGDATA: ${DATA}
          PGBIN: ${BIN}
          PRIMARY: "host=${addressesOf(nodes)} user=standby target_session_attrs=primary
            connect_timeout=2 keepalives_idle=2 keepalives_interval=1 keepalives_count=3 tcp_user_timeout=5000"
        standby: on
        ready: { exec: [${SCRIPTS}/ready] }
        caughtUp: { exec: [${SCRIPTS}/caught-up], timeout: 25s }
        start: { timeout: 10m }
        role: { command: [${SCRIPTS}/role], wait: true }
        health: { exec: [${SCRIPTS}/check], interval: ${check}, timeout: 20s, fail: 3 }
        stop: { signal: SIGINT, timeout: 1m }
        restart: { exits: { "*": move } }
`;

/** Disks are not what is tried here. */
const SETTINGS = `fsync = off
shared_buffers = '16MB'
checkpoint_timeout = '1h'
`;
export const ALLOW_ALL = `local all all trust
host all all all trust
host replication all all trust
`;

/** Of the nodes of a trial, in their order, on both networks. */
const addressesOf = (nodes: readonly string[]): string =>
  nodes.flatMap((_, at) => [`10.1.1.${at + 1}`, `20.1.1.${at + 1}`]).join();

export class Databases {
  readonly trial: Trial;

  private constructor(trial: Trial) {
    this.trial = trial;
  }

  /** The scripts are on all nodes; the others copy what the first primary has. @param check how often servers are asked whether they are well */
  static async open(nodes: readonly string[], first: string, check = "1s"): Promise<Databases> {
    const trial = await Trial.open({ nodes: nodes.length, services: services(nodes, check) });
    const databases = new Databases(trial);
    for (const node of nodes) {
      const scripts = trial.host(node).outside(SCRIPTS);
      mkdirSync(scripts);
      for (const name of ["start", "role", "ready", "caught-up", "check"])
        copyFileSync(join(EXAMPLE, name), join(scripts, name));
      await trial.host(node).run(["install", "-d", "-o", USER, SERVERS]);
    }
    await databases.make(first);
    await trial.startAgent(first);
    await trial.untilHeldBy("db", first);
    for (const node of nodes) if (node !== first) await trial.startAgent(node);
    await trial.settle("db", first);
    await databases.query("create table orders (number int primary key)");
    return databases;
  }

  /** The first server; the other node has nothing yet. */
  async make(node: string): Promise<void> {
    const asUser = (program: string, ...words: readonly string[]): Promise<string> => {
      const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups", "--"];
      return this.trial.host(node).run([...user, join(BIN, program), ...words]);
    };
    await asUser("initdb", "-D", DATA, "-A", "trust", "-N", "--locale=C", "-E", "UTF8", "--wal-segsize=1");
    appendFileSync(this.trial.host(node).outside(`${DATA}/postgresql.conf`), SETTINGS);
    writeFileSync(this.trial.host(node).outside(`${DATA}/pg_hba.conf`), ALLOW_ALL);
    await asUser("pg_ctl", "start", "-s", "-D", DATA, "-l", `${SERVERS}/first.log`, "-o", "-c listen_addresses=");
    await asUser("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", join(EXAMPLE, "prepare.sql"));
    await asUser("pg_ctl", "stop", "-s", "-D", DATA);
  }

  /** What a server answers; rejects when it does not. */
  readonly ask = (host: string, server: string, text: string, user = USER): Promise<string> => {
    const where = `host=${server} user=${user} dbname=postgres connect_timeout=2`;
    return this.trial.host(host).run([join(BIN, "psql"), "-XqAt", "-c", text, where]);
  };

  /** What the service answers to a client. */
  readonly query = (text: string): Promise<string> => this.ask("client", ADDRESS, text);

  readonly order = (number: number): Promise<boolean> =>
    this.query(`insert into orders values (${number}) on conflict do nothing`).then(
      () => true,
      () => false,
    );

  readonly orders = async (): Promise<readonly number[]> =>
    (await this.query("select number from orders order by number")).split("\n").map(Number);

  readonly untilOrdered = (number: number): Promise<void> =>
    eventually(
      () => this.order(number),
      () => `order ${number} shall be taken`,
    );

  /** A standby answers questions too, on its own node. */
  readonly untilCopied = (node: string, number: number): Promise<void> =>
    eventually(
      async () => {
        const text = `select count(*) from orders where number = ${number} and pg_is_in_recovery()`;
        return (await this.ask(node, SERVERS, text).catch(String)) === "1";
      },
      () => `order ${number} shall be on ${node}:\n${this.logOf(node)}`,
    );

  readonly logOf = (node: string): string => {
    const file = this.trial.host(node).outside("/var/lib/locum/logs/db/postgresql.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "nothing was started";
  };

  readonly killServer = (node: string): void => {
    const [pid = ""] = readFileSync(this.trial.host(node).outside(`${DATA}/postmaster.pid`), "utf8").split("\n");
    process.kill(Number(pid), "SIGKILL");
  };

  /** Who may connect: a file that is the server's own, until it is rewound. */
  readonly setAccess = (node: string, rules: string): Promise<string> => {
    writeFileSync(this.trial.host(node).outside(`${DATA}/pg_hba.conf`), rules);
    return this.ask(node, SERVERS, "select pg_reload_conf()");
  };
}
