import { chmodSync, rmSync } from "node:fs";
import { bind, close, nativeBytes, recvmsg } from "./libc.js";
import { AF_UNIX, encodeUnixAddress } from "./notify-socket.js";
import { openSocket } from "./open-socket.js";
import { passCredentials, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

/** A datagram, and who the kernel says has sent it. */
export interface NotifyDatagram {
  readonly text: string;
  readonly pid: number;
  readonly uid: number;
}

/** Anybody may write: what counts is who did. */
const MODE = 0o666;
/** The longest datagram that is taken, as in systemd; what is longer is none of ours and cut off. */
const DATAGRAM_MAX = 4_096;
/** For the credentials, and as many descriptors as the kernel lets anybody send at once (SCM_MAX_FD, 253). */
const CONTROL_MAX = 1_200;

/*
 * struct msghdr:  0 name ptr  8 name length u32  16 iov ptr  24 iov count u64  32 control ptr  40 control length u64  48 flags i32
 * struct iovec:   0 base ptr  8 length u64
 * struct cmsghdr: 0 length u64, of head and data  8 level i32  12 type i32  16 data, padded to 8
 * struct ucred:   0 pid i32  4 uid u32  8 gid u32
 */
const AT = { message: 0, vector: 64, control: 128, data: 128 + CONTROL_MAX } as const;
const CMSG_HEAD = 16;
const SOL_SOCKET = 1;
const SCM = { rights: 1, credentials: 2 } as const;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const NO_PROCESS = { pid: 0, uid: 0xffff_ffff };

/** One for all sockets of this thread: a datagram is taken out before the next one is received. */
const native = nativeBytes(AT.data + DATAGRAM_MAX);
const view = new DataView(native.bytes.buffer, native.bytes.byteOffset, native.bytes.length);

/** A program's notify socket (sd_notify(3)), at its end. */
export class NotifyReceiver {
  readonly fd: number;
  readonly #path: string;

  /** @throws {SystemCallError} when the kernel refuses it. */
  constructor(path: string) {
    this.#path = path;
    const kind = { domain: AF_UNIX, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    this.fd = openSocket(kind, `make the notify socket ${path}`, (fd) => {
      checked(passCredentials(fd), "setsockopt", `make the notify socket ${path}`);
      checked(bind(fd, encodeUnixAddress(path)), "bind", `make the notify socket ${path}`);
      chmodSync(path, MODE);
    });
  }

  /**
   * The next datagram; undefined: there is none. Descriptors that came with it are closed: that is what a program waits for
   * that sent BARRIER=1, and nothing here keeps descriptors for later (FDSTORE=1).
   */
  receive(): NotifyDatagram | undefined {
    prepare();
    const length = recvmsg(this.fd, native, MSG_CMSG_CLOEXEC);
    if (length < 0) return undefined;
    const sender = readControl();
    return { text: Buffer.from(native.bytes.subarray(AT.data, AT.data + length)).toString("utf8"), ...sender };
  }

  close(): void {
    close(this.fd);
    rmSync(this.#path, { force: true });
  }
}

function prepare(): void {
  native.bytes.fill(0, 0, AT.control);
  view.setBigUint64(AT.message + 16, native.address + BigInt(AT.vector), true);
  view.setBigUint64(AT.message + 24, 1n, true);
  view.setBigUint64(AT.message + 32, native.address + BigInt(AT.control), true);
  view.setBigUint64(AT.message + 40, BigInt(CONTROL_MAX), true);
  view.setBigUint64(AT.vector, native.address + BigInt(AT.data), true);
  view.setBigUint64(AT.vector + 8, BigInt(DATAGRAM_MAX), true);
}

function readControl(): Pick<NotifyDatagram, "pid" | "uid"> {
  let sender = NO_PROCESS;
  const end = AT.control + Number(view.getBigUint64(AT.message + 40, true));
  for (let at: number = AT.control; at + CMSG_HEAD <= end;) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CMSG_HEAD || at + length > end) break;
    const [level, type] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    const data = at + CMSG_HEAD;
    if (level === SOL_SOCKET && type === SCM.rights) closeAll(data, at + length);
    if (level === SOL_SOCKET && type === SCM.credentials) {
      sender = { pid: view.getInt32(data, true), uid: view.getUint32(data + 4, true) };
    }
    at += Math.ceil(length / 8) * 8;
  }
  return sender;
}

function closeAll(from: number, to: number): void {
  for (let at = from; at + 4 <= to; at += 4) close(view.getInt32(at, true));
}
