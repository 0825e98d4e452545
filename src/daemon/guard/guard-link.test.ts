import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { LocumError } from "../../base/locum-error.js";
import { GuardLink } from "./guard-link.js";

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test("a guard whose start is refused is tried again, and leaves no pipe open", async () => {
  const troubles: string[] = [];
  const link = new GuardLink({
    // The kernel takes no argument with a zero byte: the start itself is refused, as for want of memory.
    socket: "/run/\0",
    onFiring: () => undefined,
    onTrouble: (problem) => troubles.push(problem),
    onRecovered: () => undefined,
  });
  const before = openFiles();
  const refused = assert.rejects(link.start(), LocumError);
  await eventually(() => troubles.length > 2, "it is tried again");
  assert.equal(openFiles(), before);
  await refused;
});
