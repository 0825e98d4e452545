/*
 * Who tells a hook under real agents: of what all nodes see, one of them, and the next one where the first cannot reach the
 * receiver or is lost; with `from: each`, all.
 */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { EventDocument } from "../../src/client/client.js";
import { Trial } from "../../src/main/trial/trial.js";
import { eventually, skip } from "./fixture.js";

const shell = (script: string): string => JSON.stringify(["/bin/sh", "-c", script]);

/** A node that has /run/cut does not reach the receiver. */
const SETTINGS = `notify:
  pager: { run: ${shell("test ! -e /run/cut && cat >> /run/told")}, codes: [cluster, node.down, finding.raised], timeout: 1s }
  every: { run: ${shell("cat >> /run/every")}, codes: [cluster, node.down], from: each }`;

/** The hook's timeout, two detection timeouts and a second; nobody tells later than so, as long as the first one does. */
const GRACE_MS = 2_200;

describe("hooks of what all nodes see", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 3, settings: SETTINGS });
    await trial.startAgents();
    await trial.untilHeldBy("shop", "web1", trial.nodes);
  });
  after(async () => trial.close());

  const inRun = (node: string, name: string): string => trial.host(node).outside(`/run/${name}`);

  /** Which nodes told of it, once for each time. */
  const tellers = (name: "told" | "every", code: string): readonly string[] =>
    trial.nodes.flatMap((node) => linesOf(inRun(node, name)).flatMap((line) => (line.code === code ? [node] : [])));

  it("one tells; with `from: each`, all do", async () => {
    await trial.client("web3").pause();
    await eventually(
      () => tellers("every", "cluster.paused").length === 3,
      () => "all shall have told",
    );
    await setTimeout(GRACE_MS * 1.5);
    assert.deepEqual(tellers("told", "cluster.paused"), ["web1"]);
  });

  it("the next one tells where the first one's command fails", async () => {
    trial.host("web1").writeFile("/run/cut", "");
    await trial.client("web3").unpause();
    await eventually(
      () => tellers("told", "cluster.unpaused").length > 0,
      () => "somebody shall have told",
    );
    await setTimeout(GRACE_MS * 1.5);
    assert.deepEqual(tellers("told", "cluster.unpaused"), ["web2"]);
    rmSync(inRun("web1", "cut"));
  });

  it("of the one that is lost, the next one tells, and of what is found by that, once each", async () => {
    trial.lab.powerOff("web1");
    await eventually(
      () => tellers("every", "node.down").length === 2 && tellers("told", "finding.raised").length > 0,
      () => "the others shall have told",
    );
    await setTimeout(GRACE_MS * 1.5);
    assert.deepEqual(tellers("told", "node.down"), ["web2"]);
    const found = trial.nodes.flatMap((node) =>
      linesOf(inRun(node, "told")).flatMap(({ code, text }) => (code === "finding.raised" ? text : [])),
    );
    assert.ok(
      found.some((text) => /web1 is down/.test(text)),
      found.join("\n"),
    );
    assert.deepEqual(found.toSorted(), [...new Set(found)].toSorted());
  });
});

function linesOf(file: string): readonly EventDocument[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EventDocument);
  } catch {
    // It was told of nothing yet.
    return [];
  }
}
