import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { RENEWAL_BYTES, renewalLease } from "../guard/guard-protocol.js";
import { LeaseRenewal } from "./heartbeat-lease.js";

test("that a peer is alive, or none, is told to the guard at once, and not with the next round", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "locum-lease-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "renewals");
  const fd = openSync(file, "w");
  context.after(() => closeSync(fd));
  const lengths = (): readonly number[] => {
    const bytes = readFileSync(file);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / RENEWAL_BYTES }, (_, index) =>
      renewalLease(view, index * RENEWAL_BYTES),
    );
  };
  const interval = milliseconds(25);
  const lease = new LeaseRenewal(new SharedArrayBuffer(64), () => {}, instant(0));
  lease.change(fd, milliseconds(100));
  for (const [at, isAlone] of [
    [1_000, true],
    [2_000, true],
    [3_000, false],
    [4_000, false],
    [5_000, true],
  ] as const) {
    lease.renew(instant(at), interval, isAlone);
  }
  assert.deepEqual(lengths(), [0, milliseconds(100), 0]);
});
