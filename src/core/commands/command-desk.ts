/**
 * Operators' commands: carried out here, or passed on to the node that can.
 *
 * A move is the holder's to make; a drain is the drained node's. A command that came from another node is never passed
 * on again, so that two nodes with different views cannot play ball with it.
 */
import type { Deadline } from "../../base/machine.js";
import { type Instant, between } from "../../base/time.js";
import type { Command, CommandOutcome, DrainOrResume } from "../../model/command.js";
import { durationText } from "../../model/duration-text.js";
import { byMover, isOrderedMove } from "../../model/mover.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import type { KeptService } from "../../model/node-state.js";
import { listText } from "../../model/note-text-reason.js";
import type { NodeView } from "../../model/status.js";
import type { RuleName } from "../../model/rule.js";
import { type UnfitReason, isAgainstMoves } from "../../model/unfit-reasons.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { place } from "../placement/place.js";
import type { RuleBook } from "../rules/rule-book.js";
import type { Service } from "../services/service.js";
import type { Situation } from "../services/situation.js";
import { isAttributeCommand, judgeAttribute } from "./attribute-orders.js";
import { commandText } from "./command-text.js";
import { cancelFence, judgeFence } from "./fence-orders.js";
import { leftBehindClause, strayLeftText } from "./left-behind-text.js";
import { isPathCommand, judgePathCommand, pathProgress } from "./path-orders.js";
import { isServiceCommand, judgeServiceCommand, serviceProgress, servingProgress } from "./service-orders.js";
import { answerCommand } from "./rule-order.js";
import { cannotTakeText, haltedText, notAmongText } from "./refusal-text.js";
import { boundText, drainProgress } from "./drain-progress.js";
import { awaitedPrograms } from "./awaited-programs.js";
import { type Answer, PendingCommands, accepted, rejected } from "./pending-commands.js";

/** What the desk needs of the node around it. */
export interface DeskContext {
  readonly knowledge: Knowledge;
  readonly effects: Effects;
  readonly stopping: boolean;
  /** The node is too fresh to know who is there and who holds what. */
  readonly listening: boolean;
  view(): NodeView;
  service(name: ServiceName): Service | undefined;
  services(): readonly Service[];
  situation(service: Service): Situation;
}

type Received = Extract<NodeInput, { readonly kind: "command-received" }>;
type Move = Extract<Command, { readonly kind: "move" }>;
/** An answer now, or a command to wait for, here or at another node. */
export type Verdict = CommandOutcome | { readonly waitFor: "here" } | { readonly forwardTo: NodeName };

export class CommandDesk {
  readonly #pending = new PendingCommands();
  readonly #rules: Pick<RuleBook, "standingOf">;

  constructor(rules: Pick<RuleBook, "standingOf">) {
    this.#rules = rules;
  }

  deadline(): Deadline | undefined {
    return this.#pending.deadline();
  }

  receive(now: Instant, received: Received, context: DeskContext): void {
    const { id, command } = received;
    // What an application says of its node every few seconds is told by the attribute, where it is news.
    if (!isAttributeCommand(command)) context.effects.note({ code: "command.received", command: commandText(command) });
    const verdict = this.#judge(received, now, context);
    if ("ok" in verdict) this.#answer(id, verdict, context);
    else if ("waitFor" in verdict) this.#keep(now, received, false, context);
    else this.#forward(now, received, verdict.forwardTo, context);
  }

  answered(id: string, outcome: CommandOutcome, context: DeskContext): void {
    this.#pending.answered(id, outcome, answerFor(context));
  }

  /** Answers the commands that came to their end. */
  review(now: Instant, context: DeskContext): void {
    const judge = (command: Command): CommandOutcome | undefined => progress(now, command, context);
    this.#pending.review(now, judge, (command) => awaitedPrograms(now, command, context), answerFor(context));
  }

  #judge({ command, origin }: Received, now: Instant, context: DeskContext): Verdict {
    if (context.stopping) return rejected("stopping", `${context.knowledge.self} is stopping`);
    switch (command.kind) {
      case "move":
        return judgeMove(command, now, context);
      case "drain":
      case "resume":
        return judgeDrain(now, command, context, this.#rules);
      case "pause":
        return pause(context);
      case "unpause":
        return unpause(command.force === true, context);
      case "stop-service":
      case "start-service":
      case "restart-service":
        return judgeServiceCommand(now, command, context);
      case "fence":
        return judgeFence(now, command, origin !== undefined, context);
      case "cancel-fence":
        return cancelFence(now, command.node, context);
      case "set-attribute":
      case "unset-attribute":
        return judgeAttribute(now, command, context);
      default:
        return judgePathCommand(now, command, context);
    }
  }

