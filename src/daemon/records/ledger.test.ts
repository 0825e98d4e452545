import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { instant } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import type { LedgerEntry } from "../../model/node-io.js";
import { Impairments } from "../impairments.js";
import { Ledger } from "./ledger.js";

const ENTRY: LedgerEntry = {
  service: serviceName("shop"),
  epoch: 3,
  interface: "eth0",
  address: "10.0.0.5",
  family: 4,
  prefixLength: 24,
};

const quiet = (): Impairments =>
  new Impairments(
    () => instant(0),
    () => {},
  );

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "locum-ledger-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("the next run reads what the last one wrote", (t) => {
  const path = join(directory(t), "agent.sock.ledger");
  const impairments = quiet();
  const ledger = new Ledger(path, impairments);
  assert.deepEqual(ledger.read(), []);
  ledger.write([ENTRY]);
  ledger.write([ENTRY, { ...ENTRY, address: "10.0.0.6" }]);
  assert.deepEqual(new Ledger(path, impairments).read(), [ENTRY, { ...ENTRY, address: "10.0.0.6" }]);
  assert.deepEqual(impairments.findings(), []);
});

test("a damaged ledger is ignored and reported, until one is written", (t) => {
  const path = join(directory(t), "agent.sock.ledger");
  const impairments = quiet();
  writeFileSync(path, JSON.stringify([{ ...ENTRY, family: 5 }]));
  const ledger = new Ledger(path, impairments);
  assert.deepEqual(ledger.read(), []);
  assert.equal(impairments.findings().length, 1);
  ledger.write([ENTRY]);
  assert.deepEqual(impairments.findings(), []);
});

test("a refused write is reported and does not stop the caller", (t) => {
  const impairments = quiet();
  const ledger = new Ledger(join(directory(t), "missing", "agent.sock.ledger"), impairments);
  ledger.write([ENTRY]);
  assert.equal(impairments.findings().length, 1);
});
