/** Who has a port on this machine, from /proc: asked without binding it, so that asking disturbs nobody. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { formatIpAddress } from "../../base/ip-address.js";
import type { PortUser } from "../../model/configuration/machine-facts.js";

const TABLES = [
  { file: "udp", protocol: "udp" },
  { file: "udp6", protocol: "udp" },
  { file: "tcp", protocol: "tcp" },
  { file: "tcp6", protocol: "tcp" },
] as const;

/** One local end of a socket, from a line of /proc/net/udp and its like. */
export interface LocalSocket {
  readonly address: string;
  readonly port: number;
  readonly state: number;
  readonly inode: string;
}

/** TCP_LISTEN (net/tcp_states.h). */
const LISTENING = 0x0a;
/** At most so many processes are searched for the owner of a socket. */
const PROCESSES_MAX = 10_000;

/** The programs that have `port` on one of the addresses or on all of them. */
export function portUsers(port: number, addresses: readonly string[]): readonly PortUser[] {
  const wanted = new Set([...addresses, "0.0.0.0", "::"]);
  const sockets = TABLES.flatMap(({ file, protocol }) =>
    readSockets(`/proc/net/${file}`)
      .filter((socket) => socket.port === port && wanted.has(socket.address))
      .filter((socket) => protocol === "udp" || socket.state === LISTENING)
      .map((socket) => ({ protocol, socket })),
  );
  const owners = sockets.length === 0 ? new Map() : ownersOf(new Set(sockets.map(({ socket }) => socket.inode)));
  return sockets.map(({ protocol, socket }) => {
    const program: PortUser["program"] = owners.get(socket.inode);
    return { protocol, address: socket.address, ...(program === undefined ? {} : { program }) };
  });
}

/** The sockets in the text of such a table. */
export const parseSockets = (table: string): LocalSocket[] =>
  table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      const bytes = addressBytes(address);
      if (bytes === undefined) return [];
      const numbers = { port: Number.parseInt(port, 16), state: Number.parseInt(state, 16) };
      return [{ address: formatIpAddress(bytes), ...numbers, inode }];
    });

/** The kernel prints addresses as 32-bit words in its own byte order: each four bytes stand reversed. */
function addressBytes(text: string): Uint8Array | undefined {
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "hex");
  return LITTLE_ENDIAN ? Uint8Array.from(bytes.swap32()) : Uint8Array.from(bytes);
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const readSockets = (file: string): LocalSocket[] => parseSockets(readOr(file, ""));

/** The processes that hold the sockets, as far as this user may see. */
function ownersOf(inodes: ReadonlySet<string>): Map<string, NonNullable<PortUser["program"]>> {
  const owners = new Map<string, NonNullable<PortUser["program"]>>();
  for (const id of processIds()) {
    for (const inode of socketsOf(id)) {
      if (inodes.has(inode)) owners.set(inode, { processId: Number(id), commandLine: commandLineOf(id) });
    }
  }
  return owners;
}

const processIds = (): string[] =>
  listOr("/proc")
    .filter((name) => /^\d+$/.test(name))
    .slice(0, PROCESSES_MAX);

const socketsOf = (id: string): string[] =>
  listOr(`/proc/${id}/fd`).flatMap((name) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOr(`/proc/${id}/fd/${name}`)) ?? [];
    return inode === undefined ? [] : [inode];
  });

const commandLineOf = (id: string): string => readOr(`/proc/${id}/cmdline`, "").replaceAll("\0", " ").trim();

// A process that ends while it is looked at, or belongs to another user, is no error: its sockets stay without owner.
const orElse = <Value>(read: () => Value, other: Value): Value => {
  try {
    return read();
  } catch {
    return other;
  }
};
const readOr = (path: string, other: string): string => orElse(() => readFileSync(path, "utf8"), other);
const listOr = (path: string): string[] => orElse(() => readdirSync(path), []);
const linkOr = (path: string): string => orElse(() => readlinkSync(path), "");
