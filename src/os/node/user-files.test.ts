import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { userByFiles } from "./user-files.js";

function machine(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "locum-users-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:900:900::/srv:/bin/false\n";

test("whom the files lack is unknown where users come from files only, and else unclear", (t) => {
  const found = (switches: string, name: string): string =>
    userByFiles(name, machine(t, { "/etc/passwd": PASSWD, "/etc/nsswitch.conf": switches }));
  const debian = "# users\npasswd:         files systemd\ngroup: files ldap\n";
  assert.deepEqual(
    ["app", "ap", "appx"].map((name) => found(debian, name)),
    ["known", "unknown", "unknown"],
  );
  assert.equal(found("", "ldap-user"), "unknown");
  assert.equal(found("passwd: files [NOTFOUND=continue] sss # by domain\n", "ldap-user"), "unclear");
  for (const source of ["ldap", "sss", "winbind", "of-tomorrow"])
    for (const line of [`passwd: files ${source}`, `\tpasswd: ${source}`, ` passwd :files ${source}`])
      assert.equal(found(`# passwd: files\n${line}\n`, "ldap-user"), "unclear", line);
  assert.equal(found("passwd: files [!SUCCESS=return]\n", "other"), "unknown");
});

test("users that systemd keeps in files of its own are known", (t) => {
  const root = machine(t, { "/etc/userdb/db.user": "{}", "/var/lib/systemd/home/eve.identity": "{}" });
  assert.deepEqual(
    ["db", "eve", "adam"].map((name) => userByFiles(name, root)),
    ["known", "known", "unknown"],
  );
});
