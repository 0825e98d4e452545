import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seconds } from "../base/time.js";
import { readNotification, STATUS_MAX } from "./sd-notify.js";

test("several assignments in one datagram", () => {
  const said = readNotification("READY=1\nSTATUS=Serving 5 clients\nMAINPID=4711\nWATCHDOG_USEC=20000000\n");
  assert.equal(said.ready, true);
  assert.equal(said.status, "Serving 5 clients");
  assert.equal(said.mainPid, 4711);
  assert.equal(said.watchdogSpan, seconds(20));
  assert.equal(said.stopping, false);
});

test("each of the others", () => {
  assert.equal(readNotification("RELOADING=1\nMONOTONIC_USEC=1").reloading, true);
  assert.equal(readNotification("STOPPING=1").stopping, true);
  assert.equal(readNotification("WATCHDOG=1").watchdog, "alive");
  assert.equal(readNotification("WATCHDOG=trigger").watchdog, "trigger");
  assert.equal(readNotification("ERRNO=2").errno, 2);
  assert.equal(readNotification("EXTEND_TIMEOUT_USEC=5000000").extendTimeout, seconds(5));
});

test("what makes no sense says nothing", () => {
  const nothing = readNotification("");
  for (const text of ["READY=yes", "READY", "=1", "MAINPID=0", "MAINPID=-1", "MAINPID=99999999", "WATCHDOG=0"]) {
    assert.deepEqual(readNotification(text), nothing, text);
  }
  for (const text of ["ERRNO=1e3", "WATCHDOG_USEC=99999999999999999", "STATUS=", "FDSTORE=1\nFDNAME=x", "BARRIER=1"]) {
    assert.deepEqual(readNotification(text), nothing, text);
  }
});

test("a status that would play with a terminal, or is too long, is made harmless", () => {
  assert.equal(readNotification("STATUS=a\u001B[2Jb\u0007").status, "a[2Jb");
  assert.equal(readNotification(`STATUS=${"x".repeat(10_000)}`).status?.length, STATUS_MAX);
});

test("no text breaks it", () => {
  const names = fc.constantFrom("READY", "STATUS", "MAINPID", "WATCHDOG", "WATCHDOG_USEC", "ERRNO", "");
  const line = fc.tuple(names, fc.string()).map(([name, value]) => `${name}=${value}`);
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 20 }), (lines) => {
      const said = readNotification(lines.join("\n"));
      assert.ok((said.mainPid ?? 1) > 0);
      assert.ok((said.status?.length ?? 0) <= STATUS_MAX);
    }),
  );
});
