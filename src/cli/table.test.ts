import assert from "node:assert/strict";
import { test } from "node:test";
import { paintFor, plain, printable } from "./paint.js";
import { cell, folded, tableLines, wrapped } from "./table.js";

test("columns are as wide as their widest cell, and the last one wraps within itself", () => {
  const rows = [
    [cell("shop"), cell("active"), cell("web1 could not hold it any longer")],
    [cell("mail-of-all"), cell("up")],
  ];
  assert.deepEqual(tableLines(["NAME", "STATE", "WHY"], rows, { width: 42, paint: plain }), [
    "  NAME         STATE   WHY",
    "  shop         active  web1 could not hold",
    "                       it any longer",
    "  mail-of-all  up",
  ]);
});

test("rows that are wider than the page go on below, and no word is broken", () => {
  const rows = [[cell("a-long-name"), cell("since 12:00:10"), cell("web1 has it")]];
  assert.deepEqual(tableLines(["NAME", "STATE", "WHY"], rows, { width: 24, paint: plain }), [
    "  NAME         STATE",
    "    WHY",
    "  a-long-name  since",
    "    12:00:10  web1 has",
    "    it",
  ]);
});

test("colours do not shift columns", () => {
  const paint = paintFor({ isTTY: true }, {});
  const [line] = tableLines([], [[cell("up", "good"), cell("x")]], { width: 80, paint });
  assert.equal(line, "  \u001B[32mup\u001B[39m  x");
});

test("colours are for terminals, and only where they are wanted", () => {
  const coloured = (isTTY: boolean, environment: NodeJS.ProcessEnv): boolean =>
    paintFor({ isTTY }, environment)("bad", "x") !== "x";
  assert.equal(coloured(true, {}), true);
  assert.equal(coloured(true, { NO_COLOR: "" }), true);
  assert.equal(coloured(true, { NO_COLOR: "1" }), false);
  assert.equal(coloured(true, { TERM: "dumb" }), false);
  assert.equal(coloured(false, {}), false);
});

test("text from elsewhere gives the terminal no orders", () => {
  assert.equal(printable("a\u001B[2Jb\nc"), "a?[2Jb?c");
  const [line] = tableLines([], [[cell("\u001B[31m"), cell("\u0007")]], { width: 80, paint: plain });
  assert.equal(line, "  ?[31m  ?");
});

test("a word that fits no line stays whole", () => {
  assert.deepEqual(wrapped("a very-long-word b", 6), ["a", "very-long-word", "b"]);
  assert.deepEqual(wrapped("", 6), [""]);
});

test("a line that is too wide goes on in the next ones, also one that is a single word", () => {
  assert.deepEqual(folded("  web1  up  silent", 14), ["  web1  up", "    silent"]);
  assert.deepEqual(folded("                    late", 14), ["    late"]);
  assert.deepEqual(folded("  is 0123456789012 here", 14), ["  is", "    0123456789", "    012 here"]);
  assert.deepEqual(folded("", 14), [""]);
});
