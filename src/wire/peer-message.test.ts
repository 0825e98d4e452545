import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { milliseconds, seconds } from "../base/time.js";
import type { RelayedBulletin } from "../model/heartbeat.js";
import { ATTRIBUTE_LIFETIME_MAX } from "../model/attribute.js";
import { hookName } from "../model/hook.js";
import { nodeName, serviceName } from "../model/names.js";
import type { PathCommand } from "../model/command.js";
import { type Mover, orderedMove } from "../model/mover.js";
import { pathGroupName } from "../model/path.js";
import type { NodeState } from "../model/node-state.js";
import type { PeerMessage } from "../model/peer-message.js";
import { programName } from "../model/program.js";
import { ruleName } from "../model/rule.js";
import { parsePeerMessage } from "./peer-message.js";

const STATE: NodeState = {
  node: nodeName("web1"),
  incarnation: 7,
  version: 4,
  program: "0.1.0",
  drained: false,
  pause: { paused: false, revision: 2 },
  interfaces: [{ interface: "eth0", mac: "02:00:00:00:00:01" }],
  fitness: [{ service: serviceName("shop"), reasons: [{ code: "link-down", detail: "eth0" }, { code: "drained" }] }],
  tenures: [
    {
      service: serviceName("shop"),
      epoch: 3,
      heldFor: seconds(9),
      reason: { kind: "holder-silent", from: nodeName("web2") },
    },
  ],
  bans: [{ node: nodeName("web2"), remaining: seconds(30), failures: 3 }],
  carriers: [
    { network: "a", carrier: true, interface: "eth0" },
    { network: "b", carrier: false },
  ],
  pings: [{ network: "a", reachable: false }],
  leftBehind: [{ node: nodeName("web2"), service: serviceName("shop"), epoch: 2 }],
  fences: [
    {
      node: nodeName("web2"),
      incarnation: 5,
      state: "under-way",
      cause: { kind: "stuck", service: serviceName("shop"), program: programName("db"), found: true },
      lasted: seconds(1),
      problem: "pdu: it ended with status 1",
    },
  ],
  bonds: [
    {
      node: nodeName("web2"),
      service: serviceName("shop"),
      program: programName("db"),
      epoch: 2,
      incarnation: 5,
      boot: "b",
    },
  ],
  strays: [
    {
      node: nodeName("web2"),
      service: serviceName("shop"),
      program: programName("db"),
      incarnation: 5,
      version: 3,
      boot: "b",
    },
  ],
  machine: { boot: "a", remains: [{ service: serviceName("mail"), program: programName("smtp") }] },
  programs: [
    {
      service: serviceName("mail"),
      program: programName("smtp"),
      state: "stopped",
      role: "holder",
      lasted: milliseconds(5),
      restarts: 1,
      found: true,
      awaits: { node: nodeName("web2"), isKnown: false },
    },
  ],
  unlooked: [{ service: serviceName("mail"), program: programName("smtp") }],
  pathFindings: [
    { kind: "standby-path-down", group: pathGroupName("mether0"), interface: "eth1" },
    { kind: "path-group-flapping", group: pathGroupName("mether0") },
    { kind: "address-unmoved", group: pathGroupName("mether0"), address: "10.0.0.1", interface: "eth1" },
    { kind: "path-group-incomplete", group: pathGroupName("mether0"), from: "eth0", to: "eth1", owed: ["10.0.0.1"] },
    { kind: "path-group-incomplete", group: pathGroupName("mether0"), from: "eth0", to: "eth1", owed: [], more: 180 },
  ],
};
const MOVERS: readonly Mover[] = [
  { kind: "rule", name: ruleName("hot") },
  { kind: "program", name: programName("db") },
];
const CLAIM = { service: 0xffff_ffff, epoch: 2 ** 40, state: "offering", target: 7, cause: "operator" } as const;
const RELAYED: RelayedBulletin = {
  node: nodeName("web2"),
  incarnation: 9,
  configDigest: 0xfeed_beef,
  bulletin: { version: 3, stateDigest: 17, claims: [CLAIM, { ...CLAIM, service: 5, state: "holding", cause: "none" }] },
};
const LAN = { node: nodeName("web2"), group: pathGroupName("lan") };
const PATH_COMMANDS: readonly PathCommand[] = [
  { kind: "path-switch", ...LAN, to: "eth1" },
  { kind: "path-pause", ...LAN },
  { kind: "path-resume", ...LAN },
  { kind: "path-detach", node: nodeName("web2"), interface: "eth0" },
  { kind: "path-attach", node: nodeName("web2"), interface: "br-lan.7" },
];
const MESSAGES: readonly PeerMessage[] = [
  {
    kind: "hello",
    node: nodeName("web1"),
    versions: { min: 1, max: 2 },
    incarnation: 7,
    program: "0.1.0",
    configHash: "ab",
  },
  { kind: "membership", isMember: false },
  { kind: "state", state: STATE },
  {
    kind: "connections",
    service: serviceName("shop"),
    connections: [
      { family: 4, localAddress: "10.0.0.1", localPort: 80, remoteAddress: "10.0.0.9", remotePort: 40_000 },
      { family: 6, localAddress: "2001:db8::1", localPort: 80, remoteAddress: "2001:db8::9", remotePort: 40_000 },
    ],
  },
  { kind: "relayed-bulletin", relayed: RELAYED },
  { kind: "relayed-state", state: STATE },
  { kind: "command", id: "x-1", command: { kind: "move", service: serviceName("shop"), to: nodeName("web2") } },
  ...MOVERS.flatMap((by): readonly PeerMessage[] => [
    { kind: "command", id: "x-6", command: { kind: "move", service: serviceName("shop"), to: nodeName("web2"), by } },
    { kind: "state", state: { ...STATE, moves: [{ service: serviceName("shop"), epoch: 4, by }] } },
    {
      kind: "state",
      state: {
        ...STATE,
        tenures: [
          {
            service: serviceName("shop"),
            epoch: 5,
            heldFor: milliseconds(1),
            reason: orderedMove(by, nodeName("web2")),
          },
        ],
      },
    },
  ]),
  {
    kind: "state",
    state: {
      ...STATE,
      attributes: [
        { name: "rack", value: "b2" },
        { name: "load", value: 0.5 },
      ],
    },
  },
  {
    kind: "command",
    id: "x-4",
    command: {
      kind: "set-attribute",
      node: nodeName("web2"),
      attribute: { name: "fit", value: true, lifetime: milliseconds(30_000) },
    },
  },
  { kind: "command", id: "x-5", command: { kind: "unset-attribute", node: nodeName("web2"), name: "fit" } },
  { kind: "command", id: "x-2", command: { kind: "unpause" } },
  { kind: "command", id: "x-3", command: { kind: "unpause", force: true } },
  ...PATH_COMMANDS.map((command): PeerMessage => ({ kind: "command", id: "x-4", command })),
  { kind: "command-outcome", id: "x-1", outcome: { ok: true, message: "moved" } },
  { kind: "hook-told", hook: hookName("pager"), key: '["node.down","[null,\\"web1\\"]"]' },
  { kind: "command-outcome", id: "x-2", outcome: { ok: false, code: "busy", message: "later" } },
];
const relayedClaims = (claims: readonly unknown[]): unknown => ({
  kind: "relayed-bulletin",
  relayed: { ...RELAYED, bulletin: { ...RELAYED.bulletin, claims } },
});
const asSent = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

