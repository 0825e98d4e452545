/** Short stories of holders that hear each other's announcements, and perhaps nothing else of each other. */
import assert from "node:assert/strict";
import { nodeName } from "../../src/model/names.js";
import type { ScenarioBench } from "./bench.js";
import { SHOP, type Scenarios, holds, running, shop } from "./running.js";

const web2 = nodeName("web2");
/** The announcement of web1. */
const THAWED = { interface: "eth0", address: SHOP, mac: "02:00:00:00:00:01" };

/** Whether a node has said that another machine has the address. */
const isContested = (bench: ScenarioBench, name: string): boolean =>
  bench.transcript.some((line) => line.includes(` ${name}: `) && line.includes(` claims ${SHOP}`));

/** Of two holders that hear nothing else of each other, web2 hears web1 announce, once a minute, and leaves it the service. */
function leaveOneWay(bench: ScenarioBench): void {
  for (let minute = 0; minute < 2; minute += 1) {
    holds(bench, "web1", "web2");
    bench.pass(60_000);
    announce(bench);
  }
  holds(bench, "web1");
}

const announce = (bench: ScenarioBench): void =>
  bench.input(bench.member("web2"), { kind: "announcement-heard", ...THAWED });

/** It has taken the service back once, and left it again. */
function heardOneWay(): ScenarioBench {
  const bench = running();
  bench.partition("web1", "web2", true);
  leaveOneWay(bench);
  bench.pass(3_500);
  leaveOneWay(bench);
  return bench;
}

export const WIRE: Scenarios = {
  "a wire that works one way only: the service is taken back once, and then left to the one that announces it": () => {
    const bench = heardOneWay();
    for (let minute = 0; minute < 5; minute += 1) {
      for (let second = 0; second < 60; second += 1) {
        bench.pass(1_000);
        holds(bench, "web1");
      }
      announce(bench);
    }
    bench.pass(61_000);
    holds(bench, "web1");
    bench.pass(2_000);
    holds(bench, "web1", "web2");
    return bench;
  },
  "a wire that works both ways again: who answers, and then does no more, is gone": () => {
    const bench = heardOneWay();
    bench.pass(10_000);
    holds(bench, "web1");
    bench.sharesLan = true;
    bench.pass(5_000);
    holds(bench, "web1");
    bench.crash("web1");
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "two holders that hear only each other's announcements: the preferred one keeps the service": () => {
    const bench = running();
    bench.sharesLan = true;
    bench.partition("web1", "web2", true);
    bench.pass(1_000);
    holds(bench, "web1", "web2");
    bench.pass(1_000);
    holds(bench, "web1");
    for (const { name } of bench.members) assert.ok(!isContested(bench, name), name);
    assert.equal(bench.member("web2").node.view(bench.now).services[0]?.holder, "web1");
    bench.pass(60_000);
    holds(bench, "web1");
    bench.partition("web1", "web2", false);
    bench.pass(5_000);
    holds(bench, "web1");
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "a service that was left to a node on the wire is taken when that node is gone": () => {
    const bench = running();
    bench.sharesLan = true;
    bench.partition("web1", "web2", true);
    bench.pass(10_000);
    holds(bench, "web1");
    assert.equal(bench.command("web2", { kind: "move", service: shop, to: web2 })?.ok, false);
    bench.crash("web1");
    bench.pass(2_000);
    holds(bench);
    bench.pass(2_500);
    holds(bench, "web2");
    return bench;
  },
  "three holders that hear only each other's announcements leave the service to the first": () => {
    const bench = running(["web1", "web2", "web3"]);
    bench.sharesLan = true;
    bench.partition("web1", "web3", true);
    bench.partition("web1", "web2", true);
    bench.pass(10_000);
    holds(bench, "web1");
    bench.pass(60_000);
    holds(bench, "web1");
    return bench;
  },
  "a tie is decided on the wire in a pause as well, and nothing moves after that": () => {
    const bench = running();
    bench.sharesLan = true;
    bench.partition("web1", "web2", true);
    holds(bench, "web1", "web2");
    bench.command("web2", { kind: "pause" });
    bench.pass(2_000);
    holds(bench, "web1");
    bench.crash("web1");
    bench.pass(10_000);
    holds(bench);
    assert.equal(bench.command("web2", { kind: "unpause", force: true })?.ok, true);
    bench.pass(100);
    holds(bench, "web2");
    return bench;
  },
  "a stranger's announcement is a contest, and neither of two holders lets go for it": () => {
    const bench = running();
    bench.partition("web1", "web2", true);
    bench.pass(2_000);
    const stranger = { interface: "eth0", address: SHOP, mac: "02:00:00:00:00:99" };
    for (const member of bench.members) bench.input(member, { kind: "announcement-heard", ...stranger });
    bench.pass(2_000);
    holds(bench, "web1", "web2");
    return bench;
  },
  "a holder that gave the service away announces late, and the new holder keeps the service": () => {
    const bench = running();
    bench.sharesLan = true;
    assert.equal(bench.command("web1", { kind: "move", service: shop, to: web2 })?.ok, true);
    for (const ms of [10, 500, 2_000]) {
      bench.pass(ms);
      bench.input(bench.member("web2"), { kind: "announcement-heard", ...THAWED });
    }
    bench.pass(20_000);
    holds(bench, "web2");
    return bench;
  },
  "a node that stood still announces what another has taken meanwhile, before it is heard: it stays with that one":
    () => {
      const bench = running();
      bench.silence("web2", "web1");
      holds(bench, "web2");
      bench.pass(2_000);
      for (const ms of [0, 20, 80, 400]) {
        bench.pass(ms);
        bench.input(bench.member("web2"), { kind: "announcement-heard", ...THAWED });
      }
      bench.partition("web1", "web2", false);
      bench.silence("web2", "web1");
      bench.pass(2_000);
      bench.input(bench.member("web2"), { kind: "announcement-heard", ...THAWED });
      bench.pass(2_000);
      holds(bench, "web2");
      return bench;
    },
  "a service that was left on the wire to a node that let go of it goes on where it was": () => {
    const bench = running();
    bench.silence("web2", "web1");
    bench.pass(2_000);
    for (let ms = 0; ms <= 1_000; ms += 100) {
      holds(bench, "web2");
      bench.input(bench.member("web2"), { kind: "announcement-heard", ...THAWED });
      if (ms < 1_000) bench.pass(100);
    }
    holds(bench);
    bench.partition("web1", "web2", false);
    bench.pass(5_000);
    holds(bench, "web2");
    return bench;
  },
  "two holders whose cables are all pulled: one has the service when they are back": () => {
    const bench = running();
    bench.carrier("web2", false);
    bench.partition("web1", "web2", true);
    bench.carrier("web1", false);
    bench.pass(10_000);
    holds(bench, "web1");
    bench.sharesLan = true;
    bench.carrier("web2", true);
    bench.carrier("web1", true);
    bench.pass(5_000);
    holds(bench, "web1");
    return bench;
  },
};
