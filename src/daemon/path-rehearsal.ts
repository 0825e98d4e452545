import { instant } from "../base/time.js";
import { Node } from "../core/node.js";
import type { Cluster, NodeConfig } from "../model/cluster.js";
import type { ConfiguredAddress, InterfaceConfiguration } from "../model/interface-configuration.js";
import type { KernelLink, KernelSnapshot } from "../model/kernel.js";
import type { NodeName } from "../model/names.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import { NOTHING_SAVED } from "../model/node-state.js";
import type { PathConfig } from "../model/path.js";
import type { KernelPort } from "./performer.js";

/** An address for documents (RFC 5737) with a length that no kernel accepts. */
const NOWHERE: ConfiguredAddress = { address: "192.0.2.1", family: 4, prefixLength: 33, scope: 0, flags: 0 };
const LOOPBACK = "lo";

export type PathHands = Pick<KernelPort, "captureInterface" | "changeInterface">;

/** Goes through a failover between the paths of this node that is not real; nothing on this machine changes. */
export function rehearsePaths(cluster: Cluster, self: NodeName, hands: PathHands): void {
  const own = cluster.nodes.find(({ name }) => name === self);
  if (own === undefined || own.paths.length === 0) return;
  rehearseDecisions(cluster, own);
  hands.captureInterface(LOOPBACK);
  for (const kind of ["add-addresses", "remove-addresses"] as const) {
    hands.changeInterface({ kind, interface: LOOPBACK, addresses: [NOWHERE] });
  }
  hands.changeInterface({ kind: "announce-addresses", interface: LOOPBACK, addresses: [], vlans: [] });
}

/** All primary paths lose their carriers. */
function rehearseDecisions(cluster: Cluster, { name: self, paths }: NodeConfig): void {
  const now = instant(1_000_000);
  const options = { cluster, self, incarnation: 1, program: "", saved: NOTHING_SAVED, ledger: [] };
  const node = new Node(now, options);
  const play = (input: NodeInput): void => {
    const due = [input];
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      for (const effect of node.handle(now, next)) due.push(...answersTo(effect));
    }
  };
  const links = paths.flatMap(({ primary, secondary }) => [primary, secondary]).map(linkOf);
  play({ kind: "started", kernel: snapshotOf(links) });
  for (const link of links.filter((_link, at) => at % 2 === 0)) {
    play({ kind: "link-changed", link: { ...link, carrier: false } });
  }
}

const linkOf = ({ interface: name, members }: PathConfig, at: number): KernelLink => ({
  index: at + 1,
  name: name ?? members[0] ?? "",
  mac: "02:00:00:00:00:01",
  up: true,
  carrier: true,
  mtu: 1_500,
});

const snapshotOf = (links: readonly KernelLink[]): KernelSnapshot => ({
  links,
  addresses: links.filter((_link, at) => at % 2 === 0).map(({ index }) => ({ ...NOWHERE, linkIndex: index })),
});

function answersTo(effect: NodeEffect): readonly NodeInput[] {
  if (effect.kind === "capture-interface") {
    return [{ kind: "interface-captured", step: effect.step, configuration: configurationOf(effect.interface) }];
  }
  return "step" in effect ? [{ kind: "step-done", step: effect.step }] : [];
}

const configurationOf = (name: string): InterfaceConfiguration => ({
  interface: name,
  mac: "02:00:00:00:00:01",
  mtu: 1_500,
  up: true,
  addresses: [NOWHERE],
  routes: [],
  neighbours: [],
  vlans: [],
  immovable: [],
});
