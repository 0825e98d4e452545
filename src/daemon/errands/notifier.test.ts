import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { type Instant, instant, milliseconds, seconds } from "../../base/time.js";
import { commonKey } from "../../core/telling/common-notes.js";
import { type HookConfig, type HookFilter, hookName } from "../../model/hook.js";
import { type NodeName, nodeName, type ServiceName, serviceName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import { Errands } from "./errands.js";
import { ATTEMPTS_MAX, Hook, WAITING_MAX } from "./hook.js";
import { Impairments } from "../impairments.js";
import { Notifier } from "./notifier.js";

const [web0, web1] = [nodeName("web0"), nodeName("web1")];
const [shop, mail] = [serviceName("shop"), serviceName("mail")];

const EVERYTHING: HookFilter = { severity: "info", codes: [], services: [] };

const hook = (script: string, more: Partial<HookConfig> = {}): HookConfig => ({
  name: hookName("test"),
  target: { kind: "command", command: ["/bin/sh", "-c", script] },
  timeout: seconds(5),
  filter: EVERYTHING,
  nodes: [],
  from: "one",
  ...more,
});

const clusterOf = (hooks: readonly HookConfig[]): Parameters<Notifier["reconfigure"]>[0] => ({
  hooks,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
});

interface Bench {
  readonly clock: { now: Instant };
  /** Nodes that live, as this one knows it. */
  readonly living: NodeName[];
  /** What it said to others that it told. */
  readonly words: readonly string[];
  readonly notifier: Notifier;
  readonly impairments: Impairments;
  readonly file: string;
  say(note: Note): void;
  lines(): readonly Record<string, unknown>[];
}

function bench(t: TestContext, configOf: (file: string) => readonly HookConfig[]): Bench {
  const directory = mkdtempSync(join(tmpdir(), "locum-notify-"));
  const file = join(directory, "events");
  const impairments = new Impairments(
    () => instant(0),
    (note) => say(note),
  );
  const errands = new Errands({ socket: "/run/none.sock", impairments, onInput: () => undefined });
  const clock = { now: instant(0) };
  const living = [web1];
  const words: string[] = [];
  const notifier = new Notifier({
    self: web1,
    errands,
    impairments,
    clock: () => clock.now,
    living: () => living,
    sayTold: (name, key) => words.push(`${name} ${key}`),
    retryMs: 20,
  });
  let sequence = 0;
  const say = (note: Note): void => {
    sequence += 1;
    notifier.tell({ sequence, atMs: 0, node: web1, note });
  };
  t.after(() => {
    notifier.close();
    errands.close();
    rmSync(directory, { recursive: true });
  });
  notifier.reconfigure(clusterOf(configOf(file)), []);
  return { clock, living, words, notifier, impairments, file, say, lines: () => linesOf(file) };
}

function linesOf(file: string): readonly Record<string, unknown>[] {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    // The hook has not written anything yet.
    return [];
  }
}

const serves = (service: ServiceName): Note => ({ code: "service.active", service, epoch: 7, took: milliseconds(0) });

const drained = (name: string): Note => ({ code: "node.drained", node: nodeName(name) });

test("events come in their order, one at a time, as JSON on standard input", async (t) => {
  const each = (file: string): string =>
    `mkdir ${file}.lock || echo '{"overlap":true}' >> ${file}; sleep 0.0$(( $$ % 5 )); cat >> ${file}; rmdir ${file}.lock`;
  const { say, lines } = bench(t, (file) => [hook(each(file))]);
  for (let index = 0; index < 12; index += 1) say(drained(`n${index}`));
  await eventually(() => lines().length >= 12);
  assert.deepEqual(
    lines().map(({ code, data }) => [code, data]),
    Array.from({ length: 12 }, (_, index) => ["node.drained", { node: `n${index}` }]),
  );
  assert.deepEqual(Object.keys(lines()[0] ?? {}), ["sequence", "time", "node", "code", "severity", "text", "data"]);
});

test("a hook is told of what its filter lets through, and on its nodes only", async (t) => {
  const filter = { severity: "notice", codes: ["service"], services: [shop] } as const;
  const { say, lines } = bench(t, (file) => [
    hook(`cat >> ${file}`, { filter }),
    hook(`cat >> ${file}`, { name: hookName("elsewhere"), nodes: [nodeName("web2")] }),
  ]);
  say(drained("web1"));
  for (const service of [mail, shop]) say({ code: "service.active", service, epoch: 1, took: milliseconds(3) });
  say({ code: "service.moved", service: shop, epoch: 1, from: undefined, to: web1 });
  say({ code: "service.released", service: shop, epoch: 1, why: { kind: "stopping" } });
  await eventually(() => lines().length >= 2);
  assert.deepEqual(
    lines().map(({ code }) => code),
    ["service.active", "service.released"],
  );
});

