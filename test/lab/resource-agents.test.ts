/*
 * Resource agents of Debian through their whole life under real agents: a directory that is mounted where the service is
 * (heartbeat:Filesystem), a web server that serves from it, a resource that is only a state (heartbeat:Dummy), and one that is
 * on both nodes and knows roles (heartbeat:Stateful). Both nodes have the same directory behind the mount, and each sees only its own mounts.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Trial } from "../../src/main/trial/trial.js";
import { fetchPage } from "../support/fetch-page.js";
import { programsMissing } from "../support/debian-programs.js";
import { eventsOf, eventually, latestEvent, LOCUM, rolesOf, skip as noLab } from "./fixture.js";

const AGENTS = "/usr/lib/ocf/resource.d/heartbeat";
const STATEFUL = join(AGENTS, "Stateful");
const ADDRESS = "192.168.1.5";
const PORT = 8_081;
const MOUNT = "/run/files";
const STATE = "/run/dummy.state";
const ROLE = "/run/stateful.state";
const skip = noLab || programsMissing(join(AGENTS, "Filesystem"), "/usr/sbin/modprobe", "/usr/sbin/nginx");

const NGINX_CONFIG = `daemon off;
pid /run/nginx.pid;
error_log stderr;
events {}
http { access_log off; server { listen ${PORT}; root ${MOUNT}; } }
`;

/** An agent that may not kill what has the directory open can fail to stop, and says so. */
const servicesOf = (directory: string): string => `  files:
    addresses: [${ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      mount:
        ocf: heartbeat:Filesystem
        params: { device: ${directory}, directory: ${MOUNT}, fstype: none, options: bind, force_unmount: "false" }
        health: { interval: 200ms, timeout: 20s, fail: 1 }
      state:
        ocf: heartbeat:Dummy
        params: { state: ${STATE} }
        health: { interval: 200ms, timeout: 20s, fail: 1 }
      web:
        run: [/usr/sbin/nginx, -c, /etc/locum/nginx.conf]
        after: [mount]
        ready: { tcp: ${PORT} }
        stop: { signal: SIGQUIT, timeout: 2s }
  pair:
    addresses: [192.168.1.6/24]
    nodes: [web1, web2]
    programs:
      role:
        ocf: heartbeat:Stateful
        standby: on
        params: { state: ${ROLE} }
        health: { interval: 200ms }
        onTrouble: restart
`;

