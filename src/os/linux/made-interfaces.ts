import { known } from "../../base/assert.js";
import { ok, refused, type Result } from "../../base/result.js";
import { isMadeName, type MadeInterface, type PlacedAddress } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { parseMac } from "../../wire/mac-address.js";
import {
  addArpChain,
  addArpDropRule,
  addTable,
  beginBatch,
  deleteChain,
  deleteTable,
  endBatch,
  flushChain,
} from "../../wire/nftables.js";
import { addAddressRequest, removeAddressRequest } from "../../wire/rtnetlink-address.js";
import {
  decodeLink,
  deleteLinkRequest,
  dumpLinksRequest,
  type Link,
  setLinkRequest,
} from "../../wire/rtnetlink-link.js";
import {
  addSourceRuleRequest,
  addSubnetRouteRequest,
  createMacvlanRequest,
  decodeSourceRule,
  deleteSourceRuleRequest,
  KIND_MACVLAN,
  settleMacvlanRequest,
  type SourceFields,
  type SourceRule,
} from "../../wire/rtnetlink-macvlan.js";
import { dumpRulesRequest } from "../../wire/rtnetlink-rule.js";
import { addressBytes, readAddresses, readLink } from "./addresses.js";
import { awaitLocalRoutes } from "./local-route.js";
import { interfaceIndex } from "./interface-lookup.js";
import { ALREADY_GONE, ALREADY_THERE } from "./netlink-batch.js";
import { type Answer, NETLINK, NetlinkSocket } from "./netlink-socket.js";
import { SystemCallError } from "./system-call-error.js";

/** The one table of family `arp` that is ours. */
const TABLE = "locum";
/** In an ARP packet, the IPv4 address that is asked for. */
const ARP_TARGET_OFFSET = 24;

/** An address on an interface that is made for it. */
export type MadePlace = PlacedAddress & { readonly made: MadeInterface };

export const isMadePlace = (placed: PlacedAddress): placed is MadePlace => placed.made !== undefined;

/*
 * An address with a MAC of its own: on a macvlan interface, which comes with the first such address and goes with the last.
 *
 *   - The interface below has neither the address nor its MAC; but Linux answers ARP for each of its addresses on all of
 *     its interfaces, so that questions for this one are dropped there.
 *   - What the host answers from the address leaves by the macvlan, with its MAC, where the client is in the subnet: by a
 *     policy rule for that source. The address makes no route of its own, or the host itself would use it for everything.
 */

/** Refused with EEXIST when it is there already; all that belongs to it is then there, too. */
export function addMadeAddress(netlink: NetlinkSocket, placed: MadePlace): StepProblem | undefined {
  const below = interfaceIndex(netlink.fd, placed.made.on);
  if (below < 0) return { code: "ENODEV", message: `there is no interface ${placed.made.on}` };
  const made = makeInterface(netlink, placed, below);
  if (!made.ok) return made.problem;
  const silenced = silence(placed, below);
  const added = silenced ?? addWithRoutes(netlink, placed, made.value);
  if (added !== undefined && added.code !== "EEXIST") removeMadeAddress(netlink, placed);
  if (added === undefined && placed.family === 6) awaitLocalRoutes(netlink, made.value, [placed.address]);
  return added;
}

/** Refused with EADDRNOTAVAIL when it is not there. */
export function removeMadeAddress(netlink: NetlinkSocket, placed: MadePlace): StepProblem | undefined {
  const index = interfaceIndex(netlink.fd, placed.interface);
  const link = index < 0 ? undefined : ownLink(netlink, placed, index);
  unsilence(placed);
  if (link === undefined) {
    deleteOrphanedRules(netlink, placed);
    deleteUnusedTable(netlink);
    return { code: "ENODEV", message: `there is no interface ${placed.interface}` };
  }
  const fields = fieldsOf(placed, index);
  const [removed] = netlink.requestAll([removeAddressRequest(fields), deleteSourceRuleRequest(fields)]);
  const left = readAddresses(netlink, index);
  const isLast = left.ok && left.value.length === 0;
  const deleted = isLast ? netlink.request(deleteLinkRequest(index)) : ok(undefined);
  if (isLast) deleteUnusedTable(netlink);
  return problemOf(known(removed, "every removal has an answer")) ?? problemOf(deleted);
}

/**
 * Deletes the rules that go with such addresses, wherever they came from; the interfaces stay, and what is asked for again
 * gets its rules again.
 */
export function clearMadeRules(netlink: NetlinkSocket): StepProblem | undefined {
  const rules = ([4, 6] as const).flatMap((family) => sourceRules(netlink, family));
  const answers = netlink.requestAll(rules.map(deleteSourceRuleRequest));
  const filters = filter([deleteTable(TABLE, "arp")]);
  const isLeft = filters !== undefined && !NOTHING_THERE.has(filters.code);
  const refusal = answers.find((answer) => !answer.ok && !ALREADY_GONE.has(answer.problem.code));
  return problemOf(refusal ?? ok(undefined)) ?? (isLeft ? filters : undefined);
}

