import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { instant } from "../../base/time.js";
import { Node } from "../../core/node.js";
import type { NodeInput } from "../../model/node-io.js";
import { pairOptions } from "../../../test/support/peer-pair.js";
import { BlackBox } from "./black-box.js";
import type { BlackBoxLimits } from "./black-box-files.js";
import { parseRecording, readBoxText, readRecording } from "./recording.js";
import { replay } from "./replay.js";

const START = instant(1_000_000);
const STARTED: NodeInput = { kind: "started", kernel: { links: [], addresses: [] } };
const TICKED: NodeInput = { kind: "ticked" };
const HEARD: NodeInput = { kind: "detector-reported", report: { kind: "peer-heard", peer: 1, incarnation: 2 } };

let directory: string;
let problems: string[];
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "locum-box-")), "black-box");
  problems = [];
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

function boxOf(run: number, limits?: BlackBoxLimits): BlackBox {
  const impairments = {
    raise: (_what: string, problem: string) => void problems.push(problem),
    clear: () => void problems.splice(0),
  };
  const options = { directory, run, program: "test", impairments, wallMs: () => 0 };
  const box = new BlackBox(limits === undefined ? options : { ...options, limits });
  box.begin(START, pairOptions);
  return box;
}

/** Lets a real node decide, a millisecond after another, and records it. */
function live(box: BlackBox, inputs: readonly NodeInput[]): void {
  const node = new Node(START, pairOptions);
  for (const [index, input] of inputs.entries()) {
    const now = instant(START + index * 1_000);
    box.record(now, input);
    box.handled(node.handle(now, input));
  }
}

test("what was recorded leads to the same effects again", async () => {
  const box = boxOf(1);
  const inputs = [STARTED, TICKED, HEARD, TICKED, { kind: "stop-requested" } as const, TICKED];
  live(box, inputs);
  await box.close();
  const recording = readRecording(directory);
  assert.deepEqual(
    recording.inputs.map(({ input }) => input),
    inputs,
  );
  assert.deepEqual(recording.header.options, pairOptions);
  assert.ok(recording.inputs.some(({ outcome }) => outcome.kind === "done" && outcome.kinds.length > 0));
  assert.deepEqual(replay(recording), { kind: "same", inputs: inputs.length });
});

test("the first input that leads to something else is found", async () => {
  const box = boxOf(1);
  live(box, [STARTED, TICKED, { kind: "stop-requested" }]);
  await box.close();
  const recording = readRecording(directory);
  const inputs = recording.inputs.map((each) => (each.number === 2 ? { ...each, input: TICKED } : each));
  const result = replay({ ...recording, inputs });
  assert.ok(result.kind === "diverged");
  assert.equal(result.at.number, 2);
});

test("a packed file is read as well, and a file that is something else refused in words", async () => {
  const box = boxOf(1);
  live(box, [STARTED]);
  await box.close();
  const packed = join(directory, "report.gz");
  writeFileSync(packed, gzipSync(readBoxText(directory)));
  assert.equal(readRecording(packed).inputs.length, 1);
  writeFileSync(packed, "hello");
  assert.throws(() => readRecording(packed), /no black box file/);
  assert.throws(
    () => readRecording(join(directory, "nothing")),
    /Cannot replay .*nothing: it does not exist; an agent keeps/,
  );
});

test("the input that broke the decisions is the last one on disk, at once", () => {
  const box = boxOf(1);
  live(box, [STARTED, TICKED]);
  box.record(instant(START + 9_000), { kind: "stop-requested" });
  box.writeLast();
  const { inputs } = readRecording(directory);
  assert.deepEqual(inputs.at(-1), {
    number: 2,
    now: START + 9_000,
    input: { kind: "stop-requested" },
    outcome: { kind: "unfinished" },
  });
});

test("what is written at the end while a write is under way is there once", async () => {
  const box = boxOf(1);
  live(box, [STARTED, TICKED]);
  await new Promise((resolve) => setImmediate(resolve));
  box.writeLast();
  await box.close();
  const recording = readRecording(directory);
  assert.deepEqual(
    recording.inputs.map(({ number }) => number),
    [0, 1],
  );
  assert.equal(replay(recording).kind, "same");
});

