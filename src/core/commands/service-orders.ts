/**
 * Orders about a service and its programs. To stop or start it is for every node to know, so any may take the
 * order; its programs are restarted where it is held, or on the node that is named.
 */
import type { Instant } from "../../base/time.js";
import type { Command, CommandOutcome, RestartService } from "../../model/command.js";
import { listText } from "../../model/note-text-reason.js";
import type { HoldCondition, KeptService } from "../../model/node-state.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { ProgramName } from "../../model/program.js";
import type { ProgramView } from "../../model/status.js";
import type { Knowledge } from "../knowledge.js";
import { byRule } from "../services/halts.js";
import type { Service } from "../services/service.js";
import { programViews } from "../supervision/program-views.js";
import type { DeskContext, Verdict } from "./command-desk.js";
import { notAmongText } from "./refusal-text.js";
import { leftBehindClause } from "./left-behind-text.js";
import { accepted, rejected } from "./pending-commands.js";

export type ServiceCommand = Extract<Command, { readonly kind: "stop-service" | "start-service" | "restart-service" }>;

export const isServiceCommand = (command: Command): command is ServiceCommand => command.kind.endsWith("-service");

export function judgeServiceCommand(now: Instant, command: ServiceCommand, context: DeskContext): Verdict {
  const service = context.service(command.service);
  if (service === undefined) return rejected("unknown-service", `There is no service ${command.service}`);
  if (command.kind === "restart-service") return judgeRestart(now, command, service, context);
  const { knowledge, effects } = context;
  const halts = command.kind === "stop-service";
  const kept = halts ? [] : keptOf(command.service, knowledge);
  if (kept.length > 0) return rejected("left-behind", `${leftBehindClause(kept, context)}; ${startText(kept)} first`);
  const isStopped = knowledge.halts.has(command.service);
  const isHeld = !halts && !isStopped && knowledge.holderOf(service) !== undefined;
  // A rule knows of nothing that was mended, and says the same again and again.
  if (!halts && !isStopped && command.by !== undefined) return accepted(`${command.service} was not stopped`);
  // The order changes what they are.
  const answer = isHeld ? accepted(neverStoppedText(now, service, knowledge)) : undefined;
  const order = { service: command.service, halted: halts, ...byRule(command.by) };
  for (const note of knowledge.halts.order(order)) effects.note(note);
  return answer ?? { waitFor: "here" };
}

function neverStoppedText(now: Instant, service: Service, knowledge: Knowledge): string {
  const { name, programs } = service.config;
  if (programs === undefined) return `${name} was not stopped`;
  const holder = knowledge.holderOf(service);
  const again = programViews(now, service, knowledge)
    .filter((view) => view.node === holder && beginsAgain(view))
    .map(({ program }) => program);
  const begun =
    again.length === 0 ? "" : `, and ${listText(again)} begin${again.length === 1 ? "s" : ""} again on ${holder}`;
  return `${name} was not stopped; nodes that its programs failed on may have it again${begun}`;
}

/** What has failed is started as if it never had; what has done its work is not. */
const beginsAgain = ({ state, failing }: ProgramView): boolean =>
  state === "failed" || state === "waiting" || (state === "ended" && failing === true);

function judgeRestart(
  now: Instant,
  { program, node }: RestartService,
  service: Service,
  context: DeskContext,
): Verdict {
  const { knowledge, effects } = context;
  const { name, programs } = service.config;
  const names = (programs?.list ?? []).map((each) => each.name);
  if (names.length === 0) return rejected("unknown-program", `${name} has no programs`);
  if (program !== undefined && !names.includes(program)) {
    return rejected("unknown-program", `${name} has no program ${program}; it has ${listText(names)}`);
  }
  const holder = knowledge.holderOf(service);
  if (holder === undefined)
    return rejected("no-holder", `No node holds ${name}; start it with \`locum start ${name}\``);
  const at = node ?? holder;
  if (at !== holder) {
    const objection = objectionToStandby(at, program, service, holder);
    if (objection !== undefined) return objection;
  }
  if (at !== knowledge.self) return { forwardTo: at };
  if (at !== holder && !service.standsBy) return rejected("not-eligible", idleText(service, context));
  service.programs.restart(now, program, effects);
  return { waitFor: "here" };
}

/** What this node would never run beside the holder. */
function objectionToStandby(
  node: NodeName,
  program: ProgramName | undefined,
  { config: { name, nodes, programs } }: Service,
  holder: NodeName,
): CommandOutcome | undefined {
  if (!nodes.includes(node)) return rejected("not-a-candidate", notAmongText(node, name));
  const asked = (programs?.list ?? []).filter((each) => program === undefined || each.name === program);
  if (asked.some(({ standby }) => standby)) return undefined;
  const what = program === undefined ? name : `${program} of ${name}`;
  return rejected("not-eligible", `${what} runs on the holder only, which is ${holder}`);
}

