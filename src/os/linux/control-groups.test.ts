import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, test } from "node:test";
import { freeze } from "../../../test/support/freezer.js";
import { eventually } from "../../../test/support/eventually.js";
import { controlGroupsMissing } from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import { machineHierarchies, readHierarchies, type CgroupHierarchy } from "./cgroup-hierarchies.js";
import { type ControlGroups, killGroups, openControlGroups } from "./control-groups.js";

const missing = controlGroupsMissing();
const NO_LIMITS = { memoryMax: undefined, cpuMax: undefined };
const made: ControlGroups[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  // The groups of the next test have the same names.
  for (const each of made.splice(0)) await eventually(() => isCleared(each), "its groups are gone");
});

function isCleared(groups: ControlGroups): boolean {
  groups.clear();
  return !groups.paths.some(existsSync);
}

function open(hierarchies: readonly CgroupHierarchy[]): ControlGroups {
  const groups = openControlGroups(hierarchies, `test-${process.pid}`) ?? assert.fail("groups can be made");
  made.push(groups);
  return groups;
}

/** Starts a shell in the groups, which is in them when this returns. */
async function enter(entries: readonly string[], script: string): Promise<ChildProcess> {
  const writes = entries.map((entry) => `echo 0 >${entry}`).join("; ");
  const child = spawn("/bin/sh", ["-c", `${writes}; echo in; ${script}`], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

/** Roots begin with `/..` where a control group namespace is entered and nothing is mounted anew. */
const below = (root: string, name: string): string => (root === "/" ? `/${name}` : `${root}/${name}`);

/** What the processes in a group are called. */
function namesIn([entry = ""]: readonly string[]): readonly string[] {
  const pids = readFileSync(entry, "utf8").split("\n").filter(Boolean);
  return pids.map((pid) => (existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : ""));
}

test("hierarchies are found on machines with the first version, the second, and both", () => {
  const v1 = `32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd`;
  const v2 = "41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:4 - cgroup2 cgroup2 rw";
  const all = (): boolean => true;
  assert.deepEqual(readHierarchies(v1, all), [
    { version: 1, path: "/sys/fs/cgroup/cpu,cpuacct", root: "/", controllers: ["cpu"] },
    { version: 1, path: "/sys/fs/cgroup/memory", root: "/", controllers: ["memory"] },
  ]);
  const unified = { version: 2, path: "/sys/fs/cgroup/uni fied", root: "/", controllers: [] } as const;
  assert.deepEqual(readHierarchies(v2, all), [unified]);
  assert.equal(readHierarchies(`${v1}\n${v2}\n${v2}`, all).length, 3);
  assert.deepEqual(readHierarchies("nonsense\n\n - - -", all), []);
  const part = v2.replace("41", "77").replace("/ /sys", "/docker/1 /sys");
  assert.deepEqual(
    readHierarchies(`${v2}\n${part}`, (_path, mount) => mount === 77),
    [{ ...unified, root: "/docker/1" }],
  );
});

test("where a part of a hierarchy is mounted over the whole, it is the part that is known", { skip: missing }, (t) => {
  const name = `locum-part-${process.pid}`;
  const [whole] = machineHierarchies();
  const { path, root, ...others } = known(whole, "groups can be made");
  mkdirSync(join(path, name));
  t.after(() => rmdirSync(join(path, name)));
  const script = `import { machineHierarchies } from ${JSON.stringify(import.meta.resolve("./cgroup-hierarchies.js"))};
    console.log(JSON.stringify(machineHierarchies()));`;
  const mount = 'mount --bind "$1/$2" "$1" && exec "$3" --input-type=module --eval "$4"';
  const args = ["--mount", "/bin/sh", "-c", mount, "sh", path, name, process.execPath, script];
  const seen: unknown = JSON.parse(execFileSync("unshare", args, { encoding: "utf8" }));
  const part = Array.isArray(seen) ? seen.filter((each) => each.path === path) : [];
  assert.deepEqual(part, [{ ...others, path, root: below(root, name) }]);
});

const kinds: [string, (hierarchy: CgroupHierarchy) => boolean][] = [
  ["all hierarchies of this machine", () => true],
  ["the first version alone", ({ version }) => version === 1],
  ["the second version alone", ({ version }) => version === 2],
];
for (const [kind, accept] of kinds) {
  const hierarchies = missing === false ? machineHierarchies().filter(accept) : [];
  const skip = missing === false && hierarchies.length === 0 ? "this machine has none" : missing;

  test(`members are known, killed whole, and their end is told, with ${kind}`, { skip }, async () => {
    const groups = open(hierarchies);
    const group = groups.make("shop.db.1", NO_LIMITS);
    assert.equal(group.isPopulated(), false);
    const child = await enter(group.entries, "setsid sleep 3000 & setsid setsid sleep 3000 & wait");
    await eventually(() => namesIn(group.entries).filter((name) => name === "sleep").length === 2);
    assert.equal(group.isPopulated(), true);
    assert.equal(group.has(child.pid ?? 0), true);
    assert.equal(group.has(process.pid), false);
    const other = groups.make("shop.db.11", NO_LIMITS);
    assert.equal(other.has(child.pid ?? 0), false, "a name that begins like another's is another's");
    const empty = new Promise<void>((resolve) => group.whenEmpty(resolve));
    group.kill();
    await empty;
    assert.equal(group.isPopulated(), false);
    group.remove();
    other.remove();
    groups.clear();
    assert.deepEqual(groups.paths.filter(existsSync), []);
  });

  test(`a process in another group of the same name is no member, with ${kind}`, { skip }, async (t) => {
    const name = `locum-elsewhere-${process.pid}`;
    const places = hierarchies.map((each) => ({ ...each, path: join(each.path, name), root: below(each.root, name) }));
    const elsewhere = places.map(({ path }) => path);
    elsewhere.forEach((path) => mkdirSync(path));
    const forged = open(places);
    t.after(async () => {
      for (const child of children) child.kill("SIGKILL");
      await eventually(() => isCleared(forged), "the groups elsewhere are gone");
      elsewhere.forEach((path) => rmdirSync(path));
    });
    const [group, like] = [open(hierarchies), forged].map((each) => each.make("shop.db.1", NO_LIMITS));
    const child = await enter(like?.entries ?? [], "exec sleep 3000");
    assert.equal(like?.has(child.pid ?? 0), true);
    assert.equal(group?.has(child.pid ?? 0), false);
  });

  test(`a fork bomb dies whole, with ${kind}`, { skip }, async (t) => {
    const groups = open(hierarchies);
    const group = groups.make("shop.bomb.1", NO_LIMITS);
    // It would fill this whole machine.
    if (group.shortcomings.length > 0) return t.skip("nothing here limits the number of processes");
    await enter(group.entries, "exec 2>/dev/null; f() { f | f & }; f; sleep 3000");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const empty = new Promise<void>((resolve) => group.whenEmpty(resolve));
    group.kill();
    // Where each has to be killed by its number, some may have been born in between.
    const again = setInterval(() => group.kill(), 50);
    await empty;
    clearInterval(again);
  });
}

const byNumber = missing === false ? machineHierarchies().filter(({ version }) => version === 1) : [];
const countsBirths = byNumber.some(({ controllers }) => controllers.includes("pids"));
const noNumbers = missing === false && !countsBirths ? "needs control groups of version 1" : missing;

test("what can't die keeps nobody who kills it from other work", { skip: noNumbers }, async (t) => {
  const group = open(byNumber).make("shop.db.1", NO_LIMITS);
  const child = await enter(group.entries, "exec sleep 3000");
  const thaw = await freeze(known(child.pid, "it runs"));
  const signals = t.mock.method(process, "kill");
  const empty = new Promise<void>((resolve) => group.whenEmpty(resolve));
  try {
    group.kill();
    assert.equal(signals.mock.callCount(), 1, "it has been told");
  } finally {
    await thaw();
  }
  await empty;
});

test("after a kill, a process that is started in the group may start others again", { skip: noNumbers }, async () => {
  const group = open(byNumber).make("shop.db.1", NO_LIMITS);
  await enter(group.entries, "exec sleep 3000");
  const empty = new Promise<void>((resolve) => group.whenEmpty(resolve));
  group.kill();
  await empty;
  group.restore();
  await enter(group.entries, "sleep 3000 & wait");
  await eventually(() => namesIn(group.entries).includes("sleep"), "it has started another");
});

test("limits are set where the machine has them", { skip: missing }, () => {
  const groups = open(machineHierarchies());
  const group = groups.make("shop.small.1", { memoryMax: 64 * 2 ** 20, cpuMax: 1.5 });
  assert.deepEqual(group.shortcomings, []);
  const texts = groups.paths.flatMap((path) =>
    ["memory.limit_in_bytes", "memory.max", "cpu.cfs_quota_us", "cpu.max"].flatMap((file) => {
      const full = join(path, "shop.small.1", file);
      return existsSync(full) ? [readFileSync(full, "utf8").trim()] : [];
    }),
  );
  assert.ok(texts.includes(String(64 * 2 ** 20)), texts.join());
  assert.ok(
    texts.some((text) => text.startsWith("150000")),
    texts.join(),
  );
});

test("a group that somebody removed is made anew, with its limits", { skip: missing }, async () => {
  const groups = open(machineHierarchies());
  const group = groups.make("shop.db.1", { memoryMax: 64 * 2 ** 20, cpuMax: undefined });
  const places = group.entries.map((entry) => dirname(entry));
  const memory = places.flatMap((path) => ["memory.limit_in_bytes", "memory.max"].map((file) => join(path, file)));
  const limits = (): readonly string[] => memory.filter(existsSync).map((file) => readFileSync(file, "utf8").trim());
  const before = limits();
  assert.ok(before.includes(String(64 * 2 ** 20)), before.join());
  for (const path of [...places, ...groups.paths]) rmdirSync(path);
  assert.equal(group.isPopulated(), false);
  group.restore();
  assert.deepEqual(limits(), before);
  const child = await enter(group.entries, "exec sleep 3000");
  assert.equal(group.has(child.pid ?? 0), true);
  assert.equal(group.isPopulated(), true);
});

test("where groups can't be made there are none, and what is not there is killed without a word", () => {
  const nowhere: CgroupHierarchy = { version: 2, path: "/proc/nowhere", root: "/", controllers: [] };
  assert.equal(openControlGroups([nowhere], "x"), undefined);
  killGroups(["/proc/nowhere"]);
});
