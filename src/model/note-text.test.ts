import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../base/time.js";
import type { FenceNote } from "./fencing.js";
import { networkName, nodeName, serviceName } from "./names.js";
import { findingAdvice, noteAdvice } from "./note-text-advice.js";
import { noteSeverity, noteText } from "./note-text.js";
import { findingSeverity, findingText } from "./note-text-finding.js";
import { moveReasonText, reasonText, reasonsText, releaseReasonText } from "./note-text-reason.js";
import { ruleName } from "./rule.js";
import type { MoveReason } from "./node-state.js";
import type { Finding, Note, NoteCode, ReleaseReason, Severity } from "./note.js";
import type { PathNote } from "./path-note.js";
import type { ProgramNote } from "./program-note.js";
import { programName } from "./program.js";
import { pathGroupName } from "./path.js";
import type { UnfitReason } from "./unfit-reasons.js";

const web1 = nodeName("web1");
const web2 = nodeName("web2");
const shop = serviceName("shop");
const noStandby = (code: "node-down" | "drained"): Finding => ({
  kind: "no-standby",
  standbys: [{ node: web2, reasons: [{ code }] }],
  services: [shop],
});
const a = networkName("a");
const placed = { service: shop, address: "192.168.1.1", interface: "eth0" } as const;
const refusal = { ...placed, problem: "EPERM" };
const gone = { ...placed, isGone: true };

type ToldElsewhere = ProgramNote | PathNote | FenceNote;
type Body<Code extends NoteCode> = Omit<Extract<Note, { readonly code: Code }>, "code">;

const mether0 = pathGroupName("mether0");
const deadMac = { node: web1, services: [shop], interface: "eth0", mac: "02:00:00:00:00:01" } as const;
const byWeb1 = { ...placed, gateway: "10.1.1.1" } as const;
const HOT = ruleName("hot");

