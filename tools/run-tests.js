// Runs the built tests. Those that share nothing run side by side; those that build labs run one after the other, since they
// measure time on a machine that may have two cores. Both mostly wait: the simulation's, which only compute and know no
// other time than their own, have what these leave of the machine, and are shown at the end.
// `node tools/run-tests.js PART…` runs the files whose path contains one of the parts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parts = process.argv.slice(2);

/** Tests that need the machine to themselves, by folder of the built tree. */
const ALONE = ["dist/test/lab", "dist/lab"];
const SIMULATION = ["dist/test/simulation"];
/** Tests that run on a kernel of their own: `npm run test:vm`. */
const ELSEWHERE = "dist/test/vm";
/** What a process is called that yields to all others: nice(1). */
const LEAST = 19;
const PROPERTY_SEED = "./dist/test/support/property-seed.js";

function testsUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js"))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.startsWith(`${ELSEWHERE}/`))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

const argumentsFor = (files, concurrency) => [
  "--enable-source-maps",
  "--import",
  PROPERTY_SEED,
  "--test",
  `--test-concurrency=${concurrency}`,
  "--test-reporter=spec",
  ...files,
];

const sayGroup = (name, files) => console.log(`\n== ${name}: ${files.length} files`);

async function runGroup(name, files, concurrency) {
  if (files.length === 0) return 0;
  sayGroup(name, files);
  const [status] = await once(
    spawn(process.execPath, argumentsFor(files, concurrency), { cwd: root, stdio: "inherit" }),
    "exit",
  );
  return status ?? 1;
}

/** Begins tests that get the processors when nothing else wants them. @returns what waits for them, and shows what they said. */
function beginGroup(name, files, concurrency) {
  const argv = ["-n", String(LEAST), process.execPath, ...argumentsFor(files, concurrency)];
  // A session of its own: a group to the scheduler, and to who ends it.
  const child = spawn("nice", argv, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => said.push(bytes));
  weighSession(child.pid, LEAST);
  const sayAll = () => {
    sayGroup(name, files);
    process.stdout.write(Buffer.concat(said.splice(0)));
  };
  process.once("exit", () => {
    if (said.length > 0) sayAll();
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid);
  });
  return async () => {
    weighSession(child.pid, 0);
    const [status] = await ended;
    sayAll();
    return status ?? 1;
  };
}

/** Where sessions share the processors as wholes (autogroups, sched(7)), the niceness of a process counts within its own alone. */
function weighSession(pid, niceness) {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // A kernel without, or no such process any more.
  }
}

const all = [...testsUnder("dist/src"), ...testsUnder("dist/test"), ...testsUnder("dist/lab")];
const isIn = (folders) => (file) => folders.some((folder) => file.startsWith(`${folder}/`));
const others = all.filter((file) => !isIn([...ALONE, ...SIMULATION])(file));
const labs = all.filter(isIn(ALONE));
const simulation = all.filter(isIn(SIMULATION));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const isBeside = simulation.length > 0 && others.length + labs.length > 0;
const endSimulation = isBeside
  ? beginGroup("the simulation", simulation, 2)
  : () => runGroup("the simulation", simulation, 2);
const statuses = [
  await runGroup("side by side", others, 2),
  await runGroup("one after the other", labs, 1),
  await endSimulation(),
];
if (all.length === 0) console.error("No test matches");
process.exit(all.length === 0 ? 1 : Math.max(...statuses));
