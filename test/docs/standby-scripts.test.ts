/*
 * The scripts that standbys are asked by, where what they ask answers as is said here: what a lab would have to wait minutes for,
 * or meet within a moment.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { known } from "../../src/base/assert.js";

const EXAMPLE = fileURLToPath(new URL("../../../examples/postgresql", import.meta.url));
const PROGRAMS = new URL("../../../docs/programs.md", import.meta.url);
const TIMELINE = "00000002";
const LONG_AGO_S = 61;

/** Answers from a file for each thing that is asked; without the primary's, there is none. */
const PSQL = `case "$*" in
  *host=primary*) what=primary ;;
  *pg_control_checkpoint*) what=checkpoint ;;
  *pg_last_wal_replay_lsn*) what=ahead ;;
  *) what=received ;;
esac
exec cat "$ANSWERS/$what"`;
const REDIS_CLI = `case "$*" in
  *ping*) exec cat "$ANSWERS/holder" ;;
  *) exec cat "$ANSWERS/replication" ;;
esac`;

interface Bench {
  readonly data: string;
  /** @param text undefined: nobody is there who could say it. */
  readonly answer: (what: string, text: string | undefined) => void;
  /** @returns the exit status. */
  readonly run: (script: string) => number | null;
}

function bench(t: TestContext): Bench {
  const directory = mkdtempSync(join(tmpdir(), "locum-scripts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const [data, bin] = [join(directory, "data"), join(directory, "bin")];
  for (const each of [data, bin]) mkdirSync(each);
  const programs = { psql: PSQL, "redis-cli": REDIS_CLI, pg_isready: "exit 0" };
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const PATH = `${bin}:${process.env["PATH"] ?? ""}`;
  const of = { PGDATA: data, PGBIN: bin, PRIMARY: "host=primary", LOCUM_ROLE: "standby", ANSWERS: directory };
  return {
    data,
    answer: (what, text) => {
      if (text === undefined) rmSync(join(directory, what), { force: true });
      else writeFileSync(join(directory, what), text);
    },
    run: (script) => spawnSync("/bin/sh", [script], { env: { PATH, ...of }, stdio: "ignore" }).status,
  };
}

const CAUGHT_UP = join(EXAMPLE, "caught-up");
const CHECK = join(EXAMPLE, "check");

/** A standby of PostgreSQL that follows its primary. */
function following(t: TestContext): Bench {
  const on = bench(t);
  on.answer("received", TIMELINE);
  on.answer("primary", TIMELINE);
  assert.equal(on.run(CAUGHT_UP), 0);
  return on;
}

test("a PostgreSQL that followed its primary until that went has caught up", (t) => {
  const on = following(t);
  on.answer("received", "");
  on.answer("primary", undefined);
  assert.equal(on.run(CAUGHT_UP), 0);
});

test("one that lagged behind its primary has not when that goes", (t) => {
  const on = following(t);
  on.answer("received", "");
  assert.equal(on.run(CAUGHT_UP), 1);
  on.answer("primary", undefined);
  assert.equal(on.run(CAUGHT_UP), 1);
  on.answer("received", TIMELINE);
  on.answer("primary", TIMELINE);
  assert.equal(on.run(CAUGHT_UP), 0);
});

test("one that has not followed for a minute has not, though it finds no primary", (t) => {
  const on = following(t);
  const age = (): void => {
    const then = Date.now() / 1_000 - LONG_AGO_S;
    utimesSync(`${on.data}.followed`, then, then);
  };
  age();
  assert.equal(on.run(CAUGHT_UP), 0, "it follows still");
  on.answer("received", "");
  on.answer("primary", undefined);
  assert.equal(on.run(CAUGHT_UP), 0);
  age();
  assert.equal(on.run(CAUGHT_UP), 1);
});

/** It went past the place where the timeline of the primary parts from its own. */
function ahead(t: TestContext): Bench {
  const on = bench(t);
  const log = join(on.data, "log");
  mkdirSync(log);
  symlinkSync(log, join(on.data, "pg_wal"));
  writeFileSync(join(log, `${TIMELINE}.history`), "1\t0/3000000\tno recovery target specified\n");
  const answers = { checkpoint: "1", ahead: "t", received: "", primary: TIMELINE };
  for (const [what, text] of Object.entries(answers)) on.answer(what, text);
  return on;
}

test("a PostgreSQL that is ahead of its primary fails its check, wherever its log lies", (t) => {
  const on = ahead(t);
  writeFileSync(join(on.data, "standby.signal"), "");
  assert.equal(on.run(CHECK), 1);
  assert.ok(existsSync(`${on.data}.unrewound`));
});

test("one that was promoted during its check does not fail the next one for what that found", (t) => {
  const on = ahead(t);
  writeFileSync(`${on.data}.unrewound`, "");
  assert.equal(on.run(CHECK), 0);
});

test("the documented redis has caught up for a minute after it lost a holder that does not answer", (t) => {
  const on = bench(t);
  const script = join(on.data, "redis-caught-up");
  const [, text] = /^```sh\n(#!\/bin\/sh\n# \S+redis-caught-up\n.*?)^```$/ms.exec(readFileSync(PROGRAMS, "utf8")) ?? [];
  writeFileSync(script, known(text, "the page has it"));
  const lost = (seconds: number): string =>
    `role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:${seconds}\r\nslave_priority:100\r\n`;
  const asked = (replication: string, holder: string | undefined): number | null => {
    on.answer("replication", replication);
    on.answer("holder", holder);
    return on.run(script);
  };
  assert.equal(asked("role:slave\r\nmaster_link_status:up\r\nslave_priority:100\r\n", "PONG"), 0);
  assert.equal(asked(lost(1), undefined), 0);
  assert.equal(asked(lost(1), "PONG"), 1, "the holder is there");
  assert.equal(asked(lost(LONG_AGO_S), undefined), 1, "who knows whether the holder is there for others");
  assert.equal(asked(lost(-1), undefined), 1, "it never had anything");
  assert.equal(asked("role:master\r\nconnected_slaves:0\r\n", undefined), 1);
});
