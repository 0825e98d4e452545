import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/*
 * A machine run by the real systemd, in namespaces of its own: processes, mounts, network, host name, control groups. It
 * has one unit to start, an empty /run and /var/lib, the network that the caller's script makes, and otherwise the files
 * of this machine.
 */

const SYSTEMD = "/lib/systemd/systemd";
/** Where systemd keeps its own tree of control groups; both, on a machine that has not moved to the second version. */
const CONTROL_GROUPS = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
/** Targets that units refer to; nothing is in them here. */
const TARGETS = ["sysinit", "basic", "network", "shutdown", "multi-user"];

/** Why no such machine can be run here; false when it can. */
export function systemdMissing(): string | false {
  if (process.getuid?.() !== 0) return "needs root, to run systemd in namespaces";
  if (!existsSync(SYSTEMD)) return "needs systemd";
  if (controlGroups().length === 0) return "needs control groups";
  const trial = spawnSync("unshare", [...NAMESPACES, "mount", "--make-rprivate", "/"]);
  return trial.status === 0 ? false : "needs the right to make namespaces";
}

const NAMESPACES = ["--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net", "--cgroup"];

const controlGroups = (): readonly string[] => CONTROL_GROUPS.filter((path) => existsSync(join(path, "cgroup.procs")));

export interface SystemdMachine {
  /** Of `locum.service`. */
  readonly unit: string;
  /** Others, by their names. They are there, and nothing starts them. */
  readonly units?: Readonly<Record<string, string>>;
  /** Shell: makes the network, before systemd starts. */
  readonly prepare: string;
  /** Shell: what happens while it runs; then it is switched off. */
  readonly script: string;
  /** Everything is over after this. */
  readonly secondsMax: number;
}

/** Runs the machine. @returns what the script wrote. */
export async function runSystemdMachine(machine: SystemdMachine): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "locum-systemd-"));
  const group = `locum-systemd-${process.pid}`;
  const groups = controlGroups().map((path) => join(path, group));
  try {
    for (const path of groups) mkdirSync(path);
    writeFiles(directory, machine);
    await boot(directory, groups, machine.secondsMax);
    return readFileSync(join(directory, "output"), "utf8");
  } finally {
    for (const path of groups) removeGroup(path);
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeFiles(directory: string, { unit, units: others = {}, prepare, script }: SystemdMachine): void {
  const units = join(directory, "units");
  mkdirSync(units);
  writeFileSync(join(directory, "output"), "");
  for (const target of TARGETS) writeFileSync(join(units, `${target}.target`), `[Unit]\nDescription=${target}\n`);
  writeFileSync(join(units, "start.target"), "[Unit]\nDescription=start\nWants=locum.service\nAllowIsolate=yes\n");
  for (const [name, text] of Object.entries({ ...others, "locum.service": unit })) {
    writeFileSync(join(units, name), text);
  }
  writeFileSync(
    join(directory, "script"),
    `exec > ${directory}/output 2>&1\n${script}\nsystemctl poweroff --force --force\n`,
  );
  writeFileSync(
    join(directory, "boot"),
    `set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir /run/systemd
ip link set lo up
${prepare}
export container=other SYSTEMD_UNIT_PATH=${units} SYSTEMD_GENERATOR_PATH=/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/none
bash ${directory}/script &
exec ${SYSTEMD} --system --log-target=console --show-status=0 --unit=start.target
`,
  );
}

/** A shell steps into the control groups first, so that all that follows is born there. */
async function boot(directory: string, groups: readonly string[], secondsMax: number): Promise<void> {
  const enter = groups.map((path) => `echo $$ > ${path}/cgroup.procs`).join("; ");
  const shell = spawn("bash", ["-c", `${enter}; exec unshare ${NAMESPACES.join(" ")} bash ${directory}/boot`], {
    stdio: "ignore",
  });
  const timer = setTimeout(() => shell.kill("SIGKILL"), secondsMax * 1_000);
  await once(shell, "exit");
  clearTimeout(timer);
}

/** A group goes when all below it are gone, and those when their processes are. */
function removeGroup(path: string): void {
  if (!existsSync(path)) return;
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of below) removeGroup(join(path, name));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return rmdirSync(path);
    } catch {
      spawnSync("sleep", ["0.02"]);
    }
  }
}
