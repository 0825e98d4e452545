import assert from "node:assert/strict";
import { test } from "node:test";
import { pathHealthText, pathSwitchReasonText } from "./path-state-text.js";
import type { PathHealth, PathSwitchReason } from "./path.js";

const REASONS: readonly (readonly [PathSwitchReason, string])[] = [
  [{ kind: "carrier-lost" }, "the other interface lost its carrier"],
  [{ kind: "targets-silent", targets: [] }, "no target answered on the other path"],
  [{ kind: "targets-silent", targets: ["10.1.1.254"] }, "10.1.1.254 did not answer on the other path"],
  [
    { kind: "targets-silent", targets: ["10.1.1.1", "fd00::1"] },
    "10.1.1.1 and fd00::1 did not answer on the other path",
  ],
  [{ kind: "trunk-below-threshold", failed: 2, members: 4 }, "2 of the other trunk's 4 members had failed"],
  [{ kind: "interface-gone" }, "the other interface was gone"],
  [{ kind: "switched-off" }, "the other interface was switched off"],
  [{ kind: "interface-returned" }, "its interface came back without its configuration"],
  [{ kind: "peer-switched", node: "db1" }, "db1 at the other end had switched"],
  [{ kind: "operator" }, "an operator switched it"],
  [{ kind: "detached" }, "the other interface was detached"],
  [{ kind: "failback" }, "it is preferred and was healthy again"],
  [{ kind: "down-at-start" }, "the other interface was down when the agent started"],
];

test("why traffic is on a path, as what follows `because`", () => {
  for (const [reason, words] of REASONS) assert.equal(pathSwitchReasonText(reason), words);
});

test("how a path is, as a clause of its own for each", () => {
  const all: Readonly<Record<PathHealth, true>> = {
    healthy: true,
    failing: true,
    failed: true,
    recovering: true,
    unwatched: true,
    detached: true,
    missing: true,
  };
  const words = (Object.keys(all) as PathHealth[]).map(pathHealthText);
  assert.equal(new Set(words).size, words.length);
  for (const clause of words) assert.match(clause, /^(works|does|has|is) ?[^.]*$/);
});
