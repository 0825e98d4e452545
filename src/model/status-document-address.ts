import type { StatusDocument } from "./status-document.js";

/** Whose address is wanted. */
export type AddressOf = { readonly service: string } | { readonly node: string };

/**
 * The address to use now for a service or a node, as the node that answered knows it; of a service with several, the first
 * that works. Null: no way there is known; undefined: there is no such service or node.
 */
export function addressToUse(status: StatusDocument, wanted: AddressOf): string | null | undefined {
  if ("node" in wanted) return entryOf(status.nodes, wanted.node)?.address;
  const service = entryOf(status.services, wanted.service);
  if (service === undefined) return undefined;
  return service.reach.find(({ use }) => use !== null)?.use ?? null;
}

const entryOf = <Value>(entries: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;
