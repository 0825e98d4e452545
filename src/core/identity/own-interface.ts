/** Where an address goes whose service has a MAC of its own: on an interface with that MAC, made on the one it would be on. */
import { hashText } from "../../base/random.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { madeName, type PlacedAddress } from "../../model/kernel.js";

/** The same name on every node and in every run: what a dead agent left is found by it. */
const nameOf = (...parts: readonly string[]): string =>
  madeName(hashText(parts.join(" ")).toString(16).padStart(8, "0"));

export function onOwnInterface({ name, identity }: ServiceConfig, placed: PlacedAddress): PlacedAddress {
  if (identity?.kind !== "mac") return placed;
  const made = { on: placed.interface, mac: identity.mac };
  return { ...placed, interface: nameOf(name, made.on, made.mac), made };
}
