import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { controlGroupsMissing, ProgramBench, tcpCheck } from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import type { ProgramConfig } from "../../model/program.js";

const missing = controlGroupsMissing();
const benches: ProgramBench[] = [];
afterEach(async () => {
  for (const each of benches.splice(0)) await each.close();
});

/** As the agents of the resource-agents package are made: its state is a file. */
const AGENT = `#!/bin/sh
state="$OCF_RESKEY_state"
say() { echo "$1 $OCF_RESOURCE_INSTANCE" >>"$state.calls"; }
case "$1" in
meta-data) cat <<END
<?xml version="1.0"?><resource-agent name="keeper" version="1.1"><version>1.1</version>
<parameters><parameter name="state" required="1"><content type="string"/></parameter></parameters>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="1s"/><action name="promote" timeout="10s"/>
<action name="demote" timeout="10s"/></actions></resource-agent>
END
;;
start) say start; [ "$OCF_RESKEY_broken" ] && { echo "no disk" >&2; exit 5; }; echo standby >"$state";;
promote) say promote; echo promoted >"$state";;
demote) say demote; echo standby >"$state";;
stop) grep -qs promoted "$state" && exit 8; say stop; rm -f "$state";;
monitor) [ -e "$state" ] || exit 7; read -r now <"$state"
  case "$now" in promoted) exit 8;; sick) echo "it is sick" >&2; exit 1;; *) exit 0;; esac;;
*) exit 3;;
esac
`;

function bench(): {
  on: ProgramBench;
  state: string;
  config: (more?: Record<string, string>) => Partial<ProgramConfig>;
} {
  const root = join(process.env["TMPDIR"] ?? "/tmp", `locum-ocf-${process.pid}`);
  mkdirSync(join(root, "resource.d/test"), { recursive: true });
  writeFileSync(join(root, "resource.d/test/keeper"), AGENT, { mode: 0o755 });
  const on = new ProgramBench({ ocfRoot: root });
  benches.push(on);
  const state = join(on.directory, "state");
  const config = (more: Record<string, string> = { state }): Partial<ProgramConfig> => ({
    source: { kind: "ocf", provider: "test", type: "keeper", parameters: more },
    health: { ...tcpCheck(1), fail: 2 },
  });
  return { on, state, config };
}

const calls = (state: string): readonly string[] =>
  existsSync(`${state}.calls`) ? readFileSync(`${state}.calls`, "utf8").trim().split("\n") : [];

test("a resource's life: started, promoted, monitored, demoted, stopped", { skip: missing }, async (t) => {
  const { on, state, config } = bench();
  t.after(() => rmSync(join(process.env["TMPDIR"] ?? "/tmp", `locum-ocf-${process.pid}`), { recursive: true }));
  const run = on.start(config());
  await on.heard("program-ready", run);
  await on.heard("program-judged", run, ({ health }) => health === "healthy");
  on.link.perform({ kind: "tell-role", run, role: "standby" });
  assert.equal((await on.heard("role-told", run)).problem, undefined);
  writeFileSync(state, "sick");
  const failing = await on.heard("program-judged", run, ({ health }) => health === "failing");
  assert.equal(failing.problem, "monitor answers with status 1 (failure) it is sick");
  on.stop(run);
  await on.heard("program-gone", run);
  assert.deepEqual(
    calls(state),
    ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`),
  );
});

test("one that is promoted is demoted before it is stopped", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-ready", run);
  on.stop(run);
  await on.heard("program-gone", run);
  const life = ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`);
  assert.deepEqual(calls(state), life);
  const next = on.start(config());
  await on.heard("program-ready", next);
  on.kill(next);
  await on.heard("program-gone", next);
  assert.deepEqual(calls(state), [...life, ...life]);
});

test("one that a dead host left promoted is demoted before it is stopped", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config());
  await on.heard("program-ready", run);
  process.kill(known(on.link.pid, "it runs a program"), "SIGKILL");
  await on.heard("program-host-lost", undefined);
  await eventually(() => !existsSync(state), "it is stopped");
  assert.deepEqual(
    calls(state),
    ["start", "promote", "demote", "stop"].map((action) => `${action} shop-p`),
  );
});

test("one that is found not running has ended, and is tidied up", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const run = on.start(config(), "standby");
  await on.heard("program-ready", run);
  rmSync(state);
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "not-running" });
  await on.heard("program-gone", run);
  assert.deepEqual(
    calls(state),
    ["start", "stop"].map((action) => `${action} shop-p`),
  );
});

test("a start that fails says why in words, and a parameter that is missing is named", { skip: missing }, async () => {
  const { on, state, config } = bench();
  const broken = on.start(config({ state, broken: "1" }));
  assert.equal(
    (await on.heard("program-not-started", broken)).problem,
    "start answers with status 5 (something that it needs is not installed) no disk",
  );
  await on.heard("program-gone", broken);
  const lacking = on.start(config({}));
  assert.equal((await on.heard("program-not-started", lacking)).problem, "it needs the parameter state");
  await on.heard("program-gone", lacking);
});
