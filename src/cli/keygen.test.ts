import assert from "node:assert/strict";
import { test } from "node:test";
import { ok, refused } from "../base/result.js";
import { type KeygenOptions, type SecretStore, keygen } from "./keygen.js";

const options = (chosen: Partial<KeygenOptions> = {}): KeygenOptions => ({
  file: "/etc/locum/secret",
  stage: false,
  promote: false,
  retire: false,
  ...chosen,
});

function storeThatNotes(calls: string[]): SecretStore {
  const note = (name: string) => (path: string) => {
    calls.push(`${name} ${path}`);
    return ok({ keyIds: ["0000aaaa", "0000bbbb"] });
  };
  return { create: note("create"), stage: note("stage"), promote: note("promote"), retire: note("retire") };
}

test("each option is its step, none makes a new file; each says the next step", () => {
  const cases: [Partial<KeygenOptions>, string, RegExp][] = [
    [{}, "create /etc/locum/secret", /0000aaaa.*\n.*Copy it to every node/],
    [{ stage: true }, "stage /etc/locum/secret", /0000bbbb.*[^]*--promote \/etc\/locum\/secret/],
    [{ promote: true }, "promote /etc/locum/secret", /0000aaaa.*[^]*--retire \/etc\/locum\/secret/],
    [{ retire: true }, "retire /etc/locum/secret", /0000aaaa/],
  ];
  for (const [chosen, call, words] of cases) {
    const calls: string[] = [];
    const { exitCode, stdout, stderr } = keygen(options(chosen), storeThatNotes(calls));
    assert.deepEqual({ exitCode, stderr, calls }, { exitCode: 0, stderr: "", calls: [call] });
    assert.match(stdout, words);
  }
});

test("two steps at once are wrong usage, and nothing is done", () => {
  const calls: string[] = [];
  const { exitCode, stderr } = keygen(options({ stage: true, retire: true }), storeThatNotes(calls));
  assert.equal(exitCode, 2);
  assert.match(stderr, /--stage and --retire/);
  assert.deepEqual(calls, []);
});

test("a refusal is an error with its advice", () => {
  const store = {
    ...storeThatNotes([]),
    create: () =>
      refused({ code: "secret.exists", message: "Cannot create it: it is there already", advice: "Keep it" }),
  };
  assert.deepEqual(keygen(options(), store), {
    exitCode: 1,
    stdout: "",
    stderr: "error [secret.exists] Cannot create it: it is there already\n    Keep it\n",
  });
});
