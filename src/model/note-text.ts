import { unreachable } from "../base/assert.js";
import { type Duration, milliseconds } from "../base/time.js";
import { durationText } from "./duration-text.js";
import type { HandoverCause, PacketRefusal } from "./heartbeat.js";
import { type Mover, moverText } from "./mover.js";
import { byRuleText, whoOrdered } from "./halt-text.js";
import type { NodeName } from "./names.js";
import type { HoldCondition } from "./node-state.js";
import { type Note, type RelayRefusal, SEVERITIES, type Severity } from "./note.js";
import type { FileChange, ProgramChange } from "./reload.js";
import { programChangeText } from "./program-change-text.js";
import type { RuleName } from "./rule.js";
import { briefList, findingSeverity, findingText } from "./note-text-finding.js";
import { identityNoteSeverity, identityNoteText } from "./note-text-identity.js";
import { fenceNoteSeverity, fenceNoteText } from "./note-text-fence.js";
import { attributeNoteText } from "./note-text-attribute.js";
import { routeNoteSeverity, routeNoteText } from "./note-text-route.js";
import { ruleNoteSeverity, ruleNoteText } from "./note-text-rule.js";
import { pathNoteSeverity, pathNoteText } from "./note-text-path.js";
import { programNoteSeverity, programNoteText } from "./note-text-program.js";
import { shortHash } from "./short-hash.js";
import { listText, moveReasonText, reasonsText, releaseReasonText, reloadRefusalText } from "./note-text-reason.js";

/** Shorter ones happen on every busy machine, and cost nobody anything. */
/** Whoever was told of it need hear of it again only where it has become worse. */
function changeSeverity({ finding, before }: Note & { readonly code: "finding.changed" }): Severity {
  const now = findingSeverity(finding);
  return SEVERITIES.indexOf(now) > SEVERITIES.indexOf(findingSeverity(before)) ? now : "notice";
}

const STALL_WORTH_A_LOOK: Duration = milliseconds(50);

/** How much a note matters. */
export function noteSeverity(note: Note): Severity {
  if (isOf("path", note)) return pathNoteSeverity(note);
  if (isOf("program", note)) return programNoteSeverity(note);
  if (isOf("identity", note)) return identityNoteSeverity(note);
  if (isOf("attribute", note)) return "info";
  if (isOf("address", note)) return addressSeverity(note);
  if (isOf("rule", note)) return ruleNoteSeverity(note);
  if (isOf("route", note)) return routeNoteSeverity(note);
  if (isOf("fence", note)) return fenceNoteSeverity(note);
  if (isOfServing(note)) return "notice";
  switch (note.code) {
    case "agent.started":
    case "agent.stopped":
    case "service.moved":
    case "command.received":
    case "link.restored":
    case "link.renamed":
    case "node.ban-ended":
      return "info";
    case "agent.programs-not-kept":
    case "agent.dismissed":
    case "agent.stopping":
    case "node.up":
    case "node.left":
    case "node.drained":
    case "node.resumed":
    case "cluster.paused":
    case "cluster.unpaused":
    case "finding.cleared":
    case "service.claimed":
    case "service.active":
    case "service.offered":
    case "service.offer-declined":
    case "service.released":
    case "service.closing":
    case "service.halted":
    case "service.resumed":
    case "configuration.changed":
    case "keys.changed":
      return "notice";
    case "packets.refused":
    case "relay.refused":
    case "node.crashed":
    case "node.down":
    case "node.unanswered":
    case "node.banned":
    case "service.offer-lapsed":
    case "service.rival":
    case "link.lost":
    case "agent.incarnation-outdated":
      return "warning";
    case "agent.fenced-by-guard":
    case "service.kept":
    case "configuration.refused":
      return "error";
    case "service.rival-gone":
      return note.hasPrograms ? "error" : "warning";
    case "finding.raised":
      return findingSeverity(note.finding);
    case "finding.changed":
      return changeSeverity(note);
    case "agent.stalled":
      return note.lateness < STALL_WORTH_A_LOOK ? "info" : "warning";
    default:
      return unreachable(note);
  }
}

function addressSeverity({ code }: NoteOf<"address">): Severity {
  switch (code) {
    case "address.added":
    case "address.adopted":
    case "address.removed":
      return "info";
    case "address.taken-away":
    case "address.lost-with-interface":
    case "address.stray-removed":
      return "warning";
    case "address.add-failed":
    case "address.remove-failed":
    case "address.rival-heard":
      return "error";
    default:
      return unreachable(code);
  }
}

const SERVING = ["service.unserved", "service.served", "service.returned", "service.move-refused"] as const;
type ServingNote = Extract<Note, { readonly code: (typeof SERVING)[number] }>;

