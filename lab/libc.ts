import koffi from "koffi";
import { LocumError } from "../src/base/locum-error.js";
import { instant, type Instant } from "../src/base/time.js";

/**
 * The few system calls that Node does not offer and that the lab and its measuring clients need. All are synchronous:
 * the calling thread, and no other, is what they change or block.
 */
const libc = koffi.load(null);

const CLOCK_BOOTTIME = 7;
const timespec = koffi.struct("lab_timespec", { seconds: "int64", nanoseconds: "int64" });
const clockGettime: (clock: number, now: object) => number = libc.func("clock_gettime", "int", [
  "int",
  koffi.out(koffi.pointer(timespec)),
]);

/** The machine's monotonic clock, which all namespaces share; the time base of every fault and measurement. */
export function bootTime(): Instant {
  const now = { seconds: 0, nanoseconds: 0 };
  clockGettime(CLOCK_BOOTTIME, now);
  return instant(now.seconds * 1_000_000 + now.nanoseconds / 1_000);
}

export const setns: (fd: number, kind: number) => number = libc.func("int setns(int fd, int kind)");
export const socket: (family: number, kind: number, protocol: number) => number = libc.func(
  "int socket(int family, int kind, int protocol)",
);
export const ioctl: (fd: number, request: number, argument: Uint8Array) => number = libc.func(
  "int ioctl(int fd, unsigned long request, uint8_t *argument)",
);
export const close: (fd: number) => number = libc.func("int close(int fd)");

/** The failure of the system call that was just made. */
export function systemCallFailed(call: string, what: string): LocumError {
  const errno = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return new LocumError({ code: "lab.system-call", message: `Cannot ${what}: ${call} answers ${name}` });
}

/** Passes on the answer of a system call. @throws {LocumError} when it is negative. */
export function checked(answer: number, call: string, what: string): number {
  if (answer < 0) throw systemCallFailed(call, what);
  return answer;
}
