// Makes a fresh clone ready and runs one of its tasks: `node tools/setup.js test`. Plain JavaScript, because it runs
// before anything is installed or built. The only place that names Debian packages is debian-packages.json beside it.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** Tells Debian's packages whether they may start services (invoke-rc.d(8)). */
const POLICY = "/usr/sbin/policy-rc.d";

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

/** @param program a name, or a path where it is not on the search path. */
function isInstalled(program) {
  const places = program.startsWith("/") ? [program] : searchPath.map((folder) => join(folder, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
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

/** Those that a task can't do without are installed, or it ends here; without a wanted one, its tests say why they are left out. */
function installDebianPackages(task) {
  const all = JSON.parse(readFileSync(join(root, "tools", "debian-packages.json"), "utf8"));
  const missing = all.filter((each) => !each.unpacked && !isInstalled(each.program));
  const needed = missing.filter((each) => each.needed?.includes(task));
  const wanted = missing.filter((each) => each.wanted?.includes(task));
  for (const each of [...needed, ...wanted]) {
    console.error(`Debian package ${each.package} is missing; it is for ${each.for}`);
  }
  if (needed.length > 0 && !install(needed)) {
    fail(`${task} did NOT run. Install them and start again: ${commandFor(needed)}`, NOT_RUN);
  }
  if (wanted.length > 0 && !install(wanted)) {
    console.error(`What needs them is left out. To install them: ${commandFor(wanted)}`);
  }
}

const namesOf = (packages) => packages.map((each) => each.package);

const commandFor = (packages) => `sudo apt-get install --no-install-recommends ${namesOf(packages).join(" ")}`;

function install(packages) {
  if (process.getuid?.() !== 0) return false;
  const names = namesOf(packages);
  console.error(`Installing ${names.join(", ")}`);
  process.env["DEBIAN_FRONTEND"] = "noninteractive";
  return startingNothing(
    () =>
      run("apt-get", ["update", "-qq"]) === 0 &&
      run("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...names]) === 0,
  );
}

/** Servers that are installed to be started by tests must not be started as services of this machine: Debian asks this file. */
function startingNothing(act) {
  if (existsSync(POLICY)) return act();
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return act();
  } finally {
    rmSync(POLICY);
  }
}

const task = process.argv[2] ?? "";
const steps = TASKS[task];
if (steps === undefined) fail(`usage: node tools/setup.js ${Object.keys(TASKS).join("|")}`);
installNpmPackages();
installDebianPackages(task);
console.error("Building");
must("npm", ["run", "--silent", "build"]);
for (const [command, ...args] of steps) must(command, [...args, ...process.argv.slice(3)]);