/** How a service is served, and by whom it goes on being served. */
const isOfServing = (note: Note): note is ServingNote => SERVING.some((code) => code === note.code);

type NoteOf<Area extends string> = Extract<Note, { readonly code: `${Area}.${string}` }>;

const isOf = <Area extends string>(area: Area, note: Note): note is NoteOf<Area> => note.code.startsWith(`${area}.`);

/** A note as one sentence without a full stop; `speaker` is the node whose decision it was. */
export function noteText(note: Note, speaker: NodeName): string {
  if (isOf("service", note)) return serviceText(note, speaker);
  if (isOf("address", note)) return addressText(note, speaker);
  if (isOf("node", note)) return nodeText(note, speaker);
  if (isOf("agent", note)) return agentText(note, speaker);
  if (isOf("path", note)) return pathNoteText(note, speaker);
  if (isOf("program", note)) return programNoteText(note, speaker);
  if (isOf("identity", note)) return identityNoteText(note, speaker);
  if (isOf("attribute", note)) return attributeNoteText(note, speaker);
  if (isOf("rule", note)) return ruleNoteText(note, speaker);
  if (isOf("route", note)) return routeNoteText(note, speaker);
  if (isOf("fence", note)) return fenceNoteText(note, speaker);
  switch (note.code) {
    case "cluster.paused":
      return "The cluster is paused: nothing moves until it is unpaused";
    case "cluster.unpaused":
      return "The cluster is no longer paused";
    case "finding.raised":
      return findingText(note.finding);
    case "finding.cleared":
      return `Over: ${findingText(note.finding)}`;
    case "finding.changed":
      return `Now: ${findingText(note.finding)}`;
    case "link.lost":
      return `Interface ${note.interface} of ${speaker} lost its link`;
    case "link.restored":
      return `Interface ${note.interface} of ${speaker} has a link again`;
    case "link.renamed":
      return `Interface ${note.from} of ${speaker} is called ${note.interface} now`;
    case "packets.refused":
      return packetsText(note, speaker);
    case "relay.refused":
      return relayText(note, speaker);
    case "command.received":
      return `${speaker} was told: ${note.command}`;
    case "configuration.changed":
      return `${speaker} runs with a changed configuration (hash ${shortHash(note.hash)})${changesText(note.changes)}${fatesText(note.programs)}`;
    case "configuration.refused":
      return `${speaker} does not use the changed cluster file: ${reloadRefusalText(note.refusal)}`;
    case "keys.changed":
      return `${speaker} uses the key with id ${note.used} now, and ${acceptedText(note.accepted)}`;
    default:
      return unreachable(note);
  }
}

/** Of a changed file, so many changes are told one by one. */
const CHANGES_MAX = 8;
/** What changes for clients first. */
const CHANGE_ORDER: readonly FileChange["what"][] = ["service", "setting", "network", "node"];

function changesText(changes: readonly FileChange[] = []): string {
  const rank = ({ what }: FileChange): number => CHANGE_ORDER.indexOf(what);
  const words = changes
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ what, name, how }) => `${what === "setting" ? "" : `${what} `}${name} ${how}`);
  return words.length === 0 ? "" : `: ${briefList(words, CHANGES_MAX)}`;
}

function fatesText(programs: readonly ProgramChange[] = []): string {
  return programs.length === 0 ? "" : `; ${briefList(programs.map(programChangeText), CHANGES_MAX)}`;
}

function agentText(note: NoteOf<"agent">, speaker: NodeName): string {
  switch (note.code) {
    case "agent.started":
      return note.adopted.length === 0
        ? `The agent on ${speaker} started`
        : `The agent on ${speaker} started and kept ${listText(note.adopted)}, which it found in place`;
    case "agent.dismissed":
      return `${speaker} is not in the changed cluster file: its agent lets go of everything in order, and ends`;
    case "agent.programs-not-kept":
      return `${speaker} ends the programs it kept: of version ${note.theirs}, not ${note.ours}`;
    case "agent.stopping":
      return `The agent on ${speaker} is stopping in order`;
    case "agent.stopped":
      return `The agent on ${speaker} stopped`;
    case "agent.stalled":
      return `The agent on ${speaker} did not run for ${durationText(note.lateness)}; no peer is blamed for it`;
    case "agent.fenced-by-guard":
      return `The guard on ${speaker} took the service addresses off, because the agent was out for too long`;
    case "agent.incarnation-outdated":
      return `The peers of ${speaker} knew a later start of it (its state directory was lost, and its clock is behind); it goes on as a later one`;
    default:
      return unreachable(note);
  }
}

