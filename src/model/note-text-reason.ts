import { assert, unreachable } from "../base/assert.js";
import { type Mover, moverText } from "./mover.js";
import { byRuleText, whoOrdered } from "./halt-text.js";
import type { HandoverCause } from "./heartbeat.js";
import type { MoveReason } from "./node-state.js";
import type { ReleaseReason } from "./note.js";
import type { Parting, ReloadRefusal } from "./reload.js";
import type { UnfitReason } from "./unfit-reasons.js";

/** Why a node can't hold a service, as a clause about that node: `web2 cannot hold shop: it is drained`. */
export function reasonText(reason: UnfitReason): string {
  const detail = reason.detail;
  switch (reason.code) {
    case "node-down":
      return "it is down";
    case "node-leaving":
      return "its agent was stopped";
    case "node-unknown":
      return "it has not been heard yet";
    case "state-unknown":
      return "it has not sent its state yet";
    case "drained":
      return `it is drained${byRuleText(detail)}`;
    case "banned":
      return `${detail === undefined ? "it failed too often and" : `${detail} failed on it, and it`} is banned for a while`;
    case "not-configured":
      return "its cluster file does not give it the service";
    case "interface-missing":
      return withDetail("it lacks the interface", detail);
    case "no-subnet":
      return detail === undefined
        ? "no interface of it is in the subnet"
        : `no interface of it is in the subnet of ${detail}`;
    case "link-down":
      return detail === undefined ? "its interface has no link" : `its interface ${detail} has no link`;
    case "paths-down":
      return detail === undefined ? "no path of it works" : `no path of its group ${detail} works`;
    case "interface-full":
      return detail === undefined
        ? "its interface may carry no more addresses"
        : `${detail} may carry no more addresses`;
    case "network-cut":
      return withDetail("it is cut off from network", detail);
    case "ping-lost":
      return detail === undefined ? "no ping target answers it" : `no ping target of network ${detail} answers it`;
    case "address-refused":
      return withDetail("its kernel refused the address", detail);
    case "declined":
      return "it declined the service when it was offered";
    case "not-known-to-peer":
      return detail === undefined ? "a peer does not know it" : `${detail} does not know it`;
    case "program-failed":
      return detail === undefined ? "its programs were down or in trouble" : `${detail} was down or in trouble on it`;
    case "program-stuck":
      return detail === undefined ? "a program cannot be ended on it" : `${detail} cannot be ended on it`;
    case "program-not-ready":
      return detail === undefined ? "its programs are not ready yet" : `${detail} is not ready on it yet`;
    case "not-fenced":
      return `it may not begin before ${detail ?? "another node"} is fenced`;
    case "no-room":
    case "too-small":
    case "displaces":
      return detail === undefined ? SHORT_OF_ROOM[reason.code] : `${SHORT_OF_ROOM[reason.code]} (${detail})`;
    case "outranked":
      return `${detail === undefined ? "its room is" : `its room (${detail}) is`} for services of higher priority`;
    case "makes-room":
      return `its room is for ${detail ?? "another service"}`;
    case "apart":
      return `it is for ${detail ?? "a service"}, from which the service is to be apart`;
    case "with":
      return `the service is to be with ${detail ?? "another"}, which is not to be there`;
    case "with-unfit":
      return `the service is to be with ${detail ?? "another"}, which cannot be there`;
    case "needs":
      return `the service needs ${detail ?? "another"}, which is not active`;
    default:
      return unreachable(reason.code);
  }
}

const SHORT_OF_ROOM = {
  "no-room": "it has no room",
  "too-small": "it is too small",
  displaces: "others would have to make room on it first",
} as const;

const withDetail = (text: string, detail: string | undefined): string =>
  detail === undefined ? text : `${text} ${detail}`;

