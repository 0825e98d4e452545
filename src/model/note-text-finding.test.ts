import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName, serviceName } from "./names.js";
import type { Finding } from "./note.js";
import { findingAdvice } from "./note-text-advice.js";
import { findingSeverity, findingText } from "./note-text-finding.js";

const node = nodeName("web1");
const service = serviceName("shop");

test("a drained node that serves nothing may be switched off", () => {
  const drained: Finding = { kind: "node-drained", node };
  assert.equal(findingSeverity(drained), "notice");
  assert.equal(findingText(drained), "web1 is drained");
  assert.equal(findingAdvice(drained), "Run `locum resume web1` when the work there is done");
  assert.match(
    findingAdvice({ ...drained, services: [service] }),
    /^Let another node take shop first: `locum explain shop`/,
  );
});