function sourceRules(netlink: NetlinkSocket, family: 4 | 6): readonly SourceRule[] {
  const found = netlink.dump(dumpRulesRequest(family), decodeSourceRule);
  return found.ok ? found.value : [];
}

/** A rule outlives an interface that went with the one below. */
function deleteOrphanedRules(netlink: NetlinkSocket, { address, family }: MadePlace): void {
  const bytes = addressBytes(address);
  const orphans = sourceRules(netlink, family).filter(
    (rule) => isSameAddress(rule.address, bytes) && !readLink(netlink, rule.linkIndex).ok,
  );
  netlink.requestAll(orphans.map(deleteSourceRuleRequest));
}

const isSameAddress = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function makeInterface(netlink: NetlinkSocket, placed: MadePlace, below: number): Result<number, StepProblem> {
  const mac = known(parseMac(placed.made.mac), "MACs in the configuration were checked");
  const created = netlink.request(createMacvlanRequest({ name: placed.interface, parent: below, mac }));
  if (!created.ok && !ALREADY_THERE.has(created.problem.code)) return created;
  const index = interfaceIndex(netlink.fd, placed.interface);
  if (index < 0) return refused({ code: "ENODEV", message: `there is no interface ${placed.interface}` });
  if (!created.ok && ownLink(netlink, placed, index)?.parent !== below) {
    return refused({ code: "EBUSY", message: `there is another interface of the name ${placed.interface}` });
  }
  const settled = netlink.requestAll([settleMacvlanRequest(index), setLinkRequest(index, { up: true })]);
  const problem = settled.map(problemOf).find((each) => each !== undefined);
  return problem === undefined ? ok(index) : refused(problem);
}

function addWithRoutes(netlink: NetlinkSocket, placed: MadePlace, index: number): StepProblem | undefined {
  const fields = fieldsOf(placed, index);
  const [added, ...others] = netlink.requestAll([
    addAddressRequest({ ...fields, withoutRoute: true }),
    addSubnetRouteRequest(fields),
    addSourceRuleRequest(fields),
  ]);
  const refusal = others.find((answer) => !answer.ok && !ALREADY_THERE.has(answer.problem.code));
  return problemOf(refusal ?? ok(undefined)) ?? problemOf(known(added, "every order has an answer"));
}

/** The interface, if it is the one that was made for the address. */
function ownLink(netlink: NetlinkSocket, { made }: MadePlace, index: number): Link | undefined {
  const link = readLink(netlink, index);
  return link.ok && link.value.kind === KIND_MACVLAN && link.value.mac === made.mac ? link.value : undefined;
}

/** Questions for the address are not answered by the interface below. IPv6 asks only who has it. */
function silence(placed: MadePlace, below: number): StepProblem | undefined {
  if (placed.family === 6) return undefined;
  const name = { table: TABLE, chain: chainName(placed) };
  const match = { header: "network", offset: ARP_TARGET_OFFSET, bytes: addressBytes(placed.address) } as const;
  return filter([
    addTable(TABLE, "arp"),
    addArpChain(name),
    flushChain(name, "arp"),
    addArpDropRule(name, below, match),
  ]);
}

function unsilence(placed: MadePlace): void {
  if (placed.family === 4) filter([deleteChain({ table: TABLE, chain: chainName(placed) }, "arp")]);
}

/** With the last interface that was made, nothing is in it any more. */
function deleteUnusedTable(netlink: NetlinkSocket): void {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (links.ok && !links.value.some(({ name }) => isMadeName(name))) filter([deleteTable(TABLE, "arp")]);
}

const chainName = ({ interface: name, address }: MadePlace): string => `${name}_${address}`;

const NOTHING_THERE: ReadonlySet<string> = new Set(["ENOENT", "EOPNOTSUPP"]);

function filter(orders: readonly Uint8Array[]): StepProblem | undefined {
  let netfilter: NetlinkSocket;
  try {
    netfilter = new NetlinkSocket(NETLINK.netfilter);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { code: "EOPNOTSUPP", message: "the kernel has no packet filters" };
  }
  const answer = netfilter.transact(beginBatch(), orders, endBatch());
  netfilter.close();
  return problemOf(answer);
}

const problemOf = (answer: Answer): StepProblem | undefined => (answer.ok ? undefined : answer.problem);

const fieldsOf = ({ address, prefixLength }: MadePlace, linkIndex: number): SourceFields => ({
  address: addressBytes(address),
  prefixLength,
  linkIndex,
});
