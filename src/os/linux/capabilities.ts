import { readFileSync } from "node:fs";

/** The rights that Locum uses, by their number (linux/capability.h), and what each is for. */
const CAPABILITIES = {
  CAP_NET_ADMIN: { bit: 12, purpose: "add and remove service addresses" },
  CAP_NET_RAW: { bit: 13, purpose: "announce addresses, hear rivals, ping, tickle clients" },
  CAP_IPC_LOCK: { bit: 14, purpose: "keep its memory from being swapped out" },
  CAP_SYS_NICE: { bit: 23, purpose: "run before other programs when the machine is busy" },
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** A right that this process lacks, and what it therefore can't do. */
export interface MissingCapability {
  readonly capability: Capability;
  readonly purpose: string;
  /** Without it no service address can be held; without the others, some things are slower or less sure. */
  readonly isVital: boolean;
}

const VITAL: ReadonlySet<Capability> = new Set<Capability>(["CAP_NET_ADMIN", "CAP_NET_RAW"]);

/** The effective rights in the text of /proc/PID/status, as a set of bits. */
export function effectiveCapabilities(status: string): bigint {
  const [, hexadecimal] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return hexadecimal === undefined ? 0n : BigInt(`0x${hexadecimal}`);
}

export const hasCapability = (effective: bigint, capability: Capability): boolean =>
  (effective & (1n << BigInt(CAPABILITIES[capability].bit))) !== 0n;

/** The effective rights of this process. */
export const ownCapabilities = (): bigint => effectiveCapabilities(readFileSync("/proc/self/status", "utf8"));

/** What is missing among a process's rights; empty: nothing. */
export const missingCapabilities = (effective: bigint): readonly MissingCapability[] =>
  (Object.keys(CAPABILITIES) as Capability[])
    .filter((capability) => !hasCapability(effective, capability))
    .map((capability) => ({
      capability,
      purpose: CAPABILITIES[capability].purpose,
      isVital: VITAL.has(capability),
    }));
