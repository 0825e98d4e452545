import { unreachable } from "../base/assert.js";
import type { FindingDocument, NodeDocument, ServiceDocument, StatusDocument } from "./status-document.js";

/** A part of the status that became another, whole; `value` null: it is gone. One event of `GET /v1/changes`. */
export type ChangeDocument =
  | { readonly kind: "cluster"; readonly value: ClusterPart }
  | { readonly kind: "node"; readonly name: string; readonly value: NodeDocument | null }
  | { readonly kind: "service"; readonly name: string; readonly value: ServiceDocument | null }
  | { readonly kind: "findings"; readonly value: readonly FindingDocument[] };

/** What the status says beside nodes, services and findings. */
export type ClusterPart = Omit<StatusDocument, "nodes" | "services" | "findings">;

export const CHANGE_KINDS: readonly ChangeDocument["kind"][] = ["cluster", "node", "service", "findings"];

/** Which changes: those of these kinds, and those of these nodes and services; empty: all. */
export interface ChangeFilter {
  readonly kinds: readonly ChangeDocument["kind"][];
  readonly nodes: readonly string[];
  readonly services: readonly string[];
}

export function matchesChange(filter: ChangeFilter, change: ChangeDocument): boolean {
  const { kinds, nodes, services } = filter;
  if (kinds.length + nodes.length + services.length === 0) return true;
  if (kinds.includes(change.kind)) return true;
  if (change.kind === "node") return nodes.includes(change.name);
  return change.kind === "service" && services.includes(change.name);
}

/** What turns one status into the next. Round trips change all the time; only `roundTrips` counts them as changes. */
export function statusChanges(
  before: StatusDocument,
  after: StatusDocument,
  { roundTrips }: { readonly roundTrips: boolean },
): readonly ChangeDocument[] {
  const differ = (a: unknown, b: unknown): boolean => textOf(a, roundTrips) !== textOf(b, roundTrips);
  const changes: ChangeDocument[] = [];
  if (differ(clusterPart(before), clusterPart(after))) changes.push({ kind: "cluster", value: clusterPart(after) });
  for (const name of namesOf(before.nodes, after.nodes)) {
    if (differ(before.nodes[name], after.nodes[name])) {
      changes.push({ kind: "node", name, value: after.nodes[name] ?? null });
    }
  }
  for (const name of namesOf(before.services, after.services)) {
    if (differ(before.services[name], after.services[name])) {
      changes.push({ kind: "service", name, value: after.services[name] ?? null });
    }
  }
  if (differ(before.findings, after.findings)) changes.push({ kind: "findings", value: after.findings });
  return changes;
}

/** The status after a change. */
export function applyChange(status: StatusDocument, change: ChangeDocument): StatusDocument {
  switch (change.kind) {
    case "cluster":
      return { ...status, ...change.value };
    case "node":
      return { ...status, nodes: withEntry(status.nodes, change.name, change.value) };
    case "service":
      return { ...status, services: withEntry(status.services, change.name, change.value) };
    case "findings":
      return { ...status, findings: change.value };
    default:
      return unreachable(change);
  }
}

function clusterPart(status: StatusDocument): ClusterPart {
  const { nodes: _nodes, services: _services, findings: _findings, ...rest } = status;
  return rest;
}

const textOf = (value: unknown, roundTrips: boolean): string | undefined =>
  JSON.stringify(value, (key, inner: unknown) => (key === "rttMs" && !roundTrips ? undefined : inner));

const namesOf = (a: object, b: object): ReadonlySet<string> => new Set([...Object.keys(a), ...Object.keys(b)]);

function withEntry<Value>(
  entries: Readonly<Record<string, Value>>,
  name: string,
  value: Value | null,
): Readonly<Record<string, Value>> {
  if (value !== null) return { ...entries, [name]: value };
  return Object.fromEntries(Object.entries(entries).filter(([key]) => key !== name));
}
