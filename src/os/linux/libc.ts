import koffi from "koffi";
import { LocumError } from "../../base/locum-error.js";
import { type Instant, instant } from "../../base/time.js";

/**
 * The system calls that Node does not offer: the one place where C is called. All are synchronous, in the thread that
 * calls. They answer as the kernel itself does: 0 or more is the result, a negative number is an errno. Nothing is
 * thrown and nothing is allocated, so they can run thousands of times a second; a caller that cannot go on wraps them
 * in `checked`. Buffers are Uint8Arrays of the caller, passed by reference.
 */

/** What every structure written here relies on; koffi has no binary for other machines either. */
function refuseForeignPlatforms(): void {
  const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (process.platform === "linux" && isLittleEndian && koffi.sizeof("void *") === 8) return;
  throw new LocumError({
    code: "system.platform-unsupported",
    message: `Cannot run on ${process.platform} ${process.arch}: only 64-bit little-endian Linux is supported`,
  });
}
refuseForeignPlatforms();

const c = koffi.load(null);

const orErrno = (answer: number): number => (answer === -1 ? -koffi.errno() : answer);

type Bytes = Uint8Array;

const cClockGettime: (clock: number, time: Bytes) => number = c.func("int clock_gettime(int, void *)");
const cSocket: (domain: number, type: number, protocol: number) => number = c.func("int socket(int, int, int)");
const cBind: (fd: number, address: Bytes, length: number) => number = c.func("int bind(int, void *, uint32_t)");
const cGetsockname: (fd: number, address: Bytes, length: Bytes) => number = c.func(
  "int getsockname(int, void *, void *)",
);
const cSetsockopt: (fd: number, level: number, option: number, value: Bytes, length: number) => number = c.func(
  "int setsockopt(int, int, int, void *, uint32_t)",
);
const cSendto: (
  fd: number,
  bytes: Bytes,
  length: number,
  flags: number,
  address: Bytes | null,
  addressLength: number,
) => number = c.func("long sendto(int, void *, size_t, int, void *, uint32_t)");
const cRecvfrom: (
  fd: number,
  bytes: Bytes,
  length: number,
  flags: number,
  address: Bytes | null,
  addressLength: Bytes | null,
) => number = c.func("long recvfrom(int, void *, size_t, int, void *, void *)");
const cPpoll: (fds: Bytes, count: number, timeout: Bytes | null, signals: null) => number = c.func(
  "int ppoll(void *, unsigned long, void *, void *)",
);
const cIoctl: (fd: number, request: number, argument: Bytes) => number = c.func(
  "int ioctl(int, unsigned long, void *)",
);
const cClose: (fd: number) => number = c.func("int close(int)");
const cRead: (fd: number, bytes: Bytes, length: number) => number = c.func("long read(int, void *, size_t)");
const cWrite: (fd: number, bytes: Bytes, length: number) => number = c.func("long write(int, void *, size_t)");
const cEventfd: (count: number, flags: number) => number = c.func("int eventfd(uint32_t, int)");
const cGettid: () => number = c.func("int gettid()");
const cSetpriority: (which: number, who: number, priority: number) => number = c.func(
  "int setpriority(int, uint32_t, int)",
);
const cSchedSetscheduler: (thread: number, policy: number, parameters: Bytes) => number = c.func(
  "int sched_setscheduler(int, int, void *)",
);
const cMlock2: (start: number, length: number, flags: number) => number = c.func("int mlock2(size_t, size_t, uint)");
const cUnshare: (flags: number) => number = c.func("int unshare(int)");
const cSetns: (fd: number, kind: number) => number = c.func("int setns(int, int)");

export const socket = (domain: number, type: number, protocol: number): number =>
  orErrno(cSocket(domain, type, protocol));
export const bind = (fd: number, address: Bytes): number => orErrno(cBind(fd, address, address.length));
export const close = (fd: number): number => orErrno(cClose(fd));
export const ioctl = (fd: number, request: number, argument: Bytes): number => orErrno(cIoctl(fd, request, argument));
export const read = (fd: number, bytes: Bytes): number => orErrno(cRead(fd, bytes, bytes.length));
export const write = (fd: number, bytes: Bytes): number => orErrno(cWrite(fd, bytes, bytes.length));
export const eventfd = (count: number, flags: number): number => orErrno(cEventfd(count, flags));
export const gettid = (): number => cGettid();
export const mlock2 = (start: number, length: number, flags: number): number => orErrno(cMlock2(start, length, flags));
export const unshare = (flags: number): number => orErrno(cUnshare(flags));
export const setns = (fd: number, kind: number): number => orErrno(cSetns(fd, kind));
export const setpriority = (which: number, who: number, priority: number): number =>
  orErrno(cSetpriority(which, who, priority));
