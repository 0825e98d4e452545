/*
 * Rules, checks and hooks under real agents: a command finds a disk full and a rule drains its node; a rule stops a service
 * and another starts it again; web servers are told, by a signed message that is tried again, and by TLS that trusts the
 * authority of the configuration and no other. And an outage is as long in the history as its client saw it.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { inMilliseconds } from "../../src/base/time.js";
import type { EventDocument, HistoryDocument } from "../../src/client/client.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { startWebReceiver, type UdpProbe, type WebReceiver } from "../../lab/measure.js";
import { Authority } from "../support/certificates.js";
import { eventually, findingIn, rolesOf, skip, untilAgreed, untilEvent, untilOn } from "./fixture.js";

const RECEIVER = "192.168.1.100";
const SIGNING = "swordfish";

const shell = (script: string): string => JSON.stringify(["/bin/sh", "-c", script]);

const SETTINGS = `checks:
  disk: { run: ${shell("test ! -e /run/full")}, every: 100ms }
rules:
  full: { each: node, when: node.attributes.disk == false, do: [{ drain: itself }] }
  freed: { each: node, when: node.drainedBy == "rule full" && node.attributes.disk == true, do: [{ resume: itself }] }
  flood:
    when: nodes.exists(n, nodes[n].attributes.wet == true)
    do: [{ stop: shop }, { run: ${shell("cat > /run/flood.part && mv /run/flood.part /run/flood.json")} }]
  dry:
    when: services.shop.stoppedBy == "rule flood" && !nodes.exists(n, "wet" in nodes[n].attributes && nodes[n].attributes.wet == true)
    do: [{ start: shop }]
notify:
  journal: { run: ${shell("cat >> /run/told")}, codes: [rule] }
  pager: { url: "http://${RECEIVER}:8080/hook", secretFile: hook.secret, codes: [rule.fired] }
  secure: { url: "https://${RECEIVER}:8443/", caFile: ours.pem, codes: [rule.fired] }
  strange: { url: "https://${RECEIVER}:8443/", caFile: theirs.pem, codes: [rule.fired], timeout: 5s }`;

const fired = (body: string): string => {
  const { code, data } = JSON.parse(body) as EventDocument;
  return `${code} ${String(data["rule"])}`;
};

describe("rules, checks and hooks", { skip }, () => {
  const ours = new Authority("ours");
  let trial: Trial;
  let probe: UdpProbe;
  let pager: WebReceiver;
  let secure: WebReceiver;

  before(async () => {
    trial = await Trial.open({ nodes: 2, settings: SETTINGS });
    const client = trial.host("client");
    const { certificate, key } = ours.certify(RECEIVER);
    client.writeFile("/run/key.pem", key, 0o600);
    client.writeFile("/run/certificate.pem", certificate);
    pager = await startWebReceiver(client, { port: 8_080, statuses: [503] });
    const tls = { key: "/run/key.pem", certificate: "/run/certificate.pem" };
    secure = await startWebReceiver(client, { port: 8_443, tls });
    for (const node of trial.nodes) {
      trial.host(node).writeFile("/etc/locum/hook.secret", `${SIGNING}\n`, 0o600);
      trial.host(node).writeFile("/etc/locum/ours.pem", ours.certificate);
      trial.host(node).writeFile("/etc/locum/theirs.pem", new Authority("theirs").certificate);
    }
    await trial.startAgents();
    probe = await trial.startProbe();
  });
  after(async () => trial.close());

  const inRun = (node: string, name: string): string => trial.host(node).outside(`/run/${name}`);

  it("a check sets an attribute, by which a rule drains the node, and puts it back", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.until(other, ({ nodes }) => nodes[holder]?.attributes["disk"] === true);
    trial.host(holder).writeFile("/run/full", "");
    await trial.untilHeldBy("shop", other, trial.nodes);
    const event = await untilEvent(trial, holder, "rule.fired");
    assert.match(
      event.text,
      /^The rule full for web\d acts on web\d \(drain web\d\), because node\.attributes\.disk is false$/,
    );
    rmSync(inRun(holder, "full"));
    await trial.until(other, ({ nodes }) => nodes[holder]?.state === "up");
    await untilAgreed(trial);
  });

  it("a server that can't just now is told again, in order, by messages that nobody else can have made", async () => {
    const messages = [await pager.next(), await pager.next(), await pager.next()];
    assert.deepEqual(
      messages.map(({ status, body }) => `${status} ${fired(body)}`),
      ["503 rule.fired full", "204 rule.fired full", "204 rule.fired freed"],
    );
    for (const { headers, body } of messages) {
      const signed = `${String(headers["locum-time"])}.${body}`;
      const expected = createHmac("sha256", SIGNING).update(signed).digest("hex");
      assert.equal(headers["locum-signature"], `sha256=${expected}`);
    }
  });

  it("by TLS, a server is told that the configured authority vouches for; no other is, and that is said", async () => {
    assert.equal(fired((await secure.next()).body), "rule.fired full");
    assert.equal(fired((await secure.next()).body), "rule.fired freed");
    const strange = { kind: "agent-impaired", what: "hook strange" } as const;
    let text: string | undefined;
    await eventually(
      async () => {
        const all = await Promise.all(trial.nodes.map((node) => trial.client(node).status()));
        text = all.map((status) => findingIn(status, strange)?.text).find((each) => each !== undefined);
        return text !== undefined;
      },
      () => "a finding shall say that the hook fails",
    );
    assert.match(text ?? "", /certificate/);
  });

  it("what an operator drained stays so, whatever the check finds", async () => {
    const { holder, other } = await rolesOf(trial);
    const client = trial.client(holder);
    await client.drain(other);
    for (const isFull of [true, false]) {
      if (isFull) trial.host(other).writeFile("/run/full", "");
      else rmSync(inRun(other, "full"));
      const { nodes } = await trial.until(holder, (status) => status.nodes[other]?.attributes["disk"] === !isFull);
      assert.equal(nodes[other]?.state, "drained");
    }
    await client.resume(other);
    await untilAgreed(trial);
  });

  it("a rule stops a service on all nodes, says so, and another one starts it again", async () => {
    const { holder, other } = await rolesOf(trial);
    await trial.client(other).setAttribute("wet", true);
    await untilOn(trial, SHOP_ADDRESS, []);
    for (const node of trial.nodes) {
      const { services } = await trial.until(node, (status) => status.services["shop"]?.state === "stopped");
      assert.equal(services["shop"]?.stoppedBy, "rule flood");
    }
    assert.match(await trial.locum(holder, "explain", "shop"), /stopped by rule flood since \d/);
    await eventually(
      () => trial.nodes.some((node) => existsSync(inRun(node, "flood.json"))),
      () => "the rule's command shall have run",
    );
    const ran = trial.nodes.find((node) => existsSync(inRun(node, "flood.json"))) ?? holder;
    const given = JSON.parse(readFileSync(inRun(ran, "flood.json"), "utf8")) as { readonly rule: string };
    assert.equal(given.rule, "flood");
    const dried = bootClock();
    await trial.client(other).unsetAttribute("wet");
    await untilAgreed(trial);
    await probe.servedBy(undefined, dried);
    await eventually(
      () => readFileSync(inRun(ran, "told"), "utf8").includes('"dry"'),
      () => "the journal shall have all that its node's rules did",
    );
    let outages: HistoryDocument["outages"] = [];
    await eventually(
      async () => (outages = (await historyOf(holder)).outages).at(-1)?.state === "over",
      () => "the outage shall be over",
    );
    assert.deepEqual(
      outages.map(({ cause, ordered, state }) => [cause, ordered, state]),
      [["rule", true, "over"]],
    );
  });

  const historyOf = async (node: string): Promise<HistoryDocument> =>
    JSON.parse(await trial.locum(node, "history", "shop", "--json")) as HistoryDocument;

  it("a takeover is an outage in the history, as long as the client saw it, also after the agent was restarted", async () => {
    const { holder, other } = await rolesOf(trial);
    await probe.report();
    await probe.servedBy(other, trial.lab.powerOff(holder));
    const { gaps } = await probe.report();
    await trial.untilHeldBy("shop", other);
    const seenMs = gaps.reduce((sum, { duration }) => sum + inMilliseconds(duration), 0);
    const outage = (await historyOf(other)).outages.at(-1);
    assert.deepEqual([outage?.cause, outage?.servedBy, outage?.takenBy], ["node-down", holder, other]);
    const ratio = (outage?.lengthMs ?? 0) / seenMs;
    assert.ok(ratio > 0.1 && ratio < 10, `${outage?.lengthMs} ms in the history, ${seenMs} ms as the client saw it`);
    assert.match(await trial.locum(other, "history"), new RegExp(`${holder} +${other} +${holder} fell silent`));
    trial.stopAgent(other);
    await trial.agent(other).exited;
    await trial.startAgent(other);
    assert.deepEqual(
      (await historyOf(other)).outages.find(({ from }) => from === outage?.from),
      outage,
    );
  });
});
