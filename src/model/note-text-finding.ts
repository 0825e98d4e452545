import { unreachable } from "../base/assert.js";
import { milliseconds } from "../base/time.js";
import { byRuleText } from "./halt-text.js";
import { ATTRIBUTES_PER_NODE_MAX } from "./attribute.js";
import { type ProgramFinding, isOfProgram, severityOfKind } from "./finding-kinds.js";
import type { NodeName, ServiceName } from "./names.js";
import type { Finding, NetworkFinding, Severity, UnfitNode } from "./note.js";
import type { Owed, PathFinding } from "./path.js";
import { durationText } from "./duration-text.js";
import { readingTexts } from "./note-text-rule.js";
import type { RuleReading } from "./rule.js";
import { listText, reasonsText, reloadRefusalText } from "./note-text-reason.js";

/** Of more than these, the names are not told one by one. */
const NAMES_MAX = 3;

/** How bad it is while it lasts: only what clients can feel now is an error. */
export function findingSeverity(finding: Finding): Severity {
  switch (finding.kind) {
    case "node-drained":
      return finding.services === undefined ? "notice" : "warning";
    case "no-standby":
      return finding.standbys.every(isOutByOrder) ? "notice" : "warning";
    case "network-down":
      return finding.services.length > 0 ? "error" : "warning";
    default:
      return severityOfKind(finding.kind);
  }
}

/** What is wrong, as one sentence without a full stop. */
export function findingText(finding: Finding): string {
  if (isOfProgram(finding)) return programText(finding);
  switch (finding.kind) {
    case "cut-off":
      return cutOffText(finding);
    case "node-down":
      return `${finding.node} is down`;
    case "node-unanswered":
      return `Packets from ${finding.node} arrive, but it answers none: it may not hear this node`;
    case "configuration-differs":
    case "configuration-refused":
    case "key-differs":
    case "not-known-to-peer":
    case "version-differs":
      return setupText(finding);
    case "service-unplaced":
      return `No node can hold ${finding.service}`;
    case "service-waiting":
      return waitingText(finding);
    case "interface-down":
      return `${finding.node}'s interface ${finding.interface} has no link: ${briefList(finding.services)} cannot run there`;
    case "holder-unfit":
      return `${finding.node} holds ${briefList(finding.services)} but is unfit: ${reasonsText(finding.reasons)}`;
    case "standby-unfit":
      return `${finding.node} could not take ${briefList(finding.services)}: ${reasonsText(finding.reasons)}`;
    case "no-standby":
      return noStandbyText(finding);
    case "address-contested":
    case "address-unstable":
      return addressText(finding);
    case "node-drained":
      return drainedText(finding);
    case "node-banned":
      return `${finding.node} failed ${finding.failures} times and is banned for a while`;
    case "left-behind":
      return `${finding.node} is gone since the pause, and its machine may still have ${finding.service}`;
    case "standby-path-down":
    case "path-group-down":
    case "path-group-flapping":
    case "address-unmoved":
    case "path-group-incomplete":
      return pathText(finding);
    case "fence-failed":
      return fenceText(finding);
    case "identity-refused":
      return `Clients of ${briefList(finding.services)} that still send to ${finding.node}'s MAC are not served on ${finding.interface}: ${finding.problem}`;
    case "route-refused":
      return `Programs here may not reach ${finding.address} of ${finding.service}: ${finding.problem}`;
    case "attributes-flooded":
    case "attributes-full":
    case "rule-suspended":
    case "rule-undone":
    case "rule-broken":
      return ruleText(finding);
    case "agent-impaired":
      return `The agent's ${finding.what} is impaired: ${finding.problem}`;
    default:
      return networkText(finding);
  }
}

/** What is wrong with what nodes were given to run with. */
export type SetupFinding = Finding & {
  readonly kind:
    | "configuration-differs"
    | "configuration-refused"
    | "key-differs"
    | "not-known-to-peer"
    | "version-differs";
};

function setupText(finding: SetupFinding): string {
  switch (finding.kind) {
    case "configuration-differs":
      return `${finding.node} runs with another configuration file`;
    case "configuration-refused":
      return `The changed cluster file is not used: ${reloadRefusalText(finding.refusal)}`;
    case "key-differs":
      return `Packets that claim to be from ${finding.node} are sealed with a key that the secret file here does not have`;
    case "not-known-to-peer":
      return `${finding.node}'s cluster file does not have this node, which may hold nothing until it does`;
    case "version-differs":
      return `${finding.node} speaks protocol versions ${finding.min} to ${finding.max}, none of which this node speaks`;
  }
}

