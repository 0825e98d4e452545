import { hashText } from "../../base/random.js";
import type { Cluster } from "../../model/cluster.js";
import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput, NodeOptions } from "../../model/node-io.js";
import { storedCluster, type StoredCluster } from "../../model/stored-cluster.js";
import { isCount, isJsonObject, isText, parseJson } from "./stored-json.js";

/*
 * A black box file is text. Its first line says what started the decisions; every other line is one input:
 *
 *   {"locum":"black box","format":1,"program":…,"run":…,"file":…,"first":…,"startedAtMs":…,"now":…,"options":{…}}
 *   [now, input]                     it led to no effects
 *   [now, input, digest, [kinds]]    it led to effects of these kinds
 *   [now, input, null]               the decisions did not come back from it
 */

export const BLACK_BOX_FORMAT = 1;
const MAGIC = "black box";

/** The first line of every file of a run. */
export interface BlackBoxHeader {
  readonly format: number;
  /** Version of the program. */
  readonly program: string;
  /** Tells one run of the agent from others; a later one has a greater number. */
  readonly run: number;
  /** Files of a run, counted from 0. */
  readonly file: number;
  /** Number, from 0 at the start of the run, of the input on the next line. */
  readonly first: number;
  /** Wall clock at the start of the run, for people. */
  readonly startedAtMs: number;
  /** With what, and when, the decisions were made. */
  readonly now: Instant;
  readonly options: NodeOptions;
}

/** What became of an input. `kinds` of effects, notes with their code. */
export type Outcome =
  | { readonly kind: "done"; readonly digest: number; readonly kinds: readonly string[] }
  | { readonly kind: "unfinished" };

export interface RecordedInput {
  readonly now: Instant;
  readonly input: NodeInput;
  readonly outcome: Outcome;
}

const NO_EFFECTS: Outcome = { kind: "done", digest: 0, kinds: [] };

/** What the effects of an input were, in 32 bits; 0 for none. */
export const effectsDigest = (effects: readonly NodeEffect[]): number =>
  effects.length === 0 ? 0 : hashText(JSON.stringify(effects));

const kindOf = (effect: NodeEffect): string => (effect.kind === "note" ? `note ${effect.note.code}` : effect.kind);

export const outcomeOf = (effects: readonly NodeEffect[]): Outcome =>
  effects.length === 0 ? NO_EFFECTS : { kind: "done", digest: effectsDigest(effects), kinds: effects.map(kindOf) };

export const headerLine = (header: BlackBoxHeader): string => `${JSON.stringify({ locum: MAGIC, ...header })}\n`;

export function recordLine({ now, input, outcome }: RecordedInput): string {
  if (outcome.kind === "unfinished") return `${JSON.stringify([now, input, null])}\n`;
  const { digest, kinds } = outcome;
  return `${JSON.stringify(kinds.length === 0 ? [now, input] : [now, input, digest, kinds])}\n`;
}

/** The header in a line; undefined when the line is something else. */
export function parseHeader(line: string): BlackBoxHeader | undefined {
  const value = parseJson(line);
  if (!isJsonObject(value) || value["locum"] !== MAGIC) return undefined;
  const { format, program, run, file, first, startedAtMs, now, options } = value;
  if (!isText(program) || !isJsonObject(options) || !isJsonObject(options["cluster"])) return undefined;
  if (!isCount(format) || !isCount(run) || !isCount(file) || !isCount(first)) return undefined;
  if (!isCount(startedAtMs) || !isCount(now)) return undefined;
  // What is inside was written by the same format; a recording that was changed by hand may break the replay.
  const trusted = withStoredCluster(options as unknown as Stored<NodeOptions>);
  return { format, program, run, file, first, startedAtMs, now: now as Instant, options: trusted };
}

/** The input in a line; undefined when the line is cut off or something else. */
export function parseRecord(line: string): RecordedInput | undefined {
  const value = parseJson(line);
  if (!Array.isArray(value)) return undefined;
  const [now, input, digest, kinds] = value as readonly unknown[];
  if (!isCount(now) || !isJsonObject(input) || !isText(input["kind"])) return undefined;
  const outcome = parseOutcome(digest, kinds);
  if (outcome === undefined) return undefined;
  return { now: now as Instant, input: inputOf(input as unknown as StoredInput), outcome };
}

type Stored<Holder extends { readonly cluster: unknown }> = Omit<Holder, "cluster"> & {
  readonly cluster: StoredCluster;
};
type Reconfigured = Extract<NodeInput, { readonly kind: "configuration-changed" }>;
type StoredInput = Exclude<NodeInput, Reconfigured> | Stored<Reconfigured>;

const inputOf = (input: StoredInput): NodeInput =>
  input.kind === "configuration-changed" ? withStoredCluster(input) : input;

const withStoredCluster = <Holder extends { readonly cluster: StoredCluster }>(
  holder: Holder,
): Omit<Holder, "cluster"> & { readonly cluster: Cluster } => ({ ...holder, cluster: storedCluster(holder.cluster) });

function parseOutcome(digest: unknown, kinds: unknown): Outcome | undefined {
  if (digest === undefined) return NO_EFFECTS;
  if (digest === null) return { kind: "unfinished" };
  if (!isCount(digest) || !Array.isArray(kinds)) return undefined;
  return { kind: "done", digest, kinds: kinds.filter(isText) };
}
