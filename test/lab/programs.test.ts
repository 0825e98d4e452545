/*
 * Services with real programs of Debian and a small server, under real agents, as their clients see them: a server that is
 * restarted where it is, a redis-server with a warm standby that replicates, and an nginx that runs on one node only.
 * What may run on one node only takes a lock that both nodes see, and ends with status 99 where it is taken.
 *
 * A program dies, stops responding, or has trouble (HS-5); a network, a link, a node or a program fails (HS-20).
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { known } from "../../src/base/assert.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { ECHO_COMMAND, ECHO_PROGRAM_PORT, echoProgram } from "../../lab/echo-program.js";
import { startUdpProbe, type UdpProbe } from "../../lab/measure.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { programsMissing } from "../support/debian-programs.js";
import { alone, askRedis, CACHE_ADDRESS, LOCK_TAKEN, REDIS, writeRedisScripts } from "../support/real-programs.js";
import { fetchPage } from "../support/fetch-page.js";
import {
  CONFIG,
  editConfiguration,
  eventsOf,
  eventually,
  reload,
  rolesOf,
  skip as noLab,
  unnoticed,
  untilFinding,
  untilNoFinding,
} from "./fixture.js";

const PAGE_ADDRESS = "192.168.1.3";
const PAGE_PORT = 8_080;
const NGINX = "nginx";
const COMMANDS = [ECHO_COMMAND, REDIS, NGINX];
const TROUBLE = "/run/trouble";
const skip = noLab || programsMissing("/usr/bin/redis-server", "/usr/sbin/nginx");

/** A holder that can't take what it is given is of no use. */
const REDIS_CHECK = `#!/bin/sh
[ "$(redis-cli role | head -n 1)" = slave ] || [ "$(redis-cli set checked "$$")" = OK ]
`;
const NGINX_CONFIG = `daemon off;
pid /run/nginx.pid;
error_log stderr;
events {}
http { access_log off; server { listen ${PAGE_PORT}; location / { return 200 $hostname; } } }
`;

const servicesOf = (locks: string): string => `  shop:
    addresses: [${SHOP_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      echo:
        run: ${alone(join(locks, "echo"), echoProgram(SHOP_ADDRESS))}
        health: { exec: [/usr/bin/test, "!", -e, ${TROUBLE}], interval: 100ms, timeout: 10s, fail: 1 }
        onFail: nothing
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
        health: { exec: [/etc/locum/redis-check], interval: 200ms, timeout: 10s, fail: 2 }
        onFail: move
        restart: { exits: { "*": move } }
  page:
    addresses: [${PAGE_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      nginx:
        run: ${alone(join(locks, "nginx"), ["/usr/sbin/nginx", "-c", "/etc/locum/nginx.conf"])}
        ready: { tcp: ${PAGE_PORT} }
        health: { http: "http://127.0.0.1:${PAGE_PORT}/", interval: 200ms, timeout: 2s, fail: 2 }
        stop: { signal: SIGQUIT, timeout: 500ms }
        restart: { exits: { ${LOCK_TAKEN}: stop } }
`;

