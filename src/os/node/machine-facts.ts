import { type Result, ok } from "../../base/result.js";
import type { Cluster } from "../../model/cluster.js";
import type { MachineFacts, MissingRight } from "../../model/configuration/machine-facts.js";
import type { KernelSnapshot } from "../../model/kernel.js";
import type { NodeName } from "../../model/names.js";
import { readInstalledUnit } from "./installed-unit.js";
import { type Asking, errandFileFacts, programFacts } from "./program-facts.js";
import { portUsers } from "./port-users.js";
import { readSecretFile } from "./secret-file.js";

/** What only the Linux side knows. */
export interface LinuxFacts {
  readonly kernel: Result<KernelSnapshot, string>;
  readonly missingRights: readonly MissingRight[];
}

/** Gathers what the checks of this machine, as a node of the cluster, are made from. Changes nothing. */
export function gatherMachineFacts(cluster: Cluster, node: NodeName, linux: LinuxFacts, how: Asking): MachineFacts {
  const config = cluster.nodes.find(({ name }) => name === node);
  const own = config?.networks.map(({ address }) => address) ?? [];
  const unit = readInstalledUnit();
  return {
    ...linux,
    secret: secretFact(cluster.secretFile),
    portUsers: portUsers(cluster.port, own),
    programs: programFacts(cluster, config, how),
    errandFiles: errandFileFacts(cluster, config),
    ...(unit === undefined ? {} : { unit }),
    isRoot: process.geteuid?.() === 0,
  };
}

/** The number of keys in a secret file, or why it can't be used. */
export function secretFact(file: string): MachineFacts["secret"] {
  const secret = readSecretFile(file);
  return secret.ok ? ok(secret.value.length) : secret;
}
