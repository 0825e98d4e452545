/** What a rule did, and an operator undid while its condition was still true. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../src/base/time.js";
import type { AttributeValue } from "../../src/model/attribute.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { findingAdvice } from "../../src/model/note-text-advice.js";
import { type RuleAction, type RuleConfig, ruleName } from "../../src/model/rule.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

const shop = serviceName("shop");
const web1 = nodeName("web1");
/** A finding that lasts is raised by then. */
const SETTLE_MS = 6_000;

function ruled(actions: readonly RuleAction[], more: Partial<RuleConfig> = {}): ScenarioBench {
  const broken: RuleConfig = {
    name: ruleName("broken"),
    each: "node",
    when: "node.attributes.disk == false",
    holdFor: seconds(0),
    every: undefined,
    holdOff: seconds(0),
    limit: { times: 5, within: seconds(60), suspend: seconds(300) },
    actions,
    ...more,
  };
  const bench = new ScenarioBench({ ...clusterOf(["web1", "web2"], { shop: {} }), rules: [broken] });
  bench.start("web1", "web2");
  bench.pass(1_000);
  return bench;
}

const disk = (bench: ScenarioBench, value: AttributeValue): void =>
  void bench.command("web1", { kind: "set-attribute", node: web1, attribute: { name: "disk", value } });

const undone = (bench: ScenarioBench, at = "web1"): readonly unknown[] =>
  bench.findings(at).filter(({ kind }) => kind === "rule-undone");

/** The answer to `resume` that an operator gives at web2. */
function resume(bench: ScenarioBench): string {
  const before = new Set(bench.outcomes.keys());
  bench.command("web2", { kind: "resume", node: web1 });
  bench.pass(SETTLE_MS);
  const [answer] = [...bench.outcomes].filter(([id]) => !before.has(id)).map(([, outcome]) => outcome);
  assert.ok(answer?.ok === true);
  return answer.message;
}

test("the answer to `resume` says when a rule drained the node and finds it as before", () => {
  const bench = ruled([{ kind: "drain", node: undefined }]);
  disk(bench, false);
  bench.pass(1_000);
  assert.deepEqual(undone(bench), []);
  assert.equal(
    resume(bench),
    "web1 takes services again. The condition of the rule broken, which drained it, is still true: the rule does not drain it again before that was false",
  );
  assert.deepEqual(undone(bench), [{ kind: "rule-undone", rule: "broken", about: "web1", did: "drain", of: "web1" }]);
  disk(bench, true);
  bench.pass(SETTLE_MS);
  assert.deepEqual(undone(bench), []);
});

test("nothing of the kind is said where the condition is over, or nobody but an operator drained the node", () => {
  const bench = ruled([{ kind: "drain", node: undefined }]);
  disk(bench, false);
  bench.pass(1_000);
  disk(bench, true);
  bench.pass(1_000);
  assert.equal(resume(bench), "web1 takes services again");
  bench.command("web1", { kind: "drain", node: web1 });
  bench.pass(1_000);
  disk(bench, false);
  bench.pass(1_000);
  assert.equal(resume(bench), "web1 takes services again");
  assert.deepEqual(undone(bench), []);
});

test("a rule that acts again by itself is not undone", () => {
  const bench = ruled([{ kind: "drain", node: undefined }], { every: seconds(30) });
  disk(bench, false);
  bench.pass(1_000);
  assert.match(
    resume(bench),
    /^web1 takes services again\. .* is still true: the rule drains it again when it is due$/u,
  );
  assert.deepEqual(undone(bench), []);
});

test("a service that a rule stopped, and an operator started, is told of by all nodes that judge the rule", () => {
  const bench = ruled([{ kind: "stop", service: shop }], {
    each: "cluster",
    when: "nodes.web1.attributes.disk == false",
  });
  disk(bench, false);
  bench.pass(1_000);
  bench.command("web2", { kind: "start-service", service: shop });
  bench.pass(SETTLE_MS);
  for (const node of ["web1", "web2"]) {
    assert.deepEqual(undone(bench, node), [{ kind: "rule-undone", rule: "broken", did: "stop", of: "shop" }]);
  }
  bench.command("web2", { kind: "stop-service", service: shop });
  bench.pass(SETTLE_MS);
  assert.deepEqual(undone(bench), []);
});

test("the node that a rule drained is not to be resumed `when the work there is done`", () => {
  const bench = ruled([{ kind: "drain", node: undefined }]);
  disk(bench, false);
  bench.pass(1_000);
  const [found] = bench.findings("web2").filter(({ kind }) => kind === "no-standby");
  assert.ok(found !== undefined);
  assert.equal(
    findingAdvice(found),
    "Mend what the rule found (`locum rules broken` on web1 says what that is, and on which node it acted), then run `locum resume web1`",
  );
});
