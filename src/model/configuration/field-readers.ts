/** From the text of one field to its value, or to what is wrong with it. */
import { type IpAddress, formatIpAddress, parseIpAddress } from "../../base/ip-address.js";
import type { ServiceAddress } from "../cluster.js";
import { LIMITS } from "./limits.js";
import type { ConfigurationProblemCode } from "./problem.js";
import { clip } from "./clip.js";
import { isInterfaceName } from "../names.js";

/** What is wrong with one value, still without a place. */
export interface Advised {
  readonly code: ConfigurationProblemCode;
  readonly message: string;
  readonly advice: string;
}

const PREFIX_BITS = { 4: 32, 6: 128 } as const;

/** A node's own address or a ping target: the address of one machine that others send to without naming an interface. */
export function readHostAddress(text: string): string | Advised {
  if (text.includes("/")) return prefixUnwanted(text);
  const address = parseIpAddress(text);
  if (address === undefined) return noAddress(text);
  if (isLinkLocal(address)) return linkLocal(text);
  return unusable(text, address) ?? formatIpAddress(address.bytes);
}

/** `address/prefixLength`, the address being one that a machine can have in that subnet. */
export function readServiceAddress(
  text: string,
  { interfaceNamed }: { readonly interfaceNamed: boolean },
): ServiceAddress | Advised {
  const slash = text.indexOf("/");
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return noAddress(text);
  if (slash < 0) return prefixMissing(text, address);
  const bits = PREFIX_BITS[address.family];
  const prefix = text.slice(slash + 1);
  const prefixLength = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(prefixLength >= 1 && prefixLength <= bits)) return badPrefix(prefix, { address, bits });
  const { family, bytes } = address;
  if (isLinkLocal(address) && !interfaceNamed) return interfaceNeeded(text);
  const value = { address: formatIpAddress(bytes), family, prefixLength };
  return unusable(text, address) ?? notAHost(text, { address, prefixLength }) ?? value;
}

export function readInterface(text: string): string | Advised {
  if (isInterfaceName(text)) return text;
  return {
    code: "bad-interface",
    message: `"${clip(text)}" is no interface name`,
    advice: "Give the name that `ip link` shows, at most 15 characters, without a label",
  };
}

/** The kernel has 15 characters for an interface's name, the colon and what follows. */
const LABEL_PATTERN = /^[A-Za-z0-9_.-]{1,13}$/;

export function readAddressLabel(text: string): string | Advised {
  if (LABEL_PATTERN.test(text)) return text;
  return {
    code: "bad-name",
    message: `"${clip(text)}" is no label of an address`,
    advice: "Use at most 13 letters, digits, `-`, `_` and `.`: it stands behind the interface's name and a colon",
  };
}

/** The Ethernet address of one station, in lower case with colons. */
export function readMac(text: string): string | Advised {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return badMac(text, "no MAC");
  const mac = text.toLowerCase().replaceAll("-", ":");
  if (mac === "00:00:00:00:00:00") return badMac(text, "all zero, which means none");
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0;
  return isGroup ? badMac(text, "a multicast MAC: its first byte is odd") : mac;
}

const badMac = (text: string, what: string): Advised => ({
  code: "bad-mac",
  message: `"${clip(text)}" is ${what}`,
  advice: "Write the MAC of one interface as in 02:00:00:00:00:05",
});

