import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { instant, milliseconds } from "../../src/base/time.js";
import type { HistoryDocument } from "../../src/model/history/history-document.js";
import { ruleName } from "../../src/model/rule.js";
import type { RulesDocument } from "../../src/model/status-document-rule.js";
import type { StatusDocument } from "../../src/model/status-document.js";
import type { EventDocument } from "../../src/model/status-document-event.js";
import {
  ALL_WELL,
  MemoryAgent,
  mether0,
  shop,
  TAKEN_OVER,
  web1,
  web2,
  withAttributes,
  withPaths,
} from "../api/memory-agent.js";
import { ask, serve } from "../api/served.js";
import { LOCUM, locum } from "./locum.js";

test("status for programs is the API's, and for people it is a page", async (t) => {
  const { socketPath } = await serve(t);
  const json = await locum(["status", "--json", "--socket", socketPath]);
  assert.equal(json.code, 0, json.stderr);
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse((await ask(socketPath, "/v1/status")).body));
  const page = await locum(["status"], { socketPath });
  assert.match(page.stdout, /^Cluster demo, as web2 sees it/);
  assert.ok(!page.stdout.includes("\u001B"), "no colours without a terminal");
});

test("the socket may be named before the command, after it, or in the environment", async (t) => {
  const { socketPath } = await serve(t);
  const [before, after, environment] = await Promise.all([
    locum(["--socket", socketPath, "status"]),
    locum(["status", "--socket", socketPath]),
    locum(["status"], { socketPath }),
  ]);
  assert.deepEqual([before.code, after.code, environment.code], [0, 0, 0]);
});

test("no agent: exit 3, and what to do", async () => {
  for (const args of [["status"], ["status", "--watch"], ["events", "--follow"], ["drain"], ["explain", "shop"]]) {
    const { code, stderr, stdout } = await locum([...args, "--socket", "/nowhere/agent.sock"]);
    assert.equal(code, 3, args.join(" "));
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^locum: No agent answers on \/nowhere\/agent\.sock: there is no such socket\n {2}Is the agent/,
    );
  }
});

test("wrong usage: exit 2", async () => {
  const wrong = [
    ["state"],
    ["status", "--jsn"],
    ["status", "shop"],
    ["move"],
    ["move", "shop"],
    ["events", "--since", "yesterday"],
    ["events", "--limit", "-1"],
    ["completion", "fish"],
    ["path", "swtich", "mether0"],
    ["path", "switch", "mether0"],
    ["path", "show"],
    ["address", "--watch", "--socket", "/nowhere/agent.sock"],
  ];
  for (const args of wrong) {
    const { code, stderr } = await locum(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /^error: /, args.join(" "));
  }
});

test("the agent's no: exit 1, and the names that there are", async (t) => {
  const { socketPath, agent } = await serve(t);
  const no = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await locum(args, { socketPath });
    assert.equal(code, 1, args.join(" "));
    return stderr;
  };
  assert.match(
    await no("explain", "shoop"),
    /There is no service shoop in cluster demo\n {2}It has these services: shop, mail/,
  );
  assert.match(await no("events", "--service", "shoop"), /There is no service shoop/);
  assert.match(await no("move", "shop", "--to", "web9"), /There is no node web9 in cluster demo\n {2}.*: web1, web2/);
  agent.outcome = { ok: false, code: "not-eligible", message: "web1 cannot hold shop: it is down" };
  assert.equal(await no("move", "shop", "--to", "web1"), "locum: web1 cannot hold shop: it is down\n");
});

test("an address is printed alone for scripts, and all of them as a table", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const lines = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await locum(["address", ...args], { socketPath });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.equal(await lines("shop"), "20.1.1.1\n");
  assert.equal(await lines("web2"), "10.1.1.2\n");
  assert.match(await lines(), /^ {2}shop +192\.168\.1\.1 +20\.1\.1\.1$/m);
  assert.deepEqual(JSON.parse(await lines("--json")), {
    services: {
      shop: [{ address: "192.168.1.1", use: "20.1.1.1" }],
      mail: [{ address: "192.168.1.2", use: "20.1.1.1" }],
    },
    nodes: { web1: "10.1.1.1", web2: "10.1.1.2" },
  });
  agent.show(TAKEN_OVER);
  const { code, stdout, stderr } = await locum(["address", "mail"], { socketPath });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /web2 knows of no way to mail now/);
  assert.match((await locum(["address", "shoop"], { socketPath })).stderr, /It has these: shop, mail, web1, web2/);
});