test("a command about an interface or a group that cannot exist is none", () => {
  const message = (command: object): object => ({ kind: "command", id: "x", command: { node: "web2", ...command } });
  for (const name of ["", ".", "..", "eth0:1", "a/b", "name-of-16-signs", "a b", 7]) {
    assert.equal(parsePeerMessage(message({ kind: "path-detach", interface: name })).kind, "malformed", String(name));
  }
  assert.equal(parsePeerMessage(message({ kind: "path-switch", group: "../lan", to: "eth1" })).kind, "malformed");
  assert.equal(parsePeerMessage(message({ kind: "path-switch", group: "lan" })).kind, "malformed");
});

test("an attribute that is to last longer than any may is none", () => {
  const message = (lifetime: number): object => ({
    kind: "command",
    id: "x",
    command: { kind: "set-attribute", node: "web2", attribute: { name: "fit", value: true, lifetime } },
  });
  assert.equal(parsePeerMessage(message(ATTRIBUTE_LIFETIME_MAX)).kind, "understood");
  assert.equal(parsePeerMessage(message(ATTRIBUTE_LIFETIME_MAX + 1)).kind, "malformed");
});

test("every message is understood as it was meant", () => {
  for (const message of MESSAGES) {
    assert.deepEqual(parsePeerMessage(asSent(message)), { kind: "understood", message });
  }
});