test("a hook that hangs and one that fails keep nobody, are found, and go on with the next event", async (t) => {
  const { say, lines, impairments } = bench(t, (file) => [
    hook("trap '' TERM; sleep 1000", { name: hookName("hangs"), timeout: milliseconds(200) }),
    hook("echo no printer >&2; exit 4", { name: hookName("fails") }),
    hook(`cat >> ${file}`, { filter: { ...EVERYTHING, codes: ["node"] } }),
  ]);
  say(drained("a"));
  say(drained("b"));
  await eventually(() => lines().length >= 2 && impairments.findings().length === 2);
  const problems = impairments.findings().map(({ finding }) => "problem" in finding && finding.problem);
  assert.deepEqual(problems.sort(), ["it did not end within 0.2 s", "it ended with status 4: no printer"]);
});

test("a hook that is added, or told otherwise, learns what the node serves; one that is as it was is not told again", async (t) => {
  const filter = { ...EVERYTHING, services: [shop] };
  const { say, lines, notifier, file } = bench(t, () => []);
  const added = hook(`cat >> ${file}`, { filter });
  const served = [
    { name: mail, epoch: 3 },
    { name: shop, epoch: 7 },
  ];
  notifier.reconfigure(clusterOf([added]), served);
  await eventually(() => lines().length === 1);
  const { text: words, ...rest } = lines()[0] ?? {};
  assert.equal(words, "web1 serves shop");
  const data = { service: "shop", epoch: 7, tookMs: 0 };
  const about = { node: "web1", code: "service.active", severity: "notice", data };
  assert.deepEqual(rest, { sequence: 0, time: "1970-01-01T00:00:00.000Z", ...about, repeated: true });
  notifier.reconfigure(clusterOf([added]), served);
  say(serves(shop));
  await eventually(() => lines().length === 2);
  assert.equal(lines()[1]?.["repeated"], undefined);
  notifier.reconfigure(clusterOf([{ ...added, timeout: seconds(6) }]), served);
  await eventually(() => lines().length === 3);
  assert.equal(lines()[2]?.["repeated"], true);
  assert.equal(lines()[2]?.["sequence"], 1, "that of the latest event");
});

test("what waits for a hook that is changed is told to it as it is then, in order", async (t) => {
  const { notifier, say, lines, impairments, file } = bench(t, () => [hook("exit 75")]);
  for (const name of ["a", "b"]) say(drained(name));
  await eventually(() => impairments.findings().length === 1, "it was tried, and is to be tried again");
  notifier.reconfigure(clusterOf([hook(`cat >> ${file}`)]), []);
  say(drained("c"));
  await eventually(() => lines().length === 3);
  assert.deepEqual(
    lines().map(({ data }) => (data as { readonly node: string }).node),
    ["a", "b", "c"],
  );
  await eventually(() => impairments.findings().length === 0);
});

test("a command that asks for it with its status is run again with the same event, before any other", async (t) => {
  const { say, lines, impairments } = bench(t, (file) => [
    hook(`cat >> ${file}; test $(wc -l < ${file}) -ge 4 || exit 75`, { filter: { ...EVERYTHING, codes: ["node"] } }),
  ]);
  for (const name of ["a", "b"]) say(drained(name));
  await eventually(() => lines().length === 5);
  assert.deepEqual(
    lines().map(({ data }) => (data as { readonly node: string }).node),
    ["a", "a", "a", "a", "b"],
  );
  await eventually(() => impairments.findings().length === 0);
});

test("an event that was tried in vain to the end is dropped, and the next one says so", async () => {
  const told: string[] = [];
  const errands: Pick<Errands, "command" | "post"> = {
    command: ({ input }, end) => {
      told.push(input);
      const isVain = told.length <= ATTEMPTS_MAX;
      queueMicrotask(() =>
        end({ problem: isVain ? "no" : undefined, output: "", tookMs: 1, ...(isVain ? { asksAgain: true } : {}) }),
      );
    },
    post: () => assert.fail("this hook is a command"),
  };
  const vain = new Hook({ config: hook(""), errands, told: () => undefined, retryMs: 0.001 });
  vain.tell({ document: { index: 0 } });
  vain.tell({ document: { index: 1 } });
  await eventually(() => told.length > ATTEMPTS_MAX);
  assert.equal(told.at(-1), '{"index":1,"dropped":1}\n');
});

