import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, seconds } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { Finding, Note } from "../../model/note.js";
import { programName } from "../../model/program.js";
import { commonKey } from "./common-notes.js";
import { KEPT_MAX, Turns } from "./turns.js";

const [web1, web2, web3] = [nodeName("web1"), nodeName("web2"), nodeName("web3")];
const ALL = [web1, web2, web3];
const shop = serviceName("shop");
const GRACE = seconds(11);
const at = (count: number) => instant(seconds(count));

const raised = (finding: Finding): Note => ({ code: "finding.raised", finding });
const unplaced = raised({ kind: "service-unplaced", service: shop });
const failedOn = (node: typeof web1, problem: string): Note =>
  raised({ kind: "program-failed", node, service: shop, program: programName("db"), problem });
const keyOf = (note: Note): string => commonKey(note) ?? assert.fail("all nodes see it");

test("the first living node tells at once, and the others forget it at its word", () => {
  const turns = ALL.map((self) => new Turns<string>(self, GRACE));
  assert.deepEqual(
    turns.map((each) => each.notice(at(1), unplaced, "unplaced", ALL)),
    [true, false, false],
  );
  for (const each of turns.slice(1)) each.heard(at(2), keyOf(unplaced));
  assert.deepEqual(
    turns.map((each) => each.take(at(1_000), ALL)),
    [[], [], []],
  );
});

test("a word that comes before the same is noticed counts, once, and for one grace", () => {
  const turns = new Turns<string>(web2, GRACE);
  turns.heard(at(0), keyOf(unplaced));
  assert.equal(turns.notice(at(1), unplaced, "first", ALL), false);
  assert.equal(turns.isWaiting, false);
  turns.notice(at(2), unplaced, "again", ALL);
  turns.heard(at(3), keyOf(unplaced));
  turns.heard(at(4), keyOf(unplaced));
  turns.notice(at(15), unplaced, "long after", ALL);
  assert.deepEqual(turns.take(at(26), ALL), ["long after"]);
});

test("where no word comes, each later node waits one grace more, then tells by itself", () => {
  const [second, third] = [new Turns<string>(web2, GRACE), new Turns<string>(web3, GRACE)];
  for (const each of [second, third]) each.notice(at(0), unplaced, "unplaced", ALL);
  assert.deepEqual([second.nextAt(ALL), third.nextAt(ALL)], [at(11), at(22)]);
  assert.deepEqual([second.take(at(10), ALL), second.take(at(11), ALL)], [[], ["unplaced"]]);
  assert.deepEqual([third.take(at(21), ALL), third.take(at(22), ALL)], [[], ["unplaced"]]);
  assert.equal(second.isWaiting, false);
});

test("what was left to a node that is gone is told at once by the next", () => {
  const [second, third] = [new Turns<string>(web2, GRACE), new Turns<string>(web3, GRACE)];
  for (const each of [second, third]) each.notice(at(0), unplaced, "unplaced", ALL);
  assert.deepEqual(second.take(at(1), [web2, web3]), ["unplaced"]);
  assert.deepEqual(third.take(at(1), [web2, web3]), []);
});

test("the node that a finding is about comes first, whatever its words; of its own coming the others speak first", () => {
  const turnOf = (note: Note, living = ALL): readonly boolean[] =>
    living.map((self) => new Turns<string>(self, GRACE).notice(at(0), note, "it", living));
  assert.deepEqual(turnOf(failedOn(web2, "it ended")), [false, true, false]);
  assert.equal(keyOf(failedOn(web2, "it ended")), keyOf(failedOn(web2, "it ended: exit status 1")));
  assert.notEqual(keyOf(failedOn(web2, "it ended")), keyOf(failedOn(web1, "it ended")));
  assert.deepEqual(turnOf(raised({ kind: "node-down", node: web1 }), [web2, web3]), [true, false]);
  assert.deepEqual(turnOf({ code: "node.up", node: web1, incarnation: 4 }), [false, true, false]);
  assert.deepEqual(turnOf({ code: "service.moved", service: shop, epoch: 3, from: web2, to: web1 }), [
    false,
    true,
    false,
  ]);
});

test("what only its speaker can say is everyone's own to tell", () => {
  const own: readonly Note[] = [
    { code: "service.active", service: shop, epoch: 3, took: milliseconds(2) },
    { code: "node.drained", node: web1 },
    raised({ kind: "cut-off", unplugged: [], unanswered: [] }),
  ];
  for (const note of own) assert.equal(new Turns<string>(web3, GRACE).notice(at(0), note, "it", ALL), true);
});

test("what finds no room is told at once, rather than never", () => {
  const turns = new Turns<number>(web2, GRACE);
  for (let count = 0; count < KEPT_MAX; count += 1) assert.equal(turns.notice(at(0), unplaced, count, ALL), false);
  assert.equal(turns.notice(at(0), unplaced, KEPT_MAX, ALL), true);
  const words = new Turns<number>(web2, GRACE);
  for (let count = 0; count <= KEPT_MAX; count += 1) words.heard(at(0), `${count}`);
  words.heard(at(0), keyOf(unplaced));
  assert.equal(words.notice(at(0), unplaced, 0, ALL), false);
  assert.equal(words.isWaiting, false);
});
