import { unreachable } from "../../base/assert.js";
import { between, type Instant } from "../../base/time.js";
import { durationText } from "../../model/duration-text.js";
import type { NodeName } from "../../model/names.js";
import type { NodeEffect } from "../../model/node-io.js";
import { noteText } from "../../model/note-text.js";
import { type BlackBoxHeader, outcomeOf, type Outcome } from "./black-box-format.js";
import type { NumberedInput, Recording } from "./recording.js";
import type { ReplayResult, ReplayStep } from "./replay.js";

/** Longer JSON is cut in a trace: the file itself has it whole. */
const JSON_LENGTH_MAX = 400;

/** One input and what it leads to, for people: `#12 +3.456789 s  peer-silent {…}`, then a line for each effect. */
export function stepText({ at, effects }: ReplayStep, { header }: Recording): readonly string[] {
  const { kind, ...rest } = at.input;
  const head = `#${at.number} ${sinceStart(header, at.now)}  ${kind}${jsonText(rest)}`;
  if (effects === undefined) return [head, ...kindsOf(at.outcome).map((name) => `    -> ${name}`)];
  return [head, ...effects.map((effect) => `    -> ${effectText(effect, header.options.self)}`)];
}

const kindsOf = (outcome: Outcome): readonly string[] => (outcome.kind === "done" ? outcome.kinds : ["(not finished)"]);

function effectText(effect: NodeEffect, self: NodeName): string {
  if (effect.kind === "note") return `note ${effect.note.code}: ${noteText(effect.note, self)}`;
  const { kind, ...rest } = effect;
  return `${kind}${jsonText(rest)}`;
}

/** What is now, after what the recording has of then; where no kind tells the difference, all that is in the effects. */
function differenceText({ outcome }: NumberedInput, effects: readonly NodeEffect[], self: NodeName): readonly string[] {
  const [then, now] = [kindsOf(outcome).join(", "), kindsOf(outcomeOf(effects)).join(", ")];
  if (then !== now) return ["  now:", ...effects.map((effect) => `    ${effectText(effect, self)}`)];
  return [
    "  now: the same kinds of effects, and other content in one of them, of which the recording has a digest alone:",
    ...effects.map((effect) => `    ${JSON.stringify(effect)}`),
  ];
}

function jsonText(rest: object): string {
  if (Object.keys(rest).length === 0) return "";
  const text = JSON.stringify(rest);
  return ` ${text.length > JSON_LENGTH_MAX ? `${text.slice(0, JSON_LENGTH_MAX)}…` : text}`;
}

const sinceStart = ({ now: start }: BlackBoxHeader, now: Instant): string =>
  `+${(between(start, now) / 1_000_000).toFixed(6)} s`;

/** What the recording is. */
export function recordingText({ header, inputs }: Recording): string {
  const { options, program, startedAtMs, now } = header;
  const last = inputs.at(-1)?.now ?? now;
  const started = new Date(startedAtMs).toISOString();
  return (
    `Node ${options.self} of cluster ${options.cluster.name}, program ${program}, started ${started}: ` +
    `${inputs.length} inputs, the last one ${durationText(between(now, last))} after the start`
  );
}

/** What came of the replay. */
export function resultText(result: ReplayResult, { header }: Recording): readonly string[] {
  switch (result.kind) {
    case "same":
      return [`All ${result.inputs} inputs led to the same effects as then.`];
    case "diverged":
      return [
        `Input ${placeText(result.at, header)} led to other effects:`,
        `  then: ${kindsOf(result.at.outcome).join(", ") || "none"}`,
        ...differenceText(result.at, result.effects, header.options.self),
      ];
    case "broken":
      return [
        `The decisions break on input ${placeText(result.at, header)}${result.recorded ? ", as they did then" : ""}:`,
        `  ${result.problem}`,
      ];
    case "impossible":
      return [`Cannot make the decisions again: ${result.why}. Use --trace to read what is there.`];
    default:
      return unreachable(result);
  }
}

const placeText = ({ number, now, input }: NumberedInput, header: BlackBoxHeader): string =>
  `#${number} (${input.kind}, ${sinceStart(header, now)})`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What somebody learns who is given the recording. */
export function contentText({ header, inputs }: Recording): readonly string[] {
  const { cluster } = header.options;
  const clients = new Set(
    inputs.flatMap(({ input }) =>
      "connections" in input ? input.connections.map(({ remoteAddress }) => remoteAddress) : [],
    ),
  );
  return [
    `It contains the configuration of cluster ${cluster.name}: ${counted(cluster.nodes.length, "node")} and ` +
      `${counted(cluster.services.length, "service")} with their names and addresses;`,
    "names, MAC addresses and all IP addresses of this node's interfaces;",
    `every input of the decisions with its time, among them the addresses of ${counted(clients.size, "client")}.`,
    "It contains no key, no file and no traffic.",
  ];
}