test("orders reach the agent; without a name they are for its own node", async (t) => {
  const { socketPath, agent } = await serve(t);
  agent.outcome = { ok: true, message: "it is so" };
  for (const args of [
    ["move", "shop", "--to", "web1"],
    ["drain"],
    ["drain", "web1"],
    ["resume"],
    ["pause"],
    ["unpause"],
    ["unpause", "--force"],
  ]) {
    const { code, stdout, stderr } = await locum(args, { socketPath });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "it is so\n", stderr: "" });
  }
  assert.deepEqual(agent.commands, [
    { kind: "move", service: shop, to: web1 },
    { kind: "drain", node: web2 },
    { kind: "drain", node: web1 },
    { kind: "resume", node: web2 },
    { kind: "pause" },
    { kind: "unpause" },
    { kind: "unpause", force: true },
  ]);
});

test("orders about paths reach the agent, for its own node or the one that is named", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(withPaths(ALL_WELL)));
  agent.outcome = { ok: true, message: "it is so" };
  for (const args of [
    ["switch", "mether0", "--to", "bond1"],
    ["pause", "mether0", "--node", "web1"],
    ["--node", "web1", "resume", "mether0"],
    ["detach", "eth0"],
    ["attach", "eth0"],
  ]) {
    const { code, stdout, stderr } = await locum(["path", ...args], { socketPath });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "it is so\n", stderr: "" });
  }
  assert.deepEqual(agent.commands, [
    { kind: "path-switch", node: web2, group: mether0, to: "bond1" },
    { kind: "path-pause", node: web1, group: mether0 },
    { kind: "path-resume", node: web1, group: mether0 },
    { kind: "path-detach", node: web2, interface: "eth0" },
    { kind: "path-attach", node: web2, interface: "eth0" },
  ]);
  agent.outcome = { ok: false, code: "unknown-interface", message: "No path group has the interface eth9" };
  const refused = await locum(["path", "detach", "eth9"], { socketPath });
  assert.deepEqual([refused.code, refused.stderr], [1, "locum: No path group has the interface eth9\n"]);
});

test("attributes are set, unset and listed", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(withAttributes(ALL_WELL)));
  agent.outcome = { ok: true, message: "it is so" };
  for (const args of [
    ["set", "fit=true", "--for", "30s"],
    ["set", "note=a=b", "--node", "web1"],
    ["set", "load=0.50"],
    ["unset", "fit"],
  ]) {
    const { code, stdout, stderr } = await locum(["attribute", ...args], { socketPath });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "it is so\n", stderr: "" });
  }
  assert.deepEqual(agent.commands, [
    { kind: "set-attribute", node: web2, attribute: { name: "fit", value: true, lifetime: 30_000_000 } },
    { kind: "set-attribute", node: web1, attribute: { name: "note", value: "a=b" } },
    { kind: "set-attribute", node: web2, attribute: { name: "load", value: 0.5 } },
    { kind: "unset-attribute", node: web2, name: "fit" },
  ]);
  const list = (...args: readonly string[]) => locum(["attribute", "list", ...args], { socketPath });
  assert.equal((await list()).stdout, "web2 fit=true\nweb2 rack=b2\n");
  assert.deepEqual(JSON.parse((await list("--json", "--node", "web2")).stdout), { web2: { fit: true, rack: "b2" } });
  const refusal = async (assignment: string): Promise<readonly unknown[]> => {
    const { code, stderr } = await locum(["attribute", "set", assignment], { socketPath });
    return [code, stderr.split("\n", 1)[0]];
  };
  assert.deepEqual(await refusal("fit"), [2, 'locum: "fit" sets nothing: there is no `=` and no value']);
  assert.deepEqual(await refusal("=fit"), [2, 'locum: "=fit" sets nothing: there is no name before the `=`']);
});

test("the secret is copied to where it is made, wherever the command ran", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-keygen-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "secret");
  const { code, stdout } = await locum(["keygen", relative(process.cwd(), file)]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`scp -p ${file} root@NODE:${file}\n`));
});

