/* A state directory that takes no more writes costs memory of the past, and nothing of the service. */
import { after, afterEach, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { UdpProbe } from "../../lab/measure.js";
import { rolesOf, skip, unnoticed, untilAgreed, untilFinding, untilNoFinding, untilOn } from "./fixture.js";

const STATE = "/var/lib/locum";
const FILLER = `${STATE}/filler`;
const STATE_FINDING = { kind: "agent-impaired", what: "state directory" } as const;

describe("agents with a small disk for their state", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2 });
    for (const node of trial.nodes) await mount(node, "size=1m");
    await trial.startAgents();
    const { holder } = await rolesOf(trial);
    probe = await trial.startProbe();
    await probe.servedBy(holder);
  });
  afterEach(async () => untilAgreed(trial));
  after(async () => trial.close());

  const mount = (node: string, options: string): Promise<string> =>
    trial.host(node).run(["mount", "-t", "tmpfs", "-o", options, "none", STATE]);

  it("serve on while it is full, say so, and write again when there is room", async () => {
    const { holder } = await rolesOf(trial);
    await trial.host(holder).run(["sh", "-c", `cat /dev/zero >${FILLER} 2>/dev/null; test -s ${FILLER}`]);
    await unnoticed(probe, async () => {
      await trial.client(holder).pause();
      await untilFinding(trial, holder, STATE_FINDING);
      await trial.client(holder).unpause();
    });
    await trial.host(holder).run(["rm", FILLER]);
    await untilNoFinding(trial, holder, "agent-impaired");
  });

  it("take over while it is full", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.host(other).run(["sh", "-c", `cat /dev/zero >${FILLER} 2>/dev/null; test -s ${FILLER}`]);
    await probe.servedBy(other, trial.killAgent(holder));
    await untilOn(trial, SHOP_ADDRESS, [other]);
    await untilFinding(trial, other, STATE_FINDING);
    await trial.host(other).run(["rm", FILLER]);
    await trial.startAgent(holder);
    await untilNoFinding(trial, other, "agent-impaired");
  });

  it("start and serve with one that is read-only, and write as soon as it is not", async () => {
    const { holder } = await rolesOf(trial);
    trial.stopAgent(holder);
    await trial.agent(holder).exited;
    await trial.host(holder).run(["mount", "-o", "remount,ro", STATE]);
    await trial.startAgent(holder);
    await untilFinding(trial, holder, STATE_FINDING);
    await untilAgreed(trial);
    await probe.servedBy(holder, await trial.moveByHand("shop", holder));
    await trial.host(holder).run(["mount", "-o", "remount,rw", STATE]);
    await untilNoFinding(trial, holder, "agent-impaired");
  });
});
