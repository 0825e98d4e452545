import { cell, type Cell, tableLines, type TableLayout, wrapped } from "../../cli/table.js";
import type { Candidate } from "../../model/status.js";
import { listText, moveReasonText, reasonsText } from "../../model/note-text-reason.js";
import { whoOrdered } from "../../model/halt-text.js";
import { findingText } from "../../model/note-text-finding.js";
import { ruleNoteText } from "../../model/note-text-rule.js";
import { faultText } from "./fault.js";
import type { Outcome, Step } from "./what-if.js";

/** The steps for a person: after each fault, what moves, what stays, and who could take what then. */
export const simulationLines = (steps: readonly Step[], layout: TableLayout): readonly string[] =>
  steps.flatMap((step, index) => [...(index === 0 ? [] : [""]), ...stepLines(step, index, layout)]);

function stepLines(step: Step, index: number, layout: TableLayout): readonly string[] {
  const { paint } = layout;
  const title = step.fault === undefined ? "At the start" : `${index}. ${faultText(step.fault)}`;
  return [
    paint("strong", title),
    ...splitLines(step, layout),
    ...tableLines(
      ["SERVICE", "HOLDER", "STANDBY", "WHY"],
      step.outcomes.map((outcome) => outcomeRow(outcome, step)),
      layout,
    ),
    ...[
      ...[...step.rules, ...step.refused].map(({ node, note }) => ruleNoteText(note, node)),
      ...step.broken.map(({ node, finding }) => `On ${node}: ${findingText(finding)}`),
    ].flatMap((text) => wrapped(text, layout.width - 2).map((line) => `  ${line}`)),
  ];
}

function splitLines({ groups }: Step, { width, paint }: TableLayout): readonly string[] {
  if (groups.length <= 1) return [];
  const sides = groups.map((group) => listText(group)).join(" | ");
  const text = `The cluster is split, each side takes the other for dead: ${sides}`;
  return wrapped(text, width - 2).map((line) => `  ${paint("bad", line)}`);
}

const outcomeRow = (outcome: Outcome, step: Step): readonly Cell[] => [
  cell(outcome.service, "strong"),
  holderCell(outcome),
  standbyCell(outcome),
  cell(whyText(outcome, step)),
];

function holderCell({ before, after }: Outcome): Cell {
  const [now, earlier] = [after.join(" and "), before.join(" and ")];
  if (after.length > 1) return cell(now, "bad");
  if (after.length === 0) return cell(earlier === "" ? "none" : `${earlier} -> none`, "bad");
  if (earlier === now) return cell(now);
  return cell(earlier === "" ? now : `${earlier} -> ${now}`, "warn");
}

function standbyCell({ after, candidates }: Outcome): Cell {
  const names = candidates.filter(({ node, eligible }) => eligible && !after.includes(node)).map(({ node }) => node);
  return names.length === 0 ? cell("none", "warn") : cell(names.join(", "));
}

/** Why it is where it is, and why not elsewhere. */
export function whyText(outcome: Outcome, { fault, groups }: Step): string {
  const { before, after, reason, candidates, seenBy, notSimulated, lostToClients } = outcome;
  const isSame = before.length === after.length && before.every((node, index) => node === after[index]);
  const told = !isSame && after.length === 1 && reason !== undefined && "from" in reason ? reason.from : undefined;
  const against = candidates.filter(({ node, reasons }) => reasons.length > 0 && node !== told);
  const isOfNetworks = fault?.kind === "link" || fault?.kind === "network";
  return [
    placeText(outcome, isSame),
    ...(lostToClients.length > 0 ? [`clients on network ${listText(lostToClients)} do not reach it`] : []),
    ...against.map((each) => againstText(each, { groups, seenBy })),
    ...(isOfNetworks && notSimulated.length > 0 ? [`not simulated: ${listText(notSimulated)}`] : []),
  ].join("; ");
}

function placeText({ after, reason, candidates, halt }: Outcome, isSame: boolean): string {
  const [holder] = after;
  if (halt !== undefined) return `stopped by ${whoOrdered(halt.by)}`;
  if (after.length > 1) return "each side holds it until they hear each other; a ping target could prevent that";
  if (holder === undefined || reason === undefined) return "no node can hold it";
  if (!isSame) return moveReasonText(reason, holder);
  return candidates.some(({ eligible }) => eligible) ? "stays" : "stays: no other node is fit either";
}

function againstText(
  { node, reasons }: Candidate,
  { groups, seenBy }: { readonly groups: Step["groups"]; readonly seenBy: Outcome["seenBy"] },
): string {
  const isBeyond = !seenBy.includes(node) && groups.some((group) => group.includes(node));
  const beyond = `it runs, but ${listText(seenBy)} ${seenBy.length === 1 ? "does" : "do"} not hear it`;
  return `${node}: ${isBeyond ? beyond : reasonsText(reasons)}`;
}
