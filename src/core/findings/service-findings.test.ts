import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeName, nodeName, serviceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { CandidateFacts } from "../placement/place.js";
import { serviceFindings, type ServicePlace, stayingOn } from "./service-findings.js";

const [n1, n2, n3] = ["n1", "n2", "n3"].map(nodeName) as [NodeName, NodeName, NodeName];
const [shop, mail] = [serviceName("shop"), serviceName("mail")];
const fit = (node: NodeName): CandidateFacts => ({ node, reasons: [] });
const unfit = (node: NodeName, code: UnfitReason["code"], detail?: string): CandidateFacts => ({
  node,
  reasons: [detail === undefined ? { code } : { code, detail }],
});
const held = (holder: NodeName | undefined, ...facts: readonly CandidateFacts[]): ServicePlace => ({
  service: shop,
  holder,
  rests: false,
  facts,
});

const found = (...services: readonly ServicePlace[]): readonly Finding[] =>
  serviceFindings(services, { isTold: () => false, paused: false });

test("a service with a fit holder and a standby, or with one node only, is no finding", () => {
  assert.deepEqual(found(held(n1, fit(n1), fit(n2), unfit(n3, "node-down"))), []);
  assert.deepEqual(found(held(n1, fit(n1))), []);
  assert.deepEqual(found(held(n1, fit(n1), unfit(n2, "banned"))), [], "a banned node takes it, as the last choice");
});

test("a vacant service that nobody can hold is unplaced, one that somebody can is about to move", () => {
  assert.deepEqual(found(held(undefined, unfit(n1, "node-down"), unfit(n2, "drained"))), [
    { kind: "service-unplaced", service: shop },
  ]);
  assert.deepEqual(found(held(undefined, unfit(n1, "node-down"), fit(n2))), []);
});

test("a vacant service that nobody takes in a pause waits for its end, if anybody could take it then", () => {
  const inPause = (...facts: readonly CandidateFacts[]): readonly Finding[] =>
    serviceFindings([held(undefined, ...facts)], { isTold: () => false, paused: true });
  assert.deepEqual(inPause(unfit(n1, "drained"), fit(n2)), [
    { kind: "service-waiting", cause: "paused", services: [shop] },
  ]);
  assert.deepEqual(
    inPause(unfit(n1, "drained"), unfit(n2, "node-down")).map(({ kind }) => kind),
    ["service-unplaced"],
  );
  const rests = { ...held(undefined, fit(n1)), rests: true };
  assert.deepEqual(serviceFindings([rests], { isTold: () => false, paused: true }), []);
});

test("a service that nobody is to take waits for nobody", () => {
  const rests = { ...held(undefined, unfit(n1, "node-down"), unfit(n2, "outranked")), rests: true };
  assert.deepEqual(found(rests), []);
  assert.deepEqual(
    found({ ...rests, rests: false }).map(({ kind }) => kind),
    ["service-waiting"],
  );
});

test("a service waits for what a node lacks that is large enough for it, as long as there is one", () => {
  const waits = (...facts: readonly CandidateFacts[]): readonly Finding[] => found(held(undefined, ...facts));
  assert.deepEqual(waits(unfit(n1, "too-small"), unfit(n2, "no-room")), [
    { kind: "service-waiting", cause: "no-room", services: [shop] },
  ]);
  assert.deepEqual(waits(unfit(n1, "too-small"), unfit(n2, "node-down")), [
    { kind: "service-waiting", cause: "too-small", services: [shop] },
  ]);
});

test("redundancy that is gone is found before it is needed, once for all services that lack it alike", () => {
  const out: readonly CandidateFacts[] = [
    fit(n1),
    { node: n2, reasons: [{ code: "node-down" }, { code: "banned" }] },
    unfit(n3, "drained"),
  ];
  assert.deepEqual(found(held(n1, ...out), { ...held(n1, ...out), service: mail }), [
    {
      kind: "no-standby",
      standbys: [
        { node: n2, reasons: [{ code: "node-down" }] },
        { node: n3, reasons: [{ code: "drained" }] },
      ],
      services: [shop, mail],
    },
  ]);
});

