import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { instant, milliseconds, seconds } from "../../base/time.js";
import { type CheckConfig, checkName } from "../../model/errand.js";
import type { NodeInput } from "../../model/node-io.js";
import { ruleName } from "../../model/rule.js";
import { Errands } from "./errands.js";
import { Impairments } from "../impairments.js";
import { eventually } from "../../../test/support/eventually.js";

function started(t: TestContext): {
  readonly errands: Errands;
  readonly inputs: NodeInput[];
  readonly impairments: Impairments;
} {
  const inputs: NodeInput[] = [];
  const impairments = new Impairments(
    () => instant(0),
    () => undefined,
  );
  const errands = new Errands({ socket: "/run/none.sock", impairments, onInput: (input) => inputs.push(input) });
  t.after(() => errands.close());
  return { errands, inputs, impairments };
}

const shell = (errands: Errands, script: string, timeoutMs = 10_000): Promise<string | undefined> =>
  new Promise((resolve) =>
    errands.command({ command: ["/bin/sh", "-c", script], timeoutMs, input: "" }, (end) =>
      resolve(end.problem ?? `ok ${end.output}`),
    ),
  );

const check = (name: string, script: string): CheckConfig => ({
  name: checkName(name),
  command: ["/bin/sh", "-c", script],
  interval: milliseconds(100),
  timeout: seconds(5),
  attribute: name,
  value: "output",
  nodes: [],
});

const saidBy = (inputs: readonly NodeInput[], name: string): readonly string[] =>
  inputs.flatMap((input) =>
    input.kind === "errand-ended" && input.errand.kind === "check" && input.errand.check === name
      ? [input.outcome.output]
      : [],
  );

test("a rule's command is run outside the agent, and its end is an input", async (t) => {
  const { errands, inputs } = started(t);
  const errand = { kind: "rule", rule: ruleName("hot"), about: undefined, program: "/bin/cat" } as const;
  errands.run({ kind: "run-errand", errand, command: ["/bin/cat"], timeout: seconds(5), input: "hello\n" });
  await eventually(() => inputs.length === 1);
  const [input] = inputs;
  assert.ok(input?.kind === "errand-ended");
  assert.deepEqual([input.errand, input.outcome.problem, input.outcome.output], [errand, undefined, "hello"]);
  assert.equal(await shell(errands, "echo $LOCUM_SOCKET"), "ok /run/none.sock");
  assert.notEqual(await shell(errands, "echo $PPID"), `ok ${process.pid}`);
});

test("a command has not what the agent has for itself alone: files for nobody else, and memory before all others", async (t) => {
  const [umask, score] = [process.umask(0o077), readFileSync("/proc/self/oom_score_adj", "utf8")];
  t.after(() => {
    process.umask(umask);
    writeFileSync("/proc/self/oom_score_adj", score);
  });
  writeFileSync("/proc/self/oom_score_adj", "100");
  const { errands } = started(t);
  assert.equal(await shell(errands, "echo $(umask) $(cat /proc/self/oom_score_adj)"), "ok 0022 0");
  assert.equal(await shell(errands, "ulimit -S -n"), "ok 1024");
  const inherited = "grep -hE 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\n'; cat /proc/self/stat | cut -d' ' -f19";
  assert.match((await shell(errands, inherited)) ?? "", /^ok SigBlk:\s0+SigIgn:\s0+0$/);
});

test("checks run again and again until there are others; one that takes long is not started twice", async (t) => {
  const { errands, inputs } = started(t);
  errands.check([check("quick", "echo quick"), check("slow", "echo $$; sleep 0.35")]);
  await eventually(() => saidBy(inputs, "quick").length >= 5 && saidBy(inputs, "slow").length >= 1);
  assert.ok(saidBy(inputs, "slow").length < saidBy(inputs, "quick").length);
  const before = saidBy(inputs, "quick").length;
  errands.check([check("other", "echo other")]);
  await eventually(() => saidBy(inputs, "other").length >= 5);
  // What had been said is heard, and one may have been under way.
  assert.ok(saidBy(inputs, "quick").length <= before + 2);
});

test("a runner that is killed fails what it was doing, and another one goes on with the checks", async (t) => {
  const { errands, inputs, impairments } = started(t);
  errands.check([check("quick", "echo quick")]);
  await eventually(() => saidBy(inputs, "quick").length > 0);
  const runner = Number((await shell(errands, "echo $PPID"))?.replace("ok ", ""));
  const lost = shell(errands, "sleep 1000");
  await shell(errands, "true");
  process.kill(runner, "SIGKILL");
  assert.equal(await lost, "the process that ran it ended");
  assert.equal(impairments.findings().length, 1);
  const before = saidBy(inputs, "quick").length;
  await eventually(() => saidBy(inputs, "quick").length > before);
  assert.equal(impairments.findings().length, 0);
});

test("when the agent is gone, so is the runner with everything that it ran", async (t) => {
  const { errands } = started(t);
  const runner = Number((await shell(errands, "echo $PPID"))?.replace("ok ", ""));
  void shell(errands, "sleep 1000");
  await shell(errands, "true");
  errands.close();
  await eventually(
    () => !existsSync(`/proc/${runner}`) || readFileSync(`/proc/${runner}/stat`, "utf8").includes(") Z "),
  );
});

test("a process that can't be started costs what it was to do, and not the agent", async (t) => {
  const impairments = new Impairments(
    () => instant(0),
    () => undefined,
  );
  // The kernel takes no argument with a zero byte: the start itself is refused, as for want of memory.
  const errands = new Errands({ socket: "/run/\0", impairments, onInput: () => {} });
  t.after(() => errands.close());
  assert.match((await shell(errands, "true")) ?? "", /ended/);
  assert.match(
    impairments
      .findings()
      .map((each) => JSON.stringify(each))
      .join(),
    /does not run/,
  );
});