export const schedSetscheduler = (thread: number, policy: number, parameters: Bytes): number =>
  orErrno(cSchedSetscheduler(thread, policy, parameters));

const cGetrlimit: (resource: number, limit: Bytes) => number = c.func("int getrlimit(int, void *)");
const cSetrlimit: (resource: number, limit: Bytes) => number = c.func("int setrlimit(int, void *)");
/** Fills in a struct rlimit. */
export const getrlimit = (resource: number, limit: Bytes): number => orErrno(cGetrlimit(resource, limit));
export const setrlimit = (resource: number, limit: Bytes): number => orErrno(cSetrlimit(resource, limit));

export const setsockopt = (fd: number, level: number, option: number, value: Bytes): number =>
  orErrno(cSetsockopt(fd, level, option, value, value.length));

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const sockFprog = koffi.struct({ len: "uint16_t", filter: "void *" });
const cAttachFilter: (fd: number, level: number, option: number, program: object, length: number) => number = c.func(
  "setsockopt",
  "int",
  ["int", "int", "int", koffi.pointer(sockFprog), "uint32_t"],
);

/** Lets only those packets into a socket that a classic BPF program accepts, in place of any program before. */
export function attachFilter(fd: number, instructions: Bytes): number {
  const program = { len: instructions.length / 8, filter: instructions };
  return orErrno(cAttachFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, koffi.sizeof(sockFprog)));
}

/** struct ifreq with a pointer (linux/if.h). */
const pointedIfreq = koffi.struct({
  name: koffi.array("uint8_t", 16),
  data: "void *",
  rest: koffi.array("uint8_t", 16),
});
const cPointedIoctl: (fd: number, request: number, ifreq: object) => number = c.func("ioctl", "int", [
  "int",
  "unsigned long",
  koffi.pointer(pointedIfreq),
]);
const NO_MORE: Bytes = new Uint8Array(16);

/** An ioctl on an interface whose argument lies elsewhere. @param name 16 bytes, padded with zeros. */
export const interfaceIoctl = (fd: number, request: number, name: Bytes, data: Bytes): number =>
  orErrno(cPointedIoctl(fd, request, { name, data, rest: NO_MORE }));

/** Four bytes for lengths that go in and out; every call that uses it overwrites it first. */
const lengthWord = new Uint8Array(4);
const lengthView = new DataView(lengthWord.buffer);

/** Answers with the length of the address. */
export function getsockname(fd: number, address: Bytes): number {
  lengthView.setUint32(0, address.length, true);
  const answer = orErrno(cGetsockname(fd, address, lengthWord));
  return answer < 0 ? answer : lengthView.getUint32(0, true);
}

/** Sends the first `length` bytes; without address on a connected socket, or to the kernel on a netlink one. */
export const sendto = (fd: number, bytes: Bytes, length: number, address: Bytes | null): number =>
  orErrno(cSendto(fd, bytes, length, 0, address, address === null ? 0 : address.length));

/** Receives into `bytes`, and the sender into `address` if wanted. With MSG_TRUNC the answer is the whole length. */
export function recvfrom(fd: number, bytes: Bytes, flags: number, address: Bytes | null): number {
  if (address !== null) lengthView.setUint32(0, address.length, true);
  return orErrno(cRecvfrom(fd, bytes, bytes.length, flags, address, address === null ? null : lengthWord));
}

/** Waits until one of `count` descriptors in an array of struct pollfd is ready; null: without end. */
export const ppoll = (fds: Bytes, count: number, timeout: Bytes | null): number =>
  orErrno(cPpoll(fds, count, timeout, null));

const CLOCK_BOOTTIME = 7;
const timespec = new Uint8Array(16);
const timespecView = new DataView(timespec.buffer);

/** The machine's monotonic clock, which counts suspended time and which all processes share. */
export function bootClock(): Instant {
  cClockGettime(CLOCK_BOOTTIME, timespec);
  const seconds = timespecView.getUint32(4, true) * 2 ** 32 + timespecView.getUint32(0, true);
  return instant(seconds * 1_000_000 + Math.floor(timespecView.getUint32(8, true) / 1_000));
}

