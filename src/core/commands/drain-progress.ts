/** What has become of an order to drain this node: what it still serves, and for each of these why no other node can. */
import type { CommandOutcome } from "../../model/command.js";
import type { NodeName } from "../../model/names.js";
import { briefList } from "../../model/note-text-finding.js";
import { reasonsText } from "../../model/note-text-reason.js";
import type { ProgramName } from "../../model/program.js";
import { isUnprepared } from "../../model/unfit-reasons.js";
import { place } from "../placement/place.js";
import type { Service } from "../services/service.js";
import type { DeskContext } from "./command-desk.js";
import { accepted, rejected } from "./pending-commands.js";

/** The reasons of so many characters are told; a peer that passes the answer on takes no longer message. */
const REASONS_LENGTH_MAX = 700;

const NODES_TOLD_MAX = 4;

/** Undefined: it goes on. */
export function drainProgress(context: DeskContext): CommandOutcome | undefined {
  const { self, standing, paused } = context.knowledge;
  const held = context.services().filter((service) => service.holding !== undefined);
  if (!standing.drained) return rejected("busy", `${self} was resumed before it was drained`);
  if (held.length === 0) return accepted(`${self} is drained: it holds nothing`);
  const servesOn = `${self} is drained, but goes on serving ${briefList(held.map(({ config }) => config.name))}`;
  if (paused) {
    const it = held.length === 1 ? "it moves" : "they move";
    return rejected("serves-on", `${servesOn} while the cluster is paused: ${it} after \`locum unpause\``);
  }
  const stuck = held.filter((service) => service.offeredTo === undefined);
  if (stuck.length < held.length || stuck.some((service) => hasTaker(service, context))) return undefined;
  return rejected("serves-on", `${servesOn}${whyNobodyElse(stuck, context)}`);
}

const OUTLOOK = "What it keeps moves as soon as another node can hold it";

/** @param stuck not empty */
function whyNobodyElse(stuck: readonly Service[], context: DeskContext): string {
  const [first, ...more] = stuck;
  if (first !== undefined && more.length === 0) return `, because ${whyNoneTakes(first, context)}. ${OUTLOOK}`;
  const lines: string[] = [];
  let length = 0;
  for (const service of stuck) {
    const line = `  ${service.config.name}: ${whyNoneTakes(service, context)}`;
    length += line.length;
    if (lines.length > 0 && length > REASONS_LENGTH_MAX) break;
    lines.push(line);
  }
  const left = stuck.length - lines.length;
  const rest = left === 0 ? [] : [`  and ${left} more: \`locum explain SERVICE\` tells of each`];
  return [":", ...lines, ...rest, OUTLOOK].join("\n");
}

function whyNoneTakes(service: Service, context: DeskContext): string {
  const { self } = context.knowledge;
  const { bound } = service.programs;
  if (bound !== undefined) return boundText(bound, self);
  const { facts } = context.situation(service);
  const others = facts.filter(({ node }) => node !== self);
  if (others.length === 0) return `no other node may hold ${service.config.name}`;
  const whys = others.slice(0, NODES_TOLD_MAX).map(({ node, reasons }) => `${node} cannot: ${reasonsText(reasons)}`);
  const left = others.length - whys.length;
  return [...whys, ...(left === 0 ? [] : [`nor can ${left} more`])].join("; ");
}

export const boundText = (program: ProgramName, self: NodeName): string =>
  `${program} cannot be ended on ${self}, and nobody else may begin before it has`;

function hasTaker(service: Service, { knowledge, situation }: DeskContext): boolean {
  if (service.programs.bound !== undefined) return false;
  const { facts } = situation(service);
  const prepared = facts.filter(({ reasons }) => !reasons.some(isUnprepared));
  return place(prepared, undefined).order.some((node) => node !== knowledge.self);
}
