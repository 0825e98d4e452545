/**
 * Plays every scenario and compares what was said with the transcript kept beside it. `REWRITE=1` writes the
 * transcripts anew, to be reviewed as a diff.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SCENARIOS } from "./scenarios.js";

const folder = fileURLToPath(new URL("../../../test/scenarios/transcripts/", import.meta.url));
const isRewriting = process.env["REWRITE"] === "1";

for (const [name, play] of Object.entries(SCENARIOS)) {
  test(name, () => {
    const said = `${play().transcript.join("\n")}\n`;
    const file = `${folder}${name.replaceAll(/[^A-Za-z0-9-]+/g, "-").toLowerCase()}.txt`;
    if (isRewriting) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, said);
    }
    assert.ok(existsSync(file), `no transcript ${file}; play with REWRITE=1 and review it`);
    assert.equal(said, readFileSync(file, "utf8"));
  });
}
