import { byName } from "../names.js";
import type { Failback, ServiceAddress } from "../cluster.js";
import type { PathConfig, PathGroupConfig, Standby, Threshold } from "../path.js";
import type { Meaning } from "./resolve.js";

/** Changes when the same text would hash differently; it is hashed along. */
const FORM = "locum-configuration-1";

/**
 * What the configuration hash is made over: one text for all files that mean the same, whatever their comments, order
 * of keys, spelling of addresses and times, and the paths on one machine. What a later version added is left out where
 * it has its default, so that versions agree on the files that both understand.
 */
export function meaningText(meaning: Meaning): string {
  const { name, port, detection, damping, networks, nodes, services } = meaning;
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
      ...(node.paths.length === 0 ? [] : [named(node.paths).map(groupMeaning)]),
    ]),
    named(services).map((service) => [
      service.name,
      service.addresses
        .map((address) => `${address.address}/${address.prefixLength} ${interfacesOf(address).join(" ")}`)
        .toSorted(byName),
      service.nodes,
      failbackMeaning(service.failback),
      ...(service.identity === undefined ? [] : [service.identity.kind]),
    ]),
  ]);
}

const named = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => byName(a.name, b.name));

const interfacesOf = ({ interface: one, interfaces = [] }: ServiceAddress): readonly string[] =>
  one === undefined ? interfaces : [one];

const failbackMeaning = (failback: Failback): number | null => (failback.kind === "never" ? null : failback.delay);

const groupMeaning = (group: PathGroupConfig): unknown[] => [
  group.name,
  pathMeaning(group.primary),
  pathMeaning(group.secondary),
  standbyMeaning(group.standby),
  group.mac,
  [
    group.monitor.carrierDownFor ?? null,
    group.monitor.ping.toSorted(byName),
    group.monitor.need,
    group.monitor.interval,
    group.monitor.downFor,
    group.monitor.upFor,
  ],
  thresholdMeaning(group.threshold),
  group.settleDelay,
  failbackMeaning(group.failback),
  group.addressesMax,
];

const pathMeaning = ({ interface: link, members }: PathConfig): unknown[] => [link ?? null, members.toSorted(byName)];

function standbyMeaning(standby: Standby): unknown[] {
  if (standby.kind === "cold") return [standby.kind];
  const { address, mac } = standby;
  return [standby.kind, address === undefined ? null : `${address.address}/${address.prefixLength}`, mac ?? null];
}

const thresholdMeaning = (threshold: Threshold): unknown[] =>
  "count" in threshold ? [threshold.of, "count", threshold.count] : [threshold.of, "share", threshold.share];
