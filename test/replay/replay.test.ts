/*
 * Makes the decisions of kept recordings again. When decisions were changed on purpose, `REWRITE=1` keeps the inputs
 * and writes anew what they lead to, to be reviewed as a diff; `locum replay --trace FILE` tells it in words.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { known } from "../../src/base/assert.js";
import { headerLine, outcomeOf, recordLine } from "../../src/daemon/records/black-box-format.js";
import { parseRecording, type Recording } from "../../src/daemon/records/recording.js";
import { replay } from "../../src/daemon/records/replay.js";
import { resultText } from "../../src/daemon/records/replay-text.js";

const folder = fileURLToPath(new URL("../../../test/replay/", import.meta.url));
const isRewriting = process.env["REWRITE"] === "1";

for (const name of readdirSync(folder).filter((each) => each.endsWith(".box"))) {
  test(`the decisions of ${name} are still the same`, () => {
    const path = join(folder, name);
    const recording = known(parseRecording(readFileSync(path, "utf8")), "a kept recording can be read");
    if (isRewriting) writeFileSync(path, rewritten(recording));
    else assert.equal(resultText(replay(recording), recording)[0], sameText(recording), detailsOf(recording));
  });
}

const sameText = ({ inputs }: Recording): string => `All ${inputs.length} inputs led to the same effects as then.`;

const detailsOf = (recording: Recording): string => resultText(replay(recording), recording).join("\n");

function rewritten(recording: Recording): string {
  const lines = [headerLine(recording.header)];
  const onStep = ({ at, effects }: { at: Recording["inputs"][number]; effects: unknown }): void => {
    lines.push(recordLine({ ...at, outcome: outcomeOf(effects as Parameters<typeof outcomeOf>[0]) }));
  };
  replay(recording, { onStep, goOn: true });
  return lines.join("");
}
