/** Short stories of services with programs (HS-5, HS-6, HS-20: the application fails). */
import assert from "node:assert/strict";
import { milliseconds, seconds } from "../../src/base/time.js";
import { networkName, nodeName } from "../../src/model/names.js";
import { type ProgramConfig, programName } from "../../src/model/program.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { type Scenarios, holds, running, shop } from "./running.js";

const web1 = nodeName("web1");
const web2 = nodeName("web2");
const A = networkName("a");
const KILLED = { kind: "signal", signal: "SIGKILL" } as const;
const moves = { ...programConfig("db").restart, exits: { "*": "move" } } as const;

/** A cluster that serves one address from programs. */
const serving = (...programs: readonly ProgramConfig[]): ScenarioBench =>
  running(["web1", "web2"], programsConfig(programs));

/** The same, of which one comes after the address, and nodes that notice when they are cut off. */
function drained(): ScenarioBench {
  const web = programConfig("web", { stop: { signal: "SIGQUIT", timeout: seconds(2) } });
  const [beforeAddresses, afterAddresses] = [[programName("db")], [programName("web")]];
  const cluster = clusterOf(["web1", "web2"], {
    shop: programsConfig([programConfig("db"), web], { beforeAddresses, afterAddresses }),
  });
  const bench = new ScenarioBench({ ...cluster, networks: [{ name: A, ping: ["10.1.1.254"] }] });
  bench.start("web1", "web2");
  for (const name of ["web1", "web2"])
    bench.input(bench.member(name), { kind: "ping-judged", network: A, reachable: true });
  bench.pass(1_000);
  holds(bench, "web1");
  return bench;
}

