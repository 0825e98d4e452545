/** What the status comes to, in its second line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../src/cli/paint.js";
import { statusLines } from "../../src/cli/status-text.js";
import { instant } from "../../src/base/time.js";
import { nodeName } from "../../src/model/names.js";
import type { NodeView, PathGroupView, ServiceView } from "../../src/model/status.js";
import { statusDocument } from "../../src/model/status-document.js";
import { ALL_WELL, MemoryAgent, READ_AT, SWITCHED, TAKEN_OVER } from "../api/memory-agent.js";

process.env["TZ"] = "UTC";

const status = (view: NodeView, width: number): string => {
  const { clock, program } = new MemoryAgent();
  return statusLines(statusDocument(view, clock, program), { width, paint: plain, now: READ_AT }).join("\n");
};

test("the second line says what it comes to", () => {
  const verdict = (view: NodeView): string | undefined => status(view, 120).split("\n")[1];
  const [shop, mail] = ALL_WELL.services;
  assert.ok(shop !== undefined && mail !== undefined);
  const [web1, web2] = shop.candidates;
  assert.ok(web1 !== undefined && web2 !== undefined);
  const alone = { ...shop, candidates: [web1, { ...web2, eligible: false }] };
  assert.equal(verdict({ ...ALL_WELL, services: [{ ...shop, state: "moving" }, mail] }), "On the move: shop");
  const starting = [{ ...shop, state: "starting" as const }, mail];
  assert.equal(verdict({ ...ALL_WELL, services: starting }), "Starting: shop");
  assert.equal(
    verdict({ ...ALL_WELL, services: [alone, mail] }),
    "All services are served, but no node stands by for shop",
  );
  const drained = ALL_WELL.nodes.map((node, index) => (index === 0 ? { ...node, state: "drained" as const } : node));
  const byOrder = { finding: { kind: "node-drained", node: nodeName("web1") }, since: instant(0) } as const;
  assert.equal(
    verdict({ ...ALL_WELL, nodes: drained, findings: [byOrder] }),
    "All services are served; web1 is drained",
  );
  assert.equal(verdict({ ...ALL_WELL, services: [{ ...shop, candidates: [web1] }, mail] }), "All is well");
  const unfit = { kind: "holder-unfit", node: web1.node, reasons: [], services: [shop.name] } as const;
  assert.equal(
    verdict({ ...ALL_WELL, findings: [{ finding: unfit, since: instant(0) }] }),
    "Something is wrong that clients can feel: see below",
  );
  assert.equal(
    verdict({ ...ALL_WELL, services: starting, findings: [{ finding: unfit, since: instant(0) }] }),
    "Something is wrong that clients can feel: see below",
    "what moves or starts is no news beside that",
  );
  assert.equal(
    verdict({ ...ALL_WELL, services: starting, findings: TAKEN_OVER.findings.slice(0, 1) }),
    "Starting: shop; something is wrong: see below",
  );
  assert.equal(
    verdict({ ...ALL_WELL, findings: TAKEN_OVER.findings.slice(0, 1) }),
    "All services are served, but something is wrong: see below",
  );
  const cutOff = { kind: "cut-off", unplugged: [], unanswered: [] } as const;
  assert.equal(
    verdict({ ...TAKEN_OVER, findings: [{ finding: cutOff, since: instant(0) }] }),
    "web2 is cut off, and cannot know who serves: see below",
  );
  assert.equal(
    verdict({ ...ALL_WELL, findings: [{ finding: cutOff, since: instant(0) }] }),
    "web2 is cut off: see below",
  );
  assert.match(
    status({ ...TAKEN_OVER, findings: [{ finding: cutOff, since: instant(0) }] }, 120),
    /mail +unknown .* web2 cannot know that now$/m,
  );
  const unknown = { kind: "not-known-to-peer", node: web1.node } as const;
  assert.equal(
    verdict({ ...TAKEN_OVER, findings: [{ finding: unknown, since: instant(0) }] }),
    "web2 is not known to all other nodes, and cannot know who serves: see below",
  );
  const [one, ...others] = ALL_WELL.nodes;
  assert.ok(one !== undefined);
  const onPaths = (state: PathGroupView["state"]): string | undefined =>
    verdict({ ...ALL_WELL, nodes: [{ ...one, paths: [{ ...SWITCHED, state }] }, ...others] });
  assert.equal(onPaths("degraded"), "All services are served, but not all paths of mether0 on web1 work: see below");
  assert.equal(onPaths("switching"), "All is well", "that is over in a moment");
  assert.equal(verdict({ ...ALL_WELL, services: [] }), "There are no services yet");
});

test("what is not served is in the first line with since when, whatever its holders try; what was stopped comes after it", () => {
  const [shop, mail] = ALL_WELL.services;
  assert.ok(shop !== undefined && mail !== undefined);
  const verdict = (services: readonly ServiceView[], findings = ALL_WELL.findings): string | undefined =>
    status({ ...ALL_WELL, services, findings }, 200).split("\n")[1];
  const missing = (service: ServiceView, state: ServiceView["state"], forS = 60): ServiceView => ({
    ...service,
    state,
    unservedSince: instant((195 - forS) * 1e6),
  });
  const stopped: ServiceView = {
    ...missing(mail, "stopped"),
    holder: undefined,
    halt: { service: mail.name, halted: true, revision: 1 },
  };
  for (const state of ["starting", "blocked", "moving"] as const) {
    assert.equal(verdict([missing(shop, state), mail]), "Service shop is not served since 12:02:15 (1 min)");
  }
  assert.equal(verdict([missing(shop, "starting", 9), mail]), "Starting: shop");
  assert.equal(verdict([missing(shop, "moving", 9), mail]), "On the move: shop");
  assert.equal(
    verdict([missing(shop, "starting"), missing(mail, "blocked", 75)]),
    "Not served: shop since 12:02:15 (1 min) and mail since 12:02:00 (1 min 15 s)",
  );
  assert.equal(
    verdict([missing(shop, "starting"), stopped]),
    "Service shop is not served since 12:02:15 (1 min); stopped by order: mail",
  );
  assert.equal(verdict([shop, stopped]), "All is well; stopped by order: mail");
  assert.equal(
    verdict([shop, stopped], TAKEN_OVER.findings.slice(0, 1)),
    "All other services are served, but something is wrong: see below; stopped by order: mail",
  );
});
