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
    missing.map((vlan) => creation(vlan, parent, byName.get(vlan.master ?? "")?.index)),
    ALREADY_THERE,
  );
  const parts = wanted.flatMap((vlan) => {
    const linkIndex = interfaceIndex(link.fd, vlan.name);
    return linkIndex < 0 ? [] : configurationParts({ interface: vlan.name, linkIndex }, vlan.configuration);
  });
  return problemOfAll([...taken, ...refused, ...performAll(netlink, parts, ALREADY_THERE)]);
}

/**
 * Deletes those of the VLAN interfaces that are on `parent`, and leaves others of their names alone. One that other
 * interfaces lie on is refused: the kernel would delete those with it.
 */
export function deleteVlans(
  { netlink }: Sockets,
  parent: Place,
  vlans: readonly VlanInterface[],
): StepProblem | undefined {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (!links.ok) return links.problem;
  const there = links.value.filter((link) => vlans.some((vlan) => isSameVlan(vlan, parent, link)));
  const used = there.flatMap((link) => upperLink(link, links.value));
  const parts = there
    .filter(({ name }) => !used.some(({ what }) => what === name))
    .map(({ name, index }) => ({ what: name, request: deleteLinkRequest(index) }));
  return problemOfAll([...used, ...performAll(netlink, parts, ALREADY_GONE)]);
}

function upperLink(link: Link, links: readonly Link[]): readonly PartProblem[] {
  const upper = links.find(({ parent }) => parent === link.index);
  if (upper === undefined) return [];
  return [{ what: link.name, problem: { code: "EBUSY", message: `the interface ${upper.name} lies on it` } }];
}

const isSameVlan = ({ name, id, protocol }: VlanInterface, { linkIndex }: Place, link: Link): boolean =>
  link.name === name && link.parent === linkIndex && link.vlan?.id === id && link.vlan.protocol === protocol;

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

function creation(vlan: VlanInterface, parent: Place, master: number | undefined): Part {
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
    ...(mac === undefined ? {} : { mac }),
    ...(master === undefined ? {} : { master }),
  };
  return { what: name, request: createVlanRequest(fields) };
}

const fromBase64 = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Uint8Array.from(Buffer.from(text, "base64"));
