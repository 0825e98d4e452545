import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { type CommandRun, killAllCommands, runCommand } from "./command-run.js";

const run = (command: readonly string[], more: Partial<CommandRun> = {}): ReturnType<typeof runCommand> =>
  runCommand({ command, timeoutMs: 10_000, input: "", environment: { PATH: "/usr/bin:/bin" }, ...more });

const shell = (script: string, more: Partial<CommandRun> = {}): ReturnType<typeof runCommand> =>
  run(["/bin/sh", "-c", script], more);

/** Whether a process lives; one that nobody has waited for yet does not. */
const lives = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

/** A killed process closes its pipes, by which its end is heard of, a moment before it counts as dead. */
const gone = (pid: number): Promise<void> => eventually(() => !lives(pid));

test("it gets its input and its environment, and what it prints first is kept", async () => {
  const end = await shell('read line; echo "$line $WHO"; echo more', {
    input: "hello\n",
    environment: { PATH: "/bin", WHO: "you" },
  });
  assert.deepEqual([end.problem, end.output], [undefined, "hello you"]);
});

test("how it failed is told, with its own last words of it", async () => {
  assert.equal((await shell("echo no room >&2; exit 3")).problem, "it ended with status 3: no room");
  assert.equal(
    (await shell("echo careful >&2; echo no room >&2; echo >&2; exit 3")).problem,
    "it ended with status 3: no room",
  );
  assert.equal((await shell("kill -ABRT $$")).problem, "it was ended by SIGABRT");
  assert.equal((await run(["/nowhere/program"])).problem, "/nowhere/program cannot be run: it does not exist");
  assert.equal((await run(["/etc/passwd"])).problem, "/etc/passwd cannot be run: this user is not permitted to");
});

test("its words move no cursor, are no longer than may be, and tell nothing that it was given in secret", async () => {
  const secrets = ["sword", "swordfish.*", "x"];
  const said = async (text: string): Promise<string> =>
    (await run(["/usr/bin/printf", "%b", text], { secrets })).output;
  assert.equal(await said("a\\033[2Jb\\xe2\\x80\\xaec\\nd"), "a [2Jb c");
  assert.equal(await said("login swordfish.* x swords"), "login *** x ***s");
  assert.equal(await said("-".repeat(300)), "-".repeat(256));
  assert.equal(await said(`${"-".repeat(250)}swordfish.* and more`), `${"-".repeat(250)}*** an`);
  const end = await shell("echo no swordfish.* here >&2; exit 1", { secrets });
  assert.equal(end.problem, "it ended with status 1: no *** here");
});

test("of errors without end the last words are told, and of half a secret nothing", async () => {
  for (const size of [8_180, 8_190, 8_195, 8_200]) {
    const end = await shell(`printf 'swordfish%0${size}d' 0 >&2; exit 1`, { secrets: ["swordfish"] });
    assert.match(end.problem ?? "", /^it ended with status 1: (\*{3})?0+$/);
  }
  const long = `${"-".repeat(199)}x`;
  assert.match((await run(["/bin/echo", long.repeat(60)], { secrets: [long] })).output, /^[*]+$/);
});

test("one that hangs and ignores every signal is killed, with all that it started", async () => {
  const end = await shell("trap '' TERM HUP; sleep 1000 & echo $!; wait; sleep 1000", { timeoutMs: 300 });
  assert.match(end.problem ?? "", /^it did not end within 0\.3 s/);
  await gone(Number(end.output));
});

test("what it leaves behind is killed when it ends, though it holds on to the output", async () => {
  const end = await shell("sleep 1000 & echo $!");
  assert.equal(end.problem, undefined);
  await gone(Number(end.output));
});

test("one that floods its output is killed, and nothing of it is kept but the beginning", async () => {
  const end = await run(["/usr/bin/yes", "flood"]);
  assert.match(end.problem ?? "", /^it printed more than 1048576 bytes/);
  assert.equal(end.output, "flood");
});

test("no shell reads the words, and nothing of the agent's own environment is there", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-command-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const end = await run(["/bin/echo", `$(touch ${directory}/made)`, ";", "*"]);
  assert.equal(end.output, `$(touch ${directory}/made) ; *`);
  assert.ok(!existsSync(join(directory, "made")));
  assert.equal((await shell('echo "${HOME:-none}"')).output, "none");
});

test("all of them can be killed at once", async () => {
  const ends = [shell("sleep 1000"), shell("sleep 1000")];
  killAllCommands();
  for (const { problem } of await Promise.all(ends)) assert.match(problem ?? "", /ended by SIGKILL/);
});
