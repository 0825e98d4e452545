/** What can never be, whatever works and whatever fails: services without room, circles of needs, contradictions. */
import { shareText } from "../amount-text.js";
import { companies } from "../companies.js";
import { type Amounts, ORDINARY, type ServiceConfig, type ServicePlacement } from "../cluster.js";
import { type NodeName, type ServiceName, byName } from "../names.js";
import { listText } from "../note-text-reason.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, nearestNode } from "./located-node.js";
import { type ConfigurationProblem, type PlainProblem, problemAt, problemAtKey } from "./problem.js";
import type { Meaning } from "./resolve.js";

export function placementProblems(meaning: Meaning, top: LocatedNode): ConfigurationProblem[] {
  if (meaning.services.every(({ placement }) => placement === undefined) && !hasRoom(meaning)) return [];
  const context: Context = { meaning, top };
  const crowd = tooManyRelations(context);
  if (crowd.length > 0) return crowd;
  return [
    ...unknownResources(context),
    ...cycles(context),
    ...contradictions(context),
    ...companies(meaning.services).flatMap((company) => withoutPlace(company, context)),
    ...samePlace(context),
  ];
}

const hasRoom = ({ nodes }: Meaning): boolean => nodes.some(({ room }) => room !== undefined);

interface Context {
  readonly meaning: Meaning;
  readonly top: LocatedNode;
}

const placementOf = ({ placement }: ServiceConfig): ServicePlacement => placement ?? ORDINARY;

function atService({ top }: Context, service: ServiceName, key: string, plain: PlainProblem): ConfigurationProblem {
  const entry = nearestNode(top, ["services", service, key]);
  return entry.path.length === 3 ? problemAt(entry, plain) : problemAtKey(entry, plain);
}

/** A label stands for as many relations as there are services that have it. */
function tooManyRelations({ meaning, top }: Context): ConfigurationProblem[] {
  const count = meaning.services.reduce((sum, service) => sum + placementOf(service).apart.length, 0);
  if (count <= LIMITS.apartPairs) return [];
  const message = `The services have ${count} others to be apart from, more than the limit of ${LIMITS.apartPairs}`;
  return [
    problemAtKey(nearestNode(top, ["services"]), {
      code: "too-many",
      message,
      advice: "Give fewer services one label: what is merely to be spread can say `spread: true`",
    }),
  ];
}

function unknownResources(context: Context): ConfigurationProblem[] {
  const { nodes, services } = context.meaning;
  const known = new Set(nodes.flatMap(({ room }) => Object.keys(room?.capacity ?? {})));
  return services.flatMap((service) =>
    Object.keys(service.placement?.size ?? {})
      .filter((resource) => resource !== "slots" && !known.has(resource))
      .map((resource) =>
        problemAtKey(nearestNode(context.top, ["services", service.name, "size", resource]), {
          code: "unknown-resource",
          message: `The service "${service.name}" takes "${resource}", of which no node has a capacity`,
          advice: `Add \`${resource}\` to the \`capacity\` of its nodes, or remove it here`,
        }),
      ),
  );
}

/** Each circle once, at that of its services which comes first by name. */
function cycles(context: Context): ConfigurationProblem[] {
  const needs = new Map(companies(context.meaning.services).flatMap(needsOfCompany));
  const told = new Set<ServiceName>();
  return [...needs.keys()].toSorted(byName).flatMap((start) => {
    const circle = told.has(start) ? undefined : circleFrom(start, needs);
    if (circle === undefined) return [];
    for (const each of circle) told.add(each);
    return [
      atService(context, start, "needs", {
        code: "needs-cycle",
        message: `Services need each other in a circle: ${[...circle, start].join(" needs ")}`,
        advice: "Remove one of these needs",
      }),
    ];
  });
}

/** Who is together needs what each of them needs, apart from each other. */
function needsOfCompany(company: readonly ServiceConfig[]): (readonly [ServiceName, readonly ServiceName[]])[] {
  const [first] = company;
  if (company.length === 1 && first !== undefined) return [[first.name, placementOf(first).needs]];
  const names = company.map(({ name }) => name);
  const outer = company.flatMap((service) => placementOf(service).needs).filter((need) => !names.includes(need));
  return names.map((name) => [name, outer]);
}

