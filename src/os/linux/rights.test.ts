import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { cabledHosts, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { addAddress } from "./addresses.js";
import { AnnouncementListener } from "./announcement-listener.js";
import { effectiveCapabilities, missingCapabilities, ownCapabilities } from "./capabilities.js";
import { gettid } from "./libc.js";
import { LinkSender } from "./link-sender.js";
import { NETLINK, NetlinkSocket } from "./netlink-socket.js";
import { lockMemory } from "./memory-lock.js";
import { avoidOutOfMemoryKiller } from "./out-of-memory.js";
import { raisePriority } from "./scheduling.js";
import { SystemCallError } from "./system-call-error.js";
import { Tickler } from "./tickle.js";

const NOBODY = 65_534;

/** Does something with the rights of an ordinary user. */
function asNobody(act: () => void): void {
  process.seteuid?.(NOBODY);
  try {
    act();
  } finally {
    process.seteuid?.(0);
  }
}

const statusOf = (capabilities: string): string => `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${capabilities}\n`;

test("missing rights are named, with what they are for and whether anything works without", () => {
  assert.deepEqual(missingCapabilities(effectiveCapabilities(statusOf("000001ffffffffff"))), []);
  const raw = missingCapabilities(effectiveCapabilities(statusOf("0000000000002000")));
  assert.deepEqual(
    raw.map(({ capability, isVital }) => [capability, isVital]),
    [
      ["CAP_NET_ADMIN", true],
      ["CAP_IPC_LOCK", false],
      ["CAP_SYS_NICE", false],
    ],
  );
  assert.equal(missingCapabilities(effectiveCapabilities("no such line")).length, 4);
});

describe("with and without rights", { skip: namespacesMissing() }, () => {
  test("an ordinary user is refused in words that say what helps", () => {
    cabledHosts();
    const index = Number(ip("-o link show near0").split(":")[0]);
    const netlink = new NetlinkSocket(NETLINK.route);
    asNobody(() => {
      assert.equal(missingCapabilities(ownCapabilities()).length, 4);
      const place = { linkIndex: index, interface: "near0", address: "10.0.0.5", family: 4, prefixLength: 24 } as const;
      const answer = addAddress(netlink, place);
      assert.deepEqual(answer, { ok: false, problem: { code: "EPERM", message: "the kernel answers EPERM" } });
      for (const open of [LinkSender, AnnouncementListener, Tickler]) {
        assert.throws(
          () => new open(),
          (error) => error instanceof SystemCallError && error.failure.advice?.includes("CAP_NET_RAW") === true,
        );
      }
    });
    assert.equal(ip("address show dev near0").includes("10.0.0.5"), false);
  });

  test("without rights priority and memory stay as they are, and it says so", () => {
    asNobody(() => {
      assert.equal(lockMemory(), "EPERM");
      assert.equal(raisePriority(20).kind, "ordinary");
      assert.equal(avoidOutOfMemoryKiller(), "EACCES");
    });
  });

  test("with rights the thread runs in real time and memory is locked", () => {
    assert.deepEqual(raisePriority(7), { kind: "realtime", priority: 7 });
    const fields = readFileSync(`/proc/self/task/${gettid()}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const [REALTIME_PRIORITY, POLICY] = [37, 38];
    assert.equal(fields[REALTIME_PRIORITY], "7");
    assert.equal(fields[POLICY], "1");
    assert.equal(lockMemory(), undefined);
    assert.match(readFileSync("/proc/self/status", "utf8"), /^VmLck:\s*[1-9]\d* kB$/m);
    // Needs CAP_SYS_RESOURCE, which root need not have in a container.
    const refusal = avoidOutOfMemoryKiller();
    const adjusted = readFileSync("/proc/self/oom_score_adj", "utf8").trim();
    assert.deepEqual([refusal, adjusted], refusal === undefined ? [undefined, "-1000"] : ["EACCES", "0"]);
  });
});
