/* An agent that was frozen for longer than its lease: its guard has taken the addresses off and spoken for it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { readRecording } from "../../src/daemon/records/recording.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { rolesOf, skip, untilAgreed, untilEvent, untilOn } from "./fixture.js";

const BLACK_BOX = "/var/lib/locum/black-box";
/** Until the timers of an address that was just announced, and of its connections, have run out. */
const FROZEN_MS = 3_000;

const TOLD = "/run/told";
const HOOK = `[/bin/sh, -c, "cat >> ${TOLD}"]`;
const SETTINGS = `notify:
  tell: { run: ${HOOK}, codes: [service.active, service.released], services: [shop] }
`;

describe("an agent that is frozen until its guard has acted", { skip }, () => {
  let trial: Trial;

  before(async () => {
    trial = await Trial.open({ nodes: 2, settings: SETTINGS });
    await trial.startAgents();
  });
  after(async () => trial.close());

  it("decides nothing when it goes on before it knows what its guard did", async () => {
    const { holder, other } = await rolesOf(trial);
    const frozen = bootClock();
    trial.agent(holder).signal("SIGSTOP");
    await trial.untilHeldBy("shop", other);
    await untilOn(trial, SHOP_ADDRESS, [other]);
    await pause(FROZEN_MS);
    trial.agent(holder).signal("SIGCONT");
    await untilEvent(trial, holder, "agent.fenced-by-guard");
    await untilAgreed(trial);
    await untilOn(trial, SHOP_ADDRESS, [other]);
    const { outages } = await trial.client(holder).history({ service: "shop" });
    const [last] = outages.slice(-1);
    assert.deepEqual([last?.state, last?.lengthMs, last?.reason], ["lost", 0, `the guard on ${holder} took it off`]);
    const thawedAt = await untilEvent(trial, holder, "agent.fenced-by-guard");
    assert.ok(Date.parse(last?.from ?? "") < Date.parse(thawedAt.time), "since it froze, as it knows it");
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    const { inputs } = readRecording(trial.host(holder).outside(BLACK_BOX));
    const thawed = inputs.find(({ now }) => now > frozen + 1_000_000);
    assert.equal(thawed?.input.kind, "guard-fired");
    const told = readFileSync(trial.host(holder).outside(TOLD), "utf8");
    const codes = [...told.matchAll(/"code":"(service\.\w+)"/g)].map(([, code]) => code);
    assert.deepEqual(codes, ["service.active", "service.released"], "hooks hear what the guard took off");
  });
});
