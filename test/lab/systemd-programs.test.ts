import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runSystemdMachine, systemdMissing } from "../support/systemd-machine.js";

const AGENT = fileURLToPath(new URL("../support/unit-agent.js", import.meta.url));

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