test("no unit is made for a file that is wrong or has no such node, and one for a file that is not there yet", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "locum-unit-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "cluster.yaml");
  const printed = (...args: readonly string[]) => locum(["install", "--print", "--config", file, ...args]);
  const early = await printed("--node", "web1");
  assert.equal(early.code, 0, early.stderr);
  assert.match(early.stderr, /is not there yet/);
  assert.match(early.stdout, /^ExecStart=.* --node web1/m);
  writeFileSync(
    file,
    "cluster: shop\nnodes: { web1: { networks: { a: 10.1.1.1 } }, web2: { networks: { a: 10.1.1.2 } } }\n",
  );
  assert.equal((await printed("--node", "web1")).code, 0);
  const nobody = await printed("--node", "wbe1");
  assert.deepEqual([nobody.code, nobody.stdout], [2, ""]);
  assert.match(nobody.stderr, /There is no node "wbe1" in the file[^]*--node web1/);
  const stranger = await printed();
  assert.equal(stranger.code, 0, "this machine may be given the name of a node later");
  assert.match(
    stranger.stderr,
    /cannot start while this machine is called .*\n.*There is no node .*there are web1, web2\n/,
  );
  const started = await locum(["install", "--now", "--config", file]);
  assert.equal(started.code, 2, "to be started at once, it must be one");
  writeFileSync(file, "cluster: shop\n");
  const wrong = await printed();
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  assert.match(wrong.stderr, /missing-key/);
});

test("path list and show, for people and for programs", async (t) => {
  const { socketPath } = await serve(t, new MemoryAgent(withPaths(ALL_WELL)));
  const path = (...args: readonly string[]) => locum(["path", ...args], { socketPath });
  const { nodes } = JSON.parse((await ask(socketPath, "/v1/status")).body) as StatusDocument;
  assert.deepEqual(JSON.parse((await path("list", "--json")).stdout), nodes["web2"]?.paths);
  assert.deepEqual(
    JSON.parse((await path("show", "mether0", "--json", "--node", "web1")).stdout),
    nodes["web1"]?.paths["mether0"],
  );
  assert.match((await path("list")).stdout, /mether0 +web2 +bond1 +degraded/);
  assert.match((await path("list", "--node", "web1")).stdout, /mether0 +web1 +eth0 +sound/);
  assert.match(
    (await path("show", "mether0")).stdout,
    /^mether0 on web2 uses bond1, the secondary path, because the other/,
  );
  const unknown = await path("show", "mether1");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /web2 has no path group mether1\n {2}It has these path groups: mether0/);
  assert.match(
    (await path("list", "--node", "web9")).stderr,
    /There is no node web9.*\n {2}It has these nodes: web1, web2/,
  );
});

test("a node without path groups says so", async (t) => {
  const { socketPath } = await serve(t);
  const { code, stdout } = await locum(["path", "list"], { socketPath });
  assert.deepEqual([code, stdout], [0, "web2 has no path groups\n"]);
});

test("events: one JSON object a line, filtered", async (t) => {
  const { socketPath } = await serve(t);
  const { stdout } = await locum(["events", "--json", "--service", "shop"], { socketPath });
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as EventDocument);
  assert.deepEqual(
    events.map((event) => `${event.node} ${event.code}`),
    ["web1 service.claimed", "web2 service.claimed", "web2 service.active"],
  );
  const later = await locum(["events", "--since", "2026-03-01T12:00:10.110Z"], { socketPath });
  assert.deepEqual(later.stdout.split("\n"), [
    "2026-03-01",
    "  12:00:10.110  web2  error    No node can hold mail",
    "                               Next: Mend on one of its nodes what `locum explain mail` names",
    "",
  ]);
});

test("that nothing happened is said, but for programs", async (t) => {
  const { socketPath } = await serve(t);
  const since = ["events", "--since", "2999-01-01T00:00:00Z"];
  assert.equal((await locum(since, { socketPath })).stdout, "No events\n");
  assert.equal((await locum([...since, "--json"], { socketPath })).stdout, "");
});

test("events --follow shows the latest and goes on", async (t) => {
  const { socketPath, agent } = await serve(t);
  const { stdout, code } = await locum(["events", "--follow", "--limit", "1"], {
    socketPath,
    onOutput: (text, stop) => {
      if (text.includes("web1 is up")) stop();
      else if (text.includes("No node can hold mail")) agent.say({ code: "node.up", node: web1, incarnation: 2 });
    },
  });
  assert.equal(code, null);
  assert.match(stdout, /No node can hold mail\n +Next: .*\n.*web1 is up\n/);
  assert.doesNotMatch(stdout, /takes shop/);
});

