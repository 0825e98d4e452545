import { readFileSync } from "node:fs";
import { known } from "../src/base/assert.js";

const CAP_NET_ADMIN = 12;
const CAP_SYS_ADMIN = 21;

/** Why this process cannot build a lab; undefined when it can. */
export function whyNoLab(): string | undefined {
  const missing = [
    hasCapability(CAP_NET_ADMIN) ? [] : ["CAP_NET_ADMIN"],
    hasCapability(CAP_SYS_ADMIN) ? [] : ["CAP_SYS_ADMIN"],
  ].flat();
  return missing.length === 0 ? undefined : `a lab needs ${missing.join(" and ")}: run it as root`;
}

function hasCapability(number: number): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return ((BigInt(`0x${known(effective, "the kernel states the capabilities")}`) >> BigInt(number)) & 1n) === 1n;
}