/** A share such as `50%`: above 0, at most 1. */
export function readShare(text: string): number | Advised {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  const advice = "Write a share from 1% to 100% as in `50%`, or a number of members without quotes";
  if (percent === undefined) return { code: "bad-share", message: `"${clip(text)}" is no share`, advice };
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return share;
  return { code: "out-of-range", message: `A loss of ${text} is ${share > 1 ? "never" : "always"} reached`, advice };
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** What {@link readAmount} reads, for editors. */
export const AMOUNT_PATTERN = "^\\d{1,12}(\\.\\d{1,3})?([kMGT]B|[KMGT]iB)?$";

/** An amount with or without a unit of bytes, such as `8GiB`. */
export function readAmount(text: string): number | Advised {
  const unit = /[A-Za-z]*$/.exec(text)?.[0] ?? "";
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (factor !== undefined && new RegExp(AMOUNT_PATTERN).test(text)) return Number.parseFloat(text) * factor;
  return {
    code: "bad-amount",
    message: `"${clip(text)}" is no amount`,
    advice:
      amountMeant(text) ??
      "Write a number such as 3, or one with a unit of bytes without a space, as in `8GiB` or `500MB`",
  };
}

/** `2 Gib` in other letters; `2G` is the one for some and the other for others. */
function amountMeant(text: string): string | undefined {
  const [, number, unit, rest = ""] = /^(\d{1,12}(?:\.\d{1,3})?)\s*([KMGT])(i?B)?$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const letter = unit.toUpperCase();
  if (/^ib$/i.test(rest)) return `Did you mean "${number}${letter}iB"?`;
  if (/^b$/i.test(rest)) return `Did you mean "${number}${letter === "K" ? "k" : letter}B"?`;
  return `Write ${number}${letter}iB for powers of 1024, or ${number}${letter === "K" ? "k" : letter}B for powers of 1000`;
}

export function readPath(text: string): string | Advised {
  const plain = text !== "" && text.length <= LIMITS.pathLength && !text.includes("\0");
  if (plain && !text.endsWith("/")) return text;
  return {
    code: "bad-path",
    message: `"${clip(text)}" is no path of a file`,
    advice: "Give an absolute path, or one relative to the directory of the cluster file",
  };
}

const noAddress = (text: string): Advised => ({
  code: "bad-address",
  message: `"${clip(text)}" is no IP address`,
  advice: text.includes("%")
    ? "Leave out the zone; name the interface with the key `interface`"
    : "Write an IPv4 address as in 10.1.1.1 or an IPv6 address as in fd00::1; host names are not looked up",
});

const prefixUnwanted = (text: string): Advised => ({
  code: "bad-address",
  message: `"${clip(text)}" has a prefix length`,
  advice: "Leave out the part from the `/`: here the machine's own address stands, which it already has",
});

const prefixMissing = (text: string, { family }: IpAddress): Advised => ({
  code: "bad-prefix",
  message: `"${clip(text)}" has no prefix length`,
  advice: `Write the address as in ${text}/${family === 4 ? 24 : 64}, with the prefix length of its subnet`,
});

const badPrefix = (prefix: string, { address, bits }: { address: IpAddress; bits: number }): Advised => ({
  code: "bad-prefix",
  message: `"${clip(prefix)}" is no prefix length of an IPv${address.family} address`,
  advice: `Write a number from 1 to ${bits} behind the \`/\``,
});

const linkLocal = (text: string): Advised => ({
  code: "bad-address",
  message: `${text} is a link-local address, which means nothing without an interface`,
  advice: "Give the machine a unique local address (fd00::/8) or a global one on that network",
});

const interfaceNeeded = (text: string): Advised => ({
  code: "interface-needed",
  message: `${text} is a link-local address: its subnet is on every interface`,
  advice: `Name the interface: { address: "${text}", interface: eth0 }`,
});

/** Addresses that no machine can have for others. */
function unusable(text: string, { family, bytes }: IpAddress): Advised | undefined {
  const kind = family === 4 ? unusableV4(bytes) : unusableV6(bytes);
  if (kind === undefined) return undefined;
  return { code: "bad-address", message: `${text} is ${kind}`, advice: "Give the address of one machine" };
}

function unusableV4(bytes: Uint8Array): string | undefined {
  const [first = 0] = bytes;
  if (first === 0) return 'in 0.0.0.0/8, which means "this network"';
  if (first === 127) return "a loopback address, which no other machine reaches";
  if (first >= 224 && first <= 239) return "a multicast address";
  return first >= 240 ? "a reserved address" : undefined;
}

function unusableV6(bytes: Uint8Array): string | undefined {
  const [first = 0] = bytes;
  if (first === 0xff) return "a multicast address";
  if (bytes.subarray(0, 15).every((byte) => byte === 0)) {
    if (bytes[15] === 0) return "the unspecified address";
    if (bytes[15] === 1) return "a loopback address, which no other machine reaches";
  }
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? `an IPv4 address in disguise: ${formatIpAddress(bytes.subarray(12))}` : undefined;
}

const isLinkLocal = ({ family, bytes }: IpAddress): boolean =>
  family === 6 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;

/** The addresses of a subnet that no host may have: all host bits 0, and for IPv4 all host bits 1. */
function notAHost(text: string, subnet: { address: IpAddress; prefixLength: number }): Advised | undefined {
  const { address, prefixLength } = subnet;
  const hostBits = PREFIX_BITS[address.family] - prefixLength;
  // Point-to-point subnets of two addresses have neither (RFC 3021, RFC 6164).
  if (hostBits < 2) return undefined;
  const edge = hostBitsAre(subnet, 0)
    ? "network"
    : hostBitsAre(subnet, 1) && address.family === 4
      ? "broadcast"
      : undefined;
  if (edge === undefined) return undefined;
  const kind = address.family === 6 ? "Subnet-Router anycast" : edge;
  return {
    code: "not-a-host-address",
    message: `${text} is the ${kind} address of its subnet`,
    advice: "Give an address of a host in that subnet, or correct the prefix length",
  };
}

function hostBitsAre({ address, prefixLength }: { address: IpAddress; prefixLength: number }, bit: 0 | 1): boolean {
  return address.bytes.every((byte, index) => {
    const networkBits = Math.min(Math.max(prefixLength - index * 8, 0), 8);
    const mask = 0xff >> networkBits;
    return (byte & mask) === (bit === 1 ? mask : 0);
  });
}