/** The shortest way from a service back to itself. */
function circleFrom(
  start: ServiceName,
  needs: ReadonlyMap<ServiceName, readonly ServiceName[]>,
): readonly ServiceName[] | undefined {
  const ways: (readonly ServiceName[])[] = [[start]];
  const seen = new Set<ServiceName>();
  for (const way of ways) {
    for (const next of needs.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

function contradictions(context: Context): ConfigurationProblem[] {
  const { services } = context.meaning;
  const companyOf = new Map(companies(services).flatMap((company) => company.map(({ name }) => [name, company])));
  return services.flatMap(({ name, placement }) =>
    (placement?.apart ?? [])
      .filter((other) => companyOf.get(name)?.some((each) => each.name === other) === true)
      .map((other) =>
        atService(context, name, "apart", {
          code: "contradictory-relations",
          message: `The services "${name}" and "${other}" are to be on one node by \`with\`, and on two by \`apart\``,
          advice: "Remove one of the two",
        }),
      ),
  );
}

/** Services that are to be together, or one alone, which no node can ever hold. */
function withoutPlace(company: readonly ServiceConfig[], context: Context): ConfigurationProblem[] {
  const [first] = company;
  if (first === undefined) return [];
  const common = first.nodes.filter((node) => company.every(({ nodes }) => nodes.includes(node)));
  const names = listText(company.map(({ name }) => `"${name}"`));
  if (common.length === 0) {
    const message = `The services ${names} are to be on one node, and no node may hold all of them`;
    return [
      atService(context, first.name, "with", {
        code: "no-common-node",
        message,
        advice: "Give their `nodes` one in common",
      }),
    ];
  }
  const lacks = common.map((node) => lackOn(node, company, context.meaning));
  if (lacks.some((lack) => lack === undefined)) return [];
  const what = company.length === 1 ? `The service ${names} fits` : `The services ${names} together fit`;
  return [
    atService(context, first.name, company.length === 1 ? "size" : "with", {
      code: "no-room",
      message: `${what} on none of ${company.length === 1 ? "its" : "their"} nodes, even if empty: ${lacks.join("; ")}`,
      advice: "Give a node more `capacity`, or the service less `size`",
    }),
  ];
}

/** What an empty node has too little of. */
function lackOn(node: NodeName, company: readonly ServiceConfig[], { nodes }: Meaning): string | undefined {
  const capacity = nodes.find(({ name }) => name === node)?.room?.capacity ?? {};
  const resource = Object.keys(capacity).find((each) => takenOf(each, company) > amountOf(capacity, each));
  return resource === undefined
    ? undefined
    : `${node} has ${shareText(resource, amountOf(capacity, resource), takenOf(resource, company))}`;
}

const takenOf = (resource: string, company: readonly ServiceConfig[]): number =>
  company.reduce((sum, service) => sum + amountOf(placementOf(service).size, resource), 0);

const amountOf = (amounts: Amounts, resource: string): number =>
  Object.hasOwn(amounts, resource) ? (amounts[resource] ?? 0) : 0;

/** Two services that are to be apart and have one node only, the same. */
function samePlace(context: Context): ConfigurationProblem[] {
  const { services } = context.meaning;
  const byServiceName = new Map(services.map((service) => [service.name, service]));
  return services.flatMap(({ name, nodes, placement }) =>
    (placement?.apart ?? [])
      .filter((other) => {
        const others = byServiceName.get(other)?.nodes ?? [];
        return nodes.length === 1 && others.length === 1 && nodes[0] === others[0];
      })
      .map((other) =>
        atService(context, name, "apart", {
          code: "contradictory-relations",
          message: `The services "${name}" and "${other}" are to be apart, and both have the node "${nodes[0] ?? ""}" only`,
          advice: "Give one of them another node",
        }),
      ),
  );
}