/** Every code once, so that the compiler asks for a line here when a code is added. */
const NOTES: {
  readonly [Code in Exclude<NoteCode, ToldElsewhere["code"]>]: readonly [Severity, string, Body<Code>];
} = {
  "service.closing": [
    "notice",
    "web2 stops the programs of shop before web1 may have it, because an operator moves it to web1",
    { service: shop, epoch: 3, to: web1, why: { kind: "handed-over", to: web1, cause: "operator" } },
  ],
  "service.kept": [
    "error",
    "web2 keeps shop (epoch 3): db cannot be ended there, and nobody else may begin before it has",
    { service: shop, epoch: 3, program: programName("db") },
  ],
  "service.unserved": [
    "notice",
    "web1 holds shop and does not serve all of it: a program of it is down",
    { service: shop, node: web1, epoch: 3, condition: "failed" },
  ],
  "service.returned": ["notice", "shop is on web1 again (epoch 3)", { service: shop, epoch: 3, to: web1 }],
  "service.served": ["notice", "web1 serves all of shop", { service: shop, node: web1, epoch: 3 }],
  "service.halted": [
    "notice",
    "shop is stopped by the rule hot: no node holds it until it is started again",
    { service: shop, by: HOT },
  ],
  "service.resumed": ["notice", "shop may be held again, by order", { service: shop }],
  "attribute.set": [
    "info",
    "Attribute disk of web2 is full, for 30 s unless it is set again",
    { attribute: "disk", value: "full", lifetime: milliseconds(30_000) },
  ],
  "attribute.unset": ["info", "web2 has no attribute disk any more", { attribute: "disk" }],
  "attribute.expired": ["info", "Attribute disk of web2 was not set again in time and is gone", { attribute: "disk" }],
  "rule.fired": [
    "notice",
    "The rule hot for web1 acts on web2 (drain web1 and notify), because node.load is 81",
    { rule: HOT, about: "web1", readings: [{ what: "node.load", value: 81 }], actions: ["drain web1", "notify"] },
  ],
  "rule.notified": [
    "error",
    "The rule hot says: call the janitor",
    { rule: HOT, severity: "error", text: "call the janitor" },
  ],
  "rule.order-refused": [
    "warning",
    "The rule hot gave an order that was not carried out: There is no node web9",
    { rule: HOT, problem: "There is no node web9" },
  ],
  "rule.command-done": [
    "info",
    "/bin/true of the rule hot is done on web2, after 12 ms",
    { rule: HOT, command: "/bin/true", took: milliseconds(12) },
  ],
  "rule.command-failed": [
    "warning",
    "/bin/false of the rule hot for web1 failed on web2: it ended with status 1",
    { rule: HOT, about: "web1", command: "/bin/false", problem: "it ended with status 1" },
  ],
  "agent.started": ["info", "The agent on web2 started", { incarnation: 1, adopted: [] }],
  "agent.dismissed": [
    "notice",
    "web2 is not in the changed cluster file: its agent lets go of everything in order, and ends",
    {},
  ],
  "agent.programs-not-kept": ["notice", "web2 ends the programs it kept: of version 1, not 2", { theirs: 1, ours: 2 }],
  "agent.stopping": ["notice", "The agent on web2 is stopping in order", {}],
  "agent.stopped": ["info", "The agent on web2 stopped", {}],
  "agent.stalled": [
    "warning",
    "The agent on web2 did not run for 430 ms; no peer is blamed for it",
    { lateness: milliseconds(430) },
  ],
  "agent.fenced-by-guard": [
    "error",
    "The guard on web2 took the service addresses off, because the agent was out for too long",
    {},
  ],
  "agent.incarnation-outdated": [
    "warning",
    "The peers of web2 knew a later start of it (its state directory was lost, and its clock is behind); it goes on as a later one",
    { incarnation: 7 },
  ],
  "node.up": ["notice", "web1 is up", { node: web1, incarnation: 3 }],
  "node.down": [
    "warning",
    "web1 is down: silent on all networks for 103 ms",
    { node: web1, silence: milliseconds(103) },
  ],
  "node.left": ["notice", "web1 left in order", { node: web1 }],
  "node.crashed": ["warning", "The agent on web1 died; its guard said so and took its addresses off", { node: web1 }],
  "node.unanswered": ["warning", "Packets from web1 reach web2, but web1 answers none", { node: web1 }],
  "node.drained": [
    "notice",
    "web1 is drained: until it is resumed it takes no service, and keeps only what nobody else can take",
    { node: web1 },
  ],
  "node.resumed": ["notice", "web1 is in service again", { node: web1 }],
  "node.banned": [
    "warning",
    "web1 failed 3 times and is banned for 1 min",
    { node: web1, failures: 3, length: seconds(60) },
  ],
  "node.ban-ended": ["info", "web1 is no longer banned", { node: web1 }],
  "cluster.paused": ["notice", "The cluster is paused: nothing moves until it is unpaused", {}],
  "cluster.unpaused": ["notice", "The cluster is no longer paused", {}],
  "finding.raised": [
    "warning",
    "Network a is down for all nodes",
    { finding: { kind: "network-down", network: a, services: [] } },
  ],
  "finding.changed": [
    "warning",
    "Now: No node stands by for shop: web2 (it is down)",
    { finding: noStandby("node-down"), before: noStandby("drained") },
  ],
  "finding.cleared": ["notice", "Over: web1 is down", { finding: { kind: "node-down", node: web1 } }],
  "service.claimed": [
    "notice",
    "web2 takes shop (epoch 7), because web1 fell silent",
    { service: shop, epoch: 7, reason: { kind: "holder-silent", from: web1 } },
  ],
  "service.active": [
    "notice",
    "web2 serves shop, 4.2 ms after it took it",
    { service: shop, epoch: 7, took: milliseconds(4.2) },
  ],
  "service.offered": [
    "notice",
    "web2 offers shop to web1, because that node is preferred",
    { service: shop, epoch: 7, to: web1, cause: "failback" },
  ],
  "service.offer-lapsed": [
    "warning",
    "web1 did not take shop: web2 keeps it",
    { service: shop, to: web1, declined: false },
  ],
  "service.offer-declined": [
    "notice",
    "web2 declines shop from web1: it is drained",
    { service: shop, from: web1, reasons: [{ code: "drained" }] },
  ],
  "service.move-refused": [
    "notice",
    "shop stays on web2 and does not fail back: web1 cannot take it, because eth0 may carry no more addresses",
    { service: shop, to: web1, cause: "failback", reasons: [{ code: "interface-full", detail: "eth0" }] },
  ],
  "service.released": [
    "notice",
    "web2 let go of shop (epoch 7), because web1 holds it with epoch 8",
    { service: shop, epoch: 7, why: { kind: "outranked", by: web1, epoch: 8 } },
  ],
  "service.moved": [
    "info",
    "shop moved from web1 to web2 (epoch 7)",
    { service: shop, epoch: 7, from: web1, to: web2 },
  ],
  "service.rival": [
    "warning",
    "web2 (epoch 7) and web1 (epoch 8) both hold shop: the later epoch wins",
    { service: shop, epoch: 7, rival: web1, rivalEpoch: 8 },
  ],
  "service.rival-gone": [
    "error",
    "web1 has let go of shop: for up to 5.5 s both held it and may have run its programs",
    { service: shop, rival: web1, overlap: milliseconds(5_500), hasPrograms: true },
  ],
  "address.added": ["info", "192.168.1.1 is on eth0 of web2", placed],
  "address.adopted": ["info", "192.168.1.1 was on eth0 of web2 already and is kept for shop", placed],
  "address.removed": ["info", "192.168.1.1 is off eth0 of web2", placed],
  "address.add-failed": ["error", "Cannot put 192.168.1.1 on eth0 of web2: EPERM", refusal],
  "address.remove-failed": ["error", "Cannot take 192.168.1.1 off eth0 of web2: EPERM", refusal],
  "address.taken-away": [
    "warning",
    "Another program removed 192.168.1.1 from eth0 of web2 for the 3rd time; it is put back in 2 s",
    { ...placed, times: 3, restoreIn: seconds(2) },
  ],
  "address.lost-with-interface": ["warning", "192.168.1.1 went with eth0 of web2, which is gone", gone],
  "address.stray-removed": [
    "warning",
    "192.168.1.1 was left on eth0 of web2 by an earlier run and was removed",
    { address: placed.address, interface: placed.interface },
  ],
  "address.rival-heard": [
    "error",
    "02:00:00:00:00:01 claims 192.168.1.1, which is on eth0 of web2",
    { ...placed, mac: "02:00:00:00:00:01" },
  ],
  "identity.taken": [
    "notice",
    "eth0 of web2 also receives what is sent to 02:00:00:00:00:01 of web1, for shop",
    deadMac,
  ],
  "identity.given-back": [
    "notice",
    "eth0 of web2 no longer receives what is sent to 02:00:00:00:00:01 of web1: web1 is back",
    { ...deadMac, returned: true },
  ],
  "identity.refused": [
    "warning",
    "eth0 of web2 cannot receive what is sent to 02:00:00:00:00:01 of web1, for shop: EOPNOTSUPP",
    { ...deadMac, problem: "EOPNOTSUPP" },
  ],
  "identity.kept": [
    "warning",
    "The rules for 02:00:00:00:00:01 stay on eth0 of web2, without effect: EBUSY",
    { interface: "eth0", mac: deadMac.mac, problem: "EBUSY" },
  ],
  "route.set": ["info", "web2 reaches 192.168.1.1 of shop by 10.1.1.1 on eth0", byWeb1],
  "route.removed": ["info", "web2 no longer reaches 192.168.1.1 of shop by 10.1.1.1 on eth0", byWeb1],
  "route.restored": [
    "notice",
    "Another program removed the route of web2 to 192.168.1.1 by 10.1.1.1 on eth0; it is back",
    byWeb1,
  ],
  "route.refused": [
    "warning",
    "web2 cannot reach 192.168.1.1 of shop by 10.1.1.1 on eth0: EPERM",
    { ...byWeb1, problem: "EPERM" },
  ],
  "link.lost": ["warning", "Interface eth0 of web2 lost its link", { interface: "eth0" }],
  "link.renamed": ["info", "Interface eth0 of web2 is called lan0 now", { interface: "lan0", from: "eth0" }],
  "link.restored": ["info", "Interface eth0 of web2 has a link again", { interface: "eth0" }],
  "packets.refused": [
    "warning",
    "web2 refused 3 packets that name web1 as their sender: they were heard before",
    { refusal: "replayed", sender: web1, count: 3 },
  ],
  "relay.refused": [
    "warning",
    "web2 refused what web1 passed on from web3, 2 times by now: it is of an earlier run",
    { by: web1, about: "web3", refusal: "old-incarnation", count: 2 },
  ],
  "command.received": ["info", "web2 was told: move shop to web1", { command: "move shop to web1" }],
  "configuration.changed": [
    "notice",
    "web2 runs with a changed configuration (hash 01234567): service mail removed, port changed and node web3 added",
    {
      hash: "0123456789abcdef",
      changes: [
        { what: "setting", name: "port", how: "changed" },
        { what: "node", name: "web3", how: "added" },
        { what: "service", name: "mail", how: "removed" },
      ],
    },
  ],
  "configuration.refused": [
    "error",
    "web2 does not use the changed cluster file: it lacks web1, which is alive",
    { refusal: { kind: "node-alive", node: web1 } },
  ],
  "keys.changed": [
    "notice",
    "web2 uses the key with id 01234567 now, and accepts 89abcdef too",
    { used: "01234567", accepted: ["89abcdef"] },
  ],
};