/** What is wrong with rules, or with what they go by. */
export type RuleFinding = Finding & {
  readonly kind: "attributes-flooded" | "attributes-full" | "rule-suspended" | "rule-undone" | "rule-broken";
};

function ruleText(finding: RuleFinding): string {
  switch (finding.kind) {
    case "attributes-flooded":
      return `Attributes of ${finding.node} change too often: some changes are refused`;
    case "attributes-full":
      return `${finding.node} has ${ATTRIBUTES_PER_NODE_MAX} attributes already: its check cannot set ${finding.attribute}`;
    case "rule-suspended":
      return suspendedText(finding);
    case "rule-undone":
      return `The rule ${finding.rule} ${DONE[finding.did]} ${finding.of}${forWhat(finding.about, finding.of)}, which was ${UNDONE[finding.did]} since, although its condition is still true`;
    case "rule-broken":
      return `The condition of the rule ${finding.rule} cannot be evaluated${forWhat(finding.about)}: ${finding.problem}${whereText(finding.readings)}`;
    default:
      return unreachable(finding);
  }
}

const DONE = { drain: "drained", stop: "stopped" } as const;
const UNDONE = { drain: "resumed", stop: "started" } as const;

function suspendedText(finding: Finding & { readonly kind: "rule-suspended" }): string {
  const { rule, about, times, withinMs, suspendMs } = finding;
  const [within, suspend] = [withinMs, suspendMs].map((ms) => durationText(milliseconds(ms)));
  const limit = `${times === 1 ? "once" : `${times} times`} in ${within}`;
  return `The rule ${rule} is left out for ${suspend}${forWhat(about)}: it would act more often than ${limit}`;
}

const whereText = (readings: readonly RuleReading[]): string =>
  readings.length === 0 ? "" : `, where ${briefList(readingTexts(readings))}`;

function networkText(finding: NetworkFinding): string {
  switch (finding.kind) {
    case "network-down":
      return `Network ${finding.network} is down for all nodes${withClientsText(finding.services)}`;
    case "link-down":
      return `${finding.node}'s link to network ${finding.network} is down`;
    case "one-way":
      return `On network ${finding.network}, packets from ${finding.from} reach ${finding.to}, but not the other way`;
    case "pair-cut":
      return `On network ${finding.network}, ${finding.nodes.join(" and ")} do not hear each other, while their links work`;
    case "pairs-cut":
      return `On network ${finding.network}, ${finding.pairs} pairs of nodes do not hear each other, most of them with ${finding.node}, while their links work`;
    case "network-split":
      return `Network ${finding.network} is split: ${finding.parts.map((part) => briefList(part)).join(" hear nothing of ")}, while their links work`;
    case "ping-lost":
      return `No ping target of network ${finding.network} answers`;
    default:
      return unreachable(finding);
  }
}

function addressText(finding: Finding & { readonly kind: "address-contested" | "address-unstable" }): string {
  return finding.kind === "address-contested"
    ? `${finding.node ?? finding.mac} claims ${finding.address} too`
    : `Another program keeps removing ${finding.address} from ${finding.interface}`;
}

function fenceText({ node, by, problem, services }: Finding & { readonly kind: "fence-failed" }): string {
  const waiting = services.length === 0 ? "" : `; ${briefList(services)} waits for that`;
  return `${by} cannot fence ${node}: ${problem}${waiting}`;
}

const withClientsText = (services: readonly ServiceName[]): string =>
  services.length === 0 ? "" : `, with the clients of ${briefList(services)}`;

/** What is wrong with a program. */
function programText(finding: ProgramFinding): string {
  const { program, service, node } = finding;
  const what = `${program} of ${service}`;
  switch (finding.kind) {
    case "program-failed":
      return `${what} is down on ${node}: ${finding.problem}`;
    case "program-troubled":
      return `${what} is in trouble on ${node}: ${finding.problem}`;
    case "program-behind":
      return `${what} stands by on ${node} and could not take over with what it has: ${finding.problem}`;
    case "program-stray":
      return `${what} runs on ${node} although it must not`;
    case "program-waiting":
      if (finding.isSilent === true)
        return `${what} cannot begin on ${node}: it ran on ${finding.on} when that fell silent`;
      return finding.isKnown
        ? `${what} cannot begin on ${node}: it still runs on ${finding.on}`
        : `${what} cannot begin on ${node}: it ran on ${finding.on}, which has yet to look whether it still does`;
    case "program-unprobed":
      return `Nobody knows whether ${what} runs on ${node}: ${finding.problem}`;
    case "program-stuck":
      return `${what} cannot be ended on ${node}${finding.problem === undefined ? "" : `: ${finding.problem}`}`;
    default:
      return unreachable(finding);
  }
}

