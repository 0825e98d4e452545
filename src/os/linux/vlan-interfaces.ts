import type { VlanInterface } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import { parseMac } from "../../wire/mac-address.js";
import {
  createVlanRequest,
  decodeLink,
  deleteLinkRequest,
  dumpLinksRequest,
  type Link,
} from "../../wire/rtnetlink-link.js";
import type { Sockets } from "./announce.js";
import { configurationParts, type Place } from "./configuration-parts.js";
import { interfaceIndex } from "./interface-lookup.js";
import { ALREADY_GONE, ALREADY_THERE, type Part, performAll, type PartProblem, problemOfAll } from "./netlink-batch.js";

/**
 * Makes VLAN interfaces on another with all that is configured on them. One that is there already is only configured; a
 * name that belongs to another interface is refused in words.
 */
export function createVlans(
  { netlink, link }: Sockets,
  parent: Place,
  vlans: readonly VlanInterface[],
): StepProblem | undefined {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (!links.ok) return links.problem;
  const byName = new Map(links.value.map((each) => [each.name, each]));
  const taken = vlans.flatMap((vlan) => takenName(vlan, parent, byName.get(vlan.name), links.value));
  const wanted = vlans.filter(({ name }) => !taken.some(({ what }) => what === name));
  const missing = wanted.filter(({ name }) => !byName.has(name));
  const refused = performAll(
    netlink,
    missing.map((vlan) => creation(vlan, parent)),
    ALREADY_THERE,
  );
  const parts = wanted.flatMap((vlan) => {
    const linkIndex = interfaceIndex(link.fd, vlan.name);
    return linkIndex < 0 ? [] : configurationParts({ interface: vlan.name, linkIndex }, vlan.configuration);
  });
  return problemOfAll([...taken, ...refused, ...performAll(netlink, parts, ALREADY_THERE)]);
}

/** Deletes those of the VLAN interfaces that are on `parent`, and leaves others of their names alone. */
export function deleteVlans(
  { netlink }: Sockets,
  parent: Place,
  vlans: readonly VlanInterface[],
): StepProblem | undefined {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (!links.ok) return links.problem;
  const byName = new Map(links.value.map((each) => [each.name, each]));
  const parts = vlans.flatMap((vlan): readonly Part[] => {
    const link = byName.get(vlan.name);
    return link !== undefined && isSameVlan(vlan, parent, link)
      ? [{ what: vlan.name, request: deleteLinkRequest(link.index) }]
      : [];
  });
  return problemOfAll(performAll(netlink, parts, ALREADY_GONE));
}

const isSameVlan = ({ id, protocol }: VlanInterface, { linkIndex }: Place, link: Link): boolean =>
  link.parent === linkIndex && link.vlan?.id === id && link.vlan.protocol === protocol;

function takenName(
  vlan: VlanInterface,
  parent: Place,
  found: Link | undefined,
  links: readonly Link[],
): readonly PartProblem[] {
  if (found === undefined || isSameVlan(vlan, parent, found)) return [];
  const message = `there is another interface of that name, ${whatItIs(found, links)}`;
  return [{ what: vlan.name, problem: { code: "EEXIST", message } }];
}

function whatItIs({ kind, vlan, parent }: Link, links: readonly Link[]): string {
  const below = links.find(({ index }) => index === parent)?.name;
  const place = below === undefined ? "" : ` on ${below}`;
  return vlan === undefined ? `${kind ?? "hardware"}${place}` : `VLAN ${vlan.id}${place}`;
}

function creation(vlan: VlanInterface, parent: Place): Part {
  const { name, id, protocol, flags, priorityMaps, configuration } = vlan;
  const mac = parseMac(configuration.mac);
  const fields = {
    parent: parent.linkIndex,
    name,
    vlan: {
      id,
      protocol,
      flags,
      egressPriorities: fromBase64(priorityMaps?.egress),
      ingressPriorities: fromBase64(priorityMaps?.ingress),
    },
    mtu: configuration.mtu,
  };
  return { what: name, request: createVlanRequest(mac === undefined ? fields : { ...fields, mac }) };
}

const fromBase64 = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Uint8Array.from(Buffer.from(text, "base64"));