/** Waits for the disk, as the loop does not. */
async function onDisk(text: string): Promise<void> {
  const isThere = () => {
    const newest = existsSync(directory) ? readdirSync(directory).toSorted().at(-1) : undefined;
    return newest?.endsWith(".box") === true && readFileSync(join(directory, newest), "utf8").includes(text);
  };
  for (let round = 0; round < 5_000 && !isThere(); round += 1) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function recordMany(box: BlackBox, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const id = `${number} ${randomBytes(10_000).toString("base64")}`;
    box.record(START, { kind: "command-received", id, command: { kind: "pause" } });
    box.handled([]);
    await onDisk(`"id":"${number} `);
  }
}

test("a run goes on in further files, and is read as one", async () => {
  const box = boxOf(7, { fileBytes: 50_000, totalBytes: 10_000_000, files: 100 });
  await recordMany(box, 20);
  await box.close();
  const names = readdirSync(directory);
  assert.ok(names.length > 3 && names.some((name) => name.endsWith(".gz")));
  const recording = readRecording(directory);
  assert.deepEqual([recording.inputs.length, recording.incomplete], [20, undefined]);
});

for (const [limit, limits] of [
  ["size", { fileBytes: 50_000, totalBytes: 150_000, files: 100 }],
  ["number", { fileBytes: 50_000, totalBytes: 10_000_000, files: 4 }],
] as const) {
  test(`files are bounded in ${limit}; a run that lost its beginning can be read, not replayed`, async () => {
    const box = boxOf(7, limits);
    await recordMany(box, 40);
    await box.close();
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    // The newest file may be one input larger than it should.
    assert.ok(sizes.length <= limits.files && total <= limits.totalBytes + 20_000, `${sizes.length} files, ${total}`);
    const recording = readRecording(directory);
    assert.match(recording.incomplete ?? "", /inputs 0 to \d+ .* no longer there/);
    assert.equal(replay(recording).kind, "impossible");
    assert.equal(recording.inputs.at(-1)?.number, 39);
  });
}

test("a disk that refuses is reported, holds nobody up, and is used again", async () => {
  writeFileSync(directory, "in the way");
  const box = boxOf(1);
  live(box, [STARTED]);
  await box.close();
  assert.match(problems[0] ?? "", /can't be recorded/);
  rmSync(directory);
  await box.close();
  assert.deepEqual(problems, []);
  assert.ok(existsSync(directory));
  assert.equal(readRecording(directory).inputs.length, 1);
});

const mayMount = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;

test("what can't be packed on a full disk takes none of its last room", { skip: !mayMount }, () => {
  const files = JSON.stringify(import.meta.resolve("./black-box-files.js"));
  const script = `import { randomBytes } from "node:crypto";
    import { readdirSync } from "node:fs";
    import { BlackBoxFiles } from ${files};
    const files = new BlackBoxFiles(process.argv[1], 1);
    await files.begin();
    await files.write(randomBytes(100_000).toString("hex"));
    const problem = await files.begin().catch(({ code }) => code);
    console.log(JSON.stringify([problem, readdirSync(process.argv[1]).map((name) => name.replace(/.*box/, ""))]));`;
  mkdirSync(directory);
  const mount = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" --input-type=module --eval "$3" "$1"';
  const args = ["--mount", "/bin/sh", "-c", mount, "sh", directory, process.execPath, script];
  const seen: unknown = JSON.parse(execFileSync("unshare", args, { encoding: "utf8" }));
  assert.deepEqual(seen, ["ENOSPC", [""]]);
});

test("a line that a crash cut off is left out, and what was written twice is read once", () => {
  const header = `{"locum":"black box","format":1,"program":"t","run":1,"file":0,"first":0,"startedAtMs":0,"now":5,"options":${JSON.stringify(pairOptions)}}`;
  const again = header.replace('"file":0,"first":0', '"file":1,"first":1');
  const text = [header, '[6,{"kind":"ticked"}]', '[7,{"kind":"ticked"}]', '[8,{"ki', again].join("\n");
  const recording = parseRecording(`${text}\n[7,{"kind":"ticked"}]\n[8,{"kind":"ticked"}]\n`);
  assert.deepEqual(
    recording?.inputs.map(({ number, now }) => [number, now]),
    [
      [0, 6],
      [1, 7],
      [2, 8],
    ],
  );
  assert.equal(recording?.incomplete, undefined);
});
