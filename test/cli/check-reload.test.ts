import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseConfigurationText } from "../../src/os/node/configuration-file.js";
import { known } from "../../src/base/assert.js";
import type { Cluster } from "../../src/model/cluster.js";
import { MemoryAgent } from "../api/memory-agent.js";
import { serve } from "../api/served.js";
import { locum } from "./locum.js";

const fileOf = ({
  cluster = "shop",
  run = "/bin/db",
  interval = "1s",
  web = "",
  nodes = "[web1, web2]",
  more = "",
} = {}): string => `cluster: ${cluster}
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }
services:
  shop:
    addresses: [10.1.1.100/24]
    nodes: ${nodes}
    programs:
      db: { run: [${run}], environment: { PASSWORD: hush }, health: { tcp: 1, interval: ${interval} } }
      ${web}
${more}`;

interface Agent {
  readonly socketPath: string;
  /** What `locum check` says of this file. */
  readonly check: (text: string, ...more: readonly string[]) => Promise<string>;
}

/** An agent that goes by this file. */
async function agentBy(t: TestContext, text: string): Promise<Agent> {
  const directory = mkdtempSync(join(tmpdir(), "locum-check-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "cluster.yaml");
  const parsed = parseConfigurationText(text, file);
  assert.ok(parsed.ok);
  const { cluster } = parsed.value;
  const agent = MemoryAgent.withHistory();
  agent.configuration = (): Cluster => cluster;
  const { socketPath } = await serve(t, agent);
  const check = async (next: string, ...more: readonly string[]): Promise<string> => {
    writeFileSync(file, next);
    const { code, stdout, stderr } = await locum(["check", "--config", file, ...more], { socketPath });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  return { socketPath, check };
}

test("a check says which programs of the agent here begin anew by the file, and which run on", async (t) => {
  const { check } = await agentBy(t, fileOf({ web: "web: { run: [/bin/web] }" }));
  assert.match(
    await check(fileOf({ web: "web: { run: [/bin/web] }" })),
    /^The agent of web2 goes by this file already\.$/m,
  );
  assert.match(
    await check(fileOf({ interval: "2s", web: "web: { run: [/bin/web, -v] }" })),
    /^When the agent of web2 reads it:\n {2}program shop\/web begins anew \(run changed\)\n {2}program shop\/db runs on \(health changed\)\n\n/m,
  );
  assert.match(await check(fileOf()), /^ {2}program shop\/web ends$/m);
  const more = fileOf({ web: "web: { run: [/bin/web] }\n      more: { run: [/bin/more] }" });
  assert.match(await check(more), /^When the agent of web2 reads it, all of its programs run on\.$/m);
});

test("it tells of programs of services that the node of that agent may have", async (t) => {
  const otherBy = (run: string): string => `  mail: { nodes: [web1], programs: { smtp: { run: [${run}] } } }\n`;
  const { check } = await agentBy(t, fileOf({ more: otherBy("/bin/smtp") }));
  assert.match(await check(fileOf({ more: otherBy("/bin/other") })), /^When the agent of web2 reads it, all of its/m);
  assert.match(await check(fileOf({ nodes: "[web1]", more: otherBy("/bin/smtp") })), /^ {2}program shop\/db ends$/m);
});

test("for programs it is a document, which has no values of the file", async (t) => {
  const { check, socketPath } = await agentBy(t, fileOf());
  const { reload } = JSON.parse(await check(fileOf({ run: "/bin/other" }), "--json")) as { reload: unknown };
  const programs = [{ service: "shop", program: "db", how: "begins-anew", keys: ["run"] }];
  assert.deepEqual(reload, { node: "web2", isInForce: false, programs });
  const { LocumClient } = await import("../../src/client/client.js");
  const inForce = await new LocumClient({ socketPath }).configuration();
  assert.deepEqual(
    known(inForce.programs[0], "it has one")
      .parts.filter(({ isOfProcess }) => isOfProcess)
      .map(({ key }) => key),
    ["run", "environment", "limits"],
  );
  assert.doesNotMatch(JSON.stringify(inForce), /hush|bin/);
});

test("of an agent of another cluster, or none, a check says nothing", async (t) => {
  const { check } = await agentBy(t, fileOf({ cluster: "other" }));
  assert.doesNotMatch(await check(fileOf()), /agent of/);
  const { reload } = JSON.parse(await check(fileOf(), "--json", "--socket", "/nowhere")) as { reload: unknown };
  assert.equal(reload, null);
});