const cPipe2: (fds: Int32Array, flags: number) => number = c.func("int pipe2(void *, int)");
const cDup3: (from: number, to: number, flags: number) => number = c.func("int dup3(int, int, int)");
const cFcntl: (fd: number, command: number, argument: number) => number = c.func("int fcntl(int, int, long)");
const cFlock: (fd: number, operation: number) => number = c.func("int flock(int, int)");

/** Fills in the reading and the writing end. */
/** Of `pipe2` and `dup3`: what they open is closed when another program is started (<asm-generic/fcntl.h>). */
export const O_CLOEXEC = 0x8_0000;
export const pipe2 = (fds: Int32Array, flags: number): number => orErrno(cPipe2(fds, flags));
/** Makes `to` another name of what `from` is, in one step with closing what it was. */
export const dup3 = (from: number, to: number, flags: number): number => orErrno(cDup3(from, to, flags));
export const fcntl = (fd: number, command: number, argument: number): number => orErrno(cFcntl(fd, command, argument));
export const flock = (fd: number, operation: number): number => orErrno(cFlock(fd, operation));

const cExecve: (path: string, argv: readonly (string | null)[], environment: readonly (string | null)[]) => number =
  c.func("int execve(const char *, const char **, const char **)");

/** Replaces the program of this process; returns only with the errno of a refusal. */
export const execve = (path: string, argv: readonly string[], environment: readonly string[]): number =>
  orErrno(cExecve(path, [...argv, null], [...environment, null]));

const cEpollCreate: (flags: number) => number = c.func("int epoll_create1(int)");
const cEpollCtl: (epoll: number, operation: number, fd: number, event: Bytes | null) => number = c.func(
  "int epoll_ctl(int, int, int, void *)",
);
const cEpollWait: {
  (epoll: number, events: Bytes, count: number, timeoutMs: number): number;
  async(
    epoll: number,
    events: Bytes,
    count: number,
    timeoutMs: number,
    callback: (error: unknown, answer: number) => void,
  ): void;
} = c.func("int epoll_wait(int, void *, int, int)") as never;
const cRecvmsg: (fd: number, message: unknown, flags: number) => number = c.func("long recvmsg(int, void *, int)");
const cSyscall: (number: number, a: number, b: number) => number = c.func("long syscall(long, long, long)");
const cPrctl: (option: number, a: number, b: number, c: number, d: number) => number = c.func(
  "int prctl(int, ulong, ulong, ulong, ulong)",
);
const cWaitid: (kind: number, id: number, info: Bytes, options: number) => number = c.func(
  "int waitid(int, uint32_t, void *, int)",
);

export const epollCreate = (flags: number): number => orErrno(cEpollCreate(flags));
export const epollCtl = (epoll: number, operation: number, fd: number, event: Bytes | null): number =>
  orErrno(cEpollCtl(epoll, operation, fd, event));
/** Waits in a thread of libuv's pool, for as long as it takes, and calls back in this thread; -1: it could not. */
export const epollWaitAsync = (epoll: number, events: Bytes, count: number, callback: (answer: number) => void): void =>
  cEpollWait.async(epoll, events, count, -1, (error, answer) => callback(error === null ? answer : -1));
/** @param message a struct msghdr, in memory of {@link nativeBytes}. */
export const recvmsg = (fd: number, message: NativeBytes, flags: number): number =>
  orErrno(cRecvmsg(fd, message.pointer, flags));
const SYS_PIDFD_OPEN = 434;
/** A descriptor that can be read from when the process ends (pidfd_open(2)). */
export const pidfdOpen = (pid: number): number => orErrno(cSyscall(SYS_PIDFD_OPEN, pid, 0));
export const prctl = (option: number, argument: number): number => orErrno(cPrctl(option, argument, 0, 0, 0));
/** Fills in a siginfo_t of 128 bytes. */
export const waitid = (kind: number, id: number, info: Bytes, options: number): number =>
  orErrno(cWaitid(kind, id, info, options));

/** Memory that does not move, for structures of the kernel that point to each other. It is never given back. */
export interface NativeBytes {
  readonly pointer: unknown;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export function nativeBytes(length: number): NativeBytes {
  const pointer: unknown = koffi.alloc("uint8_t", length);
  return { pointer, address: koffi.address(pointer), bytes: new Uint8Array(koffi.view(pointer, length)) };
}