for (const [code, [severity, text, body]] of Object.entries(NOTES)) {
  test(`words of ${code}`, () => {
    const note = { code, ...body } as Note;
    assert.equal(noteText(note, web2), text);
    assert.equal(noteSeverity(note), severity);
  });
}

test("a short stall is for the record only", () => {
  assert.equal(noteSeverity({ code: "agent.stalled", lateness: milliseconds(13) }), "info");
});

test("notes that are said in more than one way", () => {
  const say = (note: Note): string => noteText(note, web2);
  assert.equal(
    say({ code: "agent.started", incarnation: 1, adopted: ["10.0.0.1", "10.0.0.2", "fd00::1"] }),
    "The agent on web2 started and kept 10.0.0.1, 10.0.0.2 and fd00::1, which it found in place",
  );
  assert.equal(
    say({ code: "service.offer-lapsed", service: shop, to: web1, declined: true }),
    "web1 declined shop: web2 keeps it",
  );
  assert.equal(
    say({ code: "service.moved", service: shop, epoch: 1, from: undefined, to: web2 }),
    "shop is on web2 (epoch 1)",
  );
  assert.equal(
    say({ code: "address.taken-away", ...placed, times: 1, restoreIn: milliseconds(0) }),
    "Another program removed 192.168.1.1 from eth0 of web2; it is put back at once",
  );
  assert.equal(
    say({ code: "configuration.changed", hash: "0123456789" }),
    "web2 runs with a changed configuration (hash 01234567)",
  );
  const nodes = Array.from({ length: 9 }, (_, index) => ({ what: "node", name: `n${index}`, how: "changed" }) as const);
  assert.match(
    say({ code: "configuration.changed", hash: "0123456789", changes: nodes }),
    /: node n0 changed, .* node n7 changed and 1 more$/,
  );
  assert.match(
    say({ code: "address.taken-away", ...placed, times: 12, restoreIn: milliseconds(0) }),
    /for the 12th time/,
  );
});

