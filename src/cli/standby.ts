/** Who stands by for a service, as the status says it. */
import { timeText } from "./time-text.js";
import type { CandidateDocument, ServiceDocument } from "../model/status-document.js";

/** A machine has it as it was: the agent there went in a pause. */
export const isKept = ({ state, holder }: Pick<ServiceDocument, "state" | "holder">): boolean =>
  state === "stopped" && holder !== null;

/** Who may take it, those last that only would for want of another; nobody takes what was stopped. */
export function standbys({ candidates, holder, stoppedBy }: ServiceDocument, now: Date): readonly string[] {
  if (stoppedBy !== null) return [];
  const standing = candidates.filter((each) => each.eligible && each.node !== holder);
  const isSound = (each: CandidateDocument): boolean => each.reasons.length === 0;
  return [
    ...standing.filter(isSound).map(({ node }) => node),
    ...standing
      .filter((each) => !isSound(each))
      .map(({ node, until }) => `${node} (last choice${untilText(until, now)})`),
  ];
}

/** Who cannot have it for a while only. */
export const banned = ({ candidates, holder, stoppedBy }: ServiceDocument, now: Date): readonly string[] =>
  stoppedBy !== null
    ? []
    : candidates
        .filter(({ node, eligible, until }) => !eligible && node !== holder && until !== null)
        .map(({ node, until }) => `${node} banned${untilText(until, now)}`);

/** ` until 14:03:12`, where it is known. */
export const untilText = (until: string | null, now: Date): string =>
  until === null ? "" : ` until ${timeText(new Date(until), now)}`;

/** A service of one node never has one. */
export const lacksStandby = (service: ServiceDocument): boolean =>
  service.candidates.length > 1 &&
  service.stoppedBy === null &&
  service.candidates.every(({ node, eligible }) => !eligible || node === service.holder);