export const PROGRAMS: Scenarios = {
  "a program ends and is started again where it was, and the address stays": () => {
    const bench = serving(programConfig("db"));
    const { now } = bench;
    bench.programs.end("web1", "db", KILLED);
    bench.pass(40);
    assert.deepEqual(bench.programs.on("web1"), ["db"]);
    holds(bench, "web1");
    assert.equal(bench.member("web1").node.view(bench.now).services[0]?.state, "active");
    assert.ok(bench.now - now <= milliseconds(40));
    return bench;
  },
  "what the guard kills on a standby while the agent is out counts as no failure of it": () => {
    const bench = serving(programConfig("db", { standby: true, restart: moves }));
    const member = bench.member("web2");
    assert.deepEqual(bench.programs.on("web2"), ["db"]);
    member.incarnation += 1;
    bench.input(member, { kind: "guard-fired", incarnation: member.incarnation });
    bench.pass(2_000);
    assert.deepEqual(bench.programs.on("web2"), ["db"]);
    return bench;
  },
  "the exit of a program that may run on one node only moves the service at once": () => {
    const bench = serving(programConfig("db", { restart: moves }));
    bench.programs.end("web1", "db", KILLED);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db"]]);
    holds(bench);
    bench.pass(25);
    holds(bench, "web2");
    bench.pass(1_000);
    return bench;
  },
  "where nobody else can take the service, a program that would move it is restarted, and one that still serves is left alone":
    () => {
      const bench = serving(programConfig("db", { restart: moves, onTrouble: "move" }));
      bench.crash("web2");
      bench.pass(2_000);
      bench.programs.end("web1", "db", KILLED);
      bench.pass(40);
      assert.deepEqual(bench.programs.on("web1"), ["db"]);
      const problem = "its answers take 210 ms";
      bench.programs.tell("web1", "db", (run) => ({ kind: "program-judged", run, health: "slow", problem }));
      bench.pass(10_000);
      assert.deepEqual(bench.programs.on("web1"), ["db"]);
      bench.start("web2");
      bench.pass(2_000);
      holds(bench, "web2");
      bench.command("web2", { kind: "pause" });
      bench.programs.end("web2", "db", KILLED);
      bench.pass(40);
      assert.deepEqual(bench.programs.on("web2"), ["db"], "a pause moves nothing");
      return bench;
    },
  "a program that runs on standbys too: the address moves at once, and the role is told": () => {
    const bench = serving(programConfig("db", { restart: moves, standby: true }));
    assert.deepEqual(bench.programs.on("web2"), ["db"]);
    bench.programs.end("web1", "db", KILLED);
    holds(bench, "web2");
    bench.pass(1_000);
    return bench;
  },
  "what was drained gets nothing back before its programs are ready as standbys, be it by a drain or by an order":
    () => {
      const bench = serving(programConfig("db", { restart: moves, standby: true, awaitsRole: true }));
      bench.command("web1", { kind: "drain", node: web1 });
      bench.pass(1_000);
      holds(bench, "web2");
      bench.command("web2", { kind: "drain", node: web2 });
      bench.programs.manners.set("db", { startMs: 2_000 });
      bench.pass(1_000);
      const isGivenAway = (): boolean => bench.transcript.some((line) => line.includes("before web1 may have it"));
      bench.command("web1", { kind: "resume", node: web1 });
      bench.pass(1_000);
      bench.command("web2", { kind: "move", service: shop, to: web1 });
      bench.pass(900);
      assert.equal(isGivenAway(), false);
      holds(bench, "web2");
      bench.pass(1_000);
      assert.equal(isGivenAway(), true);
      holds(bench, "web1");
      return bench;
    },
  "a drained holder keeps a service whose standby is not ready; when it dies, that one takes it": () => {
    const bench = serving(programConfig("db", { restart: moves, standby: true, awaitsRole: true }));
    bench.crash("web2");
    bench.pass(1_000);
    bench.programs.manners.set("db", { startMs: 5_000 });
    bench.start("web2");
    bench.pass(2_000);
    bench.command("web1", { kind: "drain", node: web1 });
    bench.pass(1_000);
    holds(bench, "web1");
    bench.crash("web1");
    bench.pass(3_000);
    holds(bench, "web2");
    return bench;
  },
  "where the holder dies, a node that a program failed on is the last choice once that stands by": () => {
    const bench = serving(programConfig("db", { restart: moves, standby: true, awaitsRole: true }));
    bench.programs.end("web1", "db", KILLED);
    bench.pass(20_000);
    holds(bench, "web2");
    assert.deepEqual(bench.programs.on("web1"), ["db"]);
    bench.crash("web2");
    bench.pass(2_000);
    holds(bench, "web1");
    return bench;
  },
  "a cut cable moves a program that has to end for it when it is sure that another node is better off": () => {
    const bench = serving(programConfig("db"));
    bench.carrier("web1", false);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db"], []]);
    bench.pass(1_000);
    holds(bench, "web2");
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db"]]);
    return bench;
  },
  "a switch that restarts ends no program: nobody else is better off": () => {
    const bench = serving(programConfig("db"));
    bench.carriers(["web1", "web2"], false);
    bench.pass(1_000);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db"], []]);
    bench.carriers(["web2", "web1"], true);
    bench.pass(1_000);
    holds(bench, "web1");
    assert.ok(bench.transcript.every((line) => !/db (has )?end/.test(line)));
    return bench;
  },
  "after a split, whose claim loses kills its program at once, and for how long both ran is told": () => {
    const bench = serving(programConfig("db"));
    bench.partition("web1", "web2", true);
    bench.pass(10_000);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db"], ["db"]]);
    bench.partition("web1", "web2", false);
    bench.pass(100);
    holds(bench, "web2");
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db"]]);
    assert.ok(
      bench.transcript.some((line) => /web1 has let go of shop: for up to 10 s both may have held it/.test(line)),
    );
    return bench;
  },
  "what comes after work that must be done first waits until that has ended well": () => {
    const { restart, ...once } = programConfig("migrate", { ready: { kind: "notify", timeout: seconds(60) } });
    const migrate = { ...once, restart: { ...restart, exits: { 0: "stop", "*": "restart" } } } as const;
    const bench = new ScenarioBench(
      clusterOf(["web1", "web2"], { shop: programsConfig([migrate, programConfig("web", { after: [migrate.name] })]) }),
    );
    bench.programs.manners.set("migrate", { startMs: 3_000, exits: { kind: "status", status: 0 } });
    bench.start("web1", "web2");
    bench.pass(2_900);
    assert.deepEqual([bench.programs.on("web1"), bench.holders("192.168.1.1")], [["migrate"], []]);
    bench.pass(1_000);
    assert.deepEqual(bench.programs.on("web1"), ["web"]);
    holds(bench, "web1");
    return bench;
  },
  "no program is ended for a preferred node whose present state is not known yet": () => {
    const failback = { kind: "after", delay: milliseconds(0) } as const;
    const bench = running(["web1", "web2"], { ...programsConfig([programConfig("db")]), failback });
    bench.partition("web1", "web2", true);
    bench.command("web1", { kind: "drain", node: nodeName("web1") });
    bench.pass(10_000);
    bench.muted.add("web1");
    bench.partition("web1", "web2", false);
    bench.pass(100);
    bench.muted.clear();
    bench.repeatState("web1");
    bench.pass(1_000);
    holds(bench, "web2");
    assert.ok(bench.transcript.every((line) => !/web2 stops the programs/.test(line)));
    bench.command("web2", { kind: "resume", node: nodeName("web1") });
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "a program that asks for a move where its service was just moved to by one is told to wait": () => {
    const bench = serving(programConfig("db"));
    const by = { kind: "program", name: programName("db") } as const;
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2, by })?.ok, undefined);
    bench.pass(1_000);
    holds(bench, "web2");
    const [moved] = bench.member("web2").node.view(bench.now).services;
    assert.deepEqual(moved?.reason, { kind: "program", from: "web1", by: "db" });
    const back = { kind: "move", service: shop, to: nodeName("web1"), by } as const;
    assert.deepEqual(bench.command("web2", back), {
      ok: false,
      code: "busy",
      message: "shop was moved here 995 ms ago: its programs may ask again 1 min after that",
    });
    bench.pass(60_000);
    bench.command("web2", back);
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "a planned move of a program that may run on one node only ends it here before it starts there": () => {
    const bench = serving(programConfig("db"), programConfig("web", { after: [programName("db")] }));
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    holds(bench);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db", "web"], []]);
    bench.pass(200);
    holds(bench, "web2");
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db", "web"]]);
    return bench;
  },
  "in a planned move, what comes after the addresses ends before they go, and the rest when they are off": () => {
    const bench = drained();
    bench.programs.manners.set("web", { stopMs: 300 });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(200);
    holds(bench, "web1");
    assert.deepEqual(bench.programs.on("web1"), ["db", "web"]);
    bench.pass(1_000);
    holds(bench, "web2");
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db", "web"]]);
    const order = bench.transcript.flatMap((line) => /web1: (.* (?:ended within|is off) .*)/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      order.map((line) => line.split(" ")[0]),
      ["web", "192.168.1.1", "db"],
    );
    return bench;
  },
  "addresses wait for what comes after them while the move is planned, and no longer": () => {
    const bench = drained();
    bench.programs.manners.set("web", { stopMs: 1e9 });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(500);
    holds(bench, "web1");
    bench.partition("web1", "web2", true);
    bench.input(bench.member("web1"), { kind: "ping-judged", network: A, reachable: false });
    bench.pass(200);
    holds(bench, "web2");
    assert.deepEqual(bench.programs.on("web1"), ["web"], "it has its time to end all the same");
    return bench;
  },
  "a file that is read while programs end puts no address back": () => {
    const bench = serving(programConfig("db"));
    bench.programs.manners.set("db", { stopMs: 500 });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(100);
    holds(bench);
    const db = programConfig("db", { onFail: "move" });
    const services = bench.cluster.services.map((each) => ({ ...each, ...programsConfig([db]) }));
    assert.ok(bench.reload("web1", { ...bench.cluster, services }));
    holds(bench);
    bench.pass(1_000);
    holds(bench, "web2");
    return bench;
  },
  "a file is refused that has a program here end for one that cannot start, and taken where nothing has to": () => {
    const bench = serving(programConfig("db"));
    const source = { kind: "command", command: ["/bin/typo"] } as const;
    const problem = "/bin/typo cannot be run on this machine: there is no such file";
    const fault = { service: shop, program: programName("db"), problem, advice: "Install it" };
    const withPrograms = (...list: readonly ProgramConfig[]): typeof bench.cluster => ({
      ...bench.cluster,
      services: bench.cluster.services.map((each) => ({ ...each, ...programsConfig(list) })),
    });
    const wrong = withPrograms(programConfig("db", { source }));
    assert.equal(bench.reload("web1", wrong, [fault]), false);
    bench.pass(1_000);
    assert.deepEqual(
      bench.findings("web1").map(({ kind }) => kind),
      ["configuration-refused"],
    );
    assert.deepEqual(bench.programs.on("web1"), ["db"]);
    holds(bench, "web1");
    const more = withPrograms(programConfig("db"), programConfig("web", { source }));
    assert.equal(bench.reload("web1", more, [{ ...fault, program: programName("web") }]), false);
    assert.equal(bench.reload("web2", wrong, [fault]), true);
    // What had the fault before, and goes on all the same, is no reason against the rest of a file.
    const policy = withPrograms(programConfig("db", { onFail: "move" }));
    assert.equal(bench.reload("web1", policy, [fault]), true);
    assert.deepEqual(bench.programs.on("web1"), ["db"]);
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "a file with one more program that cannot start is taken while those here are down: it may bring the mend": () => {
    const bench = serving(programConfig("db"));
    bench.programs.manners.set("db", { refuses: "broken" });
    bench.programs.end("web1", "db", KILLED);
    bench.pass(100);
    assert.deepEqual(bench.programs.on("web2"), [], "the holder, which is down too");
    const fault = {
      service: shop,
      program: programName("web"),
      problem: "/bin/typo cannot be run",
      advice: "Install it",
    };
    const list = [programConfig("db", { onFail: "move" }), programConfig("web")];
    const services = bench.cluster.services.map((each) => ({ ...each, ...programsConfig(list) }));
    assert.equal(bench.reload("web2", { ...bench.cluster, services }, [fault]), true);
    return bench;
  },
  "what failed on one node is tried again at once when an operator starts the service, at whichever node he says so":
    () => {
      const bench = serving(programConfig("db", { restart: moves, standby: true }));
      bench.programs.end("web1", "db", KILLED);
      bench.pass(1_000);
      holds(bench, "web2");
      assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db"]]);
      bench.command("web2", { kind: "start-service", service: shop });
      bench.pass(100);
      assert.deepEqual(bench.programs.on("web1"), ["db"]);
      const [service] = bench.member("web2").node.view(bench.now).services;
      assert.deepEqual(
        service?.candidates.map(({ reasons }) => reasons),
        [[], []],
      );
      return bench;
    },
  "restarts of no use: the service moves, and two nodes throw it to each other ever more slowly": () => {
    const bench = serving(programConfig("db"));
    bench.programs.manners.set("db", { exits: { kind: "status", status: 78 } });
    bench.programs.end("web1", "db", KILLED);
    bench.pass(600_000);
    const claims = bench.transcript.filter((line) => line.includes("takes shop"));
    assert.ok(claims.length >= 4 && claims.length < 20, `${claims.length} moves in ten minutes`);
    bench.programs.manners.clear();
    bench.pass(600_000);
    const { holder, state } = bench.member("web1").node.view(bench.now).services[0] ?? {};
    assert.deepEqual([holder !== undefined, state], [true, "active"]);
    return bench;
  },
  "a program that cannot be ended keeps its service on the node, and says so": () => {
    const bench = serving(programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(1) } }));
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(20_000);
    holds(bench);
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db"], []]);
    assert.ok(bench.findings("web2").some(({ kind }) => kind === "program-stuck"));
    bench.crash("web1");
    bench.pass(200);
    holds(bench, "web2");
    return bench;
  },
  "a service whose program never came up at its holder is not on the move": () => {
    const bench = serving(programConfig("db", { restart: moves }));
    bench.crash("web2");
    bench.command("web1", { kind: "stop-service", service: shop });
    bench.pass(1_000);
    bench.programs.manners.set("db", { refuses: "the disk is full" });
    bench.command("web1", { kind: "start-service", service: shop });
    bench.pass(2_000);
    const [service] = bench.member("web1").node.view(bench.now).services;
    assert.deepEqual([service?.holder, service?.state], ["web1", "blocked"]);
    return bench;
  },
  "a program that cannot be ended when it is restarted takes nothing down beside it; when it is gone, all is well again":
    () => {
      const config = programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(1) } });
      const bench = running(["web1", "web2"], programsConfig([config, programConfig("web")], { beforeAddresses: [] }));
      bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
      bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
      bench.pass(15_000);
      assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db", "web"], []]);
      holds(bench, "web1");
      assert.equal(bench.member("web1").node.view(bench.now).services[0]?.state, "blocked");
      assert.ok(bench.findings("web2").some(({ kind }) => kind === "program-stuck"));
      bench.command("web2", { kind: "move", service: shop, to: web2 });
      bench.command("web1", { kind: "drain", node: nodeName("web1") });
      bench.pass(6_000);
      holds(bench, "web1");
      bench.command("web1", { kind: "resume", node: nodeName("web1") });
      bench.programs.manners.clear();
      bench.programs.end("web1", "db", KILLED);
      bench.pass(1_000);
      assert.equal(bench.member("web1").node.view(bench.now).services[0]?.state, "active");
      holds(bench, "web1");
      return bench;
    },
  "a service that an operator stops stays down until it is started, whatever agents are restarted": () => {
    const bench = serving(programConfig("db"));
    bench.command("web2", { kind: "stop-service", service: shop });
    bench.pass(3_000);
    holds(bench);
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.pass(1_000);
    bench.start("web1");
    bench.pass(5_000);
    holds(bench);
    bench.command("web1", { kind: "start-service", service: shop });
    bench.pass(1_000);
    holds(bench, "web1");
    return bench;
  },
  "an agent that ends in order ends its programs first, those that come after others before them": () => {
    const bench = serving(programConfig("db"), programConfig("web", { after: [programName("db")] }));
    bench.input(bench.member("web1"), { kind: "stop-requested" });
    bench.pass(500);
    holds(bench, "web2");
    assert.equal(bench.member("web1").alive, false);
    return bench;
  },
  "an operator restarts one program; in a pause, one that dies is started again all the same": () => {
    const bench = serving(programConfig("db"), programConfig("web"));
    bench.command("web2", { kind: "restart-service", service: shop, program: programName("web") });
    bench.pass(100);
    bench.command("web1", { kind: "pause" });
    bench.programs.end("web1", "db", KILLED);
    bench.pass(100);
    assert.deepEqual([...bench.programs.on("web1")].sort(), ["db", "web"]);
    holds(bench, "web1");
    return bench;
  },
  "a pause that begins while programs end: the service goes to whom it was to go, and stays there": () => {
    const bench = serving(programConfig("db"));
    bench.programs.manners.set("db", { stopMs: 500 });
    bench.command("web1", { kind: "move", service: shop, to: web2 });
    bench.pass(100);
    bench.command("web1", { kind: "pause" });
    bench.pass(1_000);
    holds(bench, "web2");
    assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], ["db"]]);
    return bench;
  },
  "of a changed file, only the program that it changes is restarted": () => {
    const [db, web] = [programConfig("db"), programConfig("web")];
    const bench = serving(db, web);
    const changed = programConfig("web", { source: { kind: "command", command: ["/usr/bin/web2"] } });
    for (const name of ["web1", "web2"]) {
      const services = bench.cluster.services.map((each) => ({ ...each, ...programsConfig([db, changed]) }));
      assert.ok(bench.reload(name, { ...bench.cluster, services }));
    }
    bench.pass(100);
    holds(bench, "web1");
    return bench;
  },
  "a program that never becomes ready moves to another node when its restarts are used up, and is a finding before":
    () => {
      const never = programConfig("db", { ready: { kind: "notify", timeout: seconds(60) } });
      const bench = serving(never);
      bench.programs.manners.set("db", { startMs: 1e9 });
      bench.command("web1", { kind: "restart-service", service: shop, program: programName("db") });
      bench.pass(90_000);
      assert.deepEqual(
        bench.findings("web2").map(({ kind }) => kind),
        ["program-troubled"],
      );
      const states = ["web1", "web2"].map((name) => bench.member(name).node.view(bench.now).services[0]?.state);
      assert.deepEqual(states, ["starting", "starting"]);
      bench.pass(180_000);
      assert.ok(bench.transcript.some((line) => line.includes("web2 takes shop")));
      return bench;
    },
  "a program that is slow is told of, until it is well again; one that fails its check is restarted": () => {
    const bench = serving(programConfig("db"), programConfig("web"));
    const slow = (run: number) =>
      ({ kind: "program-judged", run, health: "slow", problem: "its answers take 210 ms" }) as const;
    bench.programs.tell("web1", "db", slow);
    bench.pass(1_000);
    bench.programs.tell("web1", "db", (run) => ({ ...slow(run), health: "healthy" }));
    const problem = "no answer within 300 ms";
    bench.programs.tell("web1", "web", (run) => ({ ...slow(run), health: "failing", problem }));
    bench.pass(1_000);
    return bench;
  },
};
