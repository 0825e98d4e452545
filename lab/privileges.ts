import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import koffi from "koffi";
import { known } from "../src/base/assert.js";
import { LocumError } from "../src/base/locum-error.js";
import { fcntl } from "../src/os/linux/libc.js";
import { checked } from "../src/os/linux/system-call-error.js";
import { LAB_DIRECTORY, LAB_DIRECTORY_VARIABLE } from "./places.js";

const CAP_NET_ADMIN = 12;
const CAP_SYS_ADMIN = 21;
const F_SETFD = 2;

/** Why this process cannot build a lab; undefined when it can. */
export function whyNoLab(): string | undefined {
  const missing = [
    hasCapability(CAP_NET_ADMIN) ? [] : ["CAP_NET_ADMIN"],
    hasCapability(CAP_SYS_ADMIN) ? [] : ["CAP_SYS_ADMIN"],
  ].flat();
  return missing.length === 0 ? undefined : `a lab needs ${missing.join(" and ")}: run it as root`;
}

/** Whether {@link enterUserNamespace} has been here. */
export const isInUserNamespace = (): boolean => process.env[LAB_DIRECTORY_VARIABLE] !== undefined;

/**
 * Lets an ordinary user build labs: replaces this process by the same program in a user namespace, where it is root over
 * networks and mounts of its own. Does nothing where that is not needed. The pid stays, and so does all that the
 * program was given; what it has done so far is lost, so this comes first.
 * @throws {LocumError} when the kernel does not let ordinary users do so.
 */
export function enterUserNamespace(): void {
  if (whyNoLab() === undefined) return;
  requireUserNamespaces();
  mkdirSync(LAB_DIRECTORY, { recursive: true, mode: 0o700 });
  requireOwn(LAB_DIRECTORY);
  process.env[LAB_DIRECTORY_VARIABLE] = LAB_DIRECTORY;
  // iproute2 and the hosts' files need a /run to write in; nobody else sees this one.
  const prepare = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"';
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  replaceProcess([...UNSHARE, "sh", "-c", prepare, "sh", ...self]);
}

const UNSHARE = ["unshare", "--user", "--map-root-user", "--net", "--mount"] as const;

function requireUserNamespaces(): void {
  const attempt = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), "true"], { encoding: "utf8" });
  if (attempt.status === 0) return;
  throw new LocumError({
    code: "lab.not-permitted",
    message: `Cannot build a lab as an ordinary user: ${attempt.stderr?.trim() || "unshare cannot be started"}`,
    advice:
      "Run it as root, or let users make user namespaces: sysctl user.max_user_namespaces, " +
      "kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0, whichever this system has.",
  });
}

/** The directory lies where everybody may write: one that another user has made there is not to be trusted. */
function requireOwn(directory: string): void {
  if (statSync(directory).uid === process.getuid?.()) return;
  throw new LocumError({ code: "lab.foreign-directory", message: `${directory} belongs to another user` });
}

/** Runs a program in place of this one. */
function replaceProcess(argv: readonly string[]): never {
  const execvp: (file: string, argv: readonly (string | null)[]) => number = koffi
    .load(null)
    .func("int execvp(const char *file, const char **argv)");
  // Node has marked its standard streams as its own.
  for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0);
  const program = known(argv[0], "there is a program to run");
  checked(execvp(program, [...argv, null]) && -koffi.errno(), "execvp", `start ${program}`);
  throw new LocumError({ code: "lab.unreachable", message: "A replaced process does not go on" });
}

function hasCapability(number: number): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return ((BigInt(`0x${known(effective, "the kernel states the capabilities")}`) >> BigInt(number)) & 1n) === 1n;
}
