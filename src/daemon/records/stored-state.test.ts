import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import { NOTHING_SAVED } from "../../model/node-state.js";
import { ruleName } from "../../model/rule.js";
import { pathGroupName } from "../../model/path.js";
import { programName } from "../../model/program.js";
import { readStoredState, writeStoredState } from "./stored-state.js";

const epochs = [{ service: serviceName("shop"), epoch: 7 }];

test("marks that cannot be read are lost by themselves: the epochs are not lost with them", () => {
  const text = writeStoredState({ incarnation: 5, saved: { ...NOTHING_SAVED, epochs } });
  for (const key of ["halts", "peerMacs", "attributes", "bonds", "strays", "fenced", "firings"]) {
    const stored = JSON.parse(text) as { saved: Record<string, unknown> };
    stored.saved[key] = [{ service: "shop", halted: true, revision: 2 ** 60 }];
    assert.deepEqual(readStoredState(JSON.stringify(stored))?.saved, { ...NOTHING_SAVED, epochs }, key);
  }
});

test("what is bound to a silent node, and whom it left alone since, stays so when the agent is started anew", () => {
  const bond = { service: serviceName("shop"), program: programName("db"), epoch: 7, incarnation: 3, boot: "a" };
  const fenced = [
    { node: nodeName("web2"), at: instant(-5), boot: "b" },
    { node: nodeName("web1"), at: instant(7) },
  ];
  const { epoch: _, ...found } = bond;
  const strays = [{ node: nodeName("web1"), ...found, version: 4 }];
  const saved = { ...NOTHING_SAVED, epochs, bonds: [{ node: nodeName("web1"), ...bond }], strays, fenced };
  assert.deepEqual(readStoredState(writeStoredState({ incarnation: 5, saved }))?.saved, saved);
});

test("when rules acted is known to the next agent", () => {
  const firings = [{ rule: ruleName("hot"), about: "web1", at: instant(7), boot: "a" }];
  const saved = { ...NOTHING_SAVED, epochs, firings };
  assert.deepEqual(readStoredState(writeStoredState({ incarnation: 5, saved }))?.saved, saved);
});

test("what interfaces have of their own while they carry the other's parameters outlives the agent", () => {
  const memory = { group: pathGroupName("mether0"), active: "secondary", paused: false, detached: [] } as const;
  const own = { spareMac: "02:00:00:00:00:02", standbyMtu: { interface: "eth1", mtu: 1_500 } };
  const saved = { ...NOTHING_SAVED, paths: [memory, { ...memory, ...own }] };
  assert.deepEqual(readStoredState(writeStoredState({ incarnation: 5, saved }))?.saved, saved);
});

test("a name that no configuration can have is damage, whatever else can be read", () => {
  const state = { incarnation: 5, saved: { ...NOTHING_SAVED, epochs } };
  const text = writeStoredState(state);
  assert.deepEqual(readStoredState(text), state);
  for (const name of ["", "../shop", "a".repeat(64)])
    assert.equal(readStoredState(text.replace('"shop"', JSON.stringify(name))), undefined, name);
});
