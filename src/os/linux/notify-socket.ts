import { close, sendto, socket } from "./libc.js";
import { SOCK } from "./socket-options.js";

export const AF_UNIX = 1;

/** struct sockaddr_un: 0 family u16  2 path; a leading `@` stands for the zero byte of an abstract name. */
export function encodeUnixAddress(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : path);
  const structure = new Uint8Array(2 + name.length);
  new DataView(structure.buffer).setUint16(0, AF_UNIX, true);
  structure.set(name, 2);
  return structure;
}

/**
 * Tells the service manager something (sd_notify(3)): one datagram to the socket that it named in NOTIFY_SOCKET. Never
 * waits; a manager that doesn't read misses it.
 * @returns 0, or a negative errno.
 */
export function notifyServiceManager(socketPath: string, state: string): number {
  const fd = socket(AF_UNIX, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0);
  if (fd < 0) return fd;
  const bytes = Buffer.from(state);
  const sent = sendto(fd, bytes, bytes.length, encodeUnixAddress(socketPath));
  close(fd);
  return sent < 0 ? sent : 0;
}