describe("two agents whose services have programs", { skip }, () => {
  const locks = mkdtempSync(join(tmpdir(), "locum-locks-"));
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: servicesOf(locks) });
    writeRedisScripts(trial);
    for (const node of trial.nodes) {
      trial.host(node).writeFile("/etc/locum/redis-check", REDIS_CHECK, 0o755);
      trial.host(node).writeFile("/etc/locum/nginx.conf", NGINX_CONFIG);
    }
    await trial.startAgents();
    probe = await startUdpProbe(trial.host("client"), { target: `${SHOP_ADDRESS}:${ECHO_PROGRAM_PORT}` });
    const { holder } = await rolesOf(trial);
    await probe.servedBy(holder);
  });
  after(async () => {
    await trial.close();
    rmSync(locks, { recursive: true });
  });

  /** What redis answers to a client of the service; why not, where it does not. */
  const redis = (...words: readonly string[]): Promise<string> => askRedis(trial, ...words);

  const pageFrom = (): Promise<string> => fetchPage(trial.host("client"), PAGE_ADDRESS, PAGE_PORT).catch(String);

  const running = (node: string, command: string): readonly number[] => trial.host(node).processesNamed(command);

  /** A server may have a child for a moment, which writes for it. */
  const kill = async (node: string, command: string): Promise<void> => {
    let pids: readonly number[] = [];
    await eventually(
      () => (pids = running(node, command)).length === 1,
      () => `one ${command} shall run on ${node}, not ${pids.join()}`,
    );
    process.kill(known(pids[0], "it runs"), "SIGKILL");
  };

  /** Waits until the order of now is on all nodes: a server that is still being given its data has that of before. */
  async function untilReplicated(): Promise<void> {
    let orders: readonly string[] = [];
    const onAll = (): Promise<readonly string[]> =>
      Promise.all(trial.nodes.map((node) => trial.host(node).run(["redis-cli", "get", "order"]).catch(String)));
    await eventually(
      async () => {
        const order = await redis("get", "order");
        orders = [order, ...(await onAll())];
        return orders.every((each) => each === order) && (await redis("wait", "1", "1000")) === "1";
      },
      () => `the standby shall have the data: ${orders.join(", ")}`,
    );
  }

  /** Waits until a client is told so. */
  async function untilAnswered(answer: string, ...words: readonly string[]): Promise<void> {
    let last = "";
    await eventually(
      async () => (last = await redis(...words)) === answer,
      () => `${words.join(" ")} shall be answered with ${answer}, not ${last}`,
    );
  }

  /** Waits until a node could take every service, and has the data of what it stands by for. */
  async function untilStandsBy(node: string, holder: string): Promise<void> {
    await trial.untilFit(node, holder);
    await untilReplicated();
  }

  it("restart a program that was killed, where it is, and the client is served again", async () => {
    const { holder } = await rolesOf(trial);
    await probe.report();
    const [before] = running(holder, ECHO_COMMAND);
    await kill(holder, ECHO_COMMAND);
    await eventually(
      () => running(holder, ECHO_COMMAND).some((pid) => pid !== before),
      () => "it shall be started again",
    );
    await eventually(
      async () => (await probe.report()).lost === 0,
      () => "the client shall be served again",
    );
    const { services } = await trial.until(holder, (status) => status.services["shop"]?.state === "active");
    assert.equal(services["shop"]?.holder, holder);
    const [program, ...others] = services["shop"]?.programs ?? [];
    assert.deepEqual([program?.node, program?.restarts, others], [holder, 1, []]);
    assert.match(program?.lastExit ?? "", /SIGKILL/);
  });

  it("move a service to its warm standby when the program was killed, with the data", async () => {
    const { holder, other } = await rolesOf(trial, "cache");
    await eventually(
      async () => (await redis("set", "order", "42")) === "OK",
      () => "the holder shall have the order",
    );
    await untilReplicated();
    await kill(holder, REDIS);
    await untilAnswered("42", "get", "order");
    await untilAnswered("OK", "set", "order", "43");
    const status = await trial.until(other, ({ services: { cache } }) => cache?.holder === other);
    assert.equal(status.services["cache"]?.reasonCode, "holder-unfit");
    await trial.locum(other, "start", "cache");
    await untilStandsBy(holder, other);
  });

  it("restart a program that does not respond any more, where it is", async () => {
    const { holder, epoch } = await rolesOf(trial, "page");
    const before = running(holder, NGINX);
    for (const pid of before) process.kill(pid, "SIGSTOP");
    await eventually(
      () => {
        const now = running(holder, NGINX);
        return now.length > 0 && now.every((pid) => !before.includes(pid));
      },
      () => "it shall be started anew",
    );
    await eventually(
      async () => (await pageFrom()) === holder,
      () => "the client shall be served again",
    );
    const again = await rolesOf(trial, "page");
    assert.deepEqual([again.holder, again.epoch], [holder, epoch]);
  });

  it("move a service whose program lives, and can't do its work", async () => {
    const { holder, other } = await rolesOf(trial, "cache");
    await trial.host(holder).run(["redis-cli", "config", "set", "maxmemory", "1"]);
    await eventually(
      async () => (await redis("set", "order", "44")) === "OK",
      () => "the standby shall be written to",
    );
    const { services } = await trial.until(other, ({ services: { cache } }) => cache?.holder === other);
    assert.equal(services["cache"]?.reasonCode, "holder-unfit");
    await trial.locum(other, "start", "cache");
    await untilStandsBy(holder, other);
  });

  it("leave a program in trouble alone where they are told so, and say it", async () => {
    const { holder } = await rolesOf(trial);
    const before = running(holder, ECHO_COMMAND);
    await unnoticed(probe, async () => {
      trial.host(holder).writeFile(TROUBLE, "");
      await untilFinding(trial, holder, { kind: "program-troubled", program: "echo" });
      rmSync(trial.host(holder).outside(TROUBLE));
      await untilNoFinding(trial, holder, "program-troubled");
    });
    assert.deepEqual(running(holder, ECHO_COMMAND), before);
  });

  it("stay where they are when a network between the nodes fails, or the holder's link to it", async () => {
    const { holder, other } = await rolesOf(trial);
    const all = (): readonly number[] => COMMANDS.flatMap((each) => trial.nodes.flatMap((node) => running(node, each)));
    const before = all();
    await unnoticed(probe, async () => {
      trial.lab.powerOff("a");
      await untilFinding(trial, other, { kind: "network-down", network: "a" });
      await trial.lab.powerOn("a");
      await untilNoFinding(trial, other);
      trial.lab.cut(holder, "a");
      await untilFinding(trial, other, { kind: "link-down", network: "a", node: holder });
      trial.lab.restore(holder, "a");
      await untilNoFinding(trial, other);
    });
    assert.deepEqual(all(), before);
  });

  it("have a holder all the while when the clients' switch restarts, which takes the link from all nodes", async () => {
    trial.lab.powerOff("lan");
    for (const node of trial.nodes) {
      for (const lost of trial.nodes) await untilFinding(trial, node, { kind: "interface-down", node: lost });
      await trial.until(node, ({ services }) => Object.values(services).every(({ state }) => state === "active"));
    }
    await trial.lab.powerOn("lan");
    for (const node of trial.nodes) await untilNoFinding(trial, node);
    await eventually(
      async () => (await probe.report()).lost === 0,
      () => "the client shall be served again",
    );
    const { holder } = await rolesOf(trial, "page");
    await eventually(
      async () => (await pageFrom()) === holder && (await redis("set", "order", "44")) === "OK",
      () => `${holder} shall serve the page`,
    );
  });

  it("go on the other node when the machine of the holder dies", async () => {
    const { holder, other } = await rolesOf(trial);
    for (const service of ["cache", "page"]) await trial.settle(service, holder);
    await eventually(
      async () => (await redis("set", "order", "45")) === "OK",
      () => "the holder shall have the order",
    );
    await untilReplicated();
    await probe.servedBy(other, trial.lab.powerOff(holder));
    await untilAnswered("45", "get", "order");
    await untilAnswered("OK", "set", "order", "46");
    await eventually(
      async () => (await pageFrom()) === other,
      () => "the page shall be served",
    );
    await trial.powerOn(holder);
    await untilStandsBy(holder, other);
  });

  it("never run twice what runs on one node only, when it is moved by hand", async () => {
    for (const [service, command] of [
      ["shop", ECHO_COMMAND],
      ["page", NGINX],
    ] as const) {
      const { holder, other } = await rolesOf(trial, service);
      await trial.locum(holder, "move", service, "--to", other);
      await trial.untilHeldBy(service, other, trial.nodes);
      assert.deepEqual(running(holder, command), []);
      await eventually(
        () => running(other, command).length > 0,
        () => `flock shall have become ${command}`,
      );
    }
    await probe.servedBy((await rolesOf(trial)).holder);
    const { holder } = await rolesOf(trial, "page");
    await eventually(
      async () => (await pageFrom()) === holder,
      () => `${holder} shall serve the page`,
    );
  });

  it("leave nothing running where an agent was killed, and the other node serves everything", async () => {
    const { holder, other } = await rolesOf(trial);
    for (const service of ["cache", "page"]) await trial.settle(service, holder);
    await untilReplicated();
    const at = trial.killAgent(holder);
    await trial.agent(holder).exited;
    await probe.servedBy(other, at);
    await eventually(
      async () => (await redis("set", "order", "44")) === "OK" && (await pageFrom()) === other,
      () => `${other} shall serve everything`,
    );
    await eventually(
      () => COMMANDS.every((command) => running(holder, command).length === 0),
      () => `nothing shall be left on ${holder}`,
    );
    await trial.startAgent(holder);
    await untilStandsBy(holder, other);
  });

  it("stop, start and restart a service by order", async () => {
    const { holder } = await rolesOf(trial);
    await trial.locum(holder, "stop", "shop");
    await eventually(
      () => trial.nodes.every((node) => running(node, ECHO_COMMAND).length === 0),
      () => "it shall run nowhere",
    );
    const at = bootClock();
    await trial.locum(holder, "start", "shop");
    await probe.servedBy(undefined, at);
    const { holder: again } = await rolesOf(trial);
    const [before] = running(again, ECHO_COMMAND);
    await trial.locum(again, "restart", "shop/echo");
    await eventually(
      () => running(again, ECHO_COMMAND).some((pid) => pid !== before),
      () => "it shall be another process",
    );
    const { services } = await trial.until(again, (status) => status.services["shop"]?.state === "active");
    assert.equal(services["shop"]?.holder, again);
  });

  it("go on where a file that is read again has a slip in the path of a command", async () => {
    const { holder } = await rolesOf(trial, "page");
    const pids = running(holder, NGINX);
    const text = readFileSync(trial.host(holder).outside(CONFIG), "utf8");
    await unnoticed(probe, async () => {
      editConfiguration(trial, holder, (before) =>
        before.replace("run: [/etc/locum/redis-start]", "run: [/etc/locum/redis-strat]"),
      );
      trial.agent(holder).signal("SIGHUP");
      const said = await untilFinding(trial, holder, { kind: "configuration-refused" });
      assert.match(said, /redis of cache could not start here: .*redis-strat.* there is no such file/);
    });
    assert.equal(await redis("ping"), "PONG");
    assert.deepEqual(running(holder, NGINX), pids);
    editConfiguration(trial, holder, () => text);
    trial.agent(holder).signal("SIGHUP");
    for (const node of trial.nodes) await untilNoFinding(trial, node);
  });

  it("run on where a file that is read again has other checks, and go by these", async () => {
    const { holder } = await rolesOf(trial, "cache");
    await untilStandsBy(holder === "web1" ? "web2" : "web1", holder);
    const processes = (): unknown => trial.nodes.map((node) => COMMANDS.map((command) => running(node, command)));
    const before = processes();
    const [told] = await eventsOf(trial, holder, ["configuration.changed"]).then((events) => events.slice(-1));
    await unnoticed(probe, async () => {
      for (const node of trial.nodes) {
        editConfiguration(trial, node, (text) =>
          text
            .replace(
              "health: { exec: [/etc/locum/redis-check], interval: 200ms",
              "health: { tcp: 6379, interval: 100ms",
            )
            .replace("interval: 100ms, timeout: 10s, fail: 1", "interval: 50ms, timeout: 5s, fail: 1"),
        );
        await reload(trial, node);
      }
      for (const node of trial.nodes) await untilNoFinding(trial, node);
    });
    assert.deepEqual(processes(), before);
    const [event] = await eventsOf(trial, holder, ["configuration.changed"], told?.sequence);
    assert.match(event?.text ?? "", /program shop\/echo runs on \(health changed\)/);
    const { holder: serving } = await rolesOf(trial);
    trial.host(serving).writeFile(TROUBLE, "");
    await untilFinding(trial, serving, { kind: "program-troubled", program: "echo" });
    rmSync(trial.host(serving).outside(TROUBLE));
    await untilNoFinding(trial, serving, "program-troubled");
  });

  it("have never found a lock taken by the other node", async () => {
    for (const node of trial.nodes) {
      const exits = await eventsOf(trial, node, ["program.exited"]);
      const texts = exits.map(({ text }) => text);
      assert.ok(!texts.some((text) => text.includes(`exit status ${LOCK_TAKEN}`)), texts.join("\n"));
    }
  });
});
