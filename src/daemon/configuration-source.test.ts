import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { NO_FILE, SOUND_MACHINE } from "../../test/support/machine-facts.js";
import { ok, refused } from "../base/result.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import type { KernelAddress } from "../model/kernel.js";
import { readSecretFile } from "../os/node/secret-file.js";
import { readConfiguration, refusalText, type GatherFacts } from "./configuration-source.js";

const KEY = `locum1:${Buffer.alloc(32, 7).toString("base64url")}\n`;
const CLUSTER = `cluster: shop
secretFile: secret
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1, lan: 192.168.1.11 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2, lan: 192.168.1.12 } }
services:
  shop:
    addresses: [192.168.1.1/24]
    nodes: [web1, web2]
`;

const address = (linkIndex: number, text: string): KernelAddress => ({
  linkIndex,
  family: 4,
  address: text,
  prefixLength: 24,
  flags: 0,
});

const ALL = [address(1, "10.1.1.1"), address(2, "20.1.1.1"), address(3, "192.168.1.11")];

/** A machine with these addresses, one interface each. */
const machineWith =
  (addresses: readonly KernelAddress[], overrides: Partial<MachineFacts> = {}): GatherFacts =>
  ({ secretFile }) => {
    const links = addresses.map(({ linkIndex }) => ({
      index: linkIndex,
      name: `eth${linkIndex}`,
      mac: "02:00:00:00:00:01",
      up: true,
      carrier: true,
      mtu: 1_500,
    }));
    const secret = readSecretFile(secretFile);
    return {
      kernel: ok({ links, addresses }),
      secret: secret.ok ? ok(secret.value.length) : refused(secret.problem),
      ...SOUND_MACHINE,
      ...overrides,
    };
  };

interface Files {
  readonly config: string;
  readonly secret: string;
}

function files(t: TestContext, text = CLUSTER): Files {
  const directory = mkdtempSync(join(tmpdir(), "locum-configuration-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const [config, secret] = [join(directory, "cluster.yaml"), join(directory, "secret")];
  writeFileSync(config, text);
  writeFileSync(secret, KEY, { mode: 0o600 });
  return { config, secret };
}

/** The problems as `line:column code`, or `used` with the codes of the warnings. */
function outcome(config: string, facts: GatherFacts, node = "web1"): readonly string[] {
  const read = readConfiguration(config, node, facts);
  if (read.ok) return ["used", ...read.value.warnings.map(({ code }) => code)];
  return read.problem.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

test("a good file on a machine that fits it is used, with its keys", (t) => {
  const { config } = files(t);
  const read = readConfiguration(config, "web1", machineWith(ALL));
  assert.ok(read.ok);
  assert.equal(read.value.self, "web1");
  assert.deepEqual(read.value.secrets.map(String), [String(new Uint8Array(32).fill(7))]);
  assert.deepEqual(read.value.warnings, []);
});

test("what is allowed, yet seldom meant, is among the warnings", (t) => {
  const { config } = files(t, CLUSTER.replaceAll(/, lan: [\d.]+/g, ""));
  assert.deepEqual(outcome(config, machineWith(ALL)), ["used", "clients-network-unwatched"]);
});

test("a file that others may change is used, with a warning: its node must not be lost to it", (t) => {
  const { config } = files(t);
  chmodSync(config, 0o666);
  assert.deepEqual(outcome(config, machineWith(ALL)), ["used", "file-open-to-others"]);
});

test("mistakes are refused with their place: of the file, the node, the secret, the subnets", (t) => {
  const fits = machineWith(ALL);
  assert.deepEqual(outcome(files(t, CLUSTER.replace("services", "servces")).config, fits), ["6:1 unknown-key"]);
  assert.deepEqual(outcome(files(t).config, fits, "web3"), ["3:1 node-not-in-file"]);
  assert.deepEqual(outcome(files(t, CLUSTER.replace("192.168.1.1/", "172.16.0.1/")).config, fits), [
    "8:17 no-interface-in-subnet",
  ]);
  const { config, secret } = files(t);
  chmodSync(secret, 0o644);
  assert.deepEqual(
    outcome(config, fits).map((text) => text.split(" ")[0]),
    ["2:13"],
  );
});

test("why a changed file is not used is told by its first mistake", (t) => {
  const { config, secret } = files(t);
  const told = (path: string): string => {
    const read = readConfiguration(path, "web1", machineWith(ALL));
    assert.ok(!read.ok);
    return refusalText(read.problem);
  };
  chmodSync(secret, 0o644);
  assert.match(told(config), /secret .*mode.*; the one before it stays in force$/);
  assert.match(told(join(config, "gone")), /cannot be read|Cannot read/i);
  assert.match(told(files(t, `${CLUSTER}bogus: 1\nsecond: 2\n`).config), / \(and \d more\);/);
});

test("a good file that lacks nothing but the node is told apart from one with mistakes", (t) => {
  const others = CLUSTER.replace("web1: {", "web3: {").replace("[web1, web2]", "[web2, web3]");
  const withoutNode = (text: string): readonly string[] | undefined => {
    const read = readConfiguration(files(t, text).config, "web1", machineWith(ALL));
    assert.ok(!read.ok);
    return read.problem.withoutNode?.nodes.map(({ name }) => name);
  };
  assert.deepEqual(withoutNode(others), ["web3", "web2"]);
  assert.equal(withoutNode(others.replace("services", "servces")), undefined);
  assert.equal(withoutNode(CLUSTER.replace("192.168.1.1/", "172.16.0.1/")), undefined);
});

test("a machine that has lost an interface, or does not have it yet, is warned of and no more", (t) => {
  const { config } = files(t);
  assert.deepEqual(outcome(config, machineWith(ALL.slice(0, 1))), [
    "used",
    "network-address-missing",
    "network-address-missing",
    "no-interface-in-subnet",
  ]);
  assert.deepEqual(outcome(config, machineWith([], { kernel: refused("no netlink") })), ["used", "kernel-unreadable"]);
});

const WITH_PROGRAM = `${CLUSTER}    programs: { p: { run: [/opt/typo, serve], user: app } }
checks: { disk: { run: [/opt/typo], every: 10s } }
`;

test("what a program lacks here is used all the same, and told apart: for one that runs it may be a mistake", (t) => {
  const executables = new Map([["/opt/typo", NO_FILE]]);
  const programs = { ...SOUND_MACHINE.programs, executables, unknownUsers: new Set(["app"]) };
  const read = readConfiguration(files(t, WITH_PROGRAM).config, "web1", machineWith(ALL, { programs }));
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.faults.map(({ service, program, problem }) => `${service}/${program}: ${problem}`),
    [
      "shop/p: /opt/typo cannot be run on this machine: there is no such file",
      'shop/p: This machine has no user "app"',
    ],
  );
  const sound = readConfiguration(files(t, WITH_PROGRAM).config, "web1", machineWith(ALL));
  assert.deepEqual(sound.ok && sound.value.faults, []);
});
