/** Stories of services that share nodes: room, priorities, and what is to be together, apart, or there first. */
import assert from "node:assert/strict";
import {
  type Amounts,
  type Cluster,
  ORDINARY,
  type ServiceConfig,
  type ServicePlacement,
} from "../../src/model/cluster.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import type { Scenarios } from "./running.js";

const placed = (placement: Partial<ServicePlacement>): Pick<ServiceConfig, "placement"> => ({
  placement: { ...ORDINARY, ...placement },
});
const on = (...nodes: readonly string[]): Pick<ServiceConfig, "nodes"> => ({ nodes: nodes.map(nodeName) });
const named = (name: string): ReturnType<typeof serviceName> => serviceName(name);

/** Nodes with room as given; a node without has room for everything. */
function withRoom(cluster: Cluster, rooms: Readonly<Record<string, Amounts>>): Cluster {
  return {
    ...cluster,
    nodes: cluster.nodes.map((node) => {
      const capacity = rooms[node.name];
      return capacity === undefined ? node : { ...node, room: { capacity, weight: 1 } };
    }),
  };
}

type Services = Readonly<Record<string, Partial<ServiceConfig>>>;

function crowd(rooms: Readonly<Record<string, Amounts>>, services: Services): ScenarioBench {
  const names = Object.keys(rooms);
  const bench = new ScenarioBench(withRoom(clusterOf(names, services), rooms));
  bench.start(...names);
  bench.pass(2_000);
  return bench;
}

/** Who holds each service, as all living nodes see it: `db n1, shop -`. */
function places(bench: ScenarioBench): string {
  const views = bench.members
    .filter(({ alive }) => alive)
    .map(({ node }) =>
      node
        .view(bench.now)
        .services.map(({ name, holder }) => `${name} ${holder ?? "-"}`)
        .join(", "),
    );
  for (const view of views) assert.equal(view, views[0], "all see the same");
  return views[0] ?? "";
}

const one: Amounts = { slots: 1 };

