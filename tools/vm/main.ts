/*
 * Runs the tests that need interfaces which not every kernel has (`test/vm`) on Debian's kernel, in a virtual machine.
 * `npm run test:vm`, or `node dist/tools/vm/main.js WORD…` for the files whose path contains one of the words.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { initialFiles } from "./guest.js";
import { obtainKernel } from "./kernel.js";
import { type Ending, runMachine } from "./machine.js";
import { cannotRun, isNotRun } from "./not-run.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** Within the project, since it belongs to this clone alone: who deletes it, or the clone, has deleted all. */
const CACHE = join(ROOT, ".cache", "vm");
const TESTS = join(ROOT, "dist", "test", "vm");
/** Of the machine, and of one file of tests: twice what they need where the processor is emulated. */
const SECONDS_MAX = 570;
const TEST_MS_MAX = 420_000;
/** What test tools exit with when they did not run (automake's "skipped"); CI goes on then. */
const NOT_RUN = 77;

async function main(words: readonly string[]): Promise<number> {
  if (process.arch !== "x64") {
    throw cannotRun(`It needs an x86-64 processor, and this is ${process.arch}`, "Run it on another computer.");
  }
  const tests = testFiles(words);
  if (tests.length === 0) return failed("No test matches");
  const kernel = obtainKernel(CACHE);
  const folder = join(CACHE, "run");
  mkdirSync(folder, { recursive: true });
  const order = { argv: testCommand(tests), workingDirectory: ROOT, environment: terminal() };
  console.log(`\n== Linux ${kernel.release} in qemu: ${tests.length} files`);
  const ending = await runMachine({
    image: kernel.image,
    initialFiles: initialFiles(kernel, order),
    folder,
    secondsMax: SECONDS_MAX,
  });
  return exitCode(ending);
}

const testFiles = (words: readonly string[]): readonly string[] =>
  readdirSync(TESTS)
    .filter((file) => file.endsWith(".test.js"))
    .map((file) => relative(ROOT, join(TESTS, file)))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();

const testCommand = (files: readonly string[]): readonly string[] => [
  process.execPath,
  "--enable-source-maps",
  "--test",
  "--test-concurrency=1",
  `--test-timeout=${TEST_MS_MAX}`,
  "--test-reporter=spec",
  ...files,
];

/** The machine's output is a terminal to those who write to it, whatever it is here. */
const terminal = (): Readonly<Record<string, string>> =>
  process.stdout.isTTY ? { TERM: "xterm" } : { TERM: "dumb", NO_COLOR: "1" };

function exitCode(ending: Ending): number {
  if (ending.kind === "finished") {
    return ending.status === 0 ? 0 : failed(`test:vm: tests failed (${ending.status})`);
  }
  if (ending.kind === "late") {
    if (ending.hasFailed) return failed(`test:vm: tests failed, and ${SECONDS_MAX} s were not enough for all`);
    throw cannotRun(
      `This computer is too slow for it: ${SECONDS_MAX} s were not enough, with no failure up to there`,
      "Run it where KVM works, or where nothing else runs.",
    );
  }
  console.error(`\nThe kernel's last lines:\n${ending.lastWords}\n`);
  return failed(`test:vm failed: the virtual machine did not come to an end. ${ending.why}`);
}

function failed(message: string): number {
  console.error(message);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isNotRun(error)) throw error;
  console.error(`test:vm did NOT run to its end. ${error.failure.message}. ${error.failure.advice ?? ""}`);
  process.exitCode = NOT_RUN;
}
