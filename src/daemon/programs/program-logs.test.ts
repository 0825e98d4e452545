import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { LocumError } from "../../base/locum-error.js";
import { followLogs, latestLines, logsOf } from "./program-logs.js";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "locum-logs-"));
  mkdirSync(join(state, "logs/shop"), { recursive: true });
  writeFileSync(log("db"), line(1, "one") + line(3, "three"));
  writeFileSync(log("web"), line(2, "two") + line(4, "four"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const log = (program: string): string => join(state, `logs/shop/${program}.log`);
const line = (second: number, text: string): string => `2026-03-01T12:00:0${second}.000Z out ${text}\n`;

async function latest(target: string, count = 10): Promise<readonly string[]> {
  const lines = await latestLines(await logsOf(state, target), count);
  return lines.map(({ program, text }) => `${program} ${text}`);
}

test("the lines of a service's programs are in one order, those of one program alone", async () => {
  assert.deepEqual(await latest("shop"), ["db one", "web two", "db three", "web four"]);
  assert.deepEqual(await latest("shop", 3), ["web two", "db three", "web four"]);
  assert.deepEqual(await latest("shop", 0), []);
  assert.deepEqual(await latest("shop/db"), ["db one", "db three"]);
});

test("between what was and what follows no line is lost, and none comes twice", async () => {
  const logs = await logsOf(state, "shop/db");
  appendFileSync(log("db"), line(5, "five"));
  assert.deepEqual(
    (await latestLines(logs, 10)).map(({ text }) => text),
    ["one", "three"],
  );
  const enough = new AbortController();
  const seen: string[] = [];
  await followLogs(
    logs,
    ({ text }) => {
      seen.push(text);
      if (text === "five") appendFileSync(log("db"), line(6, "six"));
      else enough.abort();
    },
    enough.signal,
  );
  assert.deepEqual(seen, ["five", "six"]);
});

test("what is not there is refused in words, and a name never leads elsewhere", async () => {
  const refusal = (target: string, words: RegExp, isRoot = true): Promise<void> =>
    assert.rejects(logsOf(state, target, isRoot), (error) => error instanceof LocumError && words.test(error.message));
  await refusal("shoop", /no output of shoop on this machine: did you mean shop\?/);
  await refusal("mail", /no program of it has written any here, as those of shop have$/);
  await refusal("shop/cache", /shop has some of: db, web/);
  for (const name of ["../logs/shop", "shop/../shop/db", "shop/", "", "..", "shop/.."])
    await refusal(name, /no such name/);
  rmSync(join(state, "logs"), { recursive: true });
  await refusal("shop", /no program of it has written any here$/);
  await refusal("shop", /Cannot read .*\/logs: only root can$/, false);
});
