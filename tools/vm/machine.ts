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
  /** It went down, or was ended by us, without having said how its work went. */
  | { readonly kind: "broken"; readonly why: string; readonly isSilent: boolean; readonly lastWords: string };

type Accelerator = "kvm" | "tcg";

const MEMORY_MB = 2_048;
/** A kernel says something within two seconds with KVM; some computers offer KVM although nothing ever runs with it. */
const KVM_SECONDS_MAX = 8;
const LAST_LINES = 40;

/** Boots the machine and shows its output as it comes, until it has switched itself off or must be ended. */
export async function runMachine(plan: MachinePlan): Promise<Ending> {
  writeFileSync(pathsIn(plan).initialFiles, plan.initialFiles);
  if (kvmIsOffered()) {
    const ending = await boot(plan, "kvm", KVM_SECONDS_MAX);
    if (ending.kind === "finished" || !ending.isSilent) return ending;
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
  const { why, isSilent } = await follow(machine, plan.secondsMax, silenceSecondsMax);
  const said = readFileSync(status, "utf8").trim();
  if (/^\d+$/.test(said)) return { kind: "finished", status: Number(said) };
  const lastWords = readFileSync(kernelLog, "utf8").trimEnd().split(/\r?\n/).slice(-LAST_LINES).join("\n");
  return { kind: "broken", why, isSilent, lastWords };
}

/** Shows what the machine writes, and ends it when it takes too long. @returns how it went, should it not say itself. */
async function follow(
  machine: ChildProcess,
  secondsMax: number,
  silenceSecondsMax: number,
): Promise<{ readonly why: string; readonly isSilent: boolean }> {
  let isSilent = true;
  let tooLong: string | undefined;
  const endAfter = (seconds: number, what: string): NodeJS.Timeout =>
    setTimeout(() => {
      tooLong ??= `It ${what} within ${seconds} s.`;
      machine.kill("SIGKILL");
    }, seconds * 1_000);
  const timers = [endAfter(secondsMax, "did not end"), endAfter(silenceSecondsMax, "did not say a word")];
  machine.stdout?.setEncoding("utf8").on("data", (text: string) => {
    clearTimeout(timers[1]);
    isSilent = false;
    process.stdout.write(text.replaceAll("\r", ""));
  });
  await once(machine, "close");
  for (const timer of timers) clearTimeout(timer);
  return { why: tooLong ?? `It went down (qemu ended with ${machine.exitCode ?? machine.signalCode}).`, isSilent };
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
