/* Needs root: it takes this process into a network namespace of its own, which ends with it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import { networkName, wireId } from "../../model/names.js";
import { unshare } from "../../os/linux/libc.js";
import { HeartbeatProbe, probeCluster } from "../../../test/support/heartbeat-probe.js";

const CLONE_NEWNET = 0x4000_0000;
const isRoot = process.getuid?.() === 0;
const skip = isRoot ? false : "needs root, for a network namespace of its own";
const ip = (...words: readonly string[]): void => void execFileSync("ip", words);

test(
  "an address that is missing, vanishes or comes back: told, noticed by the peer, and used again",
  { skip },
  async (context) => {
    assert.equal(unshare(CLONE_NEWNET), 0);
    ip("link", "set", "lo", "up");
    for (const address of ["127.0.1.2/8", "fd00::1/128", "fd00::2/128"]) {
      ip("address", "add", address, "dev", "lo", ...(address.includes(":") ? ["nodad"] : []));
    }
    const cluster = probeCluster({
      nodes: 2,
      timeout: milliseconds(400),
      port: 17_100,
      addresses: { a: "10.99.0.", b: "fd00::" },
    });
    ip("address", "add", "10.99.0.2/32", "dev", "lo");
    const [one, two] = [new HeartbeatProbe(context, cluster, 1), new HeartbeatProbe(context, cluster, 2)];
    const a = wireId(networkName("a"));

    const missing = await one.message((message) => (message.kind === "network-changed" ? message.failure : undefined));
    assert.match(missing.message, /10\.99\.0\.1.*EADDRNOTAVAIL/);
    await one.report("peer-heard");
    ip("address", "add", "10.99.0.1/32", "dev", "lo");
    await two.report(
      "hearing-changed",
      ({ observer, network, heard }) => observer === two.id && network === a && heard,
    );

    two.forget();
    one.forget();
    ip("address", "del", "10.99.0.1/32", "dev", "lo");
    await two.report(
      "hearing-changed",
      ({ observer, network, heard }) => observer === two.id && network === a && !heard,
    );
    const gone = await one.message((message) => (message.kind === "network-changed" ? message.failure : undefined));
    assert.match(gone.message, /10\.99\.0\.1/);

    two.forget();
    one.forget();
    ip("address", "add", "10.99.0.1/32", "dev", "lo");
    await two.report(
      "hearing-changed",
      ({ observer, network, heard }) => observer === two.id && network === a && heard,
    );
    await one.message((message) =>
      message.kind === "network-changed" && message.failure === undefined ? message : undefined,
    );
  },
);
