import { close, ioctl, socket } from "../src/os/linux/libc.js";
import { AF, SOCK } from "../src/os/linux/socket-options.js";
import { checked } from "../src/os/linux/system-call-error.js";
import type { Namespace } from "./namespace.js";

const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** `struct ifreq`: a name of 16 bytes, then the flags. */
const IFREQ_SIZE = 40;
const FLAGS_OFFSET = 16;

/** Sets interfaces of one namespace up and down, in some 100 microseconds each. */
export class LinkFlags {
  readonly #namespace: string;
  readonly #socket: number;

  constructor(namespace: Namespace) {
    this.#namespace = namespace.path;
    this.#socket = namespace.visit(() =>
      checked(socket(AF.inet, SOCK.datagram | SOCK.cloexec, 0), "socket", `reach the links of ${namespace.path}`),
    );
  }

  setUp(link: string, up: boolean): void {
    const what = `set ${link} ${up ? "up" : "down"} in ${this.#namespace}`;
    const request = Buffer.alloc(IFREQ_SIZE);
    request.write(link);
    checked(ioctl(this.#socket, SIOCGIFFLAGS, request), "ioctl SIOCGIFFLAGS", what);
    const flags = request.readUInt16LE(FLAGS_OFFSET);
    request.writeUInt16LE(up ? flags | IFF_UP : flags & ~IFF_UP, FLAGS_OFFSET);
    checked(ioctl(this.#socket, SIOCSIFFLAGS, request), "ioctl SIOCSIFFLAGS", what);
  }

  close(): void {
    close(this.#socket);
  }
}