export const PLACEMENT: Scenarios = {
  "HS-20 N+1, one spare takes over for whichever node fails, and for the second by priority": () => {
    const bench = crowd(
      { web1: one, web2: one, web3: one, spare: one },
      {
        shop: on("web1", "spare"),
        mail: on("web2", "spare"),
        bank: { ...on("web3", "spare"), ...placed({ priority: 10 }) },
      },
    );
    assert.equal(places(bench), "shop web1, mail web2, bank web3");
    bench.crash("web1");
    bench.pass(2_000);
    assert.equal(places(bench), "shop spare, mail web2, bank web3");
    bench.crash("web3");
    bench.pass(3_000);
    assert.equal(places(bench), "shop -, mail web2, bank spare", "the bank matters more than the shop");
    bench.start("web1");
    bench.pass(3_000);
    assert.equal(places(bench), "shop web1, mail web2, bank spare", "healing moves nobody else");
    return bench;
  },
  "HS-20 N+M, two of four nodes fail and their services find room for all on the two spares": () => {
    const two: Amounts = { slots: 2 };
    const bench = crowd(
      { web1: two, web2: two, spare1: two, spare2: two },
      {
        a: on("web1", "spare1", "spare2"),
        b: on("web1", "spare1", "spare2"),
        c: on("web2", "spare1"),
        d: on("web2", "spare1"),
      },
    );
    assert.equal(places(bench), "a web1, b web1, c web2, d web2");
    bench.crash("web1");
    bench.pass(2_000);
    assert.equal(places(bench), "a spare1, b spare1, c web2, d web2");
    bench.crash("web2");
    bench.pass(5_000);
    assert.equal(
      places(bench),
      "a spare2, b spare2, c spare1, d spare1",
      "a and b make room for those without a choice",
    );
    return bench;
  },
  "what is spread is spread over the sound nodes while the least busy one is banned": () => {
    const names = ["web1", "web2", "web3", "web4"];
    const spread = ["a", "b", "c", "d", "e", "f"].map((name) => [
      name,
      { ...on(...names), ...placed({ spread: true }) },
    ]);
    const bench = crowd({ web1: {}, web2: {}, web3: {}, web4: {} }, Object.fromEntries(spread));
    assert.equal(places(bench), "a web1, b web2, c web3, d web4, e web1, f web2");
    for (let failure = 0; failure < 4; failure += 1) {
      bench.crash("web4");
      bench.pass(2_000);
      bench.start("web4");
      bench.pass(2_000);
    }
    assert.equal(places(bench), "a web1, b web2, c web3, d web3, e web1, f web2", "web4 is banned and empty");
    bench.crash("web1");
    bench.pass(2_000);
    assert.equal(places(bench), "a web2, b web2, c web3, d web3, e web3, f web2");
    return bench;
  },
  "HS-23 a drain gives away what fits elsewhere, and what does not stays": () => {
    const bench = crowd({ web1: { slots: 2 }, web2: one }, { a: {}, b: {} });
    assert.equal(places(bench), "a web1, b web1");
    bench.command("web1", { kind: "drain", node: nodeName("web1") });
    bench.pass(3_000);
    assert.equal(places(bench), "a web2, b web1");
    bench.command("web1", { kind: "resume", node: nodeName("web1") });
    bench.pass(3_000);
    assert.equal(places(bench), "a web2, b web1", "healing moves nothing");
    return bench;
  },
  "TK-1 a move by hand to a node without room is refused with the reason": () => {
    const bench = crowd({ web1: one, web2: one }, { a: on("web1", "web2"), b: on("web2", "web1") });
    const refusal = bench.command("web1", { kind: "move", service: named("a"), to: nodeName("web2") });
    assert.match(refusal?.message ?? "", /^web2 cannot take a: it has no room \(1 of 1 slots taken, 1 wanted\)/);
    bench.pass(2_000);
    assert.equal(places(bench), "a web1, b web2");
    return bench;
  },
  "services that are to be together move together, and those that are to be apart never meet": () => {
    const bench = crowd(
      { web1: { slots: 2 }, web2: { slots: 2 }, web3: { slots: 2 } },
      {
        app: placed({ with: [named("cache")] }),
        cache: {},
        db1: { ...on("web2", "web3"), ...placed({ apart: [named("db2")] }) },
        db2: on("web2", "web3"),
      },
    );
    assert.equal(places(bench), "app web1, cache web1, db1 web2, db2 web3");
    bench.command("web1", { kind: "move", service: named("app"), to: nodeName("web2") });
    bench.pass(3_000);
    assert.equal(places(bench), "app web1, cache web1, db1 web2, db2 web3", "there is room for one of the two only");
    bench.crash("web3");
    bench.pass(3_000);
    assert.equal(places(bench), "app web1, cache web1, db1 web2, db2 -");
    return bench;
  },
  "who is to be with a service that no node can hold is down, and says so and why": () => {
    const bench = crowd(
      { web1: {}, web2: {} },
      { inner: { ...on("web2"), ...placed({ with: [named("outer")] }) }, outer: on("web1", "web2") },
    );
    assert.equal(places(bench), "inner web2, outer web2");
    bench.crash("web2");
    bench.pass(2_000);
    assert.equal(places(bench), "inner -, outer -");
    const view = bench.member("web1").node.view(bench.now);
    const outer = view.services.find(({ name }) => name === "outer");
    assert.equal(outer?.state, "blocked");
    assert.deepEqual(outer.candidates[0], {
      node: "web1",
      eligible: false,
      reasons: [{ code: "with-unfit", detail: "inner" }],
    });
    const waiting = bench.findings("web1").find(({ kind }) => kind === "service-waiting");
    assert.deepEqual(waiting, { kind: "service-waiting", cause: "with-unfit", services: ["outer"] });
    const refusal = bench.command("web1", { kind: "move", service: named("outer"), to: nodeName("web1") });
    assert.match(refusal?.message ?? "", /the service is to be with inner, which cannot be there/);
    return bench;
  },
  "a service that makes room for another says for which": () => {
    const bench = crowd(
      { web1: one, web2: one, web3: one },
      { big: { ...on("web1", "web2"), ...placed({ priority: 100 }) }, small: on("web3", "web2") },
    );
    bench.crash("web1");
    bench.pass(2_000);
    bench.crash("web3");
    bench.pass(2_000);
    assert.equal(places(bench), "big web2, small -");
    bench.start("web1");
    bench.pass(4_000);
    assert.equal(places(bench), "big web1, small web2");
    const [big] = bench.member("web2").node.view(bench.now).services;
    assert.deepEqual(big?.reason, {
      kind: "placement",
      from: "web2",
      reasons: [{ code: "makes-room", detail: "small" }],
    });
    return bench;
  },
  "who needs another waits until all of it is there: its programs ready, not only held": () => {
    const db: Partial<ServiceConfig> = programsConfig([programConfig("db")]);
    const needing: Partial<ServiceConfig> = placed({ needs: [named("db")] });
    const bench = new ScenarioBench(
      clusterOf(["web1", "web2"], {
        far: { ...on("web2", "web1"), ...needing },
        near: { ...on("web1", "web2"), ...needing },
        db: { ...on("web1", "web2"), ...db },
      }),
    );
    bench.programs.manners.set("db", { startMs: 3_000 });
    bench.start("web1", "web2");
    bench.pass(2_500);
    assert.equal(places(bench), "far -, near -, db web1");
    assert.ok(bench.findings("web2").some(({ kind }) => kind === "service-waiting"));
    bench.pass(1_000);
    assert.equal(places(bench), "far web2, near web1, db web1");
    bench.crash("web1");
    bench.pass(2_500);
    assert.equal(
      places(bench),
      "far web2, near -, db web2",
      "what runs stays while db is on its way, and nothing begins",
    );
    bench.pass(1_000);
    assert.equal(places(bench), "far web2, near web2, db web2");
    return bench;
  },
  "who needs another is taken after it, and let go when that can be nowhere": () => {
    const bench = crowd(
      { web1: {}, web2: {} },
      { app: { ...on("web2", "web1"), ...placed({ needs: [named("db")] }) }, db: on("web1") },
    );
    assert.equal(places(bench), "app web2, db web1");
    bench.crash("web1");
    bench.pass(3_000);
    assert.equal(places(bench), "app -, db -");
    bench.start("web1");
    bench.pass(3_000);
    assert.equal(places(bench), "app web2, db web1");
    return bench;
  },
};
