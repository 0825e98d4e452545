import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import { cabledHosts, type Cable, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import { milliseconds, seconds } from "../../base/time.js";
import { findHolder } from "./conflict-probe.js";
import { EchoProber } from "./echo-prober.js";
import { bootClock, sendto, socket } from "./libc.js";
import { AF, SOCK } from "./socket-options.js";
import { encodeSocketAddress } from "./socket-address.js";
import { parseIpAddress } from "../../base/ip-address.js";
import { encodeEcho } from "../../wire/icmp-echo.js";
import { SystemCallError } from "./system-call-error.js";

const skip = namespacesMissing();

describe("probes", { skip }, () => {
  let cable: Cable;

  beforeEach(() => {
    cable = cabledHosts();
    cable.far.enter();
    ip("address add 10.0.0.2/24 dev far0");
    ip("address add fd00::2/64 dev far0 nodad");
    cable.near.enter();
    ip("address add 10.0.0.1/24 dev near0");
    ip("address add fd00::1/64 dev near0 nodad");
  });

  for (const [family, stranger, free] of [
    [4, "10.0.0.2", "10.0.0.3"],
    [6, "fd00::2", "fd00::3"],
  ] as const) {
    test(`a stranger with an IPv${family} address is found, and a free address is free`, () => {
      const placed = { interface: "near0", address: stranger, family, prefixLength: 24 } as const;
      assert.deepEqual(findHolder(placed, seconds(10)), {
        ok: true,
        value: { interface: "near0", address: stranger, mac: "02:00:00:00:00:02" },
      });
      assert.deepEqual(findHolder({ ...placed, address: free }, milliseconds(50)), { ok: true, value: undefined });
    });

    test(`a ping by IPv${family} is answered through its interface`, () => {
      const prober = new EchoProber({ family, interface: "near0" });
      assert.ok(prober.send(stranger, bootClock()) > 0);
      const answer = waitUntil([prober.fd], () => prober.drain(bootClock())[0]);
      assert.equal(answer.target, stranger);
      assert.ok(answer.roundTrip > 0);
      prober.close();
    });
  }

  test("an answer to a probe that is not ours counts for nothing", () => {
    const prober = new EchoProber({ family: 4, source: "10.0.0.1" });
    prober.send("10.0.0.9", bootClock());
    cable.far.enter();
    const forger = socket(AF.inet, SOCK.raw | SOCK.cloexec, 1);
    for (let identifier = 0; identifier < 65_536; identifier += 1) {
      const reply = encodeEcho(4, { kind: "reply", identifier, sequence: 1, token: new Uint8Array(16) });
      sendto(forger, reply, reply.length, encodeSocketAddress(parseIpAddress("10.0.0.1") ?? assert.fail(), 0));
      if (identifier % 100 === 0) assert.deepEqual(prober.drain(bootClock()), []);
    }
    cable.near.enter();
    prober.send("10.0.0.2", bootClock());
    const answers = waitUntil([prober.fd], () => {
      const drained = prober.drain(bootClock());
      return drained.length > 0 ? drained : undefined;
    });
    assert.deepEqual(
      answers.map(({ target }) => target),
      ["10.0.0.2"],
    );
  });

  test("an interface or source that is not there is a readable error", () => {
    const open = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 20; round += 1) {
      assert.throws(() => new EchoProber({ family: 4, interface: "eth77" }), SystemCallError);
    }
    assert.equal(readdirSync("/proc/self/fd").length, open, "what can't be prepared is closed again");
    assert.throws(
      () => new EchoProber({ family: 4, source: "10.0.0.77" }),
      /Cannot ping from 10.0.0.77: bind answers EADDRNOTAVAIL/,
    );
  });
});
