/** Where an address goes whose service has a MAC of its own: on an interface with that MAC, made on the one it would be on. */
import { hashText } from "../../base/random.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { madeName, type PlacedAddress } from "../../model/kernel.js";
import type { LedgerEntry } from "../../model/node-io.js";
import type { KernelTable } from "../addresses/kernel-table.js";

/** The same name on every node and in every run: what a dead agent left is found by it. */
const nameOf = (...parts: readonly string[]): string =>
  madeName(hashText(parts.join(" ")).toString(16).padStart(8, "0"));

/** The MAC that the service's addresses bring along. */
export const ownMacOf = ({ identity }: ServiceConfig): { readonly mac?: string } =>
  identity?.kind === "mac" ? { mac: identity.mac } : {};

export function onOwnInterface({ name, identity }: ServiceConfig, placed: PlacedAddress): PlacedAddress {
  if (identity?.kind !== "mac") return placed;
  const made = { on: placed.interface, mac: identity.mac };
  return { ...placed, interface: nameOf(name, made.on, made.mac), made };
}

/**
 * What is on record of interfaces that were made and that no address is on any more: somebody took it away, and agent and
 * guard ended before they put it back or deleted the interface. Nobody would find it by its address.
 */
export const leftEmpty = (ledger: readonly LedgerEntry[], kernel: KernelTable): readonly LedgerEntry[] =>
  ledger.filter(({ interface: name, made }) => {
    const link = kernel.linkNamed(name);
    if (made === undefined || link?.kind !== "macvlan") return false;
    return ![...kernel.addresses()].some(({ linkIndex }) => linkIndex === link.index);
  });
