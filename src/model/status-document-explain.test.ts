import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../base/time.js";
import type { CandidateDocument, FindingDocument, ServiceDocument } from "./status-document.js";
import { explainDocument } from "./status-document-explain.js";
import type { EventDocument } from "./status-document-event.js";

const fit = (node: string): CandidateDocument => ({ node, eligible: true, reasons: [], codes: [], until: null });
const banned = (node: string): CandidateDocument => ({
  node,
  eligible: true,
  reasons: ["it failed too often and is banned for a while"],
  codes: ["banned"],
  until: null,
});
const unfit = (node: string): CandidateDocument => ({
  node,
  eligible: false,
  reasons: ["it is drained", "it is cut off from network a"],
  codes: ["drained", "network-cut"],
  until: null,
});

const service = (holder: string | null, candidates: readonly CandidateDocument[]): ServiceDocument => ({
  holder,
  epoch: 3,
  state: "active",
  stoppedBy: null,
  unservedSince: null,
  programs: [],
  since: "2026-03-01T12:00:00.000Z",
  reason: "no node held it",
  reasonCode: "cluster-start",
  addresses: ["10.0.0.1/24"],
  reach: [],
  candidates,
  listensFor: [],
});

const NEVER = { kind: "never" } as const;

function verdicts(status: ServiceDocument, paused = false): readonly string[] {
  const document = explainDocument("shop", status, {
    node: "a",
    outlook: [],
    paused,
    failback: NEVER,
    findings: [],
    history: [],
  });
  return document.nodes.map(({ node, verdict }) => `${node} ${verdict}`);
}

test("each node's verdict says what it would take", () => {
  assert.deepEqual(verdicts(service("b", [fit("a"), fit("b"), unfit("c"), fit("d")])), [
    "a would take it if b failed",
    "b holds it",
    "c cannot hold it: it is drained and it is cut off from network a",
    "d would take it if b and a failed",
  ]);
});

test("a banned node is the last choice", () => {
  assert.deepEqual(verdicts(service("b", [banned("a"), fit("b"), fit("c")])), [
    "a would take it if b and c failed, as the last choice: it failed too often and is banned for a while",
    "b holds it",
    "c would take it if b failed",
  ]);
});

test("without a holder, in a pause, and with a holder that should not", () => {
  assert.deepEqual(verdicts(service(null, [fit("a"), fit("b")])), [
    "a is about to take it",
    "b would take it if a failed",
  ]);
  assert.deepEqual(verdicts(service("b", [fit("a"), fit("b")]), true), [
    "a could hold it, but nothing moves while the cluster is paused",
    "b holds it",
  ]);
  assert.deepEqual(verdicts(service("c", [unfit("c")])), [
    "c holds it, but should not: it is drained and it is cut off from network a",
  ]);
});

test("nobody takes a service that was stopped", () => {
  const stopped: ServiceDocument = {
    ...service(null, [fit("a"), unfit("b")]),
    state: "stopped",
    stoppedBy: "operator",
  };
  assert.deepEqual(verdicts(stopped), [
    "a could hold it, but an operator stopped it: `locum start shop` has it taken",
    "b cannot hold it: it is drained and it is cut off from network a",
  ]);
});

test("a node on which a program failed says how it is tried at once", () => {
  const failed: CandidateDocument = {
    ...unfit("b"),
    reasons: ["db was down or in trouble on it"],
    codes: ["program-failed"],
  };
  assert.deepEqual(verdicts(service("a", [fit("a"), failed])), [
    "a holds it",
    "b cannot hold it: db was down or in trouble on it (`locum start shop` has it tried)",
  ]);
});

test("failback is told as it will come", () => {
  const failback = (status: ServiceDocument, delay?: number): string =>
    explainDocument("shop", status, {
      node: "a",
      outlook: [],
      paused: false,
      failback: delay === undefined ? NEVER : { kind: "after", delay: seconds(delay) },
      findings: [],
      history: [],
    }).failback;
  const away = service("b", [fit("a"), fit("b")]);
  const home = service("a", [fit("a"), fit("b")]);
  assert.equal(
    failback(away),
    "a is preferred and could hold it, but failback is off: `locum move shop --to a` moves it there",
  );
  assert.equal(failback(home), "it stays where it is when a preferred node is fit again (failback is off)");
  assert.equal(failback(away, 30), "it goes back to a once it has been fit for 30 s");
  assert.equal(failback(home, 0), "it goes back to a preferred node as soon as it is fit");
});

test("the last move is the present holder's, not an earlier one's", () => {
  const taken = (node: string, epoch: number): EventDocument => ({
    sequence: epoch,
    time: "2026-03-01T12:00:00.000Z",
    node,
    code: "service.claimed",
    severity: "notice",
    text: "",
    data: { epoch },
  });
  const lastMove = (history: readonly EventDocument[], holder: string | null = "b"): number | undefined =>
    explainDocument("shop", service(holder, [fit("b")]), {
      node: "a",
      outlook: [],
      paused: false,
      failback: NEVER,
      findings: [],
      history,
    }).lastMove?.sequence;
  assert.equal(lastMove([taken("a", 2), taken("b", 3)]), 3);
  assert.equal(lastMove([taken("a", 2)]), undefined);
  const seen: EventDocument = { ...taken("a", 3), code: "service.moved", data: { epoch: 3, to: "b" } };
  assert.equal(lastMove([taken("a", 2), seen]), 3, "as another node saw it");
  assert.equal(lastMove([taken("a", 1), taken("b", 2)]), 2, "the same node, which took it anew since");
  assert.equal(lastMove([taken("b", 1), taken("a", 2)]), undefined, "another node's, after that");
  assert.equal(lastMove([taken("a", 1), taken("b", 2)], null), 2, "the last holder's, where nobody holds it");
});

test("of all findings, those about the service are told", () => {
  const finding = (kind: FindingDocument["kind"], about: FindingDocument["about"]): FindingDocument => ({
    kind,
    severity: "error",
    since: "2026-03-01T12:00:00.000Z",
    text: "",
    advice: "",
    about,
  });
  const own = finding("service-unplaced", { service: "shop" });
  const shared = finding("no-standby", { services: ["mail", "shop"] });
  const onAddress = finding("address-contested", { address: "10.0.0.1", mac: "02:00:00:00:00:01" });
  const cutOff = finding("cut-off", { unplugged: ["a"], unanswered: [] });
  const findings = [
    own,
    shared,
    onAddress,
    cutOff,
    finding("address-unstable", { address: "10.0.0.10" }),
    finding("no-standby", { services: ["mail"] }),
    finding("service-unplaced", { service: "mail" }),
    finding("node-down", { node: "shop" }),
  ];
  const told = explainDocument("shop", service("b", [fit("b")]), {
    node: "a",
    outlook: [],
    paused: false,
    failback: NEVER,
    findings,
    history: [],
  });
  assert.deepEqual(told.findings, [own, shared, onAddress, cutOff]);
});