/** The agent as it is, but for a demotion that takes longer than a promotion: who does not wait for it promotes a second one. */
function slowToDemote(): string {
  const text = readFileSync(STATEFUL, "utf8");
  assert.match(text, /^stateful_demote\(\) \{$/m);
  return text.replace(/^stateful_demote\(\) \{$/m, "$&\n    sleep 1");
}

describe("a service of resource agents", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "locum-files-"));
  let trial: Trial;

  before(async () => {
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, "index.html"), "the page");
    trial = await Trial.open({ nodes: 2, services: servicesOf(directory) });
    for (const node of trial.nodes) {
      trial.host(node).writeFile("/etc/locum/nginx.conf", NGINX_CONFIG);
      trial.host(node).writeFile("/etc/locum/Stateful", slowToDemote(), 0o755);
      await trial.host(node).run(["mount", "--bind", "/etc/locum/Stateful", STATEFUL]);
    }
    await trial.startAgents();
    await rolesOf(trial, "files");
  });
  after(async () => {
    await trial.close();
    rmSync(directory, { recursive: true });
  });

  const page = (): Promise<string> => fetchPage(trial.host("client"), ADDRESS, PORT).catch(String);

  const isMountedOn = async (node: string): Promise<boolean> =>
    (await trial.host(node).run(["cat", "/proc/self/mounts"])).includes(` ${MOUNT} `);

  const hasState = (node: string): boolean => existsSync(trial.host(node).outside(STATE));

  /** As the agent itself keeps it; empty: it does not run. */
  function roleOn(node: string): string {
    const file = trial.host(node).outside(ROLE);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  }

  async function heldOn(service: string, node: string): Promise<void> {
    const { holder } = await rolesOf(trial, service);
    if (holder !== node) await trial.locum(holder, "move", service, "--to", node);
    await trial.untilHeldBy(service, node, trial.nodes);
  }

  /** When its agent last wrote it. */
  const roleSince = (node: string): bigint => statSync(trial.host(node).outside(ROLE), { bigint: true }).mtimeNs;

  it("is started on its holder, and nowhere else", async () => {
    const { holder, other } = await rolesOf(trial, "files");
    assert.equal(await page(), "the page");
    assert.deepEqual([await isMountedOn(holder), hasState(holder)], [true, true]);
    assert.deepEqual([await isMountedOn(other), hasState(other)], [false, false]);
  });

  it("is started again when its monitor finds it gone", async () => {
    const { holder } = await rolesOf(trial, "files");
    const since = await latestEvent(trial, holder);
    rmSync(trial.host(holder).outside(STATE));
    await eventually(
      () => hasState(holder),
      () => "it shall be started again",
    );
    const { services } = await trial.until(holder, (status) => status.services["files"]?.state === "active");
    assert.equal(services["files"]?.holder, holder);
    const [exit] = await eventsOf(trial, holder, ["program.exited"], since);
    assert.match(exit?.text ?? "", /state/);
  });

  it("is stopped here before it is started there", async () => {
    const { holder, other } = await rolesOf(trial, "files");
    writeFileSync(join(directory, "index.html"), "another page");
    await trial.locum(holder, "move", "files", "--to", other);
    await trial.untilHeldBy("files", other, trial.nodes);
    assert.equal(await page(), "another page");
    assert.deepEqual([await isMountedOn(holder), hasState(holder)], [false, false]);
    assert.deepEqual([await isMountedOn(other), hasState(other)], [true, true]);
  });

  it("is found where somebody else began it while no agent was there, told of and ended", async () => {
    const { holder, other } = await rolesOf(trial, "files");
    await heldOn("pair", holder);
    const since = await latestEvent(trial, holder);
    trial.killAgent(other);
    await trial.agent(other).exited;
    await eventually(
      () => roleOn(other) === "",
      () => "nothing of the agent before shall be left",
    );
    writeFileSync(trial.host(other).outside(STATE), "");
    writeFileSync(trial.host(other).outside(ROLE), "master");
    await trial.startAgent(other);
    await eventually(
      () => !hasState(other) && roleOn(other) === "slave",
      () => `the one shall be stopped, the other demoted, which is ${roleOn(other)}`,
    );
    const told = await eventsOf(trial, other, ["program.stray"]);
    assert.match(told.at(-1)?.text ?? "", /^state of files on .* was found running although it must not/);
    const raised = await eventsOf(trial, holder, ["finding.raised"], since);
    assert.ok(raised.some(({ text }) => text.includes(`state of files runs on ${other} although it must not`)));
    await trial.until(holder, ({ findings }) => findings.length === 0);
    await trial.untilHeldBy("files", holder, trial.nodes);
    assert.deepEqual([hasState(holder), await page()], [true, "another page"]);
    await heldOn("pair", other);
  });

  it("is stopped where its agent was killed", async () => {
    const { holder, other } = await rolesOf(trial, "files");
    trial.killAgent(holder);
    await trial.agent(holder).exited;
    await eventually(
      async () => !(await isMountedOn(holder)) && !hasState(holder),
      () => "nothing shall be left",
    );
    await eventually(
      async () => (await page()) === "another page",
      () => `${other} shall serve it`,
    );
    await trial.startAgent(holder);
    await trial.untilHeldBy("files", other, trial.nodes);
  });

  it("is promoted where the service is, and demoted where it was", async () => {
    await eventually(
      () => roleOn("web1") + roleOn("web2") === "masterslave" || roleOn("web1") + roleOn("web2") === "slavemaster",
      () => `${roleOn("web1")}, ${roleOn("web2")}`,
    );
    const { holder, other } = await rolesOf(trial, "pair");
    assert.deepEqual([roleOn(holder), roleOn(other)], ["master", "slave"]);
    await trial.locum(holder, "move", "pair", "--to", other);
    await trial.untilHeldBy("pair", other, trial.nodes);
    await eventually(
      () => roleOn(other) === "master" && roleOn(holder) === "slave",
      () => `${roleOn(holder)}, ${roleOn(other)}`,
    );
    assert.ok(roleSince(holder) <= roleSince(other), "two were never promoted at once");
  });

  it("begins anew when it loses its role", async () => {
    const { holder } = await rolesOf(trial, "pair");
    const since = await latestEvent(trial, holder);
    writeFileSync(trial.host(holder).outside(ROLE), "slave\n");
    await eventually(
      () => roleOn(holder) === "master",
      () => roleOn(holder),
    );
    const [trouble] = await eventsOf(trial, holder, ["program.troubled"], since);
    assert.match(trouble?.text ?? "", /it was promoted, and is so no more/);
  });

  it("is demoted and stopped where the service is stopped, and where the agent of its holder was killed", async () => {
    const { holder, other } = await rolesOf(trial, "pair");
    await trial.locum(holder, "stop", "pair");
    await eventually(
      () => roleOn(holder) === "" && roleOn(other) === "",
      () => `${roleOn(holder)}, ${roleOn(other)}`,
    );
    await trial.locum(holder, "start", "pair");
    await eventually(
      () => roleOn(holder) === "master" && roleOn(other) === "slave",
      () => `${roleOn(holder)}, ${roleOn(other)}`,
    );
    trial.killAgent(holder);
    await trial.agent(holder).exited;
    await eventually(
      () => roleOn(holder) === "" && roleOn(other) === "master",
      () => `${roleOn(holder)}, ${roleOn(other)}`,
    );
    await trial.startAgent(holder);
    await trial.untilHeldBy("pair", other, trial.nodes);
  });

  it("is found wrong beforehand when an agent lacks a parameter", async () => {
    const [node = ""] = trial.nodes;
    const file = trial.host(node).outside("/etc/locum/cluster.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("fstype: none, ", ""));
    await assert.rejects(
      trial.locum(node, "check", "--node", node),
      /heartbeat:Filesystem requires the parameter "fstype"/,
    );
    writeFileSync(file, text);
  });
});

