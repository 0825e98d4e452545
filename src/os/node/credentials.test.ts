import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { credentialsRefusal, readCredentials } from "./credentials.js";

const directory = mkdtempSync(join(tmpdir(), "locum-credentials-"));
after(() => rmSync(directory, { recursive: true }));

function file(content: string, mode = 0o600): string {
  const path = join(directory, "secret");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test("names and values, whatever is in a value, and comments beside them", () => {
  const read = readCredentials(file("# of the board\nlogin=locum\r\n\npassword= a=b #c\n"));
  assert.deepEqual(read.ok && read.value, [
    ["login", "locum"],
    ["password", " a=b #c"],
  ]);
});

test("what others could read, and what is no such file, is refused, and its content is told to nobody", () => {
  assert.match(credentialsRefusal(file("password=x", 0o640)) ?? "", /others than its owner have access/);
  assert.equal(credentialsRefusal(file("# nothing\n")), "it is empty");
  assert.equal(credentialsRefusal(file("login=a\nswordfish\n")), "line 2 is not as in `password=secret`");
  assert.equal(credentialsRefusal(file(`${"a=b\n".repeat(65)}`)), "it has more than 64 lines");
  assert.equal(credentialsRefusal(file(`a=${"b".repeat(20_000)}`)), "it is longer than 16384 bytes");
  assert.equal(credentialsRefusal(join(directory, "absent")), "it does not exist");
  mkdirSync(join(directory, "folder"));
  assert.match(credentialsRefusal(join(directory, "folder")) ?? "", /no regular file/);
});
