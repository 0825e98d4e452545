import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createSecretFile, promoteKey, readSecretFile, retireKeys, stageKey } from "./secret-file.js";

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "locum-secret-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

const idsAfter = (result: ReturnType<typeof stageKey>): readonly string[] => {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value.keyIds;
};

const codeOf = (result: { readonly ok: boolean; readonly problem?: { readonly code: string } }): string | undefined =>
  result.problem?.code;

test("a new secret is for its owner only and is never written over", (context) => {
  const path = join(directory(context), "made", "secret");
  const [id] = idsAfter(createSecretFile(path));
  assert.match(id ?? "", /^[0-9a-f]{8}$/);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  const before = readFileSync(path, "utf8");
  assert.match(before, /^locum1:[\w-]{43}$/m);
  assert.equal(codeOf(createSecretFile(path)), "secret.exists");
  assert.equal(readFileSync(path, "utf8"), before);
});

test("a key changes in three steps; comments stay, and no step leaves a file behind", (context) => {
  const path = join(directory(context), "secret");
  const [old = ""] = idsAfter(createSecretFile(path));
  writeFileSync(path, `${readFileSync(path, "utf8")}# ours\n`);
  const [first, fresh = ""] = idsAfter(stageKey(path));
  assert.equal(first, old);
  assert.notEqual(fresh, old);
  assert.deepEqual(idsAfter(promoteKey(path)), [fresh, old]);
  assert.deepEqual(idsAfter(retireKeys(path)), [fresh]);
  assert.match(readFileSync(path, "utf8"), /# ours/);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  assert.deepEqual(readdirSync(join(path, "..")), ["secret"]);
});

test("steps out of order are refused and change nothing", (context) => {
  const path = join(directory(context), "secret");
  createSecretFile(path);
  assert.equal(codeOf(promoteKey(path)), "secret.nothing-staged");
  assert.equal(codeOf(retireKeys(path)), "secret.nothing-to-retire");
  stageKey(path);
  const before = readFileSync(path, "utf8");
  assert.equal(codeOf(stageKey(path)), "secret.already-staged");
  assert.equal(codeOf(retireKeys(path)), "secret.not-promoted", "the new key would be the one that is forgotten");
  assert.equal(readFileSync(path, "utf8"), before);
});

test("a link to the secret stays a link", (context) => {
  const place = directory(context);
  const [path, link] = [join(place, "secret"), join(place, "link")];
  createSecretFile(path);
  symlinkSync(path, link);
  const ids = idsAfter(stageKey(link));
  assert.deepEqual(idsAfter(promoteKey(path)), ids.toReversed());
});

test("a secret that others can reach is refused, with the command that helps", (context) => {
  const path = join(directory(context), "secret");
  createSecretFile(path);
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    chmodSync(path, mode);
    const read = readSecretFile(path);
    assert.equal(codeOf(read), "secret.readable-by-others");
    assert.match((!read.ok && read.problem.advice) || "", /chmod 600/);
    assert.equal(codeOf(stageKey(path)), "secret.readable-by-others");
  }
  chmodSync(path, 0o400);
  assert.ok(readSecretFile(path).ok);
});

test("what is no secret file is refused, and nothing of it is repeated", (context) => {
  const place = directory(context);
  const path = join(place, "secret");
  assert.equal(codeOf(readSecretFile(path)), "secret.missing");
  mkdirSync(join(place, "directory"));
  assert.equal(codeOf(readSecretFile(join(place, "directory"))), "secret.no-file");
  const almost = `locum1:${"S".repeat(42)}`;
  writeFileSync(path, `# old\n${almost}\n`, { mode: 0o600 });
  const read = readSecretFile(path);
  assert.equal(codeOf(read), "secret.bad-key");
  assert.doesNotMatch(JSON.stringify(read), /SSSS/);
  assert.match(JSON.stringify(read), /secret:2/);
  writeFileSync(path, "#".repeat(20_000));
  assert.equal(codeOf(readSecretFile(path)), "secret.too-large");
});
