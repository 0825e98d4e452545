import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { SIMPLE } from "../../../test/support/program-bench.js";
import { serviceName } from "../../model/names.js";
import type { ProgramInput } from "../../model/program.js";
import { bootClock } from "../../os/linux/libc.js";
import { EventPoll } from "../../os/linux/event-poll.js";
import { MarkedGroups } from "../../os/linux/marked-processes.js";
import { systemctl } from "../../os/node/systemd-units.js";
import { ProgramRecord } from "./program-record.js";
import { Spares } from "./program-spares.js";
import { UnitRun } from "./unit-run.js";

/** Writes down what it is asked, answers `show` with a file, and has a killed unit be gone. */
const SYSTEMCTL = `#!/bin/sh
cd "\${0%/*}" || exit 1
while [ "\${1#--}" != "$1" ]; do shift; done
echo "$1" >>asked
case $1 in
kill) echo ActiveState=inactive >state ;;
show) cat state ;;
esac
`;

function machine(t: TestContext): {
  readonly run: UnitRun;
  readonly facts: readonly ProgramInput[];
  readonly asked: () => readonly string[];
  readonly unitIs: (state: string | undefined) => void;
} {
  const directory = mkdtempSync(join(tmpdir(), "locum-unit-"));
  writeFileSync(join(directory, "systemctl"), SYSTEMCTL);
  chmodSync(join(directory, "systemctl"), 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${directory}:${PATH}`;
  const poll = new EventPoll();
  const facts: ProgramInput[] = [];
  const socket = join(directory, "agent.sock");
  const options = { socket, node: "web1", logs: join(directory, "logs") };
  const owner = `test-${process.pid}`;
  const groups = new MarkedGroups(owner);
  const record = new ProgramRecord(socket, []);
  const tools = {
    options,
    owner,
    clock: bootClock,
    groups,
    poll,
    record,
    spares: new Spares(groups, owner),
    say: (fact: ProgramInput) => void facts.push(fact),
    onAdoptedExit: () => undefined,
    reap: () => undefined,
  };
  const asked = join(directory, "asked");
  writeFileSync(asked, "");
  const state = join(directory, "state");
  const unitIs = (text: string | undefined): void =>
    text === undefined ? rmSync(state, { force: true }) : writeFileSync(state, text);
  const config = { ...SIMPLE, source: { kind: "unit", unit: "db.service" } } as const;
  const start = { run: 1, service: serviceName("shop"), config, role: "holder" } as const;
  const run = new UnitRun(start, "db.service", tools);
  t.after(async () => {
    unitIs("ActiveState=inactive\n");
    await run.end();
    process.env.PATH = PATH;
    await poll.close();
    rmSync(directory, { recursive: true });
  });
  return { run, facts, asked: () => readFileSync(asked, "utf8").split("\n").filter(Boolean), unitIs };
}

const kindsOf = (facts: readonly ProgramInput[]): readonly string[] => facts.map(({ kind }) => kind);

test("a unit that is gone once it was killed is stopped by nobody: its next run may have begun", async (t) => {
  const { run, asked, unitIs } = machine(t);
  unitIs("LoadState=loaded\nActiveState=active\n");
  run.endFound();
  await run.end();
  await turn();
  for (const _ of [1, 2]) await systemctl(["list-units"]);
  assert.ok(asked().includes("kill"), asked().join());
  assert.ok(!asked().includes("stop"), asked().join());
});

test("how often systemd had started a unit again is what its first answer says, however late that comes", async (t) => {
  const { run, facts, asked, unitIs } = machine(t);
  unitIs(undefined);
  run.endFound();
  // Its first question was in vain.
  await eventually(() => asked().includes("stop"));
  unitIs("LoadState=loaded\nActiveState=active\nNRestarts=3\n");
  const before = asked().length;
  await eventually(() => asked().length >= before + 4);
  assert.deepEqual(kindsOf(facts), []);
  unitIs("LoadState=loaded\nActiveState=inactive\nNRestarts=3\n");
  await run.end();
  assert.deepEqual(kindsOf(facts), ["program-exited", "program-gone"]);
});