  #forward(now: Instant, received: Received, to: NodeName, context: DeskContext): void {
    if (received.origin !== undefined) {
      this.#answer(
        received.id,
        rejected("no-holder", `${context.knowledge.self} was asked, but ${to} is in charge`),
        context,
      );
    } else if (context.knowledge.membership.peer(to)?.condition !== "up") {
      this.#answer(received.id, rejected("node-unreachable", `${to} is in charge and cannot be reached`), context);
    } else if (!isLinked(to, context)) {
      this.#answer(received.id, rejected("node-unreachable", viaOthers(to, context)), context);
    } else if (this.#keep(now, received, true, context)) {
      context.effects.push({ kind: "forward-command", id: received.id, to, command: received.command });
    }
  }

  #keep(now: Instant, { id, command }: Received, forwarded: boolean, context: DeskContext): boolean {
    if (this.#pending.keep(now, id, command, forwarded)) return true;
    this.#answer(id, rejected("busy", "Too many commands wait for an answer"), context);
    return false;
  }

  #answer(id: string, outcome: CommandOutcome, context: DeskContext): void {
    answerFor(context)(id, outcome);
  }
}

const answerFor =
  ({ knowledge, effects }: DeskContext): Answer =>
  (id, outcome) =>
    answerCommand(id, outcome, knowledge.self, effects);

/** Orders are not passed on by third nodes. */
const viaOthers = (to: NodeName, { knowledge }: DeskContext): string =>
  `${to} is in charge, and ${knowledge.self} hears of it only through other nodes: give the order at ${to} or at a node ` +
  `that is linked with it`;

function isLinked(to: NodeName, { knowledge }: DeskContext): boolean {
  const { self, roster, membership } = knowledge;
  // Whether it hears this node too is known a moment after it is heard: an order given meanwhile is passed on.
  return roster.networks.some(
    (network) =>
      membership.map.hears({ observer: self, subject: to, network }) &&
      !membership.map.misses({ observer: to, subject: self, network }),
  );
}

const MOVES_WAIT =
  "The cluster is paused, and nothing moves before `locum unpause`; `locum stop`, `start` and `restart` work in a pause";

function judgeMove(move: Move, now: Instant, context: DeskContext): Verdict {
  const { knowledge } = context;
  const service = context.service(move.service);
  if (service === undefined) return rejected("unknown-service", `There is no service ${move.service}`);
  if (!knowledge.roster.nodes.includes(move.to)) return rejected("unknown-node", `There is no node ${move.to}`);
  if (!service.config.nodes.includes(move.to)) {
    return rejected("not-a-candidate", notAmongText(move.to, move.service));
  }
  if (knowledge.paused) return rejected("paused", MOVES_WAIT);
  if (knowledge.halts.has(move.service)) {
    return rejected("not-eligible", haltedText(move.service));
  }
  const holder = context.knowledge.holderOf(service);
  if (holder === move.to) return accepted(`${move.to} holds ${move.service} already`);
  const taker = holder ?? move.to;
  if (taker !== knowledge.self) return { forwardTo: taker };
  const restless = move.by?.kind === "program" ? tooSoon(now, service, context) : undefined;
  if (restless !== undefined) return restless;
  const objection = objectionTo(service, move, holder !== undefined, context);
  if (objection !== undefined) return objection;
  const { bound } = service.programs;
  if (bound !== undefined) return rejected("not-eligible", boundText(bound, knowledge.self));
  if (service.offeredTo !== undefined && service.offeredTo !== move.to) {
    return rejected("busy", `${move.service} is just being handed to ${service.offeredTo}`);
  }
  if (holder === undefined) service.claimByOrder(context.situation(service), move.by, context.effects);
  else service.offer(now, { to: move.to, cause: move.by?.kind ?? "operator", ...byMover(move.by) }, context.effects);
  return { waitFor: "here" };
}

/** Programs that find the same wrong on every node would throw their service to and fro: it stays for a while where it came by order. */
function tooSoon(now: Instant, { config, holding }: Service, { knowledge }: DeskContext): CommandOutcome | undefined {
  const { ban } = knowledge.cluster.damping;
  if (holding === undefined || !isOrderedMove(holding.reason) || between(holding.since, now) >= ban) return undefined;
  const held = durationText(between(holding.since, now));
  return rejected(
    "busy",
    `${config.name} was moved here ${held} ago: its programs may ask again ${durationText(ban)} after that`,
  );
}

