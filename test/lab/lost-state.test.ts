/* A node that lost its state directory while its clock is behind: its numbers are lower than those its peers know. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { rolesOf, skip, untilAgreed, untilEvent, untilOn } from "./fixture.js";

const STATE = "/var/lib/locum";
/** As if the clock had once been thousands of years ahead. */
const FAR_AHEAD = 2e14;

describe("a node whose peers know a later start of it", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
    const saved = { drained: false, pause: { paused: false, revision: 0 }, epochs: [] };
    for (const node of trial.nodes) {
      const text = JSON.stringify({ format: 1, incarnation: FAR_AHEAD, saved });
      trial.host(node).writeFile(`${STATE}/state.json`, text, 0o600);
    }
    await trial.startAgents();
  });
  after(async () => trial.close());

  it("goes on as a later one, and is believed in", async () => {
    const { holder, other } = await rolesOf(trial);
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    await trial.host(holder).run(["sh", "-c", `rm -r ${STATE}/*`]);
    await trial.startAgent(holder);
    await untilEvent(trial, holder, "agent.incarnation-outdated");
    const { services } = await untilAgreed(trial);
    assert.equal(services["shop"]?.holder, other);
    await untilOn(trial, SHOP_ADDRESS, [other]);
  });
});
