import { test } from "node:test";
import { instant, milliseconds } from "../base/time.js";
import { nodeName } from "../model/names.js";
import { HeartbeatProbe, PROBE_SECRET, probeCluster } from "../../test/support/heartbeat-probe.js";
import { Detection } from "./detection.js";
import { Impairments } from "./impairments.js";

test("of two incarnations that begin while a thread ends, peers hear the later one", async (context) => {
  const addresses = { a: "127.0.120." };
  const cluster = probeCluster({ nodes: 2, port: 17_120, timeout: milliseconds(400), addresses });
  const detection = new Detection({
    configuration: { cluster, self: nodeName("n1"), secrets: [PROBE_SECRET], warnings: [] },
    impairments: new Impairments(
      () => instant(0),
      () => {},
    ),
    note: () => {},
    onInput: () => {},
    onOutdated: () => {},
    onGoodbyesPrepared: () => {},
    onDeath: () => {},
  });
  context.after(() => detection.end());
  const peer = new HeartbeatProbe(context, cluster, 2);
  detection.start(1);
  await peer.report("peer-heard", ({ incarnation }) => incarnation === 1);
  detection.beginIncarnation(2);
  detection.beginIncarnation(3);
  await peer.report("peer-heard", ({ incarnation }) => incarnation === 3);
});
