import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { LIMITS } from "../../model/configuration/limits.js";
import { configurationPlace, loadCluster } from "./configuration-file.js";

const GOOD = `cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
`;

function fileWith(context: TestContext, content: string | Uint8Array): string {
  const place = mkdtempSync(join(tmpdir(), "locum-configuration-"));
  context.after(() => rmSync(place, { recursive: true }));
  const path = join(place, "cluster.yaml");
  writeFileSync(path, content);
  return path;
}

const problemOf = (path: string): string => {
  const loaded = loadCluster(path);
  assert.ok(!loaded.ok);
  return loaded.problem.map(({ code, line, column }) => `${code} ${line}:${column}`).join(", ");
};

test("loads a file; its secret is beside it", (context) => {
  const path = fileWith(context, `\uFEFF${GOOD}`);
  const loaded = loadCluster(path);
  assert.ok(loaded.ok);
  assert.equal(loaded.value.name, "shop");
  assert.equal(loaded.value.secretFile, join(path, "..", "secret"));
  assert.match(loaded.value.hash, /^[0-9a-f]{64}$/);
});

test("all directories on the way to a file are looked at, also those that links lead through", (context) => {
  const path = fileWith(context, GOOD);
  const place = realpathSync(dirname(path));
  for (const each of ["a", "b", "c"]) mkdirSync(join(place, each));
  symlinkSync(path, join(place, "c", "file"));
  symlinkSync("../c", join(place, "b", "c"));
  symlinkSync(join(place, "b"), join(place, "a", "b"));
  const way = configurationPlace(join(place, "a", "b", "c", "file"));
  assert.equal(way?.file.path, join(place, "cluster.yaml"));
  const inside = way.directories.map((each) => each.path).filter((each) => each.startsWith(`${place}/`));
  assert.deepEqual(inside, [join(place, "c"), join(place, "b"), join(place, "a")]);
  assert.ok(way.directories.some((each) => each.path === tmpdir()));
  assert.deepEqual(
    way.links.map((each) => each.path),
    ["a/b", "b/c", "c/file"].map((each) => join(place, each)),
  );
  assert.equal(configurationPlace(join(place, "none")), undefined);
});

test("bytes that are no UTF-8 are refused at their place", (context) => {
  const bad = (before: string, bytes: number[], after: string): Uint8Array =>
    Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
  const cases: [content: Uint8Array, place: string][] = [
    [bad("", [0xff], GOOD), "1:1"],
    [bad("cluster: ü\n# ö", [0xe9], "\n"), "2:4"],
    [bad(GOOD, [0xc3], ""), "5:1"],
    [bad("a\nbc", [0xed, 0xa0, 0x80], "d"), "2:3"],
  ];
  for (const [content, place] of cases) assert.equal(problemOf(fileWith(context, content)), `not-utf-8 ${place}`);
});

test("what is no file to read is refused with words", (context) => {
  const path = fileWith(context, GOOD);
  assert.equal(problemOf(join(path, "..")), "file-unreadable 1:1");
  assert.equal(problemOf(`${path}.missing`), "file-unreadable 1:1");
  const loaded = loadCluster(`${path}.missing`);
  assert.match((!loaded.ok && loaded.problem[0]?.message) || "", /it does not exist/);
});

test("a file beyond the limit is refused after so many bytes", (context) => {
  assert.equal(problemOf(fileWith(context, "#".repeat(LIMITS.fileBytes + 1))), "file-too-large 1:1");
  assert.equal(problemOf("/dev/zero"), "file-too-large 1:1");
});
