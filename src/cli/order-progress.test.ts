import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusDocument } from "../model/status-document.js";
import { awaitedLines } from "./order-progress.js";

const program = (name: string, state: string): object => ({
  program: name,
  node: "web1",
  state,
  since: "2026-03-01T12:00:00.000Z",
});
const status = {
  services: {
    shop: { programs: [program("db", "starting"), program("web", "stopping"), program("log", "ready")] },
    mail: { programs: [program("smtp", "killing")] },
  },
} as unknown as StatusDocument;
const now = new Date("2026-03-01T12:00:07.000Z");

test("a line says of each program of the service what it does and for how long", () => {
  assert.deepEqual(awaitedLines(status, "shop", now), [
    "db of shop starts on web1, for 7 s",
    "web of shop ends on web1, for 7 s",
  ]);
});

test("who drains a node hears of all services; a clock that is ahead counts as no time", () => {
  assert.deepEqual(awaitedLines(status, undefined, new Date("2026-03-01T11:59:00.000Z")), [
    "db of shop starts on web1, for 0 ms",
    "web of shop ends on web1, for 0 ms",
    "smtp of mail is killed on web1, for 0 ms",
  ]);
});