function idleText(service: Service, context: DeskContext): string {
  const { self } = context.knowledge;
  const why = context.situation(service).drained ? "drained" : "stopping";
  return `${service.config.name} does not stand by on ${self} now: ${self} is ${why}`;
}

/** On machines that lost their agent in a pause. */
const keptOf = (service: ServiceName, { kept }: Knowledge): readonly KeptService[] =>
  kept.filter((each) => each.service === service);

const startText = ({ length }: readonly KeptService[]): string =>
  length === 1 ? "start that agent" : "start those agents";

/** What became of it; undefined while it goes on. */
export function serviceProgress(
  now: Instant,
  command: ServiceCommand,
  context: DeskContext,
): CommandOutcome | undefined {
  const { knowledge } = context;
  const service = context.service(command.service);
  if (service === undefined)
    return rejected("unknown-service", `${command.service} was taken out of the configuration`);
  const holder = knowledge.holderOf(service);
  switch (command.kind) {
    case "stop-service":
      return holder === undefined ? stoppedText(command.service, context) : undefined;
    case "start-service":
      return holder === undefined ? undefined : startProgress(now, service, holder, context);
    case "restart-service":
      return restartProgress(command, service);
  }
}

function stoppedText(service: ServiceName, context: DeskContext): CommandOutcome {
  const kept = keptOf(service, context.knowledge);
  if (kept.length === 0) return accepted(`${service} is stopped, until \`locum start\``);
  const back = kept.length === 1 ? "that agent is" : "those agents are";
  return rejected(
    "left-behind",
    `${service} is to be stopped, but ${leftBehindClause(kept, context)}; it ends there when ${back} back`,
  );
}

function startProgress(
  now: Instant,
  service: Service,
  holder: NodeName,
  context: DeskContext,
): CommandOutcome | undefined {
  const { name } = service.config;
  const words = { done: `${name} is started on ${holder}`, stuck: `${name} is not started` };
  return servingProgress(now, { service, holder, words }, context);
}

/** Whether whoever was to have it serves all of it; undefined: that is under way. */
export function servingProgress(
  now: Instant,
  {
    service,
    holder,
    words,
  }: {
    readonly service: Service;
    readonly holder: NodeName;
    readonly words: { readonly done: string; readonly stuck: string };
  },
  { knowledge }: DeskContext,
): CommandOutcome | undefined {
  const { name } = service.config;
  const views = programViews(now, service, knowledge).filter(({ node }) => node === holder);
  const stuck = views.filter(({ state }) => state === "stuck");
  if (stuck.length > 0)
    return rejected("not-eligible", `${words.stuck}: ${namesOf(stuck)} cannot be ended on ${holder}`);
  const condition = conditionOn(holder, service, knowledge);
  if (condition === "failed")
    return rejected("not-eligible", `${holder} has ${name} and does not serve it: ${downText(views)}`);
  return condition === undefined ? accepted(words.done) : undefined;
}

/** Why a holder does not serve all of it, as far as this node knows; undefined: it does. */
function conditionOn(
  holder: NodeName,
  service: Service,
  { self, membership }: Knowledge,
): HoldCondition | "untold" | undefined {
  const { name, programs } = service.config;
  if (holder === self) return service.condition;
  if (programs === undefined) return undefined;
  const claim = membership.claimsOf(name).find(({ peer }) => peer === holder)?.claim;
  const tenure = membership.peer(holder)?.tenures.get(name);
  // It claims before it tells the rest.
  return tenure === undefined || tenure.epoch !== claim?.epoch ? "untold" : tenure.condition;
}

function downText(views: readonly ProgramView[]): string {
  const down = views.filter(({ failing }) => failing === true);
  const words = down.length === 1 && down[0]?.words !== undefined ? `: ${down[0].words}` : "";
  return down.length === 0
    ? "the events there say why"
    : `${namesOf(down)} ${down.length === 1 ? "is" : "are"} down there${words}`;
}

const namesOf = (views: readonly ProgramView[]): string => listText(views.map(({ program }) => program));

function restartProgress(
  { service: name, program, node }: RestartService,
  service: Service,
): CommandOutcome | undefined {
  const isStandby = node !== undefined && service.holding === undefined;
  if (isStandby ? !service.standsBy : service.holding === undefined)
    return rejected("not-eligible", `${name} was let go of meanwhile: the events say why`);
  const failed = service.programs.troubles().map((each) => each.name);
  if (failed.length > 0)
    return rejected("not-eligible", `${listText(failed)} of ${name} did not come up: the events say why`);
  const isReady = isStandby ? service.programs.readyToStandBy : service.condition === undefined;
  const where = node === undefined ? "" : ` on ${node}`;
  return isReady
    ? accepted(`${program === undefined ? name : `${program} of ${name}`} is restarted${where}`)
    : undefined;
}
