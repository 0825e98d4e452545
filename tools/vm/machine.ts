import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { HOST_FILES } from "./guest.js";

export interface MachinePlan {
  readonly image: string;
  readonly initialFiles: Uint8Array;
  /** For what it needs while it runs; exists. */
  readonly folder: string;
  readonly secondsMax: number;
}

export type Ending =
  | { readonly kind: "finished"; readonly status: number }
  /** Time was up, and it was ended by us. */
  | { readonly kind: "late"; readonly hasFailed: boolean }
  /** It went down, or was ended by us for its silence, without having said how its work went. */
  | { readonly kind: "broken"; readonly why: string; readonly isSilent: boolean; readonly lastWords: string };

type Accelerator = "kvm" | "tcg";

const MEMORY_MB = 2_048;
/** A kernel says something within two seconds with KVM; some computers offer KVM although nothing ever runs with it. */
const KVM_SECONDS_MAX = 8;
const LAST_LINES = 40;
/** What Node's spec reporter puts before a test that failed. */
const FAILED_TEST = "✖";

/** Boots the machine and shows its output as it comes, until it has switched itself off or must be ended. */
export async function runMachine(plan: MachinePlan): Promise<Ending> {
  writeFileSync(pathsIn(plan).initialFiles, plan.initialFiles);
  if (kvmIsOffered()) {
    const ending = await boot(plan, "kvm", KVM_SECONDS_MAX);
    if (ending.kind !== "broken" || !ending.isSilent) return ending;
    console.log("KVM is offered here, but nothing runs with it: starting again without");
  }
  return boot(plan, "tcg", plan.secondsMax);
}

const pathsIn = ({ folder }: MachinePlan): Record<"initialFiles" | "kernelLog" | "status", string> => ({
  initialFiles: join(folder, "initrd"),
  kernelLog: join(folder, "kernel.log"),
  status: join(folder, "status"),
});

function kvmIsOffered(): boolean {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function boot(plan: MachinePlan, accelerator: Accelerator, silenceSecondsMax: number): Promise<Ending> {
  const { kernelLog, status } = pathsIn(plan);
  for (const path of [kernelLog, status]) writeFileSync(path, "");
  // However this process ends, the machine ends with it.
  const argv = ["--pdeathsig", "KILL", "--", "qemu-system-x86_64", ...qemuOptions(plan, accelerator)];
  const machine = spawn("setpriv", argv, { stdio: ["ignore", "pipe", "inherit"] });
  const { why, isSilent, isLate, hasFailed } = await follow(machine, plan.secondsMax, silenceSecondsMax);
  const said = readFileSync(status, "utf8").trim();
  if (/^\d+$/.test(said)) return { kind: "finished", status: Number(said) };
  if (isLate) return { kind: "late", hasFailed };
  const lastWords = readFileSync(kernelLog, "utf8").trimEnd().split(/\r?\n/).slice(-LAST_LINES).join("\n");
  return { kind: "broken", why, isSilent, lastWords };
}

/** How a machine went that did not say so itself. */
interface Course {
  readonly why: string;
  readonly isSilent: boolean;
  readonly isLate: boolean;
  /** By what the reporter of the tests has shown so far. */
  readonly hasFailed: boolean;
}

/** Shows what the machine writes, and ends it when it takes too long. */
async function follow(machine: ChildProcess, secondsMax: number, silenceSecondsMax: number): Promise<Course> {
  let isSilent = true;
  let hasFailed = false;
  let endedFor: "time" | "silence" | undefined;
  const endAfter = (seconds: number, cause: "time" | "silence"): NodeJS.Timeout =>
    setTimeout(() => {
      endedFor ??= cause;
      machine.kill("SIGKILL");
    }, seconds * 1_000);
  const late = endAfter(secondsMax, "time");
  const silent = endAfter(silenceSecondsMax, "silence");
  machine.stdout?.setEncoding("utf8").on("data", (text: string) => {
    clearTimeout(silent);
    isSilent = false;
    hasFailed ||= text.includes(FAILED_TEST);
    process.stdout.write(text.replaceAll("\r", ""));
  });
  await once(machine, "close");
  for (const timer of [late, silent]) clearTimeout(timer);
  const why =
    isSilent && endedFor !== undefined
      ? `It did not say a word within ${endedFor === "silence" ? silenceSecondsMax : secondsMax} s.`
      : `It went down (qemu ended with ${machine.exitCode ?? machine.signalCode}).`;
  return { why, isSilent, isLate: endedFor === "time" && !isSilent, hasFailed };
}

/** Without network, without screen; what it must not change of this computer it can only read. */
const qemuOptions = (plan: MachinePlan, accelerator: Accelerator): readonly string[] =>
  [
    ["-accel", accelerator, "-cpu", accelerator === "kvm" ? "host" : "max"],
    ["-m", String(MEMORY_MB), "-smp", String(Math.min(availableParallelism(), 4))],
    ["-nodefaults", "-no-reboot", "-display", "none"],
    ["-kernel", plan.image, "-initrd", pathsIn(plan).initialFiles],
    ["-append", "console=ttyS0 panic=-1"],
    ["-serial", `file:${pathsIn(plan).kernelLog}`, "-serial", "stdio", "-serial", `file:${pathsIn(plan).status}`],
    ["-fsdev", `local,id=${HOST_FILES},path=/,security_model=none,readonly=on,multidevs=remap`],
    ["-device", `virtio-9p-pci,fsdev=${HOST_FILES},mount_tag=${HOST_FILES}`],
  ].flat();
