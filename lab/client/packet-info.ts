import koffi from "koffi";
import { AF, LEVEL, MSG, optionValue } from "../../src/os/linux/socket-options.js";
import { setsockopt } from "../../src/os/linux/libc.js";
import { checked } from "../../src/os/linux/system-call-error.js";

/*
 * struct msghdr:      0 name ptr  8 name length u32  16 vector ptr  24 vector count u64  32 control ptr
 *                    40 control length u64  48 flags i32
 * struct iovec:       0 bytes ptr  8 length u64
 * struct cmsghdr:     0 length u64  8 level i32  12 type i32  16 data
 * struct in_pktinfo:  0 interface i32  4 own address (4)  8 destination (4)
 * struct in6_pktinfo: 0 own address (16)  16 interface u32
 */
const MSGHDR_SIZE = 56;
const CONTROL_SIZE = 64;
const CMSG_DATA = 16;
const IP_PKTINFO = 8;
const IPV6_RECVPKTINFO = 49;

const libc = koffi.load(null);
const recvmsg: (fd: number, message: Uint8Array, flags: number) => number = libc.func("long recvmsg(int, void *, int)");
const sendmsg: (fd: number, message: Uint8Array, flags: number) => number = libc.func("long sendmsg(int, void *, int)");

/**
 * Answers datagrams from the address that they were sent to. A server that listens on all addresses needs this: the
 * kernel would answer from the interface's first address, and a client does not take an answer from another address
 * than it asked.
 */
export class AddressedAnswers {
  readonly #fd: number;
  readonly #sender: Uint8Array;
  readonly #message: Uint8Array;
  readonly #view: DataView;
  readonly #vector: DataView;
  readonly #control: Uint8Array;
  readonly #interfaceOffset: number;

  /** @param bytes where datagrams are received and answers lie, to the end. */
  constructor(fd: number, family: number, bytes: Uint8Array) {
    const isIpv4 = family === AF.inet;
    const option = isIpv4 ? IP_PKTINFO : IPV6_RECVPKTINFO;
    const level = isIpv4 ? LEVEL.ip : LEVEL.ipv6;
    checked(setsockopt(fd, level, option, optionValue(1)), "setsockopt", "learn which address was asked");
    this.#fd = fd;
    this.#sender = fixed(isIpv4 ? 16 : 28);
    this.#message = fixed(MSGHDR_SIZE);
    this.#view = viewOf(this.#message);
    this.#control = fixed(CONTROL_SIZE);
    this.#interfaceOffset = CMSG_DATA + (isIpv4 ? 0 : 16);
    this.#vector = viewOf(fixed(16));
    this.#connect(bytes);
  }

  /** Takes the next datagram, at most so long. Answers its length; a negative number when none waits. */
  receive(lengthMax: number): number {
    this.#vector.setBigUint64(8, BigInt(lengthMax), true);
    this.#view.setUint32(8, this.#sender.length, true);
    this.#view.setBigUint64(40, BigInt(CONTROL_SIZE), true);
    return recvmsg(this.#fd, this.#message, MSG.dontWait);
  }

  /** Answers the datagram received last. */
  reply(length: number): void {
    this.#vector.setBigUint64(8, BigInt(length), true);
    // The control message goes back as it came, but without the interface: the route decides that.
    viewOf(this.#control).setUint32(this.#interfaceOffset, 0, true);
    sendmsg(this.#fd, this.#message, MSG.dontWait);
  }

  #connect(bytes: Uint8Array): void {
    this.#vector.setBigUint64(0, koffi.address(bytes), true);
    this.#view.setBigUint64(0, koffi.address(this.#sender), true);
    this.#view.setBigUint64(16, koffi.address(new Uint8Array(this.#vector.buffer)), true);
    this.#view.setBigUint64(24, 1n, true);
    this.#view.setBigUint64(32, koffi.address(this.#control), true);
  }
}

/** Bytes that stay where they are; small arrays may otherwise move with the heap. */
export const fixed = (size: number): Uint8Array => new Uint8Array(new ArrayBuffer(size));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
