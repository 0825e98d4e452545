/** The hook of the manual for FRR, run as it stands there. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const page = readFileSync(fileURLToPath(new URL("../../../docs/routers.md", import.meta.url)), "utf8");
const [, script = ""] = /^```sh\n(#!\/bin\/sh\n[^]*?)^```$/m.exec(page) ?? [];

test("the hook for FRR announces what this node serves, and withdraws what it let go of, or an earlier run announced", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-frr-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const told = join(directory, "told");
  writeFileSync(join(directory, "vtysh"), `#!/bin/sh\nprintf '%s\\n' "$4" >> ${told}\n`);
  writeFileSync(join(directory, "hook"), script);
  for (const name of ["vtysh", "hook"]) chmodSync(join(directory, name), 0o755);
  const hear = (code: string, data: object = { service: "shop" }): void => {
    const input = `${JSON.stringify({ sequence: 1, code, data })}\n`;
    const env = { PATH: `${directory}:/usr/bin:/bin` };
    const { status, stderr } = spawnSync(join(directory, "hook"), ["shop", "192.0.2.10", "2001:db8::10"], {
      input,
      env,
    });
    assert.equal(status, 0, String(stderr));
  };
  hear("service.active", { service: "mail" });
  for (const code of ["service.active", "service.moved", "service.released"]) hear(code);
  hear("service.active");
  hear("agent.started", { incarnation: 2, adopted: [] });
  const life = [
    "ip route 192.0.2.10/32 blackhole tag 4994",
    "ipv6 route 2001:db8::10/128 blackhole tag 4994",
    "no ip route 192.0.2.10/32 blackhole tag 4994",
    "no ipv6 route 2001:db8::10/128 blackhole tag 4994",
  ];
  assert.deepEqual(readFileSync(told, "utf8").trim().split("\n"), [...life, ...life]);
});
