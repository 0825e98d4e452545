/** Stories of attributes and of the rules that go by them. */
import assert from "node:assert/strict";
import { seconds } from "../../src/base/time.js";
import type { NodeAttribute } from "../../src/model/attribute.js";
import { nodeName } from "../../src/model/names.js";
import type { ScenarioBench } from "./bench.js";
import { running, type Scenarios } from "./running.js";

const web2 = nodeName("web2");

/** What a member knows of a node's attributes. */
const attributesOf = (bench: ScenarioBench, node: string, at: string): readonly NodeAttribute[] =>
  bench
    .member(at)
    .node.view(bench.now)
    .nodes.find((each) => each.name === node)?.attributes ?? [];

export const RULES: Scenarios = {
  "HS-8 an attribute is set at any node, known to all, and gone when nobody repeats it": () => {
    const bench = running();
    const fit = { name: "fit", value: true, lifetime: seconds(30) };
    const rack = { name: "rack", value: "b2" };
    for (const attribute of [fit, rack])
      assert.equal(bench.command("web1", { kind: "set-attribute", node: web2, attribute })?.ok, true);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [{ name: "fit", value: true }, rack]);
    bench.pass(20_000);
    bench.command("web2", { kind: "set-attribute", node: web2, attribute: fit });
    bench.pass(20_000);
    assert.equal(attributesOf(bench, "web2", "web1").length, 2);
    bench.pass(10_100);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [rack]);
    bench.crash("web2");
    assert.deepEqual(attributesOf(bench, "web2", "web1"), []);
    bench.start("web2");
    bench.pass(500);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), [rack]);
    assert.equal(bench.command("web1", { kind: "unset-attribute", node: web2, name: "rack" })?.ok, true);
    assert.equal(bench.command("web1", { kind: "unset-attribute", node: web2, name: "rack" })?.ok, false);
    assert.deepEqual(attributesOf(bench, "web2", "web1"), []);
    return bench;
  },
  "HS-8 a node has so many attributes and no more": () => {
    const bench = running();
    const set = (index: number) =>
      bench.command("web2", { kind: "set-attribute", node: web2, attribute: { name: `a${index}`, value: index } });
    for (let index = 0; index < 64; index += 1) assert.equal(set(index)?.ok, true);
    const refused = set(64);
    assert.deepEqual(refused, {
      ok: false,
      code: "too-many-attributes",
      message: "web2 has 64 attributes already: unset one first",
    });
    assert.equal(set(3)?.ok, true);
    bench.transcript.length = 0;
    return bench;
  },
};
