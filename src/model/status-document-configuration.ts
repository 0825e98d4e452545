import type { Cluster } from "./cluster.js";
import type { NodeName } from "./names.js";
import { type ProgramPart, programsInFile } from "./program-parts.js";

/** `GET /v1/configuration`: by which file the agent goes, as far as another file is to be compared with it. */
export interface ConfigurationDocument {
  readonly answeredBy: string;
  readonly cluster: string;
  readonly hash: string;
  /** Of services that the node may have. */
  readonly programs: readonly {
    readonly service: string;
    readonly program: string;
    /** Values are digests: environments and parameters may hold what is not for everybody. */
    readonly parts: readonly ProgramPart[];
  }[];
}

export const configurationDocument = (
  node: NodeName,
  cluster: Cluster,
  digest: (text: string) => string,
): ConfigurationDocument => ({
  answeredBy: node,
  cluster: cluster.name,
  hash: cluster.hash,
  programs: programsInFile(cluster, node, digest),
});
