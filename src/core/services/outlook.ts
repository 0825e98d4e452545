/**
 * Where on this node each address of a service is or could go, and what every check says of that (AF-3): told to an
 * operator who asks, before anything has failed. It decides nothing; a change of paths asks the same checks itself.
 */
import type { ServiceAddress } from "../../model/cluster.js";
import type { AddressOutlook, Eligibility } from "../../model/eligibility.js";
import type { NodeName } from "../../model/names.js";
import { eligibility } from "../addresses/eligibility.js";
import { locate } from "../addresses/locate.js";
import { ownMacOf } from "../identity/own-interface.js";
import { limitsOf } from "../paths/move-eligibility.js";
import type { PathGroup } from "../paths/path-group.js";
import type { Knowledge } from "../knowledge.js";
import type { Service } from "./service.js";

export type Outlook = readonly AddressOutlook[];

/** Nothing where the service is none of this node's. That its holder has an address is no objection: it lets go first. */
export function outlookOf(service: Service | undefined, facts: Knowledge): Outlook {
  if (service === undefined || !service.config.nodes.includes(facts.self)) return [];
  const holder = facts.holderOf(service);
  return service.config.addresses.flatMap((address) => {
    const here = placeOf(address, facts);
    const places = placesFor(address, here, facts);
    return [...new Set(here === undefined ? places : [here, ...places])].map((name) => ({
      ...withoutHolder(answerFor({ address, interface: name, here, ...ownMacOf(service.config) }, facts), holder),
      isHere: name === here,
    }));
  });
}

/** The interface that has the address because of us, be it on a macvlan that was made for it. */
function placeOf({ address }: ServiceAddress, { kernel, eligibility: { isOurs } }: Knowledge): string | undefined {
  if (!isOurs(address)) return undefined;
  const link = [...kernel.links()].find(({ name }) => kernel.hasAddress(name, address));
  const isMade = link?.kind === "macvlan" && link.parent !== undefined;
  return isMade ? kernel.linkName(link.parent) : link?.name;
}

/** The interfaces that the address may be on, by the configuration or by its subnet. */
function placesFor(address: ServiceAddress, here: string | undefined, facts: Knowledge): readonly string[] {
  const located = locate(address, facts);
  const names = address.interfaces ?? (located.ok ? [located.value.name] : []);
  const prospects = here === undefined ? [] : prospectsOf(address, facts);
  return [
    ...names.flatMap((name) => groupOf(name, facts)?.interfaces ?? [name]),
    ...prospects.map((to) => to.interface),
  ];
}

/** A path group has weighed already what would go along with the address. */
const prospectsOf = ({ address }: ServiceAddress, { paths }: Knowledge): readonly Eligibility[] =>
  paths.prospects().filter((each) => each.address === address);

const groupOf = (name: string, { paths }: Knowledge): PathGroup | undefined => paths.group(name) ?? paths.groupOf(name);

/** An address and an interface that it may be on. */
interface Possibility {
  readonly address: ServiceAddress;
  readonly interface: string;
  /** Where it is on this node. */
  readonly here: string | undefined;
  /** The service's own. */
  readonly mac?: string;
}

function answerFor({ address, interface: name, here, mac }: Possibility, facts: Knowledge): Eligibility {
  const prospect = here === undefined ? undefined : prospectsOf(address, facts).find((each) => each.interface === name);
  const group = groupOf(name, facts);
  const health = group?.healthOf(name);
  const cutFrom = cutOffNetwork(name, facts);
  const question = {
    address: address.address,
    interface: name,
    // An address that is there needs no room.
    limits: group === undefined || here === name ? {} : limitsOf(group.config),
    ...(mac === undefined ? {} : { mac }),
    ...(here === undefined || here === name ? {} : { from: here }),
    ...(group === undefined || health === undefined
      ? {}
      : { group: { name: group.config.name, interfaces: group.interfaces, health } }),
    ...(cutFrom === undefined ? {} : { cutFrom }),
  };
  return prospect ?? eligibility(question, facts.eligibility);
}

function cutOffNetwork(name: string, { kernel, against }: Knowledge): string | undefined {
  const link = kernel.linkNamed(name);
  const reasons = link === undefined ? [] : against(link);
  return reasons.find(({ code }) => code === "network-cut" || code === "ping-lost")?.detail;
}

const withoutHolder = (answer: Eligibility, holder: NodeName | undefined): Eligibility => ({
  ...answer,
  results: answer.results.map((result) =>
    result.check === "free-in-cluster" && result.verdict === "no" && result.detail === holder
      ? { ...result, verdict: "unknown" }
      : result,
  ),
});
