/** Programs that somebody else started, while the file changes, services change hands, and agents come and go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  BANK,
  bankOf,
  besideHolder,
  DB,
  kinds,
  LONG_MS,
  ordersOf,
  reload,
  PAUSED,
  RUNS,
  gone,
  says,
  withPrograms,
} from "../../../test/support/stray-bench.js";
import { NetworkedNode, SHOP as SERVICE } from "../../../test/support/networked-node.js";
import type { ProgramConfig } from "../../model/program.js";
import { programConfig } from "../../../test/support/program-config.js";

/** As many inputs as an agent may take in while hardly anything happens. */
const FEW = 1_000;

class BoundedNode extends NetworkedNode {
  /** It is counted while the constructor of the node takes things in. */
  declare inputs?: number;

  override take(...input: Parameters<NetworkedNode["take"]>): void {
    this.inputs = (this.inputs ?? 0) + 1;
    assert.ok(this.inputs < FEW, "it does not come to rest");
    super.take(...input);
  }
}

test("nothing is asked of a service that left the file while another program of it still ends", () => {
  const log = programConfig("log");
  const bank = bankOf([log, { ...DB, after: [log.name] }], ["web3", "web1", "web2"]);
  const node = new BoundedNode({ others: [bank] });
  node.claim("web1", 1);
  node.claimNothing("web2");
  node.pass(LONG_MS);
  answer(node, { kind: "unknown", problem: "systemd does not answer" }, 1, BANK);
  reload(node, [SERVICE]);
  node.inputs = 0;
  node.pass(120_000);
  assert.equal(ordersOf(node, "probe-program").length, 1);
});

test("what runs where a new service goes is not ended before that has it, nor then", () => {
  for (const waitMs of [20, LONG_MS]) {
    const node = besideHolder({ service: {} });
    reload(node, [SERVICE, bankOf([DB], ["web3", "web1", "web2"])]);
    node.pass(waitMs);
    answer(node, RUNS, 1, BANK);
    node.pass(LONG_MS);
    assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
  }
});

test("where a service is not to go, what runs of it is told of, and not ended, while nobody has it", () => {
  const node = besideHolder({ service: {} });
  reload(node, [SERVICE, bankOf([DB], ["web1", "web3", "web2"])]);
  answer(node, RUNS, 1, BANK);
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program"]);
  assert.deepEqual(
    node.told?.programs?.map(({ found, stray }) => [found, stray]),
    [[true, undefined]],
  );
});

const OTHER: ProgramConfig = { ...DB, source: { kind: "unit", unit: "other.service" } };
const found = (node: NetworkedNode): readonly unknown[] => node.told?.programs?.map((each) => each.found) ?? [];
const findings = (node: NetworkedNode): readonly string[] =>
  node.view().findings.flatMap(({ finding: { kind } }) => (kind === "program-stray" ? [kind] : []));
/** What each order to end a stray names. */
const ended = (node: NetworkedNode): readonly unknown[] =>
  ordersOf(node, "end-stray").map(({ start: { config } }) => config.source.kind === "unit" && config.source.unit);

test("an agent that stops ends what it found before it says goodbye, whosever that is; in a pause it stays", () => {
  const node = new NetworkedNode({ service: withPrograms([DB]) });
  answer(node, RUNS);
  node.pass(10);
  node.take({ kind: "stop-requested" });
  node.pass(2_000);
  assert.deepEqual([kinds(node), node.hasExited], [["probe-program", "end-stray"], false]);
  gone(node);
  node.pass(10);
  assert.equal(node.hasExited, true);
  const paused = new NetworkedNode({ service: withPrograms([DB]), saved: PAUSED });
  answer(paused, RUNS);
  paused.take({ kind: "stop-requested" });
  paused.pass(2_000);
  assert.deepEqual([kinds(paused), paused.hasExited], [["probe-program"], true]);
});

for (const [what, services] of [
  ["the node leaves its service", [{ ...SERVICE, ...withPrograms([DB], ["web1", "web2"]) }]],
  ["its service leaves the file", []],
  ["it leaves its service", [{ ...SERVICE, ...withPrograms([programConfig("log")]) }]],
  ["it becomes another unit", [{ ...SERVICE, ...withPrograms([OTHER]) }]],
] as const) {
  test(`what was found in a pause is told of until it is ended, after the pause, also when ${what}`, () => {
    const node = besideHolder({ service: withPrograms([DB]), saved: PAUSED });
    answer(node, RUNS);
    node.pass(LONG_MS);
    reload(node, services);
    node.pass(LONG_MS);
    assert.deepEqual([found(node), findings(node), ended(node)], [[true], ["program-stray"], []]);
    says(node, "web1", 1, { pause: { paused: false, revision: 2 } });
    node.pass(10);
    assert.deepEqual([found(node), ended(node)], [[true], ["db.service"]]);
    gone(node);
    node.pass(LONG_MS);
    assert.deepEqual([found(node), findings(node)], [[], []]);
  });
}

test("what became another unit while the former one still ends is asked about after that", () => {
  const node = besideHolder();
  answer(node, RUNS);
  node.pass(10);
  reload(node, [{ ...SERVICE, ...withPrograms([OTHER]) }]);
  node.pass(10);
  gone(node);
  node.pass(LONG_MS);
  assert.deepEqual(
    ordersOf(node, "probe-program").map(({ probe: { config } }) => config.source),
    [DB.source, OTHER.source],
  );
});

test("a unit that this node is about to go on with for one service is not ended for another", () => {
  const log = { ...programConfig("log"), ready: { kind: "started" } as const };
  const bank = bankOf([log, { ...DB, after: [log.name] }], ["web3", "web1", "web2"]);
  const node = new NetworkedNode({ service: withPrograms([DB]), others: [bank] });
  node.claim("web1", 1);
  node.claimNothing("web2");
  node.pass(LONG_MS);
  assert.equal(ordersOf(node, "start-program").length, 1, "the log of the bank, and db waits for it");
  answer(node, RUNS);
  node.pass(LONG_MS);
  assert.deepEqual(ended(node), []);
});
