import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../base/time.js";
import { nodeName } from "./names.js";
import { pathRefusalText, switchProblemText, switchReasonText } from "./note-text-path.js";
import { noteSeverity, noteText } from "./note-text.js";
import type { Note, Severity } from "./note.js";
import { type PathHealth, type PathRefusal, type PathSwitchReason, type SwitchProblem, pathGroupName } from "./path.js";
import type { PathNote } from "./path-note.js";

const web1 = nodeName("web1");
const web2 = nodeName("web2");
const mether0 = pathGroupName("mether0");
const eth0 = { group: mether0, interface: "eth0" } as const;
const change = { group: mether0, from: "eth0", to: "eth1" } as const;

type Body<Code extends PathNote["code"]> = Omit<Extract<PathNote, { readonly code: Code }>, "code">;

/** Those of path groups. */
const PATH_NOTES: { readonly [Code in PathNote["code"]]: readonly [Severity, string, Body<Code>] } = {
  "path.adopted": ["info", "mether0 of web2 uses eth0, which has 10.0.0.1", { ...eth0, addresses: ["10.0.0.1"] }],
  "path.failed": [
    "warning",
    "eth0, the active path of mether0 of web2, failed: it has no carrier",
    { ...eth0, reason: { kind: "carrier-lost" } },
  ],
  "path.standby-dead": [
    "warning",
    "eth0, the standby path of mether0 of web2, failed: 10.0.0.254 did not answer",
    { ...eth0, reason: { kind: "targets-silent", targets: ["10.0.0.254"] } },
  ],
  "path.recovered": [
    "notice",
    "eth0, a path of mether0 of web2, is healthy again after 2 s",
    { ...eth0, outFor: seconds(2) },
  ],
  "path.switching": [
    "notice",
    "mether0 of web2 moves from eth0 to eth1, because 2 of 4 members of its trunk have failed",
    { ...change, reason: { kind: "trunk-below-threshold", failed: 2, members: 4 } },
  ],
  "path.step-done": [
    "info",
    "mether0 of web2: put addresses on eth0: done in 0.4 ms",
    { ...eth0, change: "add-addresses", took: milliseconds(0.4) },
  ],
  "path.step-refused": [
    "warning",
    "mether0 of web2: cannot set the MAC of eth0: EPERM; everything is undone",
    { ...eth0, change: "set-mac", problem: "EPERM", remedy: "undone" },
  ],
  "path.switched": [
    "notice",
    "mether0 of web2 moved from eth0 to eth1 with 3 addresses in 4 ms",
    { ...change, reason: { kind: "operator" }, addresses: 3, took: milliseconds(4) },
  ],
  "path.switch-undone": [
    "error",
    "mether0 of web2 stays on eth0, after 4 ms: none of 10.0.0.1 may move",
    { ...change, problem: { kind: "none-eligible", addresses: ["10.0.0.1"] }, took: milliseconds(4) },
  ],
  "path.switch-refused": [
    "notice",
    "mether0 of web2 does not move to eth1: eth1 has failed",
    { group: mether0, to: "eth1", why: { kind: "unusable", interface: "eth1", health: "failed" } },
  ],
  "path.held-back": [
    "warning",
    "mether0 of web2 changed paths 5 times lately: the next change waits 4 s",
    { group: mether0, switches: 5, delay: seconds(4) },
  ],
  "path.address-kept": [
    "error",
    "10.0.0.1 of mether0 of web2 stays on eth0, because web1 claims 10.0.0.1",
    {
      ...eth0,
      address: "10.0.0.1",
      to: "eth1",
      against: [{ check: "free-in-cluster", verdict: "no", detail: "web1" }],
    },
  ],
  "path.immovable": [
    "warning",
    "What mether0 of web2 cannot move away from eth0: a macvlan interface mv0 on eth0",
    { ...eth0, what: ["a macvlan interface mv0 on eth0"] },
  ],
  "path.capture-failed": [
    "warning",
    "Cannot read how eth0 of mether0 of web2 is configured (ENODEV): what was on record is used",
    { ...eth0, problem: "ENODEV", fallback: "snapshot" },
  ],
  "path.plan-resumed": [
    "warning",
    "mether0 of web2 finishes the change from eth0 to eth1 that an earlier run of the agent began",
    { ...change, direction: "forward" },
  ],
  "path.put-off": [
    "error",
    "mether0 of web2 could not take along from eth1 to eth0: 10.0.0.1 and v7; it is tried again",
    { group: mether0, from: "eth0", to: "eth1", owed: ["10.0.0.1", "v7"] },
  ],
  "path.caught-up": [
    "notice",
    "mether0 of web2 has everything in place that it could not take along from eth1 to eth0 before",
    { group: mether0, from: "eth0", to: "eth1" },
  ],
  "path.given-up": [
    "warning",
    "mether0 of web2 no longer tries to take along from eth1 to eth0: the route to default over eth2, since its interface is gone, or somebody put another in its place",
    { group: mether0, from: "eth0", to: "eth1", owed: ["the route to default over eth2"] },
  ],
  "path.peer-switched": [
    "info",
    "web1, at the other end of mether0 of web2, changed paths",
    { group: mether0, node: web1 },
  ],
  "path.paused": [
    "notice",
    "mether0 of web2 is paused: it is watched, and nothing moves by itself",
    { group: mether0 },
  ],
  "path.resumed": ["notice", "mether0 of web2 is no longer paused", { group: mether0 }],
  "path.detached": ["notice", "eth0 is detached from mether0 of web2: it may be unplugged", eth0],
  "path.attached": ["notice", "eth0 belongs to mether0 of web2 again", eth0],
  "path.appeared": ["notice", "eth0 has appeared, and is taken into mether0 of web2", eth0],
};

