import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { PROBLEM_STATUS } from "../../src/api/problem.js";
import { ROUTES } from "../../src/api/routes.js";
import { NOTE_CODES } from "../../src/model/codes.js";
import { ALL_WELL, MemoryAgent, READ_AT, shop, TAKEN_OVER, withPaths, withPrograms } from "../api/memory-agent.js";
import { ask, serve } from "../api/served.js";
import { locum } from "../cli/locum.js";

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const commands = await readFile(pathOf("docs/commands.md"), "utf8");
const paths = await readFile(pathOf("docs/paths.md"), "utf8");
const api = await readFile(pathOf("docs/api.md"), "utf8");

/** The sections of the manual of commands, by command. */
const SECTIONS = new Map(
  commands
    .split(/^## locum /m)
    .slice(1)
    .map((section) => [section.split("\n", 1)[0]?.trim() ?? "", section]),
);

/** What `--help` lists under a heading. */
function listed(help: string, heading: string): readonly string[] {
  const [, block = ""] = help.split(`\n${heading}:\n`);
  const lines = (block.split("\n\n")[0] ?? "").split("\n");
  return lines.flatMap((line) => /^ {2}(?:-\w, )?(\S+)/.exec(line)?.[1] ?? []);
}

const helps = new Map<string, ReturnType<typeof locum>>();

function helpOf(name: string): ReturnType<typeof locum> {
  const asked = helps.get(name) ?? locum([name, "--help"]);
  helps.set(name, asked);
  return asked;
}

test("the manual has every command, and no other", async () => {
  const { stdout } = await locum(["--help"]);
  const names = listed(stdout, "Commands").filter((name) => name !== "help");
  assert.deepEqual(
    [...SECTIONS.keys()].sort(),
    [...names].sort(),
    "docs/commands.md has a section `## locum NAME` for each",
  );
});

/** The options of a command, and of those below it, which may have a page of their own. */
async function optionsOf(command: readonly string[]): Promise<{ own: readonly string[]; below: readonly string[] }> {
  const { stdout, code } = await locum([...command, "--help"]);
  assert.equal(code, 0, command.join(" "));
  // Of what it does not know, the program shows its own help, which has all commands below it, and so on without end.
  assert.ok(stdout.startsWith(`Usage: locum ${command.join(" ")} `), `locum ${command.join(" ")} is a command`);
  const names = listed(stdout, "Commands").filter((name) => name !== "help");
  const below = await Promise.all(names.map((name) => optionsOf([...command, name])));
  return {
    own: listed(stdout, "Options").filter((option) => option !== "--help"),
    below: below.flatMap((each) => [...each.own, ...each.below]),
  };
}

test("the manual has every option of every command, and names no other", async () => {
  for (const [name, section] of SECTIONS) {
    const { own, below } = await optionsOf([name]);
    for (const option of own) assert.ok(section.includes(option), `locum ${name} ${option} is in docs/commands.md`);
    const usage = new RegExp(`locum ${name}\\b[^\`\n]*`, "g");
    for (const option of [...section.matchAll(usage)].flatMap(([line]) => line.match(/--[a-z-]+/g) ?? [])) {
      assert.ok(own.includes(option) || below.includes(option), `locum ${name} takes ${option}`);
    }
  }
});

test("the orders on the page about changes exist, with their options", async () => {
  const page = await readFile(pathOf("docs/changing-the-cluster.md"), "utf8");
  const orders = [...page.matchAll(/(?:^|[`\s])locum ([a-z]+)([^`\n#]*)/gm)].filter(([, name = ""]) =>
    SECTIONS.has(name),
  );
  assert.ok(orders.length > 20, "the page has orders");
  for (const [, block = ""] of page.matchAll(/^```sh\n(.*?)^```$/gms)) {
    for (const [, name = ""] of block.matchAll(/(?:^| )locum ([a-z]+)/gm))
      assert.ok(SECTIONS.has(name), `locum ${name}`);
  }
  for (const [, name = "", rest = ""] of orders) {
    const { stdout } = await helpOf(name);
    const options = listed(stdout, "Options");
    for (const option of rest.match(/--[a-z-]+/g) ?? []) assert.ok(options.includes(option), `locum ${name} ${option}`);
  }
});

test("the page of status in the manual is what the program prints", async (t) => {
  const { socketPath } = await serve(t);
  const { stdout } = await locum(["status"], { socketPath, environment: { COLUMNS: "120" }, now: READ_AT });
  const [, shown] = /^```\n(Cluster demo.*?)^```$/ms.exec(commands) ?? [];
  assert.equal(shown, stdout);
});

test("the page of a path group in the text is what the program prints", async (t) => {
  const { socketPath } = await serve(t, new MemoryAgent(withPaths(ALL_WELL)));
  const environment = { COLUMNS: "80" };
  const { stdout } = await locum(["path", "show", "mether0"], { socketPath, environment, now: READ_AT });
  const [, shown] = /^```\n(mether0 on web2.*?)^```$/ms.exec(paths) ?? [];
  assert.equal(shown, stdout);
});

test("the description of the API has every path, problem and event, and no other", () => {
  const paths = [...api.matchAll(/^\| `((?:GET|POST|PUT|DELETE) \S+)` +\|/gm)].map(([, path]) => path);
  assert.deepEqual(paths.sort(), ROUTES.map((route) => `${route.method} ${route.path}`).sort());
  const problems = [...api.matchAll(/^\| (`[a-z-`, ]+`) +\| \d+ +\|/gm)].flatMap(
    ([, cell]) => cell?.match(/[a-z-]+/g) ?? [],
  );
  assert.deepEqual(problems.sort(), Object.keys(PROBLEM_STATUS).sort());
  const codes = [...api.matchAll(/^\| (`[a-z]+\.[^|]*`) +\|/gm)].flatMap(
    ([, cell]) => cell?.match(/[a-z]+\.[a-z-]+/g) ?? [],
  );
  assert.deepEqual(codes.sort(), Object.keys(NOTE_CODES).sort());
});

test("the description of the API has every metric that follows from the view", async (t) => {
  const { socketPath, agent } = await serve(t, MemoryAgent.withHistory());
  agent.show({ ...withPrograms(withPaths(ALL_WELL)), findings: TAKEN_OVER.findings });
  agent.say({ code: "service.claimed", service: shop, epoch: 9, reason: { kind: "cluster-start" } });
  const { body } = await ask(socketPath, "/v1/metrics");
  const own = new Set(agent.measurements().map(({ name }) => `locum_${name}`));
  const names = [...body.matchAll(/^# TYPE (\S+)/gm)].flatMap(([, name = ""]) => (own.has(name) ? [] : [name]));
  const described = [...api.matchAll(/^\| (`locum_[^|]*`) +\|/gm)].flatMap(([, cell]) => cell?.match(/\w+/g) ?? []);
  assert.deepEqual(described.sort(), names.sort());
});

test("the example program does what the text says", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const [, program = ""] = /^```js\n(.*?)^```$/ms.exec(api) ?? [];
  const file = pathOf("dist/test/docs/example-program.mjs");
  await writeFile(file, program);
  t.after(() => rm(file));
  const child = spawn(process.execPath, [file, "web2"], {
    env: { ...process.env, LOCUM_SOCKET: socketPath },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  let output = "";
  for await (const piece of child.stdout.setEncoding("utf8")) {
    output += String(piece);
    if (output.includes("serving")) break;
    agent.show(TAKEN_OVER);
  }
  assert.equal(output, "standing by, web1 has it\nserving, because web1 fell silent\n");
});
