import { hashText } from "../../base/random.js";
import { type NetworkName, networkName, nodeName, serviceName } from "../names.js";
import type { Cluster, NetworkConfig, NodeConfig, ServiceConfig } from "../cluster.js";
import { placementsOf, roomOf } from "./resolve-placement.js";
import { type LocatedNode, entriesOf, keyOf } from "./located-node.js";
import { type CheckConfig, checkName } from "../errand.js";
import { type HookConfig, hookName, type HookTarget } from "../hook.js";
import { ruleName } from "../rule.js";
import { fenceOf } from "./resolve-fence.js";
import { ADDRESSES, type ProgramFile } from "./program-schema.js";
import type { AddressesFile, ClusterFile, ServiceFile } from "./schema.js";
import { ALL } from "./survey.js";
import { programName } from "../program.js";
import { pathGroupName } from "../path.js";

/** Everything of the cluster but its hash. */
export type Meaning = Omit<Cluster, "hash">;

/** From the checked file to the cluster, in the order of the file (which an object with keys like `1` would lose). */
export function resolve(file: ClusterFile, top: LocatedNode, directory: string): Meaning {
  const nodes = inOrder(top, "nodes", file.nodes).map(([key, { networks, paths, fence, ...rest }]): NodeConfig => {
    const own = top.children.get("nodes")?.children.get(key);
    const entries = own === undefined ? [] : inOrder(own, "networks", networks);
    const groups = own === undefined ? [] : inOrder(own, "paths", paths);
    return {
      name: nodeName(key),
      networks: entries.map(([network, address]) => ({ network: networkName(network), address })),
      paths: groups.map(([group, config]) => ({ name: pathGroupName(group), ...config })),
      ...roomOf(rest),
      ...fenceOf(nodeName(key), { all: file.fence, own: fence }, (path) => absolutePath(directory, path)),
    };
  });
  const rules = inOrder(top, "rules", file.rules).map(([key, rule]) => ({ name: ruleName(key), ...rule }));
  const checks = inOrder(top, "checks", file.checks).map(([key, check]): CheckConfig => {
    return { name: checkName(key), ...check, attribute: check.attribute ?? key };
  });
  const hooks = inOrder(top, "notify", file.notify).map(([key, hook]): HookConfig => {
    return { name: hookName(key), ...hook, target: resolveTarget(hook.target, directory) };
  });
  const placementOf = placementsOf(new Map(Object.entries(file.services)));
  return {
    name: file.cluster,
    secretFile: absolutePath(directory, file.secretFile),
    port: file.port,
    detection: file.detection,
    damping: file.damping,
    networks: resolveNetworks(inOrder(top, "networks", file.networks), nodes),
    nodes,
    services: inOrder(top, "services", file.services).map(
      ([key, { addresses, nodes: candidates, failback, programs, identity, hostRoutes }]): ServiceConfig => ({
        name: serviceName(key),
        addresses: addresses.list,
        nodes: candidates === ALL ? nodes.map(({ name }) => name) : candidates.map((each) => nodeName(each)),
        failback,
        ...identityOf(identity, file.cluster, key),
        ...(hostRoutes ? { hostRoutes } : {}),
        ...programsOf(
          { addresses, programs, copies: candidates.length },
          top.children.get("services")?.children.get(key),
        ),
        ...placementOf(key),
      }),
    ),
    ...(rules.length === 0 ? {} : { rules }),
    ...(checks.length === 0 ? {} : { checks }),
    ...(hooks.length === 0 ? {} : { hooks }),
  };
}

function resolveTarget(target: HookTarget, directory: string): HookTarget {
  if (target.kind === "command") return target;
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : absolutePath(directory, path);
  return { ...target, secretFile: absolute(target.secretFile), caFile: absolute(target.caFile) };
}

/** A MAC that nobody has been given: locally administered, the rest from the names. */
function derivedMac(cluster: string, service: string): string {
  const bytes = [`${cluster} ${service}`, `${service} ${cluster}`].map(hashText);
  const digits = bytes.map((hash) => hash.toString(16).padStart(8, "0")).join("");
  return ["02", ...(digits.slice(0, 10).match(/../g) ?? [])].join(":");
}

function identityOf(said: ServiceFile["identity"], cluster: string, service: string): Pick<ServiceConfig, "identity"> {
  if (said === "announce") return {};
  if (said === "listen") return { identity: { kind: "listen" } };
  return { identity: { kind: "mac", mac: said === "mac" ? derivedMac(cluster, service) : said.mac } };
}

/** Networks with options first, then the others as the nodes name them. */
function resolveNetworks(
  described: readonly (readonly [string, { readonly ping: readonly string[] }])[],
  nodes: readonly NodeConfig[],
): NetworkConfig[] {
  const pings = new Map<NetworkName, readonly string[]>();
  for (const [key, { ping }] of described) pings.set(networkName(key), ping);
  for (const { network } of nodes.flatMap((node) => node.networks)) {
    if (!pings.has(network)) pings.set(network, []);
  }
  return [...pings].map(([name, ping]) => ({ name, ping }));
}

/** Unless told otherwise, the addresses wait for every program that does not wait for them. */
function programsOf(
  {
    addresses,
    programs,
    copies,
  }: {
    readonly addresses: AddressesFile;
    readonly programs: Readonly<Record<string, ProgramFile>>;
    readonly copies: number;
  },
  entry: LocatedNode | undefined,
): Pick<ServiceConfig, "programs"> {
  const entries = entry === undefined ? [] : inOrder(entry, "programs", programs);
  if (entries.length === 0) return {};
  const late = lateIn(entries);
  const names = entries.map(([name]) => programName(name));
  const before = addresses.after?.map(programName) ?? names.filter((name) => !late.has(name));
  return {
    programs: {
      list: entries.map(([name, { after, ...program }]) => ({
        name: programName(name),
        ...program,
        ...(program.standby ? { copies } : {}),
        after: after.filter((each) => each !== ADDRESSES).map(programName),
      })),
      beforeAddresses: addresses.list.length === 0 ? [] : before,
      afterAddresses: entries.flatMap(([name, { after }]) => (after.includes(ADDRESSES) ? [programName(name)] : [])),
    },
  };
}

/** The programs that come after the addresses, directly or by others. */
function lateIn(entries: readonly (readonly [string, ProgramFile])[]): ReadonlySet<string> {
  const late = new Set<string>([ADDRESSES]);
  for (let size = 0; size !== late.size;) {
    size = late.size;
    for (const [name, { after }] of entries) if (after.some((each) => late.has(each))) late.add(name);
  }
  return late;
}

function inOrder<Value>(
  parent: LocatedNode,
  key: string,
  record: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value])[] {
  return entriesOf(parent, key).flatMap((entry) => {
    const value = Object.hasOwn(record, keyOf(entry)) ? record[keyOf(entry)] : undefined;
    return value === undefined ? [] : [[keyOf(entry), value] as const];
  });
}

/** A path made absolute and free of `.` and `..`. */
function absolutePath(directory: string, path: string): string {
  const steps: string[] = [];
  for (const step of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return `/${steps.join("/")}`;
}
