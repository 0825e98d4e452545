import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import {
  benchMaker,
  controlGroupsMissing,
  isAlive,
  type ProgramBench,
  shell,
  SIMPLE,
} from "../../../test/support/program-bench.js";
import { milliseconds, seconds } from "../../base/time.js";
import type { HealthCheck, ProgramConfig } from "../../model/program.js";

/* A program that runs goes on by another configuration: it is the same process, and what asks it how it is another. */

const missing = controlGroupsMissing();
const bench = benchMaker();

/** Fails while there is such a file, and writes down that it was asked. */
const checkOf = ({ directory }: ProgramBench, name: string, changes: Partial<HealthCheck> = {}): HealthCheck => {
  const file = join(directory, name);
  writeFileSync(
    file,
    `#!/bin/sh\necho >>${file}.asked\n[ ! -e ${file}.bad ] || { echo ${name} says no >&2; exit 1; }\n`,
  );
  chmodSync(file, 0o755);
  return {
    probe: { kind: "exec", command: [file] },
    interval: milliseconds(30),
    timeout: seconds(10),
    fail: 1,
    slow: undefined,
    ...changes,
  };
};
const makeBad = ({ directory }: ProgramBench, name: string): void => writeFileSync(join(directory, `${name}.bad`), "");
const makeGood = ({ directory }: ProgramBench, name: string): void => rmSync(join(directory, `${name}.bad`));
const timesAsked = ({ directory }: ProgramBench, name: string): number => {
  const file = join(directory, `${name}.asked`);
  return existsSync(file) ? readFileSync(file).length : 0;
};
const isAsked = (on: ProgramBench, name: string): Promise<unknown> => {
  const before = timesAsked(on, name);
  return eventually(() => timesAsked(on, name) > before, `${name} is asked`);
};
const goOnBy = (on: ProgramBench, run: number, changes: Partial<ProgramConfig>): void =>
  on.link.perform({ kind: "watch-program", run, config: { ...SIMPLE, ...changes } });
const verdicts = (on: ProgramBench): readonly string[] =>
  on.facts.flatMap((fact) => (fact.kind === "program-judged" ? [fact.health] : []));

test(
  "another check is asked from now on, in the same process, and the one before no more",
  { skip: missing },
  async () => {
    const on = bench();
    const run = on.start({ health: checkOf(on, "first") });
    const { pid } = await on.heard("program-started", run);
    await isAsked(on, "first");
    goOnBy(on, run, { health: checkOf(on, "second") });
    await isAsked(on, "second");
    const before = timesAsked(on, "first");
    for (let round = 0; round < 3; round += 1) await isAsked(on, "second");
    assert.equal(timesAsked(on, "first"), before);
    assert.ok(isAlive(pid));
    makeBad(on, "second");
    const { problem } = await on.heard("program-judged", run, ({ health }) => health === "failing");
    assert.match(problem, /second says no/);
    assert.equal(on.kindsOf(run).includes("program-exited"), false);
  },
);

test("a check that comes new is asked, with another interval in that rhythm", { skip: missing }, async () => {
  const on = bench();
  const run = on.start({ health: undefined });
  await on.heard("program-ready", run);
  goOnBy(on, run, { health: checkOf(on, "check", { interval: seconds(3_600) }) });
  goOnBy(on, run, { health: checkOf(on, "check") });
  await isAsked(on, "check");
  await isAsked(on, "check");
});

test(
  "what a check has found stands until another one finds otherwise, or there is none",
  { skip: missing },
  async () => {
    const on = bench();
    const run = on.start({ health: checkOf(on, "first") });
    makeBad(on, "first");
    await on.heard("program-judged", run, ({ health }) => health === "failing");
    goOnBy(on, run, { health: checkOf(on, "first", { fail: 2 }) });
    await isAsked(on, "first");
    await isAsked(on, "first");
    const found = verdicts(on).filter((each) => each !== "healthy");
    assert.deepEqual(found, ["failing"], "it is not said twice");
    makeGood(on, "first");
    await on.heard("program-judged", run, () => verdicts(on).at(-1) === "healthy");
    makeBad(on, "first");
    await eventually(() => verdicts(on).at(-1) === "failing", "it fails again");
    goOnBy(on, run, { health: undefined });
    await eventually(() => verdicts(on).at(-1) === "healthy", "nothing says any more that it does");
  },
);

test("a standby that has another way to be asked whether it has caught up is asked so", { skip: missing }, async () => {
  const on = bench();
  const asked = ({ probe, interval, timeout }: HealthCheck): Partial<ProgramConfig> => ({
    standby: true,
    caughtUp: { probe, interval, timeout },
  });
  const run = on.start(asked(checkOf(on, "first")), "standby");
  await on.heard("program-caught-up", run, ({ problem }) => problem === undefined);
  const second = checkOf(on, "second");
  makeBad(on, "second");
  goOnBy(on, run, asked(second));
  const { problem } = await on.heard("program-caught-up", run, (fact) => fact.problem !== undefined);
  assert.match(problem ?? "", /second says no/);
});

test("one that starts becomes ready by the check of now", { skip: missing }, async () => {
  const on = bench();
  const never = { kind: "probe", probe: { kind: "exec", command: ["/bin/false"] } } as const;
  for (const ready of [
    { kind: "started" } as const,
    { kind: "probe", probe: { kind: "exec", command: ["/bin/true"] } } as const,
  ]) {
    const run = on.start({ ready: never });
    await on.heard("program-started", run);
    goOnBy(on, run, { ready });
    await on.heard("program-ready", run);
    assert.deepEqual(on.kindsOf(run), ["program-started", "program-ready"]);
  }
});

test("the signal by which it is asked to end is that of now", { skip: missing }, async () => {
  const on = bench();
  const script = `trap 'exit 7' INT; trap 'exit 8' TERM; echo up; while :; do sleep 0.05; done`;
  const run = on.start({ source: shell(script) });
  await eventually(() => on.log().includes("up"), "it listens");
  goOnBy(on, run, { source: shell(script), stop: { ...SIMPLE.stop, signal: "SIGINT" } });
  on.stop(run);
  assert.deepEqual((await on.heard("program-exited", run)).exit, { kind: "status", status: 7 });
});

test("one that is asked to end is checked no more, by whatever check", { skip: missing }, async () => {
  const on = bench();
  const source = shell(`trap '' TERM; echo up; while :; do sleep 0.05; done`);
  const run = on.start({ source });
  await eventually(() => on.log().includes("up"), "it ignores its end");
  on.stop(run);
  goOnBy(on, run, { source, health: checkOf(on, "check", { interval: milliseconds(1) }) });
  // What is said by the next program shows that the order before was carried out.
  const next = on.start({ health: checkOf(on, "other") });
  await on.heard("program-ready", next);
  await isAsked(on, "other");
  await isAsked(on, "other");
  assert.equal(timesAsked(on, "check"), 0);
  on.kill(run);
});
