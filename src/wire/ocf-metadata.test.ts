import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seconds } from "../base/time.js";
import { canPromote, METADATA_BYTES_MAX, parameterProblems, readOcfMetadata } from "./ocf-metadata.js";

const STATEFUL = `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Stateful" version="1.1">
<version>1.1</version>
<longdesc lang="en">An example. <!-- <parameter name="hidden" required="1"> --></longdesc>
<parameters>
<parameter name="state" unique-group="state"><content type="string" default="/run/x" /></parameter>
<parameter name='directory' required='1'>
<content type="string" /></parameter>
</parameters>
<actions>
<action name="start"   timeout="20s" />
<action name="monitor" depth="0"  timeout="20" interval="10s" role="Promoted"/>
<action name="promote" timeout="10s" />
<action name="demote"  timeout="500ms" />
</actions>
</resource-agent>`;

const read = (text: string) => readOcfMetadata(text) ?? assert.fail("it is meta-data");

test("parameters and actions are read, and comments passed over", () => {
  const metadata = read(STATEFUL);
  assert.equal(metadata.version, "1.1");
  assert.deepEqual(metadata.parameters, [
    { name: "state", required: false },
    { name: "directory", required: true },
  ]);
  assert.deepEqual(metadata.actions[1], { name: "monitor", timeout: seconds(20), interval: seconds(10) });
  assert.equal(metadata.actions[3]?.timeout, seconds(0.5));
  assert.equal(canPromote(metadata), true);
});

test("an agent without demote has one role", () => {
  assert.equal(canPromote(read(STATEFUL.replace('name="demote"', 'name="notify"'))), false);
});

test("missing and unknown parameters are named", () => {
  assert.deepEqual(parameterProblems(read(STATEFUL), { stat: "x" }), { missing: ["directory"], unknown: ["stat"] });
  assert.deepEqual(parameterProblems(read(STATEFUL), { directory: "/x" }), { missing: [], unknown: [] });
});

/** Of this process, whatever else runs: 1 MiB is read in some 50 ms. */
const CPU_US_MAX = 1_000_000;

test("the longest text that is taken costs no more than its length, whatever is in it", () => {
  const parts = ["<", "<!--", "<a ", `<${"a".repeat(1_990)}>`, `<a ${"a".repeat(1_990)}>`, `<a ${" ".repeat(1_990)}>`];
  for (const part of parts) {
    const text = part.repeat(METADATA_BYTES_MAX / part.length);
    const before = process.cpuUsage();
    assert.equal(readOcfMetadata(text), undefined);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < CPU_US_MAX, `${part.slice(0, 5)}: ${user + system} µs`);
  }
});

test("what is no meta-data is none, and nothing breaks the reader", () => {
  assert.equal(readOcfMetadata("sh: 1: not found"), undefined);
  assert.equal(readOcfMetadata("<".repeat(100_000)), undefined);
  fc.assert(
    fc.property(fc.string(), fc.nat(STATEFUL.length), (noise, at) => {
      readOcfMetadata(STATEFUL.slice(0, at) + noise + STATEFUL.slice(at));
    }),
  );
});
