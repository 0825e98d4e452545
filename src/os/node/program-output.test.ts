import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { test, type TestContext } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { LineCutter } from "./line-cutter.js";
import { logFiles, ProgramLog, programLogFile } from "./program-log.js";
import { endOfLog, followLog, lastLogLines, type LogLine } from "./program-log-reader.js";
import { ProgramOutput } from "./program-output.js";

function logFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "locum-log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return programLogFile(directory, "shop", "db");
}

const line = (index: number): string => `2026-01-01T00:00:00.000Z out line ${index}\n`;
const texts = (lines: readonly LogLine[]): readonly string[] => lines.map(({ text }) => text);

test("lines are cut wherever the bytes are, and long ones into several", () => {
  const cutter = new LineCutter(4);
  assert.deepEqual(cutter.push(Buffer.from("a\nb")), ["a"]);
  assert.deepEqual(cutter.push(Buffer.from("c\n\n123456")), ["bc", "", "1234"]);
  assert.equal(cutter.end(), "56");
  assert.equal(cutter.end(), undefined);
});

test("a full file is set aside, and no more are kept than that", async (t) => {
  const file = logFile(t);
  const log = new ProgramLog({ file, bytesMax: 1_000 });
  for (let index = 0; index < 200; index += 1) {
    log.write(line(index));
    if (index % 5 === 0) await log.close();
  }
  await log.close();
  const files = logFiles(file);
  assert.ok(files.every((each) => existsSync(each) && statSync(each).size < 1_500));
  assert.deepEqual(texts(await lastLogLines(file, 3)), ["line 197", "line 198", "line 199"]);
  const many = await lastLogLines(file, 60);
  assert.deepEqual(
    texts(many),
    Array.from({ length: 60 }, (_, index) => `line ${140 + index}`),
    "over several files",
  );
  assert.deepEqual(await lastLogLines(join(file, "nowhere"), 3), []);
});

test("a disk that refuses costs lines, which are counted", async (t) => {
  const file = logFile(t);
  mkdirSync(file, { recursive: true });
  const log = new ProgramLog({ file });
  log.write("lost\n");
  await log.close();
  assert.equal(log.takeDropped(), 5);
  assert.equal(log.takeDropped(), 0);
});

test("a log is followed, also into its next file", async (t) => {
  const file = logFile(t);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, line(0));
  const enough = new AbortController();
  const heard: string[] = [];
  const start = await endOfLog(file);
  const following = (async () => {
    for await (const each of followLog(file, enough.signal, start)) {
      heard.push(each.text);
      if (heard.length === 40) enough.abort();
    }
  })();
  const log = new ProgramLog({ file, bytesMax: 800 });
  for (let index = 1; index <= 40; index += 1) {
    log.write(line(index));
    // A reader that falls behind by more than a file has lost what was in it.
    await eventually(() => heard.length === index);
  }
  await following;
  await log.close();
  assert.deepEqual(
    heard,
    Array.from({ length: 40 }, (_, index) => `line ${index + 1}`),
  );
});

test("what would play with a terminal is shown as a code", async (t) => {
  const file = logFile(t);
  const log = new ProgramLog({ file });
  const output = new ProgramOutput({ log, wallMs: () => 0 });
  const stream = new PassThrough();
  output.attach(stream, "err");
  stream.end("a\tb\u001B[2J\u0000c\nlast");
  await new Promise((resolve) => stream.on("close", resolve));
  output.end();
  await log.close();
  assert.equal(
    readFileSync(file, "utf8"),
    "1970-01-01T00:00:00.000Z err a\tb\\x1b[2J\\x00c\n1970-01-01T00:00:00.000Z err last\n",
  );
});

test("what is over the limit is left out, and how much that was is said", async () => {
  const written: string[] = [];
  const log = { write: (text: string) => void written.push(text), takeDropped: () => 0 };
  const output = new ProgramOutput({ log, wallMs: () => 0 });
  const stream = new PassThrough({ highWaterMark: 2 ** 20 });
  output.attach(stream, "out");
  const chunk = Buffer.from("x".repeat(99).concat("\n").repeat(1_000));
  for (let count = 0; count < 100; count += 1) {
    if (!stream.write(chunk)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  output.end();
  const kept = written.join("").length;
  assert.ok(kept > 2 ** 20 && kept < 6 * 2 ** 20, `${kept} bytes kept`);
  assert.match(written.at(-1) ?? "", /locum \d+ bytes of output were left out/);
});

test("a last line without an end is kept before the log is closed, and nothing is written after that", async () => {
  const written: string[] = [];
  const output = new ProgramOutput({
    log: { write: (text) => written.push(text), takeDropped: () => 0 },
    wallMs: () => 0,
  });
  const stream = new PassThrough();
  output.attach(stream, "err");
  stream.write("last words");
  await eventually(() => stream.readableLength === 0, "it was read");
  output.end();
  assert.deepEqual(written, ["1970-01-01T00:00:00.000Z err last words\n"]);
  await once(stream, "close");
  assert.equal(written.length, 1);
});
