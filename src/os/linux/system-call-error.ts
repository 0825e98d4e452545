import { constants } from "node:os";
import { LocumError } from "../../base/locum-error.js";

const NAMES: ReadonlyMap<number, string> = new Map(
  // Of two names for one number, such as EAGAIN and EWOULDBLOCK, the first is the usual one.
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]): [number, string] => [number, name]),
);

/** The numbers of errors that callers tell apart, as on every platform that we run on. */
export const ERRNO = { intr: 4, again: 11, noBuffers: 105 } as const;

/** The symbol of an error number, such as `EADDRNOTAVAIL`. */
export const errnoName = (errno: number): string => NAMES.get(errno) ?? `errno ${errno}`;

/** What usually helps against an error, whatever call it came from. */
const ADVICE: Readonly<Record<string, string>> = {
  EPERM: "Run the agent as root, or give it CAP_NET_ADMIN and CAP_NET_RAW.",
  EACCES: "Run the agent as root, or give it CAP_NET_ADMIN and CAP_NET_RAW.",
  EADDRINUSE: "Another program uses this port: stop it, or choose another one.",
  EADDRNOTAVAIL: "This machine does not have that address: compare the configuration with `ip address`.",
  ENODEV: "There is no such network interface: compare the configuration with `ip link`.",
  EMFILE: "Too many open files: raise LimitNOFILE.",
  ENFILE: "Too many open files on this machine: raise fs.file-max.",
};

/** A system call that the kernel refused where nothing but giving up is left to its caller. */
export class SystemCallError extends LocumError {
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number, purpose: string) {
    const name = errnoName(errno);
    const advice = ADVICE[name];
    super({
      code: "system.call-failed",
      message: `Cannot ${purpose}: ${call} answers ${name}`,
      ...(advice === undefined ? {} : { advice }),
      fields: { call, errno: name },
    });
    this.call = call;
    this.errno = errno;
  }
}

/**
 * Passes on the answer of a system call.
 * @param purpose what the call was for, to follow the word "Cannot".
 * @throws {SystemCallError} when the answer is negative, which means an errno.
 */
export function checked(answer: number, call: string, purpose: string): number {
  if (answer < 0) throw new SystemCallError(call, -answer, purpose);
  return answer;
}
