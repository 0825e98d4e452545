import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkedNode } from "../../../test/support/networked-node.js";
import { nodeState } from "../../../test/support/node-state.js";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { seconds } from "../../base/time.js";
import { nodeName, serviceName, wireId } from "../../model/names.js";

const [web1, shop] = [nodeName("web1"), serviceName("shop")];

test("TK-9: nothing is ended for a preferred node that is heard again, before it says anything", () => {
  const failback = { kind: "after", delay: seconds(0) } as const;
  const nodes = ["web1", "web3"].map(nodeName);
  const node = new NetworkedNode({ service: { failback, nodes, ...programsConfig([programConfig("db")]) } });
  for (const peer of ["web1", "web2"]) {
    node.claimNothing(peer);
    const state = { ...nodeState(nodeName(peer), { incarnation: 1 }), fitness: [{ service: shop, reasons: [] }] };
    node.take({ kind: "peer-state-received", peer: nodeName(peer), state });
  }
  node.silence("web1");
  node.pass(5_000);
  const started = node.orders.find((order) => order.kind === "start-program");
  assert.ok(started?.kind === "start-program");
  node.take({ kind: "program-started", run: started.start.run, pid: 1 });
  node.take({ kind: "program-ready", run: started.start.run });
  const isEnding = (): boolean => node.orders.some(({ kind }) => kind === "stop-program");
  node.report({ kind: "peer-heard", peer: wireId(web1), incarnation: 1 });
  for (const network of ["a", "b"]) node.hear("web1", network, true);
  node.pass(50);
  assert.equal(isEnding(), false);
  node.claimNothing("web1");
  node.pass(100);
  assert.equal(isEnding(), true, "it is as it was before");
});
