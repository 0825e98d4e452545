import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runSystemdMachine, systemdMissing } from "../support/systemd-machine.js";

const AGENT = fileURLToPath(new URL("../support/unit-agent.js", import.meta.url));

/** What comes of a unit that is killed while it runs, or whose start fails; or what is advised of its start, or it is told. */
async function lifeOf(unit: string, kind = "restarted-by-systemd"): Promise<readonly string[]> {
  const output = await runSystemdMachine({
    unit: "[Service]\nExecStart=/bin/sleep 1000\n",
    units: { "again.service": unit },
    prepare: "",
    script: `until systemctl is-active --quiet locum.service 2>/dev/null; do sleep 0.1; done
${process.execPath} ${AGENT} again.service ${kind}
sleep 1
echo "left: $(systemctl is-active again.service)"`,
    secondsMax: 300,
  });
  return output.split("\n").filter((line) => line.includes(": "));
}

test(
  "a unit that systemd would start again has ended, and is started by nobody but its program's policy",
  { skip: systemdMissing() },
  async () => {
    const run = "ExecStart=/bin/sleep 1000\nRestart=always\n";
    assert.deepEqual(await lifeOf(`[Service]\n${run}RestartSec=3\n`), [
      'killed: {"kind":"signal","signal":"SIGKILL"}',
      "gone: true",
      "left: inactive",
    ]);
    const atOnce = await lifeOf(`[Service]\n${run}RestartSec=0\n`);
    // systemd may have started it anew before it could be asked how it ended.
    assert.match(atOnce[0] ?? "", /^killed: \{"kind":("signal","signal":"SIGKILL"|"not-running")\}$/);
    assert.deepEqual(atOnce.slice(1), ["gone: true", "left: inactive"]);
  },
);

test("a unit whose start fails is not tried again by systemd", { skip: systemdMissing() }, async () => {
  const lines = await lifeOf("[Service]\nType=oneshot\nExecStart=/bin/false\nRestart=on-failure\nRestartSec=0.2\n");
  assert.match(lines[0] ?? "", /^problem: "Job for again.service failed/);
  assert.deepEqual(lines.slice(1), ["gone: true", "left: inactive"]);
});

test("a unit that nobody here started is found, and ended", { skip: systemdMissing() }, async () => {
  const output = await runSystemdMachine({
    unit: "[Service]\nExecStart=/bin/sleep 1000\n",
    units: { "found.service": "[Service]\nExecStart=/bin/sleep 1000\nRestart=always\n" },
    prepare: "",
    script: `until systemctl is-active --quiet locum.service 2>/dev/null; do sleep 0.1; done
systemctl start found.service
${process.execPath} ${AGENT} found.service stray
echo "left: $(systemctl is-active found.service)"`,
    secondsMax: 300,
  });
  assert.deepEqual(
    output.split("\n").filter((line) => line.includes(": ")),
    [
      'probed: {"kind":"runs","isPromoted":false}',
      'probed: {"kind":"not-running"}',
      'none: "unusable"',
      "left: inactive",
    ],
  );
});

test("the role that a unit was told last is the one that it acts on last", { skip: systemdMissing() }, async () => {
  assert.deepEqual(await lifeOf("[Service]\nExecStart=/bin/sleep 1000\n", "told"), [
    'told: ["holder holder","standby standby"]',
    'late: "it took longer than 3 s"',
    'judged: "exit status 5 bad day"',
    "left: inactive",
  ]);
});

test(
  "a unit whose start may last for ever has no more than usual once it has started",
  { skip: systemdMissing() },
  async () => {
    const endless = "[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=infinity\nExecStart=/bin/sleep 25\n";
    assert.deepEqual(await lifeOf(endless, "advised"), ["advised: [95,95,95]", "left: inactive"]);
  },
);

test(
  "a unit is started, watched, stopped, kept for the next agent, and ended with its host",
  { skip: systemdMissing() },
  async () => {
    const output = await runSystemdMachine({
      unit: "[Service]\nExecStart=/bin/sleep 1000\n",
      prepare: "",
      script: `until systemctl is-active --quiet locum.service 2>/dev/null; do sleep 0.1; done
${process.execPath} ${AGENT} locum.service
echo "left: $(systemctl is-active locum.service)"`,
      secondsMax: 300,
    });
    const lines = output.split("\n").filter((line) => line.includes(": "));
    assert.deepEqual(lines, [
      'has a process: {"is":true}',
      'stopped: {"kind":"signal","signal":"SIGTERM"}',
      'killed: {"kind":"signal","signal":"SIGKILL"}',
      'unknown: {"problem":"systemd has no unit no-such.service"}',
      'kept: {"runs":[[4,[]]]}',
      'watched on: {"kind":"signal","signal":"SIGKILL"}',
      // As systemd calls what was killed.
      "left: failed",
    ]);
  },
);
