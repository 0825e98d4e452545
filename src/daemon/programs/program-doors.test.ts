/* Real programs, as users of their own, that talk to an agent by the sockets that they find in their environment. */
import assert from "node:assert/strict";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryAgent, shop } from "../../../test/api/memory-agent.js";
import { controlGroupsMissing, ProgramBench, SIMPLE } from "../../../test/support/program-bench.js";
import { ApiServer } from "../../api/server.js";
import { seconds } from "../../base/time.js";
import type { KeptRun } from "../../model/program.js";
import { ProgramDoors } from "./program-doors.js";
import { doorOf } from "./program-protocol.js";

/** Says that it is in trouble, tries to pause the cluster, and ends with what it was answered. */
const PROGRAM = `
  const { request } = require("node:http");
  const ask = (method, path, body) => new Promise((resolve) => {
    const asked = request({ socketPath: process.env.LOCUM_SOCKET, method, path }, (answer) => resolve(answer.resume().statusCode));
    asked.on("error", (error) => resolve(error.code));
    asked.end(body);
  });
  (async () => {
    const said = await ask("PUT", "/v1/program/state", JSON.stringify({ state: "trouble", words: "the queue is full" }));
    const paused = await ask("POST", "/v1/pause");
    console.log(said, paused);
    process.exit(said === 200 && paused === 403 ? 0 : 1);
  })();`;

for (const user of [undefined, "daemon"]) {
  test(
    `a program of ${user ?? "the agent's user"} speaks for itself by its own door`,
    { skip: controlGroupsMissing() },
    async (t) => {
      const bench = new ProgramBench();
      const agent = new MemoryAgent();
      const errors: unknown[] = [];
      const socket = join(bench.directory, "agent.sock");
      const server = new ApiServer({ socketPath: socket, port: agent, onError: (error) => errors.push(error) });
      t.after(async () => {
        await server.close();
        await bench.close();
      });
      chmodSync(bench.directory, 0o755);
      const doors = new ProgramDoors(socket);
      doors.serve(server);
      const source = { kind: "command", command: [process.execPath, "-e", PROGRAM] } as const;
      const config = { ...SIMPLE, source, settings: { ...SIMPLE.settings, user } };
      doors.ordered({ kind: "start-program", start: { run: 1, service: shop, config, role: "holder" } });
      const run = bench.start(config);
      assert.equal(run, 1);
      assert.deepEqual((await bench.heard("program-exited", run)).exit, { kind: "status", status: 0 }, bench.log());
      assert.deepEqual(agent.sayings, [{ run, saying: { kind: "trouble", text: "the queue is full" } }]);
      assert.deepEqual([agent.commands, errors], [[], []]);
      assert.ok(existsSync(doorOf(socket, run)));
      doors.heard(await bench.heard("program-gone", run));
      assert.ok(!existsSync(doorOf(socket, run)));
    },
  );
}

test("programs that outlived an earlier agent find their doors where they were, but for those that are gone", (t) => {
  const bench = new ProgramBench();
  const errors: unknown[] = [];
  const socket = join(bench.directory, "agent.sock");
  const server = new ApiServer({
    socketPath: socket,
    port: new MemoryAgent(),
    onError: (error) => errors.push(error),
  });
  t.after(async () => {
    await server.close();
    await bench.close();
  });
  const doors = new ProgramDoors(socket);
  doors.serve(server);
  const kept = (run: number): KeptRun => ({
    start: { run, service: shop, config: SIMPLE, role: "holder" },
    age: seconds(1),
    role: "holder",
    facts: [],
  });
  doors.kept({ runs: [kept(7), { ...kept(8), facts: [{ kind: "program-gone", run: 8 }] }], left: [] });
  assert.deepEqual([existsSync(doorOf(socket, 7)), existsSync(doorOf(socket, 8)), errors], [true, false, []]);
  doors.heard({ kind: "program-gone", run: 7 });
  assert.ok(!existsSync(doorOf(socket, 7)));
});
