/**
 * What is wrong with services now, before and after it hurts: nobody can hold one, its holder is not fit for it, nobody
 * could take it from its holder, or a cable that it would need is pulled.
 *
 * Services that suffer from the same thing share one finding, so that a dead node of a cluster with a thousand services
 * is not a thousand findings.
 */
import type { NodeName, ServiceName } from "../../model/names.js";
import type { Finding, SharedFinding, UnfitNode } from "../../model/note.js";
import {
  type UnfitReason,
  isOfOrder,
  isOfPlacement,
  isPlacementCode,
  isSoft,
  isUntold,
} from "../../model/unfit-reasons.js";
import { type CandidateFacts, place } from "../placement/place.js";

/** One service as this node sees it. */
export interface ServicePlace {
  readonly service: ServiceName;
  readonly holder: NodeName | undefined;
  /** Nobody is to take it: it was stopped, or a machine without an agent keeps its addresses. */
  readonly rests: boolean;
  /** In the order of preference, with what speaks against each. */
  readonly facts: readonly CandidateFacts[];
}

export interface FindingsAround {
  /** Whether a finding about a network says already that this interface of a node has no link. */
  readonly isTold: (node: NodeName, interfaceName: string) => boolean;
  /** Nobody takes anything. */
  readonly paused: boolean;
}

export function serviceFindings(
  services: Iterable<ServicePlace>,
  { isTold, paused }: FindingsAround,
): readonly Finding[] {
  const found = new Shared();
  const unplaced: Finding[] = [];
  for (const { service, holder, rests, facts } of services) {
    for (const cut of cutInterfaces(facts)) if (!isTold(cut.node, cut.interface)) found.add(service, cut);
    if (holder !== undefined) for (const each of heldFindings(holder, facts)) found.add(service, each);
    else if (rests) continue;
    else if (place(facts, undefined).best !== undefined) {
      if (paused) found.add(service, { kind: "service-waiting", cause: "paused" });
    } else {
      const waiting = waitingFor(facts);
      if (waiting === undefined) unplaced.push({ kind: "service-unplaced", service });
      else found.add(service, waiting);
    }
  }
  return [...unplaced, ...found.findings()];
}

/** Services of a node that none of their others could take, or that don't move in a pause. */
export const stayingOn = (node: NodeName, places: readonly ServicePlace[], paused: boolean): readonly ServiceName[] =>
  places
    .filter(({ holder, facts }) => holder === node && (paused || !hasTaker(node, facts)))
    .map(({ service }) => service);

/** Whether another node would take it, if need be after others have made room there. */
const hasTaker = (holder: NodeName, facts: readonly CandidateFacts[]): boolean =>
  facts.some(
    ({ node, reasons }) => node !== holder && reasons.every((each) => isSoft(each) || each.code === "displaces"),
  );

type Alone<Each> = Each extends SharedFinding ? Omit<Each, "services"> : never;
/** A finding of one service, before it is known which others share it. */
type ServiceFinding = Alone<SharedFinding>;

const cutInterfaces = (facts: readonly CandidateFacts[]): readonly (ServiceFinding & { kind: "interface-down" })[] =>
  facts.flatMap(({ node, reasons }) =>
    reasons.flatMap(({ code, detail }) =>
      code === "link-down" && detail !== undefined ? [{ kind: "interface-down", node, interface: detail }] : [],
    ),
  );

/** Where a node would be fit, it is other services that have the service wait; one that is too small has nothing to free. */
function waitingFor(facts: readonly CandidateFacts[]): (ServiceFinding & { kind: "service-waiting" }) | undefined {
  const causes = facts
    .filter(({ reasons }) => reasons.every((each) => isOfPlacement(each) || each.code === "banned"))
    .flatMap(({ reasons }) => reasons.flatMap(({ code }) => (isPlacementCode(code) ? [code] : [])));
  const cause = causes.find((each) => each !== "too-small") ?? causes[0];
  return cause === undefined ? undefined : { kind: "service-waiting", cause };
}

/** An unfit holder is worse than a missing standby, and has none either, or it would have let go. */
function heldFindings(holder: NodeName, facts: readonly CandidateFacts[]): readonly ServiceFinding[] {
  const reasons = facts.find(({ node }) => node === holder)?.reasons.filter(isItsOwn) ?? [];
  if (reasons.length > 0) return [{ kind: "holder-unfit", node: holder, reasons }];
  const others = facts.filter(({ node }) => node !== holder);
  if (others.length === 0) return [];
  if (hasTaker(holder, facts)) return others.flatMap(unfitStandby);
  return [{ kind: "no-standby", standbys: others.map(hindered) }];
}

/** A node that could not take it although it is there, and for a reason that no other finding tells. */
function unfitStandby({ node, reasons }: CandidateFacts): readonly ServiceFinding[] {
  const untold = reasons.filter(isUntold);
  return untold.length === 0 || reasons.some(isOfOrder) ? [] : [{ kind: "standby-unfit", node, reasons: untold }];
}

/** A ban comes and goes beside what keeps a node away, and is no such thing itself. */
const hindered = ({ node, reasons }: CandidateFacts): UnfitNode => ({
  node,
  reasons: reasons.filter((reason) => !isSoft(reason)),
});

/** Nodes are drained and banned whatever they hold; that alone makes no client suffer. */
const isItsOwn = (reason: UnfitReason): boolean => !isOfOrder(reason) && !isSoft(reason) && !isOfPlacement(reason);

/** Findings by what they say, apart from the services that they concern. */
class Shared {
  readonly #groups = new Map<string, { readonly finding: ServiceFinding; readonly services: ServiceName[] }>();

  add(service: ServiceName, finding: ServiceFinding): void {
    const key = JSON.stringify(finding);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { finding, services: [service] });
    else if (group.services.at(-1) !== service) group.services.push(service);
  }

  findings(): readonly Finding[] {
    return [...this.#groups.values()].map(({ finding, services }) => ({ ...finding, services }));
  }
}