test("following ends with exit 3 when the agent goes away", async (t) => {
  const { socketPath, close } = await serve(t);
  const { code, stderr } = await locum(["events", "--follow", "--limit", "1"], {
    socketPath,
    onOutput: () => void close(),
  });
  assert.equal(code, 3);
  assert.match(stderr, /closed the connection/);
});

test("status --watch --json: the whole status again after every change", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const { stdout } = await locum(["status", "--watch", "--json"], {
    socketPath,
    onOutput: (text, stop) => {
      if (text.includes('"web1 is down"')) stop();
      else agent.show(TAKEN_OVER);
    },
  });
  const lines = stdout.trimEnd().split("\n");
  const holderOf = (line: string | undefined): unknown =>
    (JSON.parse(line ?? "") as StatusDocument).services["shop"]?.holder;
  assert.equal(holderOf(lines[0]), "web1");
  assert.equal(holderOf(lines.at(-1)), "web2");
});

test("explain", async (t) => {
  const { socketPath } = await serve(t);
  const page = await locum(["explain", "shop"], { socketPath });
  assert.match(page.stdout, /^shop is on web2, because web1 fell silent\n/);
  assert.match(page.stdout, /Where its addresses can be on web2:\n {2}eth0 {3}has {9}192\.168\.1\.1\n/);
  assert.match(page.stdout, /bond1 {2}cannot get {2}192\.168\.1\.1, because bond1 has no room for another/);
  const checks = await locum(["explain", "shop", "--checks"], { socketPath });
  assert.match(checks.stdout, /bond1 {2}interface-up {6}yes {2}bond1 is switched on/);
  const json = await locum(["explain", "shop", "--json"], { socketPath });
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse((await ask(socketPath, "/v1/services/shop/explain")).body));
});

test("rules: what each found, when it acted and what it waits for; one alone, and for programs", async (t) => {
  const agent = new MemoryAgent();
  const { socketPath } = await serve(t, agent);
  assert.equal((await locum(["rules"], { socketPath })).stdout, "web2 has no rules\n");
  const found = { kind: "true", since: instant(10e6) } as const;
  const hot = { rule: ruleName("hot"), each: "node", about: "web2" } as const;
  const readings = [{ what: "node.attributes.heat", value: 85 }];
  agent.standings = [
    { ...hot, verdict: found, readings, lastTurn: { at: instant(40e6), node: web2 } },
    { rule: ruleName("dry"), each: "cluster", verdict: { ...found, kind: "false" }, readings: [] },
    { rule: ruleName("odd"), each: "cluster", verdict: { ...found, kind: "broken", problem: "no such" }, readings: [] },
  ];
  const { stdout } = await locum(["rules"], { socketPath });
  assert.match(stdout, /RULE +OF +CONDITION +ACTED LAST +NEXT\n/);
  assert.match(stdout, /hot +web2 +true since .*on web2 +it acts again only after .*; node\.attributes\.heat is 85\n/);
  assert.match(stdout, /dry +- +false since .* - +it acts when its condition comes true\n/);
  assert.match(stdout, /odd +- +cannot be evaluated since .* - +it does nothing until .*; no such\n/);
  const one = await locum(["rules", "dry", "--json"], { socketPath });
  const all = JSON.parse((await ask(socketPath, "/v1/rules")).body) as RulesDocument;
  assert.deepEqual(JSON.parse(one.stdout), { ...all, rules: [all.rules[1]] });
  const none = await locum(["rules", "hott"], { socketPath });
  assert.deepEqual([none.code, /these rules: hot, dry, odd/.test(none.stderr)], [1, true]);
});