/** Several reasons as one clause. */
export const reasonsText = (reasons: readonly UnfitReason[]): string => listText(reasons.map(reasonText));

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  if (items.length <= 1) return items.join("");
  const last = items.at(-1);
  assert(last !== undefined, "a list of two or more has a last item");
  return `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** Why a service went to its holder `to`, as what follows `because`. */
export function moveReasonText(reason: MoveReason, to: string): string {
  switch (reason.kind) {
    case "cluster-start":
      return "no node held it";
    case "holder-silent":
      return `${reason.from} fell silent`;
    case "holder-left":
      return `${reason.from} left in order`;
    case "holder-fenced":
      return `${reason.from} was fenced`;
    case "holder-crashed":
      return `the agent on ${reason.from} died`;
    case "holder-unfit":
      return reason.reasons.length === 0
        ? `${reason.from} could not hold it any longer`
        : `${reason.from} could not hold it any longer: ${reasonsText(reason.reasons)}`;
    case "holder-drained":
      return `${reason.from} was drained${byRuleText(reason.by)}`;
    case "placement":
      return placementText(reason.from, reason.reasons);
    case "operator":
      return `an operator moved it${awayText(reason.from)}`;
    case "rule":
      return `${moverText(reason.kind, reason.by)} moved it${awayText(reason.from)}`;
    case "program":
      return `${moverText(reason.kind, reason.by)} asked for a move${awayText(reason.from)}`;
    case "failback":
      return `${to} is preferred to ${reason.from} and was fit again`;
    case "started":
      return `${whoOrdered(reason.by)} started it`;
    case "vacant":
      return reason.reasons.length === 0
        ? "no node held it"
        : `no node held it, and ${reason.from ?? "its last holder"} could not: ${reasonsText(reason.reasons)}`;
    case "lost-to-all":
      return `no other node can hold it either: here, ${reasonsText(reason.reasons)}`;
    case "adopted":
      return "its addresses were in place when the agent started";
    default:
      return unreachable(reason);
  }
}

const awayText = (from: string | undefined): string => (from === undefined ? "" : ` away from ${from}`);

function placementText(from: string, reasons: readonly UnfitReason[]): string {
  const newcomer = reasons.find(({ code }) => code === "makes-room")?.detail;
  if (newcomer !== undefined) return `it made room on ${from} for ${newcomer}`;
  const text = `other services keep it from ${from}`;
  return reasons.length === 0 ? text : `${text}: ${reasonsText(reasons)}`;
}

/** Why a node let go of a service, as what follows `because`. */
export function releaseReasonText(reason: ReleaseReason): string {
  switch (reason.kind) {
    case "outranked":
      return `${reason.by} holds it with epoch ${reason.epoch}`;
    case "outranked-on-wire":
      return `${reason.by}, which it does not hear, announces the address too and is preferred`;
    case "unfit":
      return reason.reasons.length === 0 ? "it cannot hold it any longer" : reasonsText(reason.reasons);
    case "cut-off":
      return "it is the one that is cut off";
    case "stopping":
      return "its agent is stopping";
    case "handed-over":
      return HANDOVER_TEXT[reason.cause](reason.to, reason.by);
    case "halted":
      return `${whoOrdered(reason.by)} stopped it`;
    case "not-configured":
      return "the configuration gives it to other nodes";
    case "address-refused":
      return `its kernel refused an address: ${reason.problem}`;
    case "guard":
      return "its guard took it off while the agent was stalled";
    default:
      return unreachable(reason);
  }
}

const HANDOVER_TEXT: Readonly<Record<HandoverCause, (to: string, by?: Mover) => string>> = {
  none: (to) => `${to} shall have it`,
  operator: (to) => `an operator moves it to ${to}`,
  drain: (_to, by) => `it is drained${byRuleText(by?.name)}`,
  failback: (to) => `${to} is preferred`,
  unfit: () => "it is no longer fit for it",
  stopping: () => "its agent is stopping",
  halted: () => "an operator stopped it",
  placement: (to) => `other services have it go to ${to}`,
  rule: (to, by) => `${moverText("rule", by?.name)} moves it to ${to}`,
  program: (to, by) => `${moverText("program", by?.name)} asked for a move to ${to}`,
};

const PARTING_TEXT: Readonly<Record<Parting, string>> = {
  cluster: "the cluster's name",
  port: "the port",
  detection: "the detection times",
  addresses: "addresses on the networks",
};

/** Why a changed cluster file is not used, as what follows a colon. */
export function reloadRefusalText(refusal: ReloadRefusal): string {
  switch (refusal.kind) {
    case "parting":
      return (
        `it changes ${PARTING_TEXT[refusal.change]}, so that this node and ${listText(refusal.peers)} would not hear ` +
        "each other"
      );
    case "through-others":
      return (
        `it has other nodes or networks, and while some go by it and some do not, ${listText(refusal.nodes)}, which ` +
        "hear of each other only through nodes in between, would take each other for dead"
      );
    case "node-alive":
      return `it lacks ${refusal.node}, which is alive`;
    case "node-holding":
      return `it lacks ${refusal.node}, which keeps what it held while the cluster is paused`;
    case "program-cannot-start":
      return `with it, ${refusal.program} of ${refusal.service} could not start here: ${refusal.problem}`;
    default:
      return unreachable(refusal);
  }
}

/** How a changed cluster file comes into use all the same, as one imperative sentence. */
export function reloadAdvice(refusal: ReloadRefusal): string {
  switch (refusal.kind) {
    case "parting":
    case "through-others":
      return "Run `locum pause` on one node, then reload on all, then `locum unpause`";
    case "node-alive":
      return `Reload or stop the agent on ${refusal.node} first, then reload here`;
    case "node-holding":
      return (
        `Put ${refusal.node} back into the file and start its agent, then run \`locum unpause\` and ` +
        `\`locum drain ${refusal.node}\`, and take it out when that is done and its agent stopped`
      );
    case "program-cannot-start":
      return `${refusal.advice}, then reload here`;
    default:
      return unreachable(refusal);
  }
}
