/** The hook of the manual for FRR, run as it stands there. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const page = readFileSync(fileURLToPath(new URL("../../../docs/routers.md", import.meta.url)), "utf8");
const [script = "", again = ""] = [...page.matchAll(/^```sh\n(#!\/bin\/sh\n[^]*?)^```$/gm)].map(([, text]) => text);

const ADDRESSES = ["192.0.2.10", "2001:db8::10"];
const ANNOUNCED = ["ip route 192.0.2.10/32 blackhole tag 4994", "ipv6 route 2001:db8::10/128 blackhole tag 4994"];
const WITHDRAWN = ANNOUNCED.map((route) => `no ${route}`);

interface Router {
  readonly directory: string;
  hear(code: string, data?: object): number | null;
  run(name: string, input: string): number | null;
  told(): readonly string[];
}

/** A node with the scripts of the page, and a `vtysh` that fails while there is a file `broken`. */
function router(t: TestContext): Router {
  const directory = mkdtempSync(join(tmpdir(), "locum-frr-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const told = join(directory, "told");
  const programs = {
    vtysh: `#!/bin/sh\ntest ! -e ${directory}/broken || exit 1\nprintf '%s\\n' "$4" >> ${told}\n`,
    hook: script,
    again: again.replaceAll("/usr/local/bin/locum-frr", join(directory, "hook")),
  };
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(directory, name), text, { mode: 0o755 });
  const env = { PATH: `${directory}:/usr/bin:/bin` };
  const run = (name: string, input: string): number | null =>
    spawnSync(join(directory, name), ["shop", ...ADDRESSES], { input, env }).status;
  const hear = (code: string, data: object = { service: "shop" }): number | null => run("hook", line(code, data));
  return { directory, run, hear, told: () => readFileSync(told, "utf8").trim().split("\n") };
}

const line = (code: string, data: object): string => `${JSON.stringify({ sequence: 1, code, data })}\n`;

test("the hook for FRR announces what this node serves, and withdraws what it let go of, or an earlier run announced", (t) => {
  const { hear, told } = router(t);
  assert.equal(hear("service.active", { service: "mail" }), 0);
  for (const code of ["service.active", "service.moved", "service.released", "service.active"])
    assert.equal(hear(code), 0);
  assert.equal(hear("agent.started", { incarnation: 2, adopted: [] }), 0);
  assert.deepEqual(told(), [...ANNOUNCED, ...WITHDRAWN, ...ANNOUNCED, ...WITHDRAWN]);
});

test("where FRR does not run, the hook asks to be run again", (t) => {
  const { hear, told, directory } = router(t);
  writeFileSync(join(directory, "broken"), "");
  assert.equal(hear("service.active"), 75);
  rmSync(join(directory, "broken"));
  assert.equal(hear("service.active"), 0);
  assert.deepEqual(told(), ANNOUNCED);
});

test("FRR that was started anew is told what the latest event says, also when that changes meanwhile", (t) => {
  const { run, told, directory } = router(t);
  const events = join(directory, "events");
  // The service is let go of between the first look and the second.
  const look = `cat ${events}; echo '${line("service.released", { service: "shop" }).trim()}' >> ${events}`;
  writeFileSync(join(directory, "locum"), `#!/bin/sh\n${look}\n`, { mode: 0o755 });
  const past = ["service.released", "service.active", "service.offered"].map((code) => line(code, { service: "shop" }));
  writeFileSync(events, past.join(""));
  assert.equal(run("again", ""), 0);
  assert.deepEqual(told(), [...ANNOUNCED, ...WITHDRAWN]);
});
