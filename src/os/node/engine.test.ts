import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { STEADY_ENGINE } from "./engine.js";

const ENGINE = new URL("./engine.js", import.meta.url).href;
const PROGRAM = `
  const { runWith } = await import("${ENGINE}");
  const missing = runWith(JSON.parse(process.env.OPTIONS)) ?? null;
  const inForce = process.execArgv.filter((each) => each.startsWith("--no-"));
  console.log(JSON.stringify([process.pid, inForce, process.env.WORD, missing]));
`;

test("what this Node does not know is left out and told; the rest is in force, and the program goes on", async () => {
  const options = ["--no-such-option", "--no-flush-bytecode", "--none-such"];
  const environment = { ...process.env, OPTIONS: JSON.stringify(options), WORD: "" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], { env: environment });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  const [, inForce, , missing] = JSON.parse(said);
  assert.deepEqual(inForce, ["--no-flush-bytecode"]);
  assert.deepEqual(missing.options, ["--no-such-option", "--none-such"]);
  assert.match(missing.why, /does not know them/);
});

test("a program goes on with the options that it asks for: the same process, streams and environment", async () => {
  const environment = { ...process.env, OPTIONS: JSON.stringify(STEADY_ENGINE), WORD: "a=b" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], { env: environment });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(said), [child.pid, ["--no-flush-bytecode"], "a=b", null]);
});
