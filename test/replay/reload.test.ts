/** What a file that was read again leads to is decided again alike: a recording keeps a cluster as it was, to the order of its keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import { BLACK_BOX_FORMAT, headerLine, outcomeOf, recordLine } from "../../src/daemon/records/black-box-format.js";
import { known } from "../../src/base/assert.js";
import { parseRecording } from "../../src/daemon/records/recording.js";
import { replay } from "../../src/daemon/records/replay.js";
import { resultText } from "../../src/daemon/records/replay-text.js";
import type { NodeInput } from "../../src/model/node-io.js";
import { pairOptions } from "../support/peer-pair.js";

const START = instant(1_000_000);

/** A node's decisions on these inputs, a millisecond after another, as its black box writes them down. */
function recordingOf(inputs: readonly NodeInput[]): string {
  const header = { format: BLACK_BOX_FORMAT, program: "test", run: 1, file: 0, first: 0, startedAtMs: 0, now: START };
  const node = new Node(START, pairOptions);
  const lines = inputs.map((input, index) => {
    const now = instant(START + index * 1_000);
    return recordLine({ now, input, outcome: outcomeOf(node.handle(now, input)) });
  });
  return [headerLine({ ...header, options: pairOptions }), ...lines].join("");
}

test("a changed file that is taken up leads to the same effects when it is decided again", () => {
  const { cluster } = pairOptions;
  const damping = { ...cluster.damping, failures: cluster.damping.failures + 1 };
  const text = recordingOf([
    { kind: "started", kernel: { links: [], addresses: [] } },
    { kind: "configuration-changed", cluster: { ...cluster, damping, hash: "of another file" } },
    { kind: "ticked" },
  ]);
  assert.match(text, /"use-configuration"/, "it is taken up");
  const recording = known(parseRecording(text), "it was just written");
  assert.deepEqual(resultText(replay(recording), recording), ["All 3 inputs led to the same effects as then."]);
});

test("where effects are of the same kinds, it is said that their content differs, and all of it is shown", () => {
  const text = recordingOf([{ kind: "started", kernel: { links: [], addresses: [] } }]);
  const recording = known(parseRecording(text), "it was just written");
  const inputs = recording.inputs.map((at) => {
    assert.ok(at.outcome.kind === "done");
    return { ...at, outcome: { ...at.outcome, digest: at.outcome.digest + 1 } };
  });
  const [place, , now, ...effects] = resultText(replay({ ...recording, inputs }), recording);
  assert.match(place ?? "", /^Input #0 \(started, .*\) led to other effects:$/);
  assert.match(now ?? "", /the same kinds of effects, and other content/);
  assert.equal(
    effects.length,
    recording.inputs[0]?.outcome.kind === "done" ? recording.inputs[0].outcome.kinds.length : 0,
  );
  for (const effect of effects) assert.ok(JSON.parse(effect));
});