const REDIS_SOCKET = "/run/redis-agent/redis.sock";
const REDIS_CONFIG = `dir /run/redis-agent
pidfile /run/redis-agent/redis-server.pid
unixsocket ${REDIS_SOCKET}
save ""
`;
const CACHE = `  cache:
    nodes: [web1, web2]
    programs:
      redis:
        ocf: heartbeat:redis
        standby: on
        params: { config: /etc/locum/redis.conf, rundir: /run/redis-agent, user: root }
`;
const withoutRedis = noLab || programsMissing(join(AGENTS, "redis"), "/usr/bin/redis-server", "/usr/bin/redis-cli");

/** Whether its agent keeps its standbys in step is another matter: it does so by what Pacemaker tells it. */
describe("a resource whose agent looks at how it is configured", { skip: withoutRedis }, () => {
  let trial: Trial;
  before(async () => {
    trial = await Trial.open({ nodes: 2, services: CACHE });
    for (const node of trial.nodes) trial.host(node).writeFile("/etc/locum/redis.conf", REDIS_CONFIG);
    await trial.startAgents();
  });
  after(() => trial.close());

  async function roleOn(node: string): Promise<string> {
    const said = await trial.host(node).run(["redis-cli", "-s", REDIS_SOCKET, "info", "replication"]).catch(String);
    return /role:(\w+)/.exec(said)?.[1] ?? said;
  }

  async function untilPromotedOn(holder: string, other: string): Promise<void> {
    let roles: readonly string[] = [];
    await eventually(
      async () => {
        roles = await Promise.all([roleOn(holder), roleOn(other)]);
        return roles.join() === "master,slave";
      },
      () => roles.join(),
    );
  }

  it("is promoted where the service is, and only there, also when it has moved", async () => {
    const { holder, other } = await rolesOf(trial, "cache");
    await untilPromotedOn(holder, other);
    await trial.locum(holder, "move", "cache", "--to", other);
    await untilPromotedOn(other, holder);
  });

  it("is warned of beforehand, since its agent expects to be told of other nodes", async () => {
    const check = `"${process.execPath}" "${LOCUM}" check --node web1 2>&1`;
    const said = await trial.host("web1").run(["/bin/sh", "-c", check]);
    assert.match(said, /heartbeat:redis expects to be told of what it does on other nodes/);
  });
});