test("a holder that is drained with nobody to go to has no standby, and serves", () => {
  assert.deepEqual(
    found(held(n1, unfit(n1, "drained"), unfit(n2, "node-down"))).map(({ kind }) => kind),
    ["no-standby"],
  );
});

test("what stays on a node is what no other can take, and everything in a pause", () => {
  const places = [
    held(n1, unfit(n1, "drained"), fit(n2)),
    { ...held(n1, unfit(n1, "drained"), unfit(n2, "node-down")), service: mail },
    { ...held(n2, unfit(n1, "drained"), fit(n2)), service: serviceName("files") },
  ];
  assert.deepEqual(stayingOn(n1, places, false), [mail]);
  assert.deepEqual(stayingOn(n1, places, true), [shop, mail]);
});

test("who has its place at the cost of others stands by", () => {
  assert.deepEqual(found(held(n1, fit(n1), unfit(n2, "displaces"))), []);
  const isAlsoUnfit: CandidateFacts = { node: n2, reasons: [{ code: "displaces" }, { code: "interface-missing" }] };
  assert.deepEqual(
    found(held(n1, fit(n1), isAlsoUnfit)).map(({ kind }) => kind),
    ["no-standby"],
  );
});

test("a node that is there and could not take a service is told of, although another one could", () => {
  const lacking = (node: NodeName, ...more: readonly UnfitReason["code"][]): CandidateFacts => ({
    node,
    reasons: [{ code: "interface-missing", detail: "eth0" }, ...more.map((code) => ({ code }))],
  });
  const told = {
    kind: "standby-unfit",
    node: n3,
    reasons: [{ code: "interface-missing", detail: "eth0" }],
    services: [shop, mail],
  };
  const services = [
    held(n1, fit(n1), fit(n2), lacking(n3)),
    { ...held(n1, fit(n1), fit(n2), lacking(n3)), service: mail },
  ];
  assert.deepEqual(found(...services), [told]);
  assert.deepEqual(found(held(n1, fit(n1), fit(n2), unfit(n3, "program-failed", "server"))), [
    { ...told, reasons: [{ code: "program-failed", detail: "server" }], services: [shop] },
  ]);
  assert.deepEqual(found(held(n1, fit(n1), fit(n2), lacking(n3, "drained"))), [], "somebody works on it");
  assert.deepEqual(found(held(n1, fit(n1), fit(n2), unfit(n3, "node-down"))), [], "another finding tells that");
  assert.deepEqual(found(held(n1, fit(n1), fit(n2), unfit(n3, "no-room"))), [], "nothing is wrong with it");
  assert.deepEqual(
    found(held(n1, fit(n1), lacking(n2), lacking(n3))).map(({ kind }) => kind),
    ["no-standby"],
  );
});

test("a holder without a link is unfit, which says that there is no standby either", () => {
  assert.deepEqual(found(held(n1, unfit(n1, "link-down", "eth0"), unfit(n2, "node-down"))), [
    { kind: "interface-down", node: n1, interface: "eth0", services: [shop] },
    { kind: "holder-unfit", node: n1, reasons: [{ code: "link-down", detail: "eth0" }], services: [shop] },
  ]);
});

test("a pulled cable is found on any node, unless a finding about a network tells of that interface", () => {
  const services = [held(n1, fit(n1), fit(n2), unfit(n3, "link-down", "eth1"))];
  assert.deepEqual(found(...services), [{ kind: "interface-down", node: n3, interface: "eth1", services: [shop] }]);
  assert.deepEqual(
    serviceFindings(services, { isTold: (node, name) => node === n3 && name === "eth1", paused: false }),
    [],
  );
});