test("of too many events the newest are dropped, and the next one that is told says how many", () => {
  const told: string[] = [];
  const ended: (() => void)[] = [];
  const errands: Pick<Errands, "command" | "post"> = {
    command: ({ input }, end) => {
      told.push(input);
      ended.push(() => end({ problem: undefined, output: "", tookMs: 1 }));
    },
    post: () => assert.fail("this hook is a command"),
  };
  const slow = new Hook({ config: hook(""), errands, told: () => undefined });
  for (let index = 0; index < 1 + WAITING_MAX + 7; index += 1) slow.tell({ document: { index } });
  assert.equal(told.length, 1, "one at a time");
  ended.shift()?.();
  assert.deepEqual(told.slice(1), ['{"index":1,"dropped":7}\n']);
  ended.shift()?.();
  assert.deepEqual(told.slice(2), ['{"index":2}\n']);
});

test("a web server that fails is asked again until it takes the event; one that says no is not", async (t) => {
  const got: string[] = [];
  const answers = [500, 503, 200, 400, 200];
  const server = createServer(async (request, response) => {
    const { code, data } = JSON.parse(await text(request)) as { code: string; data: { node: string } };
    got.push(`${code} ${data.node}`);
    response.statusCode = answers.shift() ?? 200;
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const target = { kind: "web", url, secretFile: undefined, caFile: undefined } as const;
  const filter = { ...EVERYTHING, codes: ["node"] };
  const { say, impairments } = bench(t, () => [hook("", { target, filter })]);
  for (const name of ["a", "b", "c"]) say(drained(name));
  await eventually(() => got.length === 5);
  assert.deepEqual(
    got,
    ["a", "a", "a", "b", "c"].map((name) => `node.drained ${name}`),
  );
  await eventually(() => impairments.findings().length === 0);
});

test("what is told last is waited for, but not for ever", async (t) => {
  const { say, lines, notifier } = bench(t, (file) => [hook(`sleep 0.2; cat >> ${file}`)]);
  say(drained("last"));
  await notifier.settle(10_000);
  assert.equal(lines().length, 1);
  notifier.reconfigure(clusterOf([hook("sleep 1000", { timeout: seconds(600) })]), []);
  say(drained("never"));
  await notifier.settle(50);
});

const down: Note = { code: "node.down", node: nodeName("web2"), silence: milliseconds(100) };
const crashed: Note = { code: "node.crashed", node: nodeName("web2") };

test("of what all nodes see, a hook is told by the first living node, and by the next when that one is gone", async (t) => {
  const { say, lines, living, notifier, words } = bench(t, (file) => [hook(`cat >> ${file}`)]);
  living.unshift(web0);
  for (const note of [down, crashed, serves(shop)]) say(note);
  notifier.heardTold(hookName("test"), commonKey(down) ?? "");
  notifier.review();
  await eventually(() => lines().length === 1);
  living.shift();
  notifier.review();
  await eventually(() => words.length === 1);
  assert.deepEqual(
    lines().map(({ code }) => code),
    ["service.active", "node.crashed"],
  );
  assert.deepEqual(words, [`test ${commonKey(crashed)}`]);
});

test("what the node whose turn it is does not tell in time is told by the next, once its clock comes there", async (t) => {
  const { say, lines, living, clock } = bench(t, (file) => [hook(`cat >> ${file}`, { timeout: seconds(2) })]);
  living.unshift(web0);
  say(down);
  clock.now = instant(seconds(60));
  await eventually(() => lines().length === 1);
});

test("what waits for a hook that is slow is not told when another node has told it meanwhile", async (t) => {
  const patient = (file: string): string => `until [ -e ${file}.go ]; do sleep 0.01; done; cat >> ${file}`;
  const { say, lines, notifier, file } = bench(t, (each) => [hook(patient(each))]);
  for (const note of [serves(shop), down, crashed, down]) say(note);
  notifier.heardTold(hookName("test"), commonKey(down) ?? "");
  writeFileSync(`${file}.go`, "");
  await eventually(() => lines().length === 3);
  await notifier.settle(10_000);
  assert.deepEqual(
    lines().map(({ code }) => code),
    ["service.active", "node.crashed", "node.down"],
  );
});

test("no word is said of what a hook failed to take; one told by each node waits for nobody", async (t) => {
  const { say, lines, living, words } = bench(t, (file) => [
    hook("exit 1", { name: hookName("broken") }),
    hook(`cat >> ${file}`, { from: "each" }),
    hook(`cat >> ${file}`, { name: hookName("elsewhere"), nodes: [web1] }),
  ]);
  living.unshift(web0);
  say(down);
  await eventually(() => lines().length === 2 && words.length === 1);
  assert.deepEqual(words, [`elsewhere ${commonKey(down)}`]);
});
