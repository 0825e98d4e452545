/* A preferred holder that stood still, with everything on its machine, and goes on when another node has its services. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { eventsOf, presentEvents, skip, untilEvent, untilOn } from "./fixture.js";

const COMMAND = "sleep";
const SERVICES = `  shop:
    addresses: [${SHOP_ADDRESS}/24]
    nodes: [web1, web2]
  work:
    addresses: [192.168.1.2/24]
    nodes: [web1, web2]
    programs: { p: { run: [/bin/${COMMAND}, "99999"] } }
`;
const NAMES = ["shop", "work"];
/** By then the new holder takes no announcement for an echo of the old one any more. */
const FROZEN_MS = [2_000, 2_700, 3_400, 5_000];
/** Whoever yielded to the one that goes on would have done so, and that one have taken it, well before this is over. */
const SETTLED_MS = 2_500;

describe("a preferred holder that stands still for some seconds and goes on", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: SERVICES });
    await trial.startAgents();
  });
  after(async () => trial.close());

  for (const frozenMs of FROZEN_MS) {
    it(`its services stay with the node that took them, after ${frozenMs} ms`, async () => {
      for (const name of NAMES) await trial.settle(name, "web1");
      const since = await presentEvents(trial);
      trial.lab.freeze("web1");
      for (const name of NAMES) await trial.untilHeldBy(name, "web2");
      const runs = trial.host("web2").processesNamed(COMMAND);
      assert.equal(runs.length, 1, "the new holder runs its program");
      await pause(frozenMs);
      trial.lab.thaw("web1");
      for (const name of NAMES) {
        const isOf = ({ data }: { readonly data: Record<string, unknown> }): boolean => data["service"] === name;
        await untilEvent(trial, "web1", "service.released", isOf, since.get("web1"));
      }
      await pause(SETTLED_MS);
      for (const name of NAMES) await trial.untilHeldBy(name, "web2", trial.nodes);
      await untilOn(trial, SHOP_ADDRESS, ["web2"]);
      assert.deepEqual(trial.host("web2").processesNamed(COMMAND), runs, "its program ran through");
      assert.deepEqual(trial.host("web1").processesNamed(COMMAND), []);
      const claims = await Promise.all(
        trial.nodes.map((node) => eventsOf(trial, node, ["service.claimed"], since.get(node))),
      );
      const own = claims.flatMap((events, index) => events.map(({ data }) => [trial.nodes[index], data["service"]]));
      assert.deepEqual(own.toSorted(), NAMES.map((name) => ["web2", name]).toSorted());
    });
  }
});