test("words of every reason for a move", () => {
  const texts: Readonly<Record<MoveReason["kind"], string>> = {
    "cluster-start": "no node held it",
    "holder-silent": "web1 fell silent",
    "holder-left": "web1 left in order",
    "holder-crashed": "the agent on web1 died",
    "holder-fenced": "web1 was fenced",
    "holder-unfit": "web1 could not hold it any longer: its interface eth1 has no link and it is drained",
    "holder-drained": "web1 was drained",
    placement: "other services keep it from web1: its interface eth1 has no link and it is drained",
    operator: "an operator moved it away from web1",
    rule: "a rule moved it away from web1",
    program: "one of its programs asked for a move away from web1",
    started: "an operator started it",
    failback: "web2 is preferred to web1 and was fit again",
    vacant: "no node held it, and web1 could not: its interface eth1 has no link and it is drained",
    "lost-to-all": "no other node can hold it either: here, its interface eth1 has no link and it is drained",
    adopted: "its addresses were in place when the agent started",
  };
  const reasons: readonly UnfitReason[] = [{ code: "link-down", detail: "eth1" }, { code: "drained" }];
  for (const [kind, text] of Object.entries(texts)) {
    assert.equal(moveReasonText({ kind, from: web1, reasons } as unknown as MoveReason, "web2"), text);
  }
  assert.equal(moveReasonText({ kind: "operator" }, web2), "an operator moved it");
  assert.equal(moveReasonText({ kind: "vacant", reasons: [] }, web2), "no node held it");
  const drainedByRule = { kind: "holder-drained", from: web1, by: HOT } as const;
  assert.equal(moveReasonText(drainedByRule, web2), "web1 was drained by the rule hot");
  assert.equal(reasonText({ code: "drained", detail: "hot" }), "it is drained by the rule hot");
  const roomFor = { kind: "placement", from: web1, reasons: [{ code: "makes-room", detail: "mail" }] } as const;
  assert.equal(moveReasonText(roomFor, web2), "it made room on web1 for mail");
  assert.equal(reasonsText([]), "");
});

