// Makes a fresh clone ready and runs one of its tasks: `node tools/setup.js test`. Plain JavaScript, because it runs
// before anything is installed or built. The only place that names Debian packages is debian-packages.json beside it.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const searchPath = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];

const TASKS = {
  build: [],
  demo: [["node", "bin/locum", "demo"]],
  test: [
    ["npm", "run", "--silent", "check"],
    ["node", "tools/run-tests.js"],
  ],
  "test:vm": [["node", "dist/tools/vm/main.js"]],
  bench: [["node", "dist/bench/main.js"]],
};

/** What test tools exit with when they did not run: something is missing that is not ours to have. */
const NOT_RUN = 77;

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: searchPath.join(":") },
  });
  if (error !== undefined) fail(`Cannot run ${command}: ${error.message}`);
  return status ?? 1;
}

function must(command, args) {
  const status = run(command, args);
  if (status !== 0) process.exit(status);
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}

function isInstalled(program) {
  return searchPath.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** npm writes its own record last, so a half-finished install counts as none. */
function npmPackagesAreCurrent() {
  const record = join(root, "node_modules", ".package-lock.json");
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

function installNpmPackages() {
  if (npmPackagesAreCurrent()) return;
  console.error("Installing the npm packages");
  must("npm", ["install", "--no-save", "--no-audit", "--no-fund"]);
}

function installDebianPackages(task) {
  const all = JSON.parse(readFileSync(join(root, "tools", "debian-packages.json"), "utf8"));
  const missing = all.filter((each) => !each.unpacked && each.needed.includes(task) && !isInstalled(each.program));
  if (missing.length === 0) return;
  const names = missing.map((each) => each.package);
  for (const each of missing) console.error(`Debian package ${each.package} is missing; it is for ${each.for}`);
  const advice = `${task} did NOT run. Install them and start again: sudo apt-get install ${names.join(" ")}`;
  if (process.getuid?.() !== 0) fail(advice, NOT_RUN);
  console.error(`Installing ${names.join(", ")}`);
  process.env["DEBIAN_FRONTEND"] = "noninteractive";
  const isThere =
    run("apt-get", ["update", "-qq"]) === 0 &&
    run("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...names]) === 0;
  if (!isThere) fail(advice, NOT_RUN);
}

const task = process.argv[2] ?? "";
const steps = TASKS[task];
if (steps === undefined) fail(`usage: node tools/setup.js ${Object.keys(TASKS).join("|")}`);
installNpmPackages();
installDebianPackages(task);
console.error("Building");
must("npm", ["run", "--silent", "build"]);
for (const [command, ...args] of steps) must(command, [...args, ...process.argv.slice(3)]);
