import { byName } from "../names.js";
import type { Meaning } from "./resolve.js";

/** Changes when the same text would hash differently; it is hashed along. */
const FORM = "locum-configuration-1";

/**
 * What the configuration hash is made over: one text for all files that mean the same, whatever their comments, order
 * of keys, spelling of addresses and times, and the paths on one machine.
 */
export function meaningText(meaning: Meaning): string {
  const { name, port, detection, damping, networks, nodes, services } = meaning;
  const named = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
    items.toSorted((a, b) => byName(a.name, b.name));
  return JSON.stringify([
    FORM,
    name,
    port,
    [detection.interval, detection.timeout],
    [damping.failures, damping.within, damping.ban, damping.banMax],
    named(networks).map((network) => [network.name, network.ping.toSorted(byName)]),
    named(nodes).map((node) => [
      node.name,
      node.networks.map(({ network, address }) => [network, address]).toSorted(([a = ""], [b = ""]) => byName(a, b)),
    ]),
    named(services).map((service) => [
      service.name,
      service.addresses
        .map(({ address, prefixLength, interface: link }) => `${address}/${prefixLength} ${link ?? ""}`)
        .toSorted(byName),
      service.nodes,
      service.failback.kind === "never" ? null : service.failback.delay,
    ]),
  ]);
}
