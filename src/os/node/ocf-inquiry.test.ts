import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { OcfInstance } from "./ocf-agent.js";
import { describeAgent, validationProblem } from "./ocf-inquiry.js";

const root = mkdtempSync(join(tmpdir(), "locum-inquiry-"));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, "resource.d/test"), { recursive: true });

/** An agent that does this when it is asked for validate-all, and tells of it when `actions` has it. */
function agent(type: string, validate: string, actions = '<action name="validate-all" timeout="5s"/>'): OcfInstance {
  const description = `<resource-agent><parameter name="file" required="1"/>${actions}</resource-agent>`;
  const script = `#!/bin/sh\ncase $1 in\nmeta-data) echo '${description}' ;;\nvalidate-all) ${validate} ;;\nesac\n`;
  writeFileSync(join(root, "resource.d/test", type), script, { mode: 0o755 });
  return { root, provider: "test", type, parameters: { file: "a secret" }, name: "p" };
}

function problemOf(instance: OcfInstance, timeout = milliseconds(60_000)): string | undefined {
  return validationProblem(instance, describeAgent(instance) ?? assert.fail("it describes itself"), timeout);
}

test("an agent that has nothing against a resource, or knows no such action, is content", () => {
  assert.equal(problemOf(agent("good", "exit 0")), undefined);
  assert.equal(problemOf(agent("without", "exit 3")), undefined);
  assert.equal(problemOf(agent("unasked", "exit 1", "")), undefined);
});

test("what it has against it is told by its status and its reason, without the rest of its log", () => {
  const words = 'echo "ERROR: noise" >&2; echo "ocf-exit-reason:no such device" >&2; echo more >&2';
  assert.equal(problemOf(agent("bad", `${words}; exit 6`)), "status 6 (wrong configuration) no such device");
  assert.equal(
    problemOf(agent("plain", "echo no such host >&2; exit 5")),
    "status 5 (something that it needs is not installed) no such host",
  );
});

test("it is given the parameters in its environment, and its action as the only argument", () => {
  const check = '[ "$OCF_RESKEY_file" = "a secret" ] && [ "$*" = validate-all ]';
  assert.equal(problemOf(agent("given", check)), undefined);
});

test("an agent that never ends is not waited for", () => {
  assert.equal(problemOf(agent("slow", "exec sleep 600"), milliseconds(50)), "it did not come to an end within 50 ms");
});