function nodeText(note: NoteOf<"node">, speaker: NodeName): string {
  const { node } = note;
  switch (note.code) {
    case "node.up":
      return `${node} is up`;
    case "node.down":
      return `${node} is down: silent on all networks for ${durationText(note.silence)}`;
    case "node.left":
      return `${node} left in order`;
    case "node.crashed":
      return `The agent on ${node} died; its guard said so and took its addresses off`;
    case "node.unanswered":
      return `Packets from ${node} reach ${speaker}, but ${node} answers none`;
    case "node.drained":
      return `${node} is drained${byRuleText(note.by)}: until it is resumed it takes no service, and keeps only what nobody else can take`;
    case "node.resumed":
      return `${node} is in service again`;
    case "node.banned":
      return `${node} failed ${note.failures} times and is banned for ${durationText(note.length)}`;
    case "node.ban-ended":
      return `${node} is no longer banned`;
    default:
      return unreachable(note);
  }
}

const CAUSE_TEXT: Readonly<Record<HandoverCause, (by?: Mover) => string>> = {
  none: () => "it lets go of it",
  operator: () => "an operator moved it",
  drain: (by) => `it is drained${byRuleText(by?.name)}`,
  failback: () => "that node is preferred",
  unfit: () => "it is no longer fit for it",
  stopping: () => "it is stopping",
  halted: () => "an operator stopped it",
  placement: () => "other services have it go there",
  rule: (by) => `${moverText("rule", by?.name)} moved it`,
  program: (by) => `${moverText("program", by?.name)} asked for it`,
};

function serviceText(note: NoteOf<"service">, speaker: NodeName): string {
  const { service } = note;
  switch (note.code) {
    case "service.claimed":
      return `${speaker} takes ${service} (epoch ${note.epoch}), because ${moveReasonText(note.reason, speaker)}`;
    case "service.active":
      return `${speaker} serves ${service}, ${durationText(note.took)} after it took it`;
    case "service.offered":
      return `${speaker} offers ${service} to ${note.to}, because ${CAUSE_TEXT[note.cause](note.by)}`;
    case "service.offer-lapsed":
      return `${note.to} ${note.declined ? "declined" : "did not take"} ${service}: ${speaker} keeps it`;
    case "service.offer-declined":
      return `${speaker} declines ${service} from ${note.from}: ${reasonsText(note.reasons)}`;
    case "service.move-refused":
      return `${service} stays on ${speaker}${note.cause === "failback" ? " and does not fail back" : ""}: ${note.to} cannot take it, because ${reasonsText(note.reasons)}`;
    case "service.closing":
      return `${speaker} stops the programs of ${service} before ${note.to ?? "another node"} may have it, because ${releaseReasonText(note.why)}`;
    case "service.kept":
      return `${speaker} keeps ${service} (epoch ${note.epoch}): ${note.program} cannot be ended there, and nobody else may begin before it has`;
    case "service.unserved":
      return `${note.node} holds ${service} and does not serve all of it: ${unservedText(note)}`;
    case "service.returned":
      return `${service} is on ${note.to} again (epoch ${note.epoch})`;
    case "service.served":
      return `${note.node} serves all of ${service}`;
    case "service.halted":
      return `${service} is stopped${orderText(note.by)}: no node holds it until it is started again`;
    case "service.resumed":
      return `${service} may be held again,${orderText(note.by)}`;
    case "service.released":
      return `${speaker} let go of ${service} (epoch ${note.epoch}), because ${releaseReasonText(note.why)}`;
    case "service.moved":
      return note.from === undefined
        ? `${service} is on ${note.to} (epoch ${note.epoch})`
        : `${service} moved from ${note.from} to ${note.to} (epoch ${note.epoch})`;
    case "service.rival":
      return rivalText(note, speaker);
    case "service.rival-gone":
      return rivalGoneText(note);
    default:
      return unreachable(note);
  }
}

function rivalText(note: Extract<Note, { readonly code: "service.rival" }>, speaker: NodeName): string {
  const rule = note.epoch === note.rivalEpoch ? "the preferred node keeps it" : "the later epoch wins";
  if (note.isOld) {
    const held = `${note.rival} held ${note.service} (epoch ${note.rivalEpoch}) when it was last heard`;
    return `${held}, and ${speaker} holds it now (epoch ${note.epoch}): ${rule}`;
  }
  const claims = `${speaker} (epoch ${note.epoch}) and ${note.rival} (epoch ${note.rivalEpoch})`;
  return `${claims} both hold ${note.service}: ${rule}`;
}

