import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceName } from "../model/names.js";
import type { NodeEffect } from "../model/node-io.js";
import { Performer, type KernelPort, type PerformerPorts } from "./performer.js";

const PLACED = { interface: "eth0", address: "10.0.0.5", family: 4, prefixLength: 24 } as const;

const KERNEL: KernelPort = {
  addAddress: () => undefined,
  removeAddress: () => ({ code: "EPERM", message: "the kernel answers EPERM" }),
  captureInterface: () => ({ ok: false, problem: { code: "ENODEV", message: "there is no interface eth0" } }),
  changeInterface: () => undefined,
  addRoute: () => undefined,
  removeRoute: () => ({ code: "ESRCH", message: "no such route" }),
  announce: () => {},
  probe: () => {},
  listenForMac: () => undefined,
  stopListening: () => undefined,
  showMac: () => {},
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
    programs: { perform: log("program"), keep: () => undefined },
    watch: { monitor: log("pings"), monitorPaths: log("paths") },
    ledger: { write: log("ledger") },
    plans: { write: log("plans") },
    routes: { write: log("routes") },
    snapshot: { save: log("snapshot") },
    guard: { guard: log("guard"), guardRoutes: log("guard routes") },
    state: { save: log("save") },
    errands: { run: log("errand"), check: log("checks") },
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

test("an interface that cannot be read is a failed step, and a change of one is answered at once", () => {
  assert.deepEqual(performer().perform({ kind: "capture-interface", step: 7, interface: "eth0" }), {
    kind: "step-failed",
    step: 7,
    problem: { code: "ENODEV", message: "there is no interface eth0" },
  });
  const change = { kind: "enable", interface: "eth1" } as const;
  assert.deepEqual(performer().perform({ kind: "change-interface", step: 8, change }), { kind: "step-done", step: 8 });
});

test("a route that is refused is told so; where there may be some is on record before the guard knows", () => {
  const called: string[] = [];
  const route = { address: "192.168.1.1", family: 4, gateway: "10.1.1.1", interface: "eth0" } as const;
  assert.deepEqual(performer().perform({ kind: "add-route", step: 1, route }), { kind: "step-done", step: 1 });
  const problem = { code: "ESRCH", message: "no such route" };
  const refused = { kind: "step-failed", step: 2, problem };
  assert.deepEqual(performer().perform({ kind: "remove-route", step: 2, route }), refused);
  performer(called).perform({ kind: "record-routes", addresses: [route.address] });
  assert.deepEqual(called, ['routes [["192.168.1.1"]]', 'guard routes [["192.168.1.1"]]']);
});

test("plans of paths are written before the next effect", () => {
  const called: string[] = [];
  performer(called).perform({ kind: "write-plans", plans: [] });
  assert.deepEqual(called, ["plans [[]]"]);
});
