import { constants } from "node:os";
import { MAC_LENGTH } from "../../wire/mac-address.js";
import { ioctl } from "./libc.js";

/*
 * struct ifreq (linux/if.h): 0 name (16)  16 union, of which here: index i32, or struct sockaddr (family u16, address)
 */
const IFREQ = 40;
const NAME_LENGTH = 16;
const SIOCGIFNAME = 0x8910;
const SIOCGIFINDEX = 0x8933;
const SIOCGIFHWADDR = 0x8927;
const ARPHRD_ETHER = 1;

const request = new Uint8Array(IFREQ);
const requestView = new DataView(request.buffer);

function ask(fd: number, name: string, operation: number): number {
  if (name.length >= NAME_LENGTH) return -constants.errno.ENODEV;
  request.fill(0);
  for (let index = 0; index < name.length; index += 1) {
    request[index] = name.charCodeAt(index);
  }
  return ioctl(fd, operation, request);
}

/** The number of an interface at this moment, or a negative errno: ENODEV when there is none of that name. */
export function interfaceIndex(fd: number, name: string): number {
  const answer = ask(fd, name, SIOCGIFINDEX);
  return answer < 0 ? answer : requestView.getInt32(NAME_LENGTH, true);
}

/** The Ethernet address of an interface at this moment; undefined when there is none, or another kind of address. */
export function interfaceMac(fd: number, name: string): Uint8Array | undefined {
  if (ask(fd, name, SIOCGIFHWADDR) < 0 || requestView.getUint16(NAME_LENGTH, true) !== ARPHRD_ETHER) return undefined;
  return request.slice(NAME_LENGTH + 2, NAME_LENGTH + 2 + MAC_LENGTH);
}

/** The name of an interface at this moment; undefined when it is gone. */
export function interfaceName(fd: number, index: number): string | undefined {
  request.fill(0);
  requestView.setInt32(NAME_LENGTH, index, true);
  if (ioctl(fd, SIOCGIFNAME, request) < 0) return undefined;
  return String.fromCharCode(...request.subarray(0, request.indexOf(0)));
}
