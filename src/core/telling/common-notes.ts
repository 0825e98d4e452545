/**
 * Which notes are of what all nodes see, so that each node has the same one, and whose turn it is to tell others of it.
 *
 * What a node does or finds of itself only it tells. Of the rest, the node that a finding is about comes first: it knows
 * best. Where a node is up, down or serves, it is rather the others that say so. Behind that one, or before it, come the
 * living nodes in the order of the file.
 */
import type { NodeName } from "../../model/names.js";
import type { Finding, Note, NoteCode } from "../../model/note.js";
import { subjectsOf } from "../findings/finding-identity.js";

/** The longest key; of longer ones the beginning counts. */
const KEY_LENGTH_MAX = 1_024;

/** What the note is about, the same in the words of every node; undefined: only its speaker can say it. */
export function commonKey(note: Note): string | undefined {
  const about = aboutOf(note);
  return about === undefined ? undefined : JSON.stringify([note.code, about]).slice(0, KEY_LENGTH_MAX);
}

function aboutOf(note: Note): string | undefined {
  if ("finding" in note)
    return OWN_FINDINGS.has(note.finding.kind) ? undefined : JSON.stringify(subjectsOf(note.finding));
  if (!COMMON.has(note.code)) return undefined;
  const { service, node } = subjectOf(note);
  return JSON.stringify([service, node]);
}

/**
 * Who comes before this node.
 * @param living nodes that live and have the hook, in the order of the file
 * @returns 0: it is this node's turn
 */
export function nodesBefore(note: Note, self: NodeName, living: readonly NodeName[]): number {
  const first = "finding" in note;
  const about = first ? nodeOf(note.finding) : subjectOf(note).node;
  const others = living.filter((node) => node !== about);
  const concerned = living.filter((node) => node === about);
  const order = first ? [...concerned, ...others] : [...others, ...concerned];
  return Math.max(0, order.indexOf(self));
}

interface Subject {
  readonly service: string | undefined;
  readonly node: string | undefined;
}

const subjectOf = (note: Note): Subject => ({
  service: "service" in note ? note.service : undefined,
  node: "node" in note ? note.node : "to" in note ? note.to : undefined,
});

const nodeOf = (finding: Finding): NodeName | undefined => ("node" in finding ? finding.node : undefined);

/** Besides findings. */
const COMMON: ReadonlySet<NoteCode> = new Set([
  "node.up",
  "node.down",
  "node.left",
  "node.crashed",
  "node.unanswered",
  "node.banned",
  "node.ban-ended",
  "cluster.paused",
  "cluster.unpaused",
  "service.unserved",
  "service.served",
  "service.halted",
  "service.resumed",
  "service.moved",
  "service.returned",
]);

/** What a node finds of itself, without its name in it. */
const OWN_FINDINGS: ReadonlySet<Finding["kind"]> = new Set([
  "cut-off",
  "agent-impaired",
  "configuration-refused",
  "address-unstable",
  "identity-refused",
  "route-refused",
]);
