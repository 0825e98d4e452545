import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceName } from "../model/names.js";
import type { NodeEffect } from "../model/node-io.js";
import { Performer, type KernelPort, type PerformerPorts } from "./performer.js";

const PLACED = { interface: "eth0", address: "10.0.0.5", family: 4, prefixLength: 24 } as const;

const KERNEL: KernelPort = {
  addAddress: () => undefined,
  removeAddress: () => ({ code: "EPERM", message: "the kernel answers EPERM" }),
  announce: () => {},
  probe: () => {},
  tickle: () => {},
};

function performer(called: string[] = []): Performer {
  const log =
    (name: string) =>
    (...values: unknown[]): void =>
      void called.push(`${name} ${JSON.stringify(values)}`);
  const ports: PerformerPorts = {
    kernel: KERNEL,
    connections: { read: log("read") },
    heartbeat: { publish: log("publish"), sayGoodbye: log("goodbye") },
    peers: {
      publishState: log("state"),
      publishConnections: log("connections"),
      relayBulletin: log("relay"),
      relayState: log("relay"),
      forwardCommand: log("forward"),
    },
    pings: { monitor: log("pings") },
    ledger: { write: log("ledger") },
    guard: { guard: log("guard") },
    state: { save: log("save") },
    commands: { answer: log("answer") },
    notes: { say: log("note") },
    use: log("use"),
    exit: log("exit"),
  };
  return new Performer(ports);
}

test("a step is answered at once: done, or failed with the kernel's reason", () => {
  const add: NodeEffect = { kind: "add-address", step: 4, placed: PLACED };
  assert.deepEqual(performer().perform(add), { kind: "step-done", step: 4 });
  assert.deepEqual(performer().perform({ ...add, kind: "remove-address" }), {
    kind: "step-failed",
    step: 4,
    problem: { code: "EPERM", message: "the kernel answers EPERM" },
  });
});

test("connections are not read while a decision is carried out", () => {
  const called: string[] = [];
  const effect: NodeEffect = { kind: "read-connections", service: serviceName("shop"), addresses: ["10.0.0.5"] };
  assert.equal(performer(called).perform(effect), undefined);
  assert.deepEqual(called, ['read ["shop",["10.0.0.5"]]']);
});

test("the ledger is on record before the guard knows, and the guard is told addresses only", () => {
  const called: string[] = [];
  const entries = [{ ...PLACED, service: serviceName("shop"), epoch: 2 }];
  assert.equal(performer(called).perform({ kind: "write-ledger", entries, guarded: true }), undefined);
  assert.deepEqual(called, [`ledger ${JSON.stringify([entries])}`, `guard ${JSON.stringify([[PLACED], true])}`]);
});
