/* The demo, as `npm run demo` plays it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTS } from "../../src/main/demo/acts.js";
import { playDemo } from "../../src/main/demo/demo.js";
import { skip } from "./fixture.js";

test(
  "the demo serves its client through everything, and shows what it saw and what the cluster says",
  { skip },
  async () => {
    const printed: string[] = [];
    assert.equal(await playDemo((line) => printed.push(line)), true, printed.join("\n"));
    const summary = printed.slice(printed.indexOf("\nWhat the client saw") + 1);
    assert.equal(summary.length, ACTS.length);
    for (const [index, { title }] of ACTS.entries())
      assert.match(summary[index] ?? "", new RegExp(`^  ${title} .* ms `));
    assert.match(printed.join("\n"), /web1 is down/, "the status after web1 lost its power");
  },
);
