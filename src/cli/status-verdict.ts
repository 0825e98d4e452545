/** What the status comes to, in one line: first what clients are without, then what is wrong, then what was wanted so. */
import { briefList } from "../model/note-text-finding.js";
import type { ServiceDocument, StatusDocument } from "../model/status-document.js";
import { isKept, lacksStandby } from "./standby.js";
import { type Cell, cell } from "./table.js";
import { sinceText } from "./time-text.js";

/** What is not served for so long is no longer just on the move, or starting. */
const PASSES_WITHIN_MS = 10_000;

/** The whole state in one line. */
export function verdict(status: StatusDocument, now: Date): Cell {
  const ignorance = ignoranceText(status);
  if (ignorance !== undefined) return cell(ignorance, "bad");
  const { text, tone } = verdictOnWanted(status, now);
  const stopped = named(status, isStopped);
  if (stopped.length === 0) return cell(text, tone);
  return cell(`${text}; stopped by order: ${briefList(stopped)}`, tone === "good" ? "warn" : tone);
}

/** The same of those services that nobody stopped. */
function verdictOnWanted(status: StatusDocument, now: Date): Cell {
  const missing = Object.entries(status.services).filter(([, service]) => isMissing(service, now));
  if (missing.length > 0) return cell(missingText(missing, now), "bad");
  if (status.findings.some(({ severity }) => severity === "error"))
    return cell("Something is wrong that clients can feel: see below", "bad");
  const passing = passingText(status);
  if (passing !== undefined) return cell(passing, "warn");
  const kept = named(status, isKept);
  if (kept.length > 0) return cell(`No agent looks after ${briefList(kept)}: the machine may still have it`, "warn");
  const hitch = hitchText(status);
  if (hitch === undefined)
    return cell(Object.keys(status.services).length === 0 ? "There are no services yet" : "All is well", "good");
  return cell(`${named(status, isStopped).length > 0 ? "All other" : "All"} services are served${hitch}`, "warn");
}

/** What is to be said although all services are served. */
function hitchText(status: StatusDocument): string | undefined {
  if (isSomethingWrong(status)) return ", but something is wrong: see below";
  const impaired = Object.entries(status.nodes).flatMap(([node, { paths }]) =>
    Object.entries(paths).flatMap(([group, { state }]) => (SOUND.has(state) ? [] : `${group} on ${node}`)),
  );
  if (impaired.length > 0) return `, but not all paths of ${briefList(impaired)} work: see below`;
  const alone = named(status, lacksStandby);
  if (alone.length > 0) return `, but no node stands by for ${briefList(alone)}`;
  const drained = Object.entries(status.nodes).flatMap(([name, { state }]) => (state === "drained" ? [name] : []));
  if (drained.length > 0) return `; ${briefList(drained)} ${drained.length === 1 ? "is" : "are"} drained`;
  return undefined;
}

const named = ({ services }: StatusDocument, isMeant: (service: ServiceDocument) => boolean): readonly string[] =>
  Object.entries(services).flatMap(([name, service]) => (isMeant(service) ? [name] : []));

/** Somebody wanted it so, and it is done. */
const isStopped = ({ stoppedBy, holder }: ServiceDocument): boolean => stoppedBy !== null && holder === null;

/** Nobody serves it, against everybody's will, and that is not just passing. */
function isMissing({ state, stoppedBy, unservedSince }: ServiceDocument, now: Date): boolean {
  if (stoppedBy !== null) return false;
  if (state === "blocked") return true;
  const isLong = unservedSince !== null && now.getTime() - Date.parse(unservedSince) >= PASSES_WITHIN_MS;
  return isLong && (state === "starting" || state === "moving");
}

function missingText(missing: readonly (readonly [name: string, service: ServiceDocument])[], now: Date): string {
  const texts = missing.map(([name, { unservedSince }]) =>
    unservedSince === null ? name : `${name} since ${sinceText(unservedSince, now)}`,
  );
  const [only] = missing.length === 1 ? missing : [];
  if (only === undefined) return `Not served: ${briefList(texts)}`;
  const [name, { unservedSince }] = only;
  return `Service ${name} is not served${unservedSince === null ? "" : ` since ${sinceText(unservedSince, now)}`}`;
}

/** What is told in better words than that something is wrong. */
const isSomethingWrong = ({ findings }: StatusDocument): boolean =>
  findings.some(({ kind }) => kind !== "no-standby" && kind !== "node-drained");

/** Services that clients are without for a moment, or for longer where something is wrong. */
function passingText(status: StatusDocument): string | undefined {
  const [moving, starting] = [
    named(status, ({ state }) => state === "moving"),
    named(status, ({ state }) => state === "starting"),
  ];
  const texts = [
    ...(moving.length === 0 ? [] : [`On the move: ${briefList(moving)}`]),
    ...(starting.length === 0 ? [] : [`Starting: ${briefList(starting)}`]),
    ...(isSomethingWrong(status) ? ["something is wrong: see below"] : []),
  ];
  return moving.length + starting.length === 0 ? undefined : texts.join("; ");
}

/** What is passing is no more than that. */
const SOUND: ReadonlySet<string> = new Set(["sound", "switching"]);

/** A node that does not hear the others, or is not known to them, cannot know who serves. */
export function ignoranceText({ node, services, findings }: StatusDocument): string | undefined {
  const kinds = new Set(findings.map(({ kind }) => kind));
  const isUnknown = Object.values(services).some(hasNobody);
  const about = isUnknown ? ", and cannot know who serves" : "";
  if (kinds.has("cut-off")) return `${node} is cut off${about}: see below`;
  if (isUnknown && kinds.has("not-known-to-peer")) return `${node} is not known to all other nodes${about}: see below`;
  return undefined;
}

/** What a machine keeps in a pause, whose agent is gone, reaches clients as before. */
const hasNobody = ({ state, holder }: ServiceDocument): boolean =>
  state === "blocked" || (state === "stopped" && holder === null);
