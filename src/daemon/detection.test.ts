import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { instant, milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import { nodeName, type NodeName, wireId } from "../model/names.js";
import { HeartbeatProbe, PROBE_SECRET, probeCluster } from "../../test/support/heartbeat-probe.js";
import { eventually } from "../../test/support/eventually.js";
import type { Configuration } from "./configuration-source.js";
import { Detection, type DetectionOptions } from "./detection.js";
import { Impairments } from "./impairments.js";

const clusterOf = (nodes: number, group: number): Cluster =>
  probeCluster({
    nodes,
    port: 17_000 + group,
    timeout: milliseconds(400),
    addresses: { a: `127.0.${group}.` },
  });

const configurationOf = (cluster: Cluster): Configuration => ({
  cluster,
  self: nodeName("n1"),
  secrets: [PROBE_SECRET],
  warnings: [],
  faults: [],
});

function detectionOf(context: TestContext, cluster: Cluster, options: Partial<DetectionOptions> = {}): Detection {
  const detection = new Detection({
    configuration: configurationOf(cluster),
    impairments: new Impairments(
      () => instant(0),
      () => {},
    ),
    note: () => {},
    onInput: () => {},
    onOutdated: () => {},
    onGoodbyesPrepared: () => {},
    onDeath: (problem) => assert.fail(problem),
    ...options,
  });
  context.after(() => detection.end());
  return detection;
}

test("of two incarnations that begin while a thread ends, peers hear the later one", async (context) => {
  const cluster = clusterOf(2, 120);
  const detection = detectionOf(context, cluster);
  const peer = new HeartbeatProbe(context, cluster, 2);
  detection.start(1);
  await peer.report("peer-heard", ({ incarnation }) => incarnation === 1);
  detection.beginIncarnation(2);
  detection.beginIncarnation(3);
  await peer.report("peer-heard", ({ incarnation }) => incarnation === 3);
});

test("before a peer is heard, the first time as after a change of the cluster, there is a goodbye for it", async (context) => {
  let prepared: readonly string[] = [];
  /** To whom there were goodbyes when a peer was heard. */
  const atHearing = new Map<number, readonly string[]>();
  const detection = detectionOf(context, clusterOf(2, 122), {
    onGoodbyesPrepared: (goodbyes) => (prepared = goodbyes.map(({ to }) => to)),
    onInput: (input) => {
      if (input.kind !== "detector-reported" || input.report.kind !== "peer-heard") return;
      atHearing.set(input.report.peer, prepared);
    },
  });
  const heard = async (name: NodeName): Promise<readonly string[]> => {
    await eventually(() => atHearing.has(wireId(name)), `${name} is heard`);
    return atHearing.get(wireId(name)) ?? [];
  };
  await new HeartbeatProbe(context, clusterOf(2, 122), 2).started();
  detection.start(1);
  assert.deepEqual(await heard(nodeName("n2")), ["127.0.122.2"]);
  const larger = clusterOf(3, 122);
  detection.reconfigure(configurationOf(larger));
  await new HeartbeatProbe(context, larger, 3).started();
  assert.deepEqual(await heard(nodeName("n3")), ["127.0.122.2", "127.0.122.3"]);
});