test("words of every reason for a release", () => {
  const texts: Readonly<Record<ReleaseReason["kind"], string>> = {
    outranked: "web1 holds it with epoch 9",
    "outranked-on-wire": "web1, which it does not hear, announces the address too and is preferred",
    unfit: "it is drained",
    "cut-off": "it is the one that is cut off",
    stopping: "its agent is stopping",
    "not-configured": "the configuration gives it to other nodes",
    "handed-over": "an operator moves it to web1",
    halted: "the rule web1 stopped it",
    "address-refused": "its kernel refused an address: EPERM",
    guard: "its guard took it off while the agent was stalled",
  };
  const fields = { by: web1, to: web1, cause: "operator", epoch: 9, reasons: [{ code: "drained" }], problem: "EPERM" };
  for (const [kind, text] of Object.entries(texts)) {
    assert.equal(releaseReasonText({ kind, ...fields } as unknown as ReleaseReason), text);
  }
  assert.equal(releaseReasonText({ kind: "halted" }), "an operator stopped it");
});

test("words and weight of every finding", () => {
  const texts: Readonly<Record<Finding["kind"], readonly [Severity, string]>> = {
    "cut-off": [
      "error",
      "This node is cut off: it hears no other node, and it has no link to network a; other nodes may serve",
    ],
    "node-down": ["warning", "web1 is down"],
    "program-failed": ["error", "db of shop is down on web1: the disk is full"],
    "program-troubled": ["warning", "db of shop is in trouble on web1: the disk is full"],
    "program-stuck": ["error", "db of shop cannot be ended on web1: the disk is full"],
    "program-stray": ["error", "db of shop runs on web1 although it must not"],
    "program-waiting": ["error", "db of shop cannot begin on web1: it still runs on web2"],
    "program-unprobed": ["warning", "Nobody knows whether db of shop runs on web1: the disk is full"],
    "fence-failed": ["error", "web2 cannot fence web1: the disk is full; shop waits for that"],
    "network-down": ["error", "Network a is down for all nodes, with the clients of shop"],
    "link-down": ["warning", "web1's link to network a is down"],
    "one-way": ["warning", "On network a, packets from web1 reach web2, but not the other way"],
    "pair-cut": ["warning", "On network a, web1 and web2 do not hear each other, while their links work"],
    "pairs-cut": [
      "warning",
      "On network a, 12 pairs of nodes do not hear each other, most of them with web1, while their links work",
    ],
    "network-split": [
      "warning",
      "Network a is split: web1 and web2 hear nothing of web3, web4, web5 and 2 more, while their links work",
    ],
    "node-unanswered": ["warning", "Packets from web1 arrive, but it answers none: it may not hear this node"],
    "key-differs": [
      "error",
      "Packets that claim to be from web1 are sealed with a key that the secret file here does not have",
    ],
    "configuration-differs": ["warning", "web1 runs with another configuration file"],
    "configuration-refused": [
      "warning",
      "The changed cluster file is not used: it changes the port, so that this node and web1 would not hear each other",
    ],
    "version-differs": ["warning", "web1 speaks protocol versions 2 to 3, none of which this node speaks"],
    "service-unplaced": ["error", "No node can hold shop"],
    "interface-down": ["warning", "web1's interface eth0 has no link: shop cannot run there"],
    "holder-unfit": ["error", "web1 holds shop but is unfit: its interface eth0 has no link"],
    "service-waiting": ["error", "shop waits for room, which services of higher priority have"],
    "standby-unfit": ["warning", "web1 could not take shop: its interface eth0 has no link"],
    "no-standby": ["warning", "No node stands by for shop: web2 (it is down)"],
    "address-contested": ["error", "web1 claims 10.0.0.1 too"],
    "address-unstable": ["warning", "Another program keeps removing 10.0.0.1 from eth0"],
    "ping-lost": ["warning", "No ping target of network a answers"],
    "node-drained": ["warning", "web1 is drained by the rule web2, but still serves shop: do not switch it off yet"],
    "node-banned": ["warning", "web1 failed 3 times and is banned for a while"],
    "left-behind": ["warning", "web1 is gone since the pause, and its machine may still have shop"],
    "not-known-to-peer": [
      "warning",
      "web1's cluster file does not have this node, which may hold nothing until it does",
    ],
    "standby-path-down": ["warning", "The standby path eth0 of mether0 on web1 is dead: a failover would find nothing"],
    "path-group-down": ["error", "No path of mether0 on web1 works; its traffic stays on eth0"],
    "path-group-flapping": ["warning", "mether0 on web1 changed paths so often that the next change waits"],
    "path-group-incomplete": [
      "error",
      "mether0 on web1 could not take along from web2 to web1: 10.0.0.1 and v7; it is tried again",
    ],
    "address-unmoved": ["error", "10.0.0.1 stayed on eth0 of web1 when the traffic of mether0 left it"],
    "identity-refused": [
      "warning",
      "Clients of shop that still send to web1's MAC are not served on eth0: the disk is full",
    ],
    "route-refused": ["warning", "Programs here may not reach 10.0.0.1 of shop: the disk is full"],
    "attributes-flooded": ["warning", "Attributes of web1 change too often: some changes are refused"],
    "attributes-full": ["warning", "web1 has 64 attributes already: its check cannot set fit"],
    "rule-undone": [
      "warning",
      "The rule hot drained web1, which was resumed since, although its condition is still true",
    ],
    "rule-suspended": [
      "warning",
      "The rule hot is left out for 10 min for web1: it would act more often than 4 times in 5 min",
    ],
    "rule-broken": [
      "warning",
      "The condition of the rule hot cannot be evaluated for web1: the disk is full, where node.load is high",
    ],
    "agent-impaired": ["warning", "The agent's black box is impaired: the disk is full"],
  };
  const fields = {
    program: "db",
    rule: HOT,
    about: "web1",
    times: 4,
    withinMs: 300_000,
    suspendMs: 600_000,
    readings: [{ what: "node.load", value: "high" }],
    node: web1,
    network: a,
    from: web1,
    to: web2,
    on: web2,
    isKnown: true,
    nodes: [web1, web2],
    service: shop,
    services: [shop],
    reasons: [{ code: "link-down", detail: "eth0" }],
    standbys: [{ node: web2, reasons: [{ code: "node-down" }] }],
    group: mether0,
    failures: 3,
    pairs: 12,
    parts: [
      [web1, web2],
      ["web3", "web4", "web5", "web6", "web7"],
    ],
    min: 2,
    max: 3,
    address: "10.0.0.1",
    interface: "eth0",
    mac: "02:00:00:00:00:01",
    attribute: "fit",
    by: web2,
    did: "drain",
    of: web1,
    what: "black box",
    owed: ["10.0.0.1", "v7"],
    cause: "outranked",
    unplugged: [a],
    unanswered: [],
    problem: "the disk is full",
    refusal: { kind: "parting", change: "port", peers: [web1] },
  };
  for (const [kind, [severity, text]] of Object.entries(texts)) {
    const finding = { ...fields, kind } as unknown as Finding;
    assert.equal(findingText(finding), text);
    assert.match(findingAdvice(finding), /^[A-Z].*[^.]$/, `${kind} has a next step`);
    assert.equal(noteAdvice({ code: "finding.raised", finding }), findingAdvice(finding));
    assert.equal(noteAdvice({ code: "finding.cleared", finding }), undefined);
    assert.equal(findingSeverity(finding), severity);
  }
});