test("history: how long nobody served, from when, why and until who did", async (t) => {
  const agent = new MemoryAgent();
  agent.say({ code: "service.moved", service: shop, epoch: 6, from: undefined, to: web1 }, { atMs: 1_000 });
  agent.say({ code: "node.down", node: web1, silence: milliseconds(103) }, { atMs: 10_000 });
  agent.say({ code: "service.active", service: shop, epoch: 7, took: milliseconds(4.2) }, { atMs: 10_104 });
  const { socketPath } = await serve(t, agent);
  const page = await locum(["history"], { socketPath });
  assert.match(page.stdout, /^As web2 knows it, since 2026-03-01 12:00:01\.000\n/);
  assert.match(page.stdout, / {2}shop {5}99\.\d+ % +1 {8}207 ms +207 ms +none/);
  assert.match(page.stdout, /2026-03-01 12:00:09\.897 {2}shop {5}207 ms {2}web1 {7}web2 {6}web1 fell silent\n/);
  const json = await locum(["history", "shop", "--since", "2026-03-01T12:00:05Z", "--json"], { socketPath });
  const history = JSON.parse(json.stdout) as HistoryDocument;
  assert.equal(history.since, "2026-03-01T12:00:05.000Z");
  assert.deepEqual(
    history.outages.map(({ lengthMs, cause, servedBy, takenBy }) => [lengthMs, cause, servedBy, takenBy]),
    [[207, "node-down", "web1", "web2"]],
  );
  assert.equal((await locum(["history", "shoop"], { socketPath })).code, 1);
});

test("a reader that has enough is no failure", async (t) => {
  const { socketPath, agent } = await serve(t);
  const script = '{ "$0" "$1" events --follow --limit 1 --socket "$2"; echo "code $?" >&2; } | head -n 1';
  const shell = spawn("sh", ["-c", script, process.execPath, LOCUM, socketPath], { stdio: ["ignore", "pipe", "pipe"] });
  const saying = setInterval(() => agent.say({ code: "node.up", node: web1, incarnation: 2 }), 100);
  t.after(() => clearInterval(saying));
  const [stderr] = await Promise.all([text(shell.stderr), once(shell, "close")]);
  assert.equal(stderr, "code 0\n");
});

test("completion teaches commands, options, and the names in the cluster", async (t) => {
  const { socketPath, agent } = await serve(t);
  const script = await locum(["completion", "bash"]);
  assert.match(script.stdout, /"\) words="[^"]*\bstatus\b[^"]*\bsimulate\b/);
  assert.match(script.stdout, /events\) words="--follow --json --service --since --limit"/);
  assert.equal((await locum(["names", "service"], { socketPath })).stdout, "shop\nmail\n");
  assert.match(
    script.stdout,
    /path\) words="--node list --json show \$\(locum names group [^"]* switch --to [^"]* attach"/,
  );
  assert.match(script.stdout, /logs\) words="--follow --lines --json --state \$\(locum names service\/program /);
  agent.show(withPaths(ALL_WELL));
  assert.equal((await locum(["names", "group"], { socketPath })).stdout, "mether0\n");
  assert.equal((await locum(["names", "interface"], { socketPath })).stdout, "eth0\nbond1\n");
  assert.equal((await locum(["names", "service"], { socketPath: "/nowhere/agent.sock" })).code, 0);
});

test("logs: what a program wrote, for people without what a terminal obeys, and for programs as it was", async (t) => {
  const state = mkdtempSync(join(tmpdir(), "locum-logs-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  mkdirSync(join(state, "logs/shop"), { recursive: true });
  writeFileSync(
    join(state, "logs/shop/db.log"),
    "2026-03-01T12:00:01.000Z out hello\n2026-03-01T12:00:02.500Z err \u001B[31mred\n",
  );
  const page = await locum(["logs", "shop/db", "--state", state]);
  assert.equal(page.stdout, "2026-03-01 12:00:01.000 db out   hello\n2026-03-01 12:00:02.500 db err   ?[31mred\n");
  const json = await locum(["logs", "shop", "--lines", "1", "--json", "--state", state]);
  const line = { program: "db", time: "2026-03-01T12:00:02.500Z", source: "err", text: "\u001B[31mred" };
  assert.deepEqual(JSON.parse(json.stdout), line);
  const followed = await locum(["logs", "shop", "--follow", "--state", state], {
    onOutput: (stdout, stop) => {
      if (stdout.includes("later")) stop();
      else appendFileSync(join(state, "logs/shop/db.log"), "2026-03-01T12:00:03.000Z locum later\n");
    },
  });
  assert.match(followed.stdout, /hello\n.*red\n.*12:00:03\.000 db locum later\n/);
  assert.equal((await locum(["logs", "mail", "--state", state])).code, 1);
  assert.equal((await locum(["logs", "shop", "--lines", "many", "--state", state])).code, 2);
});
