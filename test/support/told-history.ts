/** Notes of a node's record, in short, and the outages that a history makes of them. */
import { milliseconds } from "../../src/base/time.js";
import type { AgentEvent } from "../../src/model/event.js";
import { serviceHistories } from "../../src/model/history/outages.js";
import { type NodeName, type ServiceName, nodeName, serviceName } from "../../src/model/names.js";
import type { MoveReason } from "../../src/model/node-state.js";
import type { Note } from "../../src/model/note.js";
import { type ProgramName, programName } from "../../src/model/program.js";

export const web1: NodeName = nodeName("web1");
export const web2: NodeName = nodeName("web2");
export const web3: NodeName = nodeName("web3");
export const service: ServiceName = serviceName("shop");
export const db: { readonly service: ServiceName; readonly program: ProgramName } = {
  service,
  program: programName("db"),
};

export type Moment = readonly [ms: number, note: Note];

/** What a node put on record, by milliseconds. */
export const events = (moments: readonly Moment[], node: NodeName = web2): readonly AgentEvent[] =>
  moments.map(([atMs, note], sequence) => ({ sequence, atMs, node, note }));

/** `100-203 web1>web2 node-down: web1 fell silent`, and what lasts or was lost with a word. */
export const outages = (...moments: readonly Moment[]): readonly string[] =>
  serviceHistories(events(moments), 9_000).flatMap((history) =>
    history.outages.map(({ fromMs, untilMs, state, cause, from, to }) => {
      const span = `${fromMs}-${untilMs}${state === "over" ? "" : ` ${state}`}`;
      return `${span} ${from ?? "?"}>${to ?? "?"} ${cause.kind}: ${cause.text}`;
    }),
  );

export const isoOf = (ms: number): string => new Date(ms).toISOString();

export const moved = (to: NodeName = web1, from?: NodeName): Note => ({
  code: "service.moved",
  service,
  epoch: 1,
  from,
  to,
});
export const active = (epoch: number = 2): Note => ({ code: "service.active", service, epoch, took: milliseconds(3) });
export const claimed: Note = {
  code: "service.claimed",
  service,
  epoch: 2,
  reason: { kind: "holder-silent", from: web1 },
};
export const down: Note = { code: "node.down", node: web1, silence: milliseconds(100) };
export type Unserved = Note & { readonly code: "service.unserved" };
export const unserved = (condition: "starting" | "stopping" | "failed", node: NodeName = web1): Unserved => ({
  code: "service.unserved",
  service,
  node,
  epoch: 1,
  condition,
});
/** It has never been whole since the node took it. */
export const begins = (
  node: NodeName = web1,
  reason: MoveReason = { kind: "holder-silent", from: web1 },
): Unserved => ({
  ...unserved("starting", node),
  taken: reason,
});
export const served = (node: NodeName = web1): Note => ({ code: "service.served", service, node, epoch: 1 });