/** What is wrong with a path group. */
function pathText(finding: PathFinding & { readonly node: NodeName }): string {
  const group = `${finding.group} on ${finding.node}`;
  switch (finding.kind) {
    case "standby-path-down":
      return `The standby path ${finding.interface} of ${group} is dead: a failover would find nothing`;
    case "path-group-down":
      return `No path of ${group} works; its traffic stays on ${finding.interface}`;
    case "path-group-flapping":
      return `${group} changed paths so often that the next change waits`;
    case "address-unmoved":
      return `${finding.address} stayed on ${finding.interface} of ${finding.node} when the traffic of ${finding.group} left it`;
    case "path-group-incomplete":
      return `${group} could not take along from ${finding.to} to ${finding.from}: ${owedText(finding)}; it is tried again`;
    default:
      return unreachable(finding);
  }
}

const forWhat = (about: string | undefined, named?: string): string =>
  about === undefined || about === named ? "" : ` for ${about}`;

/** Whether the node is away because somebody wanted it so. */
export const isOutByOrder = ({ reasons }: UnfitNode): boolean =>
  reasons.some(({ code }) => code === "drained" || code === "node-leaving");

function waitingText({ cause, services }: Finding & { readonly kind: "service-waiting" }): string {
  const [names, wait] = [briefList(services), services.length === 1 ? "waits" : "wait"];
  switch (cause) {
    case "no-room":
    case "displaces":
    case "makes-room":
      return `${names} ${wait} for room: the nodes that are fit are full`;
    case "outranked":
      return `${names} ${wait} for room, which services of higher priority have`;
    case "too-small":
      return `${names} ${wait} for a node that is large enough for ${services.length === 1 ? "it" : "each"}`;
    case "apart":
      return `${names} ${wait} for a node without services from which ${services.length === 1 ? "it is" : "they are"} to be apart`;
    case "with-unfit":
      return `${names} ${wait} for a node that can hold what ${services.length === 1 ? "it is" : "they are"} to be with as well`;
    case "with":
      return `${names} ${wait} for room beside the services that ${services.length === 1 ? "it is" : "they are"} to be with`;
    case "needs":
      return `${names} ${wait} for services that ${services.length === 1 ? "it needs" : "they need"} and that are not active`;
    case "paused":
      return `${names} ${wait} for the end of the pause, in which nothing moves`;
    default:
      return unreachable(cause);
  }
}

function drainedText({ node, by, services }: Finding & { readonly kind: "node-drained" }): string {
  const rest = services === undefined ? "" : `, but still serves ${briefList(services)}: do not switch it off yet`;
  return `${node} is drained${byRuleText(by)}${rest}`;
}

function noStandbyText({ standbys, services }: Finding & { readonly kind: "no-standby" }): string {
  const each = standbys.map(({ node, reasons }) => `${node} (${reasonsText(reasons)})`);
  return `No node stands by for ${briefList(services)}: ${briefList(each)}`;
}

function cutOffText({ unplugged, unanswered }: Finding & { readonly kind: "cut-off" }): string {
  const signs = [
    ...(unplugged.length === 0 ? [] : [`it has no link to ${networksText(unplugged)}`]),
    ...(unanswered.length === 0 ? [] : [`no ping target of ${networksText(unanswered)} answers it`]),
  ];
  return `This node is cut off: it hears no other node, and ${listText(signs)}; other nodes may serve`;
}

/** `network a`, `networks a and b`. */
export const networksText = (networks: readonly string[]): string =>
  `network${networks.length === 1 ? "" : "s"} ${briefList(networks)}`;

export const owedText = ({ owed, more }: Owed): string => briefList(owed, NAMES_MAX, more);

/** `shop`, `shop and mail`, `shop, mail, files and 9 more`. */
export function briefList(items: readonly string[], most: number = NAMES_MAX, unnamed: number = 0): string {
  const more = items.length - most + unnamed;
  return listText(more > 0 ? [...items.slice(0, most), `${more} more`] : items);
}
