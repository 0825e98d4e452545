/** What scenarios have in common: a cluster that runs and serves one address. */
import assert from "node:assert/strict";
import type { ServiceConfig } from "../../src/model/cluster.js";
import { serviceName } from "../../src/model/names.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

export type Scenarios = Readonly<Record<string, () => ScenarioBench>>;

export const SHOP = "192.168.1.1";
export const shop: ReturnType<typeof serviceName> = serviceName("shop");

/** Nodes that have heard each other, of which web1 holds the service. */
export function running(
  names: readonly string[] = ["web1", "web2"],
  changes: Partial<ServiceConfig> = {},
): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(names, { shop: changes }));
  bench.start(...names);
  bench.pass(1_000);
  assert.deepEqual(bench.holders(SHOP), ["web1"]);
  return bench;
}

export const holds = (bench: ScenarioBench, ...names: readonly string[]): void =>
  assert.deepEqual(bench.holders(SHOP), names);
