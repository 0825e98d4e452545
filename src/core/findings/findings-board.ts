/**
 * The findings in force: each is raised once it has lasted, and cleared as soon as it is gone.
 *
 * Nodes notice one and the same fault at slightly different times; a finding that lasts less than the settling time is
 * only a trace of that. One that is withheld (explained.ts) is neither raised nor cleared by that: it is not shown.
 */
import { type Deadline, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, between } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { Finding } from "../../model/note.js";
import type { FindingView } from "../../model/status.js";
import type { Effects } from "../effects.js";
import type { Findings } from "./explained.js";

/** Within this time all nodes have noticed what one of them has. */
export const settlingTime = ({ detection }: Cluster): Duration => (detection.timeout * 2) as Duration;

interface Entry {
  /** In its latest wording: the services that share it may change while it lasts. */
  finding: Finding;
  /** As long as it was never told, that it is withheld does not count. */
  since: Instant;
  raised: boolean;
  withheld: boolean;
}

export class FindingsBoard {
  /** How long a finding must last to be raised. */
  settle: Duration;
  readonly #entries = new Map<string, Entry>();

  constructor(settle: Duration) {
    this.settle = settle;
  }

  /** Compares what is wrong now with what was. */
  update(now: Instant, { told, withheld }: Findings, effects: Effects): void {
    const current = new Map(
      [...told, ...withheld].map((finding, at) => [keyOf(finding), { finding, withheld: at >= told.length }]),
    );
    for (const [key, entry] of this.#entries) {
      if (current.has(key)) continue;
      this.#entries.delete(key);
      if (entry.raised) effects.note({ code: "finding.cleared", finding: entry.finding });
    }
    for (const [key, found] of current) {
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#entries.set(key, { ...found, since: now, raised: false });
      else {
        if (entry.withheld && !entry.raised) entry.since = now;
        Object.assign(entry, found);
      }
    }
    for (const entry of this.#entries.values()) this.#raiseIfDue(now, entry, effects);
  }

  deadline(): Deadline | undefined {
    return [...this.#entries.values()]
      .filter((entry) => !entry.raised && !entry.withheld)
      .map((entry): Deadline => ({ at: this.#dueAt(entry), why: "finding" }))
      .reduce<Deadline | undefined>(soonest, undefined);
  }

  raised(): readonly FindingView[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.raised && !entry.withheld)
      .map(({ finding, since }) => ({ finding, since }));
  }

  #dueAt(entry: Entry): Instant {
    return IMMEDIATE.has(entry.finding.kind) ? entry.since : after(entry.since, this.settle);
  }

  #raiseIfDue(now: Instant, entry: Entry, effects: Effects): void {
    if (entry.raised || entry.withheld || now < this.#dueAt(entry)) return;
    entry.raised = true;
    const lasted = between(entry.since, now);
    effects.note({ code: "finding.raised", finding: entry.finding, ...(lasted === 0 ? {} : { lasted }) });
  }
}

/** Findings that rest on a verdict which has already been waited for. */
const IMMEDIATE: ReadonlySet<Finding["kind"]> = new Set([
  "cut-off",
  "node-down",
  "node-drained",
  "node-banned",
  "ping-lost",
  "address-contested",
  "configuration-refused",
  "not-known-to-peer",
  "key-differs",
  "standby-path-down",
  "path-group-down",
  "path-group-flapping",
  "address-unmoved",
  "path-group-incomplete",
  "program-failed",
  "program-stuck",
  "program-stray",
  "fence-failed",
  "rule-suspended",
  "attributes-flooded",
]);

/** What a finding goes on being while its wording changes. */
function keyOf(finding: Finding): string {
  switch (finding.kind) {
    case "cut-off":
      return finding.kind;
    case "pairs-cut":
    case "network-split":
      return JSON.stringify([finding.kind, finding.network]);
    case "program-failed":
    case "program-troubled":
    case "program-unprobed":
    case "program-stuck":
      return JSON.stringify({ ...finding, problem: undefined });
    case "program-waiting":
      return JSON.stringify({ ...finding, isKnown: undefined });
    case "fence-failed":
      return JSON.stringify([finding.kind, finding.node, finding.by]);
    default:
      return JSON.stringify({ ...finding, services: undefined });
  }
}
