/*
 * A node is cut off by force, under real agents: a resource of web1 cannot be stopped, which keeps its service there; the
 * other node fences it, by a first method that fails and a second one that takes its power, and serves.
 *
 * The device of the second method is this test: the command leaves word, and waits until it is told that the power is off.
 * What happened on which node is written to one journal, which both see.
 */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ECHO_PROGRAM_PORT, echoProgram } from "../../lab/echo-program.js";
import { startUdpProbe, type UdpProbe } from "../../lab/measure.js";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { eventsOf, eventually, rolesOf, skip, untilEvent, untilFinding } from "./fixture.js";

const AGENTS = "/usr/lib/ocf/resource.d/lab";
const PASSWORD = "swordfish";

/** A resource that starts anywhere and can never be stopped. */
const agentOf = (journal: string): string => `#!/bin/sh
case "$1" in
meta-data) cat <<END
<?xml version="1.0"?><resource-agent name="clinging" version="1.1"><version>1.1</version><parameters/>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="1s"/></actions></resource-agent>
END
;;
start) echo "$(hostname) begins" >>${journal}; touch /run/clinging;;
stop) [ ! -e /run/clinging ] || { echo "the device is busy" >&2; exit 1; };;
monitor) [ -e /run/clinging ] || exit 7;;
*) exit 3;;
esac
`;

/** As the agents of the fence-agents package: what it is told comes on standard input. */
const deviceOf = (directory: string): string => `#!/bin/sh
cat >${directory}/told.part
mv ${directory}/told.part ${directory}/told
until [ -e ${directory}/off ] || [ ! -e ${directory} ]; do sleep 0.05; done
`;

const SERVICES = `  shop:
    addresses: [${SHOP_ADDRESS}/24]
    nodes: [web1, web2]
    programs:
      clinging: { ocf: "lab:clinging", stop: { timeout: 500ms } }
      echo: { run: ${JSON.stringify(echoProgram(SHOP_ADDRESS))}, after: [clinging] }
`;

const SETTINGS = `fence:
  methods:
    - { name: bmc, run: [/etc/locum/bmc] }
    - { agent: /etc/locum/fence_pdu, parameters: { plug: "{node}" }, secretFile: pdu.secret }`;

describe("a node that cannot let go", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "locum-fencing-"));
  const journal = join(directory, "journal");
  let trial: Trial;
  let probe: UdpProbe;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: SERVICES, settings: SETTINGS, privateDirectories: [AGENTS] });
    for (const node of trial.nodes) {
      const host = trial.host(node);
      host.writeFile(`${AGENTS}/clinging`, agentOf(journal), 0o755);
      host.writeFile("/etc/locum/bmc", "#!/bin/sh\necho Unable to establish a session >&2\nexit 1\n", 0o755);
      host.writeFile("/etc/locum/fence_pdu", deviceOf(directory), 0o755);
      host.writeFile("/etc/locum/pdu.secret", `login=locum\npassword=${PASSWORD}\n`, 0o600);
    }
    await trial.startAgents();
    probe = await startUdpProbe(trial.host("client"), { target: `${SHOP_ADDRESS}:${ECHO_PROGRAM_PORT}` });
    await probe.servedBy("web1");
  });
  after(async () => {
    await trial.close();
    rmSync(directory, { recursive: true });
  });

  const happened = (): string => readFileSync(journal, "utf8");

  it("is fenced by the second method, since the first one fails, as its device expects to be told", async () => {
    const { holder } = await rolesOf(trial);
    assert.equal(holder, "web1");
    await trial
      .client("web1")
      .move("shop", { to: "web2" })
      .catch(() => undefined);
    await untilFinding(trial, "web2", { kind: "program-stuck", program: "clinging", node: "web1" });
    await eventually(
      () => existsSync(join(directory, "told")),
      () => `the device shall be told, and web2 says:\n${trial.agent("web2").tail()}`,
    );
    const told = readFileSync(join(directory, "told"), "utf8").trim().split("\n");
    assert.deepEqual(told, ["login=locum", `password=${PASSWORD}`, "plug=web1", "nodename=web1", "action=off"]);
    const failed = await untilEvent(trial, "web2", "fence.method-failed");
    assert.match(failed.text, /^bmc did not cut off web1 from web2, .*: Unable to establish a session; pdu is next$/);
    assert.match(await trial.locum("web2", "status"), /web1 +up, being fenced by web2/);
  });

  it("keeps its service although its agent is killed and started anew, since the resource may go on", async () => {
    trial.killAgent("web1");
    await trial.startAgent("web1");
    await untilFinding(trial, "web1", { kind: "program-stuck", program: "clinging", node: "web1" });
    await untilFinding(trial, "web2", { kind: "program-stuck", program: "clinging", node: "web1" });
    assert.equal(happened(), "web1 begins\n");
    assert.match(await trial.locum("web2", "status"), /web1 +up, being fenced by web2/);
  });

  it("keeps its service while that is not done, though it is silent, and then the other one serves", async () => {
    trial.lab.powerOff("web1");
    appendFileSync(journal, "web1 is off\n");
    await trial.until("web2", ({ nodes }) => nodes["web1"]?.state === "down");
    await untilFinding(trial, "web2", { kind: "service-unplaced", service: "shop" });
    assert.match(await trial.locum("web2", "explain", "shop"), /may not begin before web1 is fenced/);
    assert.equal(happened(), "web1 begins\nweb1 is off\n");
    const at = bootClock();
    writeFileSync(join(directory, "off"), "");
    await probe.servedBy("web2", at);
    assert.equal(happened(), "web1 begins\nweb1 is off\nweb2 begins\n");
    const { services, nodes } = await trial.until("web2", (status) => status.services["shop"]?.state === "active");
    assert.equal(services["shop"]?.reasonCode, "holder-fenced");
    assert.deepEqual([nodes["web1"]?.fence?.state, nodes["web1"]?.fence?.method], ["done", "pdu"]);
  });

  it("says what was done and why, without the password", async () => {
    const events = await eventsOf(trial, "web2", ["fence" as "service"]);
    assert.deepEqual(
      events.map(({ code }) => code),
      ["fence.began", "fence.method-failed", "fence.done"],
    );
    assert.match(
      events.at(-1)?.text ?? "",
      /^web2 fenced web1 by pdu, in .*, because clinging of shop cannot be ended there$/,
    );
    assert.match(await trial.locum("web2", "history"), /web1 +web2 +clinging could not be ended on web1/);
    assert.ok(!trial.agent("web2").tail().includes(PASSWORD));
    const refused = await trial.client("web2").fence("web1").catch(String);
    assert.match(refused, /it was fenced already, and is left alone for 10 min/);
  });
});