for (const [code, [severity, text, body]] of Object.entries(PATH_NOTES)) {
  test(`words of ${code}`, () => {
    const note = { code, ...body } as Note;
    assert.equal(noteText(note, web2), text);
    assert.equal(noteSeverity(note), severity);
  });
}

test("words of every reason for a change of paths, and of what stands against one", () => {
  const reasons: Readonly<Record<PathSwitchReason["kind"], string>> = {
    "carrier-lost": "it has no carrier",
    "targets-silent": "10.0.0.1 and 10.0.0.2 did not answer",
    "trunk-below-threshold": "2 of 4 members of its trunk have failed",
    "interface-gone": "the interface is gone",
    "switched-off": "the interface was switched off",
    "interface-returned": "the interface is back, without its configuration",
    "peer-switched": "web1 changed paths",
    operator: "an operator said so",
    detached: "an operator detached the interface",
    failback: "the primary path is healthy again",
    "down-at-start": "the interface was down when the agent started",
  };
  const fields = { targets: ["10.0.0.1", "10.0.0.2"], failed: 2, members: 4, node: "web1" };
  for (const [kind, text] of Object.entries(reasons)) {
    assert.equal(switchReasonText({ kind, ...fields } as unknown as PathSwitchReason), text);
  }
  assert.equal(switchReasonText({ kind: "targets-silent", targets: [] }), "its targets are silent");

  const refusals: Readonly<Record<PathRefusal["kind"], string>> = {
    "unknown-interface": "eth9 is no path of it",
    unusable: "eth9 works again, though not for long enough to count as healthy",
    switching: "a change of paths is under way",
    "not-detached": "eth9 is not detached",
  };
  const health: PathHealth = "recovering";
  for (const [kind, text] of Object.entries(refusals)) {
    assert.equal(pathRefusalText({ kind, interface: "eth9", health } as PathRefusal), text);
  }

  const problems: Readonly<Record<SwitchProblem["kind"], string>> = {
    "not-captured": "how eth9 is configured could not be read: ENODEV",
    "none-eligible": "none of 10.0.0.1 and 10.0.0.2 may move",
    "would-cut-off": "10.0.0.1 and 10.0.0.2 cannot move, and would stay on an interface that is switched off",
    interrupted: "the agent died while the change was carried out",
    "step-refused": "the kernel refused to put addresses on an interface: ENODEV",
  };
  const about = { interface: "eth9", problem: "ENODEV", addresses: fields.targets, change: "add-addresses" };
  for (const [kind, text] of Object.entries(problems)) {
    assert.equal(switchProblemText({ kind, ...about } as SwitchProblem), text);
  }
});

test("words of an address that the kernel refused, of a group without addresses, of an undone plan", () => {
  const say = (note: Note): string => noteText(note, web2);
  assert.equal(
    say({ code: "path.address-kept", ...eth0, address: "fd00::1", to: "eth1", against: [], problem: "EACCES" }),
    "fd00::1 of mether0 of web2 stays on eth0, because EACCES",
  );
  assert.equal(say({ code: "path.adopted", ...eth0, addresses: [] }), "mether0 of web2 uses eth0");
  assert.match(say({ code: "path.plan-resumed", ...change, direction: "undo" }), /undoes the change/);
  assert.match(
    say({ code: "path.switched", ...change, reason: { kind: "operator" }, addresses: 1, took: seconds(1) }),
    /with 1 address in 1 s/,
  );
});
