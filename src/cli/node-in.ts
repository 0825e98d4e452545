import { LocumError } from "../base/locum-error.js";
import type { NodeDocument, StatusDocument } from "../model/status-document.js";

/** A node of the cluster, by default the one that answers. @throws {LocumError} that names those that there are. */
export function nodeIn(status: StatusDocument, wanted: string = status.node): NodeDocument & { readonly name: string } {
  const node = Object.hasOwn(status.nodes, wanted) ? status.nodes[wanted] : undefined;
  if (node !== undefined) return { name: wanted, ...node };
  throw new LocumError({
    code: "unknown-node",
    message: `There is no node ${wanted} in cluster ${status.cluster}`,
    advice: `It has these nodes: ${Object.keys(status.nodes).join(", ")}`,
  });
}