test("of what is wrong with a node's paths, what a later version may find is left out", () => {
  const mether0 = pathGroupName("mether0");
  const known = { kind: "standby-path-down", group: mether0, interface: "eth1" };
  const told = (pathFindings: unknown): unknown =>
    parsePeerMessage({ kind: "state", state: { ...STATE, pathFindings } });
  const understood = { kind: "understood", message: { kind: "state", state: { ...STATE, pathFindings: [known] } } };
  assert.deepEqual(told([{ kind: "path-haunted", group: mether0 }, known, 7]), understood);
  assert.deepEqual(told(Array.from({ length: 1_000 }, () => known)), { kind: "malformed" });
});

test("a kind that a later version may have is unknown, everything without a kind malformed", () => {
  assert.deepEqual(parsePeerMessage({ kind: "telepathy", x: 1 }), { kind: "unknown" });
  assert.deepEqual(parsePeerMessage({ kind: "constructor" }), { kind: "unknown" });
  for (const value of [undefined, null, 1, "state", [], {}, { kind: 5 }]) {
    assert.deepEqual(parsePeerMessage(value), { kind: "malformed" });
  }
});

test("members of a later version are left out; of an unknown reason remains that there is one", () => {
  const later = asSent({
    kind: "state",
    state: {
      ...STATE,
      mood: "good",
      fitness: [{ service: "shop", reasons: [{ code: "too-tired" }] }],
      tenures: [{ service: "shop", epoch: 1, heldFor: 0, reason: { kind: "for-fun" } }],
    },
  });
  const parsed = parsePeerMessage(later);
  assert.ok(parsed.kind === "understood" && parsed.message.kind === "state");
  assert.ok(!("mood" in parsed.message.state));
  assert.deepEqual(parsed.message.state.fitness[0]?.reasons, [{ code: "state-unknown" }]);
  assert.deepEqual(parsed.message.state.tenures[0]?.reason, { kind: "adopted" });
});

test("nothing that came is believed without a check", () => {
  const bad: readonly unknown[] = [
    { kind: "state", state: { ...STATE, incarnation: -1 } },
    { kind: "state", state: { ...STATE, node: "no such name!" } },
    { kind: "connections", service: "shop", connections: [{ family: 5 }] },
    { kind: "connections", service: "shop", connections: [{ ...MESSAGES[2], localAddress: "::ffff:1.2.3.4:5" }] },
    { kind: "relayed-bulletin", relayed: { ...RELAYED, node: "no such name!" } },
    { kind: "relayed-bulletin", relayed: { ...RELAYED, incarnation: 0.5 } },
    { kind: "relayed-bulletin", relayed: { ...RELAYED, configDigest: undefined } },
    relayedClaims([{ ...CLAIM, service: 2 ** 32 }]),
    relayedClaims([{ ...CLAIM, epoch: -1 }]),
    relayedClaims([{ ...CLAIM, state: "dreaming" }]),
    relayedClaims(Array.from({ length: 1_001 }, () => CLAIM)),
    { kind: "relayed-state", state: { ...STATE, version: "4" } },
    { kind: "command", id: "x", command: { kind: "move", service: "shop" } },
    { kind: "command", id: "x".repeat(5_000), command: { kind: "pause" } },
    { kind: "command-outcome", id: "x", outcome: { ok: 1 } },
  ];
  for (const message of bad) assert.deepEqual(parsePeerMessage(asSent(message)), { kind: "malformed" });
});

test("of an unknown cause remains that there is none known", () => {
  const parsed = parsePeerMessage(asSent(relayedClaims([{ ...CLAIM, cause: "boredom" }])));
  assert.ok(parsed.kind === "understood" && parsed.message.kind === "relayed-bulletin");
  assert.deepEqual(parsed.message.relayed.bulletin.claims, [{ ...CLAIM, cause: "none" }]);
});

test("a message with any part replaced by any value is understood or malformed", () => {
  fc.assert(
    fc.property(fc.constantFrom(...MESSAGES), fc.nat(), fc.jsonValue(), (message, nth, value) => {
      const parts = JSON.stringify(message).match(/[^,:{}[\]]+/g) ?? [];
      const part = parts[nth % parts.length] ?? "";
      const mutated: unknown = parseOrNothing(JSON.stringify(message).replace(part, () => JSON.stringify(value)));
      const { kind } = parsePeerMessage(mutated);
      assert.ok(kind === "understood" || kind === "malformed" || kind === "unknown");
    }),
  );
});

test("no JSON value makes it throw", () => {
  const kinds = fc.constantFrom(...MESSAGES.map(({ kind }) => kind));
  fc.assert(fc.property(fc.jsonValue(), (value) => void parsePeerMessage(value)));
  fc.assert(
    fc.property(kinds, fc.dictionary(fc.string(), fc.jsonValue()), (kind, rest) => {
      parsePeerMessage({ ...rest, kind });
    }),
  );
});

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
