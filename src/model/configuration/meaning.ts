import { byName } from "../names.js";
import type { Amounts, Failback, Identity, NodeRoom, ServiceAddress, ServicePlacement } from "../cluster.js";
import type { ProgramConfig, ProgramsConfig } from "../program.js";
import type { PathConfig, PathGroupConfig, Standby, Threshold } from "../path.js";
import type { FenceConfig, FenceMethod } from "../fencing.js";
import type { HookConfig } from "../hook.js";
import type { RuleConfig } from "../rule.js";
import type { Meaning } from "./resolve.js";

/** Changes when the same text would hash differently; it is hashed along. */
const FORM = "locum-configuration-1";

/**
 * What the configuration hash is made over: one text for all files that mean the same, whatever their comments, order
 * of keys, spelling of addresses and times, and the paths on one machine. What a later version added is left out where
 * it has its default, so that versions agree on the files that both understand.
 */
export function meaningText(meaning: Meaning): string {
  const { name, port, detection, damping, networks, nodes, services, rules = [], checks = [], hooks = [] } = meaning;
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
      ...(node.room === undefined ? [] : [roomMeaning(node.room)]),
      ...(node.fence === undefined ? [] : [fenceMeaning(node.fence)]),
    ]),
    named(services).map((service) => [
      service.name,
      service.addresses
        .map((address) => `${address.address}/${address.prefixLength} ${interfacesOf(address).join(" ")}`)
        .toSorted(byName),
      service.nodes,
      failbackMeaning(service.failback),
      ...(service.identity === undefined ? [] : [identityMeaning(service.identity)]),
      ...(service.hostRoutes === true ? ["host routes"] : []),
      ...(service.programs === undefined ? [] : [["programs", programsMeaning(service.programs)]]),
      ...(service.placement === undefined ? [] : [placementMeaning(service.placement)]),
    ]),
    ...orders("rules", named(rules).map(ruleMeaning)),
    ...orders("checks", named(checks).map(plainMeaning)),
    ...orders("notify", named(hooks).map(hookMeaning)),
  ]);
}

const fenceMeaning = ({ methods, origin: _origin, ...fence }: FenceConfig): unknown[] => [
  "fence",
  methods.map(methodMeaning),
  plainMeaning(fence),
];

/** Where its file lies is a node's own affair. */
const methodMeaning = ({ secretFile, nodes, speech, ...method }: FenceMethod): unknown[] => [
  plainMeaning(method),
  secretFile !== undefined,
  nodes.toSorted(byName),
  speech.kind === "json" ? speech.kind : [speech.action, inOrderOfKeys(speech.parameters)],
];

const identityMeaning = (identity: Identity): string => (identity.kind === "mac" ? identity.mac : identity.kind);

const named = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => byName(a.name, b.name));

const interfacesOf = ({ interface: one, interfaces = [] }: ServiceAddress): readonly string[] =>
  one === undefined ? interfaces : [one];

const failbackMeaning = (failback: Failback): number | null => (failback.kind === "never" ? null : failback.delay);

/** Their order is without meaning; that of arguments is not. */
const programsMeaning = ({ list, beforeAddresses, afterAddresses }: ProgramsConfig): unknown[] => [
  named(list).map(programMeaning),
  beforeAddresses.toSorted(byName),
  afterAddresses.toSorted(byName),
];

const programMeaning = ({ after, settings, source, restart, ...program }: ProgramConfig): unknown => [
  inOrderOfKeys({ ...program, restart: { ...restart, exits: inOrderOfKeys(restart.exits) } }),
  after.toSorted(byName),
  inOrderOfKeys({ ...settings, environment: inOrderOfKeys(settings.environment) }),
  source.kind === "ocf" ? inOrderOfKeys({ ...source, parameters: inOrderOfKeys(source.parameters) }) : source,
];

const inOrderOfKeys = (record: object): readonly (readonly [string, unknown])[] =>
  Object.entries(record).toSorted(([a], [b]) => byName(a, b));

const roomMeaning = ({ capacity, weight }: NodeRoom): unknown[] => ["room", amountsMeaning(capacity), weight];

const placementMeaning = (placement: ServicePlacement): unknown[] => [
  "placement",
  amountsMeaning(placement.size),
  placement.priority,
  placement.spread,
  placement.with.toSorted(byName),
  placement.apart.toSorted(byName),
  placement.needs.toSorted(byName),
];

const amountsMeaning = (amounts: Amounts): unknown[] => Object.entries(amounts).toSorted(([a], [b]) => byName(a, b));

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

/** What a later version added: left out where there is none. */
const orders = (key: string, meanings: readonly unknown[]): unknown[] => (meanings.length === 0 ? [] : [key, meanings]);

/** Where its files lie is a node's own affair. */
const hookMeaning = ({ target, ...hook }: HookConfig): unknown[] => [
  plainMeaning(hook),
  target.kind === "command" ? target.command : [target.url, target.secretFile !== undefined],
];

const ruleMeaning = (rule: RuleConfig): unknown[] => [
  rule.name,
  rule.each,
  rule.when,
  [rule.holdFor, rule.every ?? null, rule.holdOff],
  [rule.limit.times, rule.limit.within, rule.limit.suspend],
  rule.actions.map(plainMeaning),
];

/** What is left out is the same as what is not there. */
const plainMeaning = (value: object): unknown[] =>
  Object.entries(value)
    .toSorted(([a], [b]) => byName(a, b))
    .flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));

const pathMeaning = ({ interface: link, members }: PathConfig): unknown[] => [link ?? null, members.toSorted(byName)];

function standbyMeaning(standby: Standby): unknown[] {
  if (standby.kind === "cold") return [standby.kind];
  const { address, mac } = standby;
  return [standby.kind, address === undefined ? null : `${address.address}/${address.prefixLength}`, mac ?? null];
}

const thresholdMeaning = (threshold: Threshold): unknown[] =>
  "count" in threshold ? [threshold.of, "count", threshold.count] : [threshold.of, "share", threshold.share];
