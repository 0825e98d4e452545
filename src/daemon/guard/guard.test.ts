import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { GuardedAgentOptions } from "../../../test/support/guarded-agent.js";
import { cabledHosts, type Cable, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { eventually } from "../../../test/support/eventually.js";
import { parseIpAddress } from "../../base/ip-address.js";
import { seconds } from "../../base/time.js";
import { bind, close, recvfrom, socket } from "../../os/linux/libc.js";
import { NETLINK, netlinkAddress } from "../../os/linux/netlink-socket.js";
import { encodeSocketAddress } from "../../os/linux/socket-address.js";
import { AF, setReceiveTimeout, SOCK } from "../../os/linux/socket-options.js";
import { ERRNO } from "../../os/linux/system-call-error.js";
import { takeGuardReport } from "./guard-report.js";
import { decodeNetlink } from "../../wire/netlink.js";
import { decodeInterfaceAddress, RTM_ADDRESS } from "../../wire/rtnetlink-address.js";

const AGENT = fileURLToPath(new URL("../../../test/support/guarded-agent.js", import.meta.url));
const SERVICE_V4 = { interface: "near0", address: "192.0.2.10", family: 4, prefixLength: 24 } as const;
const SERVICE_V6 = { interface: "near0", address: "2001:db8::10", family: 6, prefixLength: 64 } as const;
const GOODBYE = { from: "10.1.1.1", to: "10.1.1.2", port: 7000, base64: Buffer.from("bye").toString("base64") };
const RTMGRP_ADDRESSES = 0x10 | 0x100;
/** Longer than an agent waits for its turn on a busy machine. */
const LEASE_MS = 2_000;
/** Far longer than anything takes on a machine that is alive. */
const PATIENCE = seconds(30);
/** A lease that plays no part: whatever happens within {@link PATIENCE} has another cause. */
const ENDLESS_LEASE_MS = 60_000;

const missing = namespacesMissing();
let cable: Cable;
let directory: string;
const agents: Agent[] = [];

before(() => {
  if (missing !== false) return;
  directory = mkdtempSync(join(tmpdir(), "locum-guard-"));
  cable = cabledHosts();
  ip("address add 10.1.1.1/24 dev near0");
  cable.far.enter();
  ip("address add 10.1.1.2/24 dev far0");
  cable.near.enter();
});
after(() => missing === false && rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  if (missing !== false) return;
  ip("address replace 192.0.2.10/24 dev near0");
  ip("address replace 2001:db8::10/64 dev near0 nodad");
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.end();
});

interface Said {
  readonly kind: string;
  readonly guard: number;
  readonly why?: string;
  readonly problem?: string;
}

/** An agent with a guard, and what it said so far. */
class Agent {
  readonly process: ChildProcess;
  readonly #lines: Interface;
  readonly said: Said[] = [];

