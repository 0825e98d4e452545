/** The method of one's own on the page about fencing does what the page says. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inputFor } from "../../src/core/fencing/method-input.js";
import { nodeName } from "../../src/model/names.js";
import { type CommandEnd, runCommand } from "../../src/os/node/command-run.js";
import { fenceMethod } from "../scenarios/fence-bench.js";

const page = readFileSync(fileURLToPath(new URL("../../../docs/fencing.md", import.meta.url)), "utf8");
const [, script = ""] = /^```sh\n(#!.*?)^```$/ms.exec(page) ?? [];

const input = inputFor(fenceMethod("cut-off"), {
  node: nodeName("web1"),
  self: nodeName("web2"),
  cause: { kind: "operator" },
  addresses: { a: "10.1.1.1" },
});

test("the script ends with status 0 only when the hypervisor says that the machine is off", async (t) => {
  assert.ok(script.includes(`# ${input}`), "the page shows what the script is given");
  const directory = mkdtempSync(join(tmpdir(), "locum-cut-off-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o755);
  };
  const run = (state: string): Promise<CommandEnd> => {
    const called = `echo "$*" >>${join(directory, "called")}`;
    write("virsh", `#!/bin/sh\n${called}\n[ "$3" = domstate ] && echo "${state}" || exit 1\n`);
    const environment = { PATH: `${directory}:/usr/bin:/bin`, HYPERVISOR: "10.9.0.200" };
    return runCommand({ command: [join(directory, "cut-off")], timeoutMs: 30_000, input, environment });
  };
  write("cut-off", script);
  assert.equal((await run("shut off")).problem, undefined);
  assert.match((await run("running")).problem ?? "", /status 1/);
  const called = readFileSync(join(directory, "called"), "utf8").split("\n");
  assert.equal(called[0], "-c qemu+ssh://10.9.0.200/system destroy web1");
});