test("who waits for the sake of other services says for what", () => {
  const causes = ["no-room", "outranked", "too-small", "apart", "with", "with-unfit", "needs", "paused"] as const;
  const texts = causes.map((cause) => findingText({ kind: "service-waiting", cause, services: [shop] }));
  assert.deepEqual(texts, [
    "shop waits for room: the nodes that are fit are full",
    "shop waits for room, which services of higher priority have",
    "shop waits for a node that is large enough for it",
    "shop waits for a node without services from which it is to be apart",
    "shop waits for room beside the services that it is to be with",
    "shop waits for a node that can hold what it is to be with as well",
    "shop waits for services that it needs and that are not active",
    "shop waits for the end of the pause, in which nothing moves",
  ]);
  const paused = { kind: "service-waiting", cause: "paused", services: [shop] } as const;
  assert.equal(findingAdvice(paused), "End the pause: `locum unpause`");
});

test("a node that is cut off says what tells it so", () => {
  const cutOff: Finding = { kind: "cut-off", unplugged: [], unanswered: [a, networkName("b")] };
  assert.equal(
    findingText(cutOff),
    "This node is cut off: it hears no other node, and no ping target of networks a and b answers it; " +
      "other nodes may serve",
  );
  assert.equal(
    findingAdvice(cutOff),
    "Check this node's cables, switch ports and uplinks to networks a and b, and ask another node with " +
      "`locum status` who serves",
  );
});