  constructor(options: Partial<GuardedAgentOptions>) {
    const all = {
      socket: join(directory, "agent.sock"),
      addresses: [SERVICE_V4, SERVICE_V6],
      guarded: true,
      goodbyes: [GOODBYE],
      leaseMs: 0,
    };
    this.process = spawn(process.execPath, [AGENT, JSON.stringify({ ...all, ...options })], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    this.#lines.on("line", (line) => this.said.push(JSON.parse(line)));
    agents.push(this);
  }

  async heard(kind: string): Promise<Said> {
    for (;;) {
      const found = this.said.find((item) => item.kind === kind);
      if (found !== undefined) return found;
      await once(this.#lines, "line", { signal: AbortSignal.timeout(60_000) });
    }
  }

  say(word: string): void {
    this.process.stdin?.write(`${word}\n`);
  }

  /** Its guards outlive it, and would take off what the next test puts on. */
  async end(): Promise<void> {
    this.process.kill("SIGKILL");
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
    const guards = this.said.filter(({ kind }) => kind === "ready" || kind === "recovered");
    for (const { guard } of guards) await processEnd(guard);
  }
}

/** Hears of removed addresses, as any program on the machine would. */
class Removals {
  readonly #fd = socket(AF.netlink, SOCK.raw | SOCK.cloexec, NETLINK.route);
  readonly #buffer = new Uint8Array(8_192);

  constructor() {
    bind(this.#fd, netlinkAddress(RTMGRP_ADDRESSES));
    setReceiveTimeout(this.#fd, PATIENCE);
  }

  /** Returns when the last of these addresses is off. */
  waitFor(...addresses: string[]): void {
    const missingYet = new Set(addresses);
    while (missingYet.size > 0) {
      const length = recvfrom(this.#fd, this.#buffer, 0, null);
      // The stop of a child interrupts the call.
      if (length === -ERRNO.intr) continue;
      assert.ok(length > 0, `still on: ${[...missingYet].join(", ")}`);
      for (const message of decodeNetlink(this.#buffer.subarray(0, length)) ?? []) {
        const address = decodeInterfaceAddress(message.payload);
        if (message.type === RTM_ADDRESS.delete && address !== undefined) missingYet.delete(address.address);
      }
    }
  }

  close(): void {
    close(this.#fd);
  }
}

/** Hears what comes to the peer's heartbeat port. */
function peerSocket(): { receive: () => string | undefined; close: () => void } {
  cable.far.enter();
  const fd = socket(AF.inet, SOCK.datagram | SOCK.cloexec, 0);
  const own = parseIpAddress(GOODBYE.to);
  assert.ok(own !== undefined);
  assert.equal(bind(fd, encodeSocketAddress(own, GOODBYE.port)), 0);
  setReceiveTimeout(fd, PATIENCE);
  cable.near.enter();
  const buffer = new Uint8Array(100);
  const receive = (): string | undefined => {
    let length = recvfrom(fd, buffer, 0, null);
    // The stop or end of a child interrupts the call.
    while (length === -ERRNO.intr) length = recvfrom(fd, buffer, 0, null);
    return length < 0 ? undefined : Buffer.from(buffer.subarray(0, length)).toString();
  };
  return { receive, close: () => close(fd) };
}

const isOn = (address: string): boolean => ip("address show dev near0").includes(` ${address}/`);

test(
  "a killed agent's addresses are off long before its lease is over, and the peer is told",
  {
    skip: missing,
  },
  async () => {
    const agent = new Agent({ leaseMs: ENDLESS_LEASE_MS });
    const { guard } = await agent.heard("ready");
    const peer = peerSocket();
    const removals = new Removals();
    agent.process.kill("SIGKILL");
    removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
    assert.equal(peer.receive(), "bye");
    await processEnd(guard);
    assert.match(
      takeGuardReport(join(directory, "agent.sock"))?.message ?? "",
      /took off 192\.0\.2\.10, 2001:db8::10 in /,
    );
    assert.equal(takeGuardReport(join(directory, "agent.sock")), undefined);
    removals.close();
    peer.close();
  },
);

test("a frozen agent's addresses are off when its lease is over, and it learns so", { skip: missing }, async () => {
  const agent = new Agent({ leaseMs: LEASE_MS });
  const { guard } = await agent.heard("ready");
  const removals = new Removals();
  agent.process.kill("SIGSTOP");
  removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
  agent.process.kill("SIGCONT");
  assert.equal((await agent.heard("fired")).why, "lease-expired");
  assert.ok(existsSync(`/proc/${guard}`), "the guard goes on");
  removals.close();
});

test("addresses are off their interface though it got another name since", { skip: missing }, async () => {
  const agent = new Agent({});
  await agent.heard("ready");
  ip("link set near0 name renamed0");
  const removals = new Removals();
  agent.process.kill("SIGKILL");
  try {
    removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
  } finally {
    ip("link set renamed0 name near0");
    removals.close();
  }
});

test("an agent that renews its lease keeps its addresses", { skip: missing }, async () => {
  const agent = new Agent({ leaseMs: LEASE_MS });
  await agent.heard("ready");
  await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
  assert.deepEqual(
    agent.said.map(({ kind }) => kind),
    ["ready"],
  );
  assert.ok(isOn(SERVICE_V4.address));
});

for (const [how, options, words] of [
  ["an orderly disarm", {}, ["disarm", "end"]],
  ["maintenance", { guarded: false }, ["end"]],
] as const) {
  test(`after ${how} the guard ends with its agent and touches nothing`, { skip: missing }, async () => {
    const agent = new Agent(options);
    const { guard } = await agent.heard("ready");
    for (const word of words) agent.say(word);
    await once(agent.process, "exit");
    await processEnd(guard);
    assert.ok(isOn(SERVICE_V4.address));
    assert.ok(isOn(SERVICE_V6.address));
  });
}

test("a guard that is killed is replaced, and the new one does the same", { skip: missing }, async () => {
  const agent = new Agent({});
  const { guard } = await agent.heard("ready");
  process.kill(guard, "SIGKILL");
  await agent.heard("trouble");
  await agent.heard("recovered");
  const removals = new Removals();
  agent.process.kill("SIGKILL");
  removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
  removals.close();
});

test("a Node that does not know the guard's options runs it without them", { skip: missing }, async () => {
  const agent = new Agent({ nodeOptions: ["--no-such-option"] });
  assert.match((await agent.heard("trouble")).problem ?? "", /code 9/);
  await agent.heard("recovered");
  await agent.heard("ready");
  const removals = new Removals();
  agent.process.kill("SIGKILL");
  removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
  removals.close();
});

test("there is one guard at a time: another one waits, and says so", { skip: missing }, async () => {
  const first = new Agent({});
  await first.heard("ready");
  const second = new Agent({});
  assert.match((await second.heard("trouble")).problem ?? "", /earlier agent has not ended yet/);
  first.process.kill("SIGKILL");
  await second.heard("recovered");
});

test("the guard outlives the signals that end other processes", { skip: missing }, async () => {
  const agent = new Agent({});
  const { guard } = await agent.heard("ready");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"]) process.kill(guard, signal);
  const removals = new Removals();
  agent.process.kill("SIGKILL");
  removals.waitFor(SERVICE_V4.address, SERVICE_V6.address);
  assert.deepEqual(
    agent.said.map(({ kind }) => kind),
    ["ready"],
  );
  removals.close();
});

/** Processes that are not our children are only seen to be gone. */
async function processEnd(pid: number): Promise<void> {
  await eventually(() => !isRunning(pid), `process ${pid} has ended`);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