/** Why the node cannot, or shall not, take the service; undefined when it can. */
function objectionTo(
  service: Service,
  { to, by }: Move,
  isServed: boolean,
  context: DeskContext,
): CommandOutcome | undefined {
  const { facts } = context.situation(service);
  const { name } = service.config;
  const reasons = facts.find((each) => each.node === to)?.reasons ?? [];
  const isPossible = place(facts, undefined).order.includes(to) && !(isServed && reasons.some(isAgainstMoves));
  if (isPossible) return undefined;
  if (isServed) {
    const order = { cause: by?.kind ?? "operator", ...byMover(by) } as const;
    context.effects.note({ code: "service.move-refused", service: name, to, ...order, reasons });
  }
  return rejected("not-eligible", `${cannotTakeText(to, name, reasons)}${leaderText(reasons, to)}`);
}

/** Where only its leader keeps it away, that one moves, and it goes along. */
function leaderText(reasons: readonly UnfitReason[], to: NodeName): string {
  const [first, ...more] = reasons;
  if (first?.code !== "with" || first.detail === undefined || more.length > 0) return "";
  return `; move that one, and it goes along: \`locum move ${first.detail} --to ${to}\``;
}

function judgeDrain(
  now: Instant,
  { kind, node, by }: DrainOrResume,
  context: DeskContext,
  rules: Pick<RuleBook, "standingOf">,
): Verdict {
  const { knowledge, effects } = context;
  if (!knowledge.roster.nodes.includes(node)) return rejected("unknown-node", `There is no node ${node}`);
  if (node !== knowledge.self) return { forwardTo: node };
  const { drained: wasDrained, drainedBy: rule } = knowledge.standing;
  const standing = rule === undefined ? undefined : rules.standingOf(now, rule, node);
  knowledge.setDrained(now, kind === "drain", by, effects);
  if (kind === "drain") return { waitFor: "here" };
  return accepted(wasDrained ? `${node} takes services again${stillText(rule, standing)}` : `${node} was not drained`);
}

/** A rule that drained the node would have it so still, though it does not say that again. */
function stillText(rule: RuleName | undefined, standing: ReturnType<RuleBook["standingOf"]>): string {
  if (standing === undefined) return "";
  const next =
    standing === "acts-again"
      ? "the rule drains it again when it is due"
      : "the rule does not drain it again before that was false";
  return `. The condition of the rule ${rule}, which drained it, is still true: ${next}`;
}

function pause(context: DeskContext): CommandOutcome {
  setPause(true, context);
  return accepted("The cluster is paused: nothing moves until it is unpaused");
}

function unpause(force: boolean, context: DeskContext): CommandOutcome {
  const { kept, paused } = context.knowledge;
  if (!paused) return accepted("The cluster was not paused");
  if (kept.length > 0 && !force) return rejected("left-behind", leftBehindText(kept, context));
  const [stray] = context.knowledge.fencing.silentStrays();
  if (stray !== undefined && !force) return rejected("left-behind", strayLeftText(stray));
  setPause(false, context);
  return accepted("The cluster decides again");
}

function setPause(paused: boolean, { knowledge, effects }: DeskContext): void {
  const { pause: before } = knowledge.standing;
  if (before.paused !== paused) knowledge.setPause({ paused, revision: before.revision + 1 }, effects);
}

/** Unpausing would have other nodes take what is on those machines still. */
function leftBehindText(kept: readonly KeptService[], context: DeskContext): string {
  const nodes = [...new Set(kept.map(({ node }) => node))];
  return (
    `${leftBehindClause(kept, context)}; start ${nodes.length === 1 ? "it" : "them"}, or give the services to other nodes ` +
    `with \`locum unpause --force\` after you made sure that ${listText(nodes)} ${nodes.length === 1 ? "is" : "are"} off`
  );
}

/** The outcome of a command that is carried out here; undefined while it goes on. */
function progress(now: Instant, command: Command, context: DeskContext): CommandOutcome | undefined {
  if (command.kind === "move") return moveProgress(now, command, context);
  if (command.kind === "drain") return drainProgress(context);
  if (isServiceCommand(command)) return serviceProgress(now, command, context);
  if (isPathCommand(command)) return pathProgress(command, context.knowledge.paths);
  return undefined;
}

function moveProgress(now: Instant, move: Move, context: DeskContext): CommandOutcome | undefined {
  const { self } = context.knowledge;
  const service = context.service(move.service);
  if (service === undefined) return rejected("unknown-service", `${move.service} was taken out of the configuration`);
  const holder = context.knowledge.holderOf(service);
  if (holder === move.to && (holder !== self || service.active)) {
    const words = {
      done: `${holder} holds ${move.service}`,
      stuck: `${holder} has ${move.service} and does not serve it`,
    };
    return servingProgress(now, { service, holder, words }, context);
  }
  if (holder === self && service.offeredTo === undefined && move.to !== self) {
    return rejected("not-eligible", `${move.to} did not take ${move.service}, or could not serve it; ${self} has it`);
  }
  return undefined;
}
