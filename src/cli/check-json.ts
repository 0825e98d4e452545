import { formatDuration } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { PlacedProblem } from "../model/configuration/check-problem.js";
import type { AddressPlace } from "../model/configuration/machine-services.js";
import type { PlaceDocument } from "../model/status-document-explain.js";
import type { CheckReport, ReloadPreview } from "./check.js";

/** What `locum check --json` prints. */
export interface CheckDocument {
  readonly ok: boolean;
  readonly file: string;
  /** The node that the machine was checked as; null: only the file was. */
  readonly checkedAs: string | null;
  readonly problems: readonly PlacedProblem[];
  /** For each address of a path group of this machine, every check of its move to the other path. */
  readonly moves: readonly PlaceDocument[];
  readonly cluster: ClusterDocument | null;
  /** What the agent here would do to programs that run when it reads the file; null: none of this cluster answers. */
  readonly reload: ReloadPreview | null;
}

export interface ClusterDocument {
  readonly name: string;
  readonly hash: string;
  readonly port: number;
  readonly secretFile: string;
  readonly detection: { readonly interval: string; readonly timeout: string };
  readonly nodes: readonly { readonly name: string; readonly networks: Readonly<Record<string, string>> }[];
  readonly services: readonly {
    readonly name: string;
    readonly nodes: readonly string[];
    readonly addresses: readonly { readonly address: string; readonly interface: string | null }[];
  }[];
}

export const checkJson = ({ file, problems, cluster, node, places, moves, reload }: CheckReport): CheckDocument => ({
  ok: problems.every(({ severity }) => severity !== "error"),
  file,
  checkedAs: node ?? null,
  problems,
  moves,
  cluster: cluster === undefined ? null : clusterJson(cluster, places),
  reload: reload ?? null,
});

const clusterJson = (cluster: Cluster, places: readonly AddressPlace[]): ClusterDocument => ({
  name: cluster.name,
  hash: cluster.hash,
  port: cluster.port,
  secretFile: cluster.secretFile,
  detection: {
    interval: formatDuration(cluster.detection.interval),
    timeout: formatDuration(cluster.detection.timeout),
  },
  nodes: cluster.nodes.map(({ name, networks }) => ({
    name,
    networks: Object.fromEntries(networks.map(({ network, address }) => [network, address])),
  })),
  services: cluster.services.map((service) => ({
    name: service.name,
    nodes: service.nodes,
    addresses: service.addresses.map(({ address, prefixLength, interface: named }) => ({
      address: `${address}/${prefixLength}`,
      interface: placeOf(places, { service: service.name, address }) ?? named ?? null,
    })),
  })),
});

const placeOf = (
  places: readonly AddressPlace[],
  wanted: { readonly service: string; readonly address: string },
): string | undefined =>
  places.find(({ service, address }) => service === wanted.service && address === wanted.address)?.interface;