function rivalGoneText({
  rival,
  service,
  overlap,
  hasPrograms,
  isOld,
}: Extract<Note, { readonly code: "service.rival-gone" }>): string {
  const held = isOld ? "may have held it" : "held it";
  const ran = isOld ? "and run its programs" : "and may have run its programs";
  const both = hasPrograms ? `both ${held} ${ran}` : `both ${held}`;
  return `${rival} has let go of ${service}: for up to ${durationText(overlap)} ${both}`;
}

function addressText(note: NoteOf<"address">, speaker: NodeName): string {
  const place = `${note.interface} of ${speaker}`;
  switch (note.code) {
    case "address.added":
      return `${note.address} is on ${place}`;
    case "address.adopted":
      return `${note.address} was on ${place} already and is kept for ${note.service}`;
    case "address.removed":
      return `${note.address} is off ${place}`;
    case "address.add-failed":
      return `Cannot put ${note.address} on ${place}: ${note.problem}`;
    case "address.remove-failed":
      return `Cannot take ${note.address} off ${place}: ${note.problem}`;
    case "address.taken-away":
      return takenAwayText(note, place);
    case "address.lost-with-interface":
      return `${note.address} went with ${place}, which ${note.isGone ? "is gone" : "was switched off; it is put back"}`;
    case "address.stray-removed":
      return `${note.address} was left on ${place} by an earlier run and was removed`;
    case "address.rival-heard":
      return `${note.node === undefined ? note.mac : `${note.node} (${note.mac})`} claims ${note.address}, which is on ${place}`;
    default:
      return unreachable(note);
  }
}

function takenAwayText(note: Extract<Note, { readonly code: "address.taken-away" }>, place: string): string {
  const often = note.times > 1 ? ` for the ${ordinal(note.times)} time` : "";
  const then = note.restoreIn === 0 ? "put back at once" : `put back in ${durationText(note.restoreIn)}`;
  return `Another program removed ${note.address} from ${place}${often}; it is ${then}`;
}

const ORDINAL_ENDINGS: Readonly<Record<number, string>> = { 1: "st", 2: "nd", 3: "rd" };

function ordinal(count: number): string {
  const isTeen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${isTeen ? "th" : (ORDINAL_ENDINGS[count % 10] ?? "th")}`;
}

const REFUSAL_TEXT: Readonly<Record<PacketRefusal, string>> = {
  "not-a-heartbeat": "are no heartbeats",
  "wrong-cluster": "are of another cluster that uses the same network and port",
  "unknown-version": "are of a protocol version that this program does not speak",
  "unknown-sender": "come from a node that is not in the configuration",
  "unknown-key": "are sealed with a key that is not in the secret file here",
  "too-many-sessions": "begin more sessions at once than genuine nodes would",
  forged: "are not authentic",
  malformed: "are authentic and make no sense",
  "wrong-addressee": "are meant for another node",
  "wrong-network": "came over another network than the one they were sent on",
  "old-incarnation": "are of an earlier run of their sender",
  "ended-incarnation": "are of a run of their sender that has said goodbye",
  replayed: "were heard before",
};

function packetsText(note: Note & { readonly code: "packets.refused" }, speaker: NodeName): string {
  const from = note.sender === undefined ? "" : ` that name ${note.sender} as their sender`;
  return `${speaker} refused ${note.count} packets${from}: they ${REFUSAL_TEXT[note.refusal]}`;
}

const RELAY_REFUSAL_TEXT: Readonly<Record<RelayRefusal, string>> = {
  "unknown-node": "there is no such node",
  "about-receiver": "it knows that best itself",
  "about-sender": "that is not for it to pass on",
  "old-incarnation": "it is of an earlier run",
};

function relayText(note: Note & { readonly code: "relay.refused" }, speaker: NodeName): string {
  const times = note.count === 1 ? "" : `, ${note.count} times by now`;
  return `${speaker} refused what ${note.by} passed on from ${note.about}${times}: ${RELAY_REFUSAL_TEXT[note.refusal]}`;
}

const acceptedText = (ids: readonly string[]): string =>
  ids.length === 0 ? "accepts no other" : `accepts ${ids.join(" and ")} too`;

const unservedText = ({ condition, byOrder }: Note & { readonly code: "service.unserved" }): string =>
  byOrder === true ? "an operator had a program of it restarted or changed" : CONDITION_TEXT[condition];

const CONDITION_TEXT: Readonly<Record<HoldCondition, string>> = {
  starting: "programs of it are not ready",
  stopping: "it is about to let go of it",
  failed: "a program of it is down",
};

const orderText = (by: RuleName | undefined): string => (by === undefined ? " by order" : ` by ${whoOrdered(by)}`);
