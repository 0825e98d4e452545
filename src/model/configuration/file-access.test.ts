import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileAccess, fileAccessProblems } from "./file-access.js";

const FILE: FileAccess = { path: "/etc/locum/cluster.yaml", mode: 0o100644, owner: 0 };
const DIRECTORY: FileAccess = { path: "/etc/locum", mode: 0o40755, owner: 0 };

const ROOT: FileAccess = { path: "/", mode: 0o40755, owner: 0 };

const said = (
  file: Partial<FileAccess>,
  directory: Partial<FileAccess> = {},
  self = 0,
  links: readonly FileAccess[] = [],
): readonly string[] =>
  fileAccessProblems(
    { file: { ...FILE, ...file }, directories: [{ ...DIRECTORY, ...directory }, ROOT], links },
    self,
  ).map(({ message, advice }) => `${message}. ${advice}`);

test("a file that only root and a chosen group can change is as it should be", () => {
  assert.deepEqual([said({}), said({ mode: 0o100664 }), fileAccessProblems(undefined, 0)], [[], [], []]);
});

test("a file that everybody or another user can change is told, since root runs what it names", () => {
  assert.deepEqual(said({ mode: 0o100666 }), [
    "Every user of this machine can change /etc/locum/cluster.yaml, and what it names is run as root (mode 0666). Run: chmod o-w /etc/locum/cluster.yaml",
  ]);
  assert.deepEqual(said({ owner: 1000 }), [
    "The user with id 1000, to whom /etc/locum/cluster.yaml belongs, can change it, and what it names is run as root. Run: chown -h root /etc/locum/cluster.yaml",
  ]);
  assert.deepEqual(said({ owner: 1000 }, { owner: 1000 }, 1000), [], "one's own, as in a trial");
});

test("so is a directory in which it can be replaced", () => {
  assert.deepEqual(said({}, { mode: 0o40777 }), [
    "Every user of this machine can put another file in place of /etc/locum/cluster.yaml, and what it names is run as root (mode 0777 of /etc/locum). Run: chmod o-w /etc/locum",
  ]);
  assert.deepEqual(said({}, { owner: 1000 }), [
    "The user with id 1000, to whom /etc/locum belongs, can put another file in place of /etc/locum/cluster.yaml, and what it names is run as root. Run: chown -h root /etc/locum",
  ]);
  assert.deepEqual(said({}, { path: "/tmp", mode: 0o41777 }), [], "a sticky one lets nobody but its owner");
  const link = { path: "/tmp/cluster.yaml", mode: 0o120777, owner: 1000 };
  assert.match(said({}, {}, 0, [link]).join(), /^The user with id 1000, to whom \/tmp\/cluster\.yaml belongs, can put/);
  assert.match(
    said({}, { path: "/srv/app", mode: 0o41777, owner: 1000 }).join(),
    /^The user with id 1000, to whom \/srv\/app /,
  );
});
