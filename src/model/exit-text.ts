import { unreachable } from "../base/assert.js";
import type { ProgramExit } from "./program.js";

/** What a program's end means, for status and events: the bare fact, and what is usually meant by it. */
export function exitText(exit: ProgramExit): string {
  switch (exit.kind) {
    case "status":
      return withMeaning(`exit status ${exit.status}`, statusMeaning(exit.status));
    case "signal":
      return withMeaning(`killed by ${exit.signal}`, SIGNALS[exit.signal]);
    case "out-of-memory":
      return "killed by the kernel: it used more memory than its limit";
    case "not-running":
      return "found not running";
    default:
      return unreachable(exit);
  }
}

/** An end as the configuration names it under `exits`, and as conditions of rules see it. */
export function exitKey(exit: ProgramExit): string {
  switch (exit.kind) {
    case "status":
      return String(exit.status);
    case "signal":
      return exit.signal;
    default:
      return exit.kind;
  }
}

/** What an OCF agent's answer means (OCF resource agent API 1.1, section 5). */
export const ocfStatusText = (status: number): string => withMeaning(`status ${status}`, OCF[status]);

const withMeaning = (fact: string, meaning: string | undefined): string =>
  meaning === undefined ? fact : `${fact} (${meaning})`;

const SHELL_SIGNAL_BASE = 128;

/** Of a program's own choice; nobody has to keep to it, so it is no more than what is usually meant. */
function statusMeaning(status: number): string | undefined {
  const fixed = STATUSES[status];
  if (fixed !== undefined) return fixed;
  const signal = SIGNAL_NUMBERS[status - SHELL_SIGNAL_BASE];
  return signal === undefined ? undefined : `a command of it was ended by ${signal}`;
}

/** sysexits.h and the shell's own (POSIX, XCU 2.8.2). By the small ones each program means something else. */
const STATUSES: Readonly<Record<number, string>> = {
  0: "success",
  64: "wrong usage",
  65: "wrong input data",
  66: "an input file is missing",
  67: "a user is unknown",
  68: "a host is unknown",
  69: "a service that it needs is not available",
  70: "a defect of its own",
  71: "the system refused something",
  72: "a system file is missing",
  73: "an output file cannot be made",
  74: "an error of input or output",
  75: "a failure that may pass",
  76: "a peer does not keep to the protocol",
  77: "not permitted",
  78: "wrong configuration",
  126: "the command cannot be executed",
  127: "the command was not found",
};

const OCF: Readonly<Record<number, string>> = {
  0: "success, or running",
  1: "failure",
  2: "wrong parameters for this machine",
  3: "the action is not implemented",
  4: "not permitted",
  5: "something that it needs is not installed",
  6: "wrong configuration",
  7: "not running",
  8: "running and promoted",
  9: "failed while promoted",
  190: "running, but degraded",
  191: "promoted, but degraded",
};

const SIGNALS: Readonly<Record<string, string>> = {
  SIGABRT: "it gave up by itself, after an error that it found",
  SIGALRM: "its alarm went off",
  SIGBUS: "it used memory that is not there, or a file became shorter",
  SIGFPE: "a wrong calculation, such as a division by 0",
  SIGHUP: "its terminal was closed, or it was told to read its configuration",
  SIGILL: "its code is not for this processor, or damaged",
  SIGINT: "it was interrupted",
  SIGKILL: "by an administrator, or the kernel had no memory left",
  SIGPIPE: "nobody reads what it writes",
  SIGQUIT: "it was told to end with a core dump",
  SIGSEGV: "it used memory that is not its own",
  SIGSYS: "a system call that it may not make",
  SIGTERM: "it was asked to end",
  SIGTRAP: "a breakpoint",
  SIGXCPU: "it used more processor time than its limit",
  SIGXFSZ: "it wrote a file larger than its limit",
};

/** Those of Linux that end a program which does nothing about them (signal(7)). */
export const ENDING_SIGNALS: readonly string[] = Object.keys(SIGNALS).concat([
  "SIGIO",
  "SIGPROF",
  "SIGPWR",
  "SIGSTKFLT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGVTALRM",
]);

/** As on x86-64, arm64 and riscv64. */
const SIGNAL_NUMBERS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};
