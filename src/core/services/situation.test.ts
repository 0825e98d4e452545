import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName } from "../../model/names.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { type Situation, handedOver, vacancyReason } from "./situation.js";

const web1 = nodeName("web1");

/** What the others know when web1 has let go of a service. */
const knowing = (...reasons: readonly UnfitReason[]): Situation =>
  ({ self: nodeName("web2"), facts: [{ node: web1, reasons }], absence: () => "alive" }) as unknown as Situation;

test("that a former holder's program does not stand by yet comes of its letting go, and is not why it did", () => {
  const claim = { state: "released", cause: "unfit", epoch: 3 } as ClaimBrief;
  const cut = { code: "link-down", detail: "eth0" } as const;
  const situation = knowing(cut, { code: "program-not-ready", detail: "redis" });
  assert.deepEqual(handedOver(claim, web1, situation), { kind: "holder-unfit", from: web1, reasons: [cut] });
  assert.deepEqual(vacancyReason(web1, situation), { kind: "vacant", from: web1, reasons: [cut] });
});
