import { LocumError } from "../base/locum-error.js";
import { partDigest } from "../api/part-digest.js";
import type { ReloadPreview } from "../cli/check.js";
import type { LocumClient } from "../client/client.js";
import type { Cluster } from "../model/cluster.js";
import { nodeName, serviceName } from "../model/names.js";
import { programName } from "../model/program.js";
import { programChanges, programsInFile } from "../model/program-parts.js";

/** @returns what a reload would do to the programs of the agent that is asked; of one that does not answer, or has another cluster, nothing. */
export async function previewReload(client: LocumClient): Promise<(cluster: Cluster) => ReloadPreview | undefined> {
  const inForce = await client.configuration().catch((error: unknown) => {
    if (error instanceof LocumError) return undefined;
    throw error;
  });
  return (cluster) => {
    if (inForce === undefined || inForce.cluster !== cluster.name) return undefined;
    const before = inForce.programs.map(({ service, program, parts }) => ({
      service: serviceName(service),
      program: programName(program),
      parts,
    }));
    return {
      node: inForce.answeredBy,
      isInForce: inForce.hash === cluster.hash,
      programs: programChanges(before, programsInFile(cluster, nodeName(inForce.answeredBy), partDigest)),
    };
  };
}
