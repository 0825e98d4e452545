import assert from "node:assert/strict";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join, dirname } from "node:path";
import { test } from "node:test";
import { startApiServer } from "../../src/api/server.js";
import { STREAM_BYTES_MAX } from "../../src/api/event-stream.js";
import { PROBLEM_STATUS } from "../../src/api/problem.js";
import { ROUTES } from "../../src/api/routes.js";
import { LocumError } from "../../src/base/locum-error.js";
import { programName } from "../../src/model/program.js";
import type { NodeView } from "../../src/model/status.js";
import { DOCUMENT_SCHEMAS } from "../../src/model/status-document-schema.js";
import type { StatusDocument } from "../../src/model/status-document.js";
import type { EventDocument } from "../../src/model/status-document-event.js";
import type { ProblemDocument } from "../../src/model/status-document-problem.js";
import {
  ALL_WELL,
  BOOT_MS,
  MemoryAgent,
  shop,
  TAKEN_OVER,
  web1,
  web2,
  withPaths,
  withPrograms,
} from "./memory-agent.js";
import { ask, serve } from "./served.js";

test("status has the shape that other programs rely on", async (t) => {
  const { socketPath } = await serve(t);
  const answer = await ask(socketPath, "/v1/status");
  assert.equal(answer.status, 200);
  assert.equal(answer.contentType, "application/json");
  assert.deepEqual(JSON.parse(answer.body), {
    cluster: "demo",
    node: "web2",
    version: "0.1.0",
    configHash: "0123456789abcdef",
    paused: false,
    nodes: {
      web1: {
        state: "down",
        since: "2026-03-01T12:00:10.000Z",
        networks: {
          a: { reachable: false, oneWay: null, rttMs: null },
          b: { reachable: false, oneWay: null, rttMs: null },
        },
        address: null,
        version: "0.1.0",
        bannedUntil: null,
        paths: {},
        attributes: {},
        fence: null,
      },
      web2: {
        state: "up",
        since: "2026-03-01T12:00:00.000Z",
        networks: {
          a: { reachable: true, oneWay: null, rttMs: null },
          b: { reachable: true, oneWay: null, rttMs: null },
        },
        address: "10.1.1.2",
        version: "0.1.0",
        bannedUntil: null,
        paths: {},
        attributes: {},
        fence: null,
      },
    },
    services: {
      shop: {
        holder: "web2",
        epoch: 7,
        state: "active",
        since: "2026-03-01T12:00:10.100Z",
        unservedSince: null,
        reason: "web1 fell silent",
        reasonCode: "holder-silent",
        stoppedBy: null,
        addresses: ["192.168.1.1"],
        reach: [{ address: "192.168.1.1", use: "192.168.1.1" }],
        programs: [],
        candidates: [
          { node: "web1", eligible: false, reasons: ["it is down"], codes: ["node-down"], until: null },
          { node: "web2", eligible: true, reasons: [], codes: [], until: null },
        ],
        listensFor: [{ node: "web1", mac: "02:00:00:00:00:01", interface: "eth0" }],
      },
      mail: {
        holder: null,
        epoch: 2,
        state: "blocked",
        since: "2026-03-01T12:00:10.100Z",
        unservedSince: "2026-03-01T12:00:10.000Z",
        reason: "no node can hold it",
        reasonCode: null,
        stoppedBy: null,
        addresses: ["192.168.1.2", "fd00::2"],
        reach: [
          { address: "192.168.1.2", use: null },
          { address: "fd00::2", use: null },
        ],
        programs: [],
        candidates: [
          { node: "web1", eligible: false, reasons: ["it is down"], codes: ["node-down"], until: null },
          {
            node: "web2",
            eligible: false,
            reasons: ["it lacks the interface eth1"],
            codes: ["interface-missing"],
            until: null,
          },
        ],
        listensFor: [],
      },
    },
    findings: [
      {
        kind: "node-down",
        severity: "warning",
        since: "2026-03-01T12:00:10.000Z",
        text: "web1 is down",
        advice: "Look at web1's console; if the machine runs, start its agent: `systemctl start locum`",
        about: { node: "web1" },
      },
      {
        kind: "service-unplaced",
        severity: "error",
        since: "2026-03-01T12:00:10.100Z",
        text: "No node can hold mail",
        advice: "Mend on one of its nodes what `locum explain mail` names",
        about: { service: "mail" },
      },
    ],
  });
});

test("path groups are part of their node's status", async (t) => {
  const { socketPath } = await serve(t, new MemoryAgent(withPaths(ALL_WELL)));
  const status = JSON.parse((await ask(socketPath, "/v1/status")).body) as StatusDocument;
  DOCUMENT_SCHEMAS.Status.parse(status);
  assert.deepEqual(status.nodes["web2"]?.paths, {
    mether0: {
      active: "secondary",
      interface: "bond1",
      state: "degraded",
      since: "2026-03-01T12:00:10.000Z",
      reason: "the other interface lost its carrier",
      reasonCode: "carrier-lost",
      paused: false,
      primary: { interface: "eth0", health: "failed", members: null },
      secondary: { interface: "bond1", health: "healthy", members: { up: 3, total: 4 } },
      switches: 1,
      lastSwitch: {
        at: "2026-03-01T12:00:10.000Z",
        reason: "the other interface lost its carrier",
        reasonCode: "carrier-lost",
        tookMs: 3.1,
      },
      unmoved: [],
      obstacles: [],
      immovable: ["a macvlan interface mv0 on eth0"],
    },
  });
  const far = status.nodes["web1"]?.paths["mether0"];
  assert.equal(far?.reason, "it is the primary path");
  assert.equal(far.lastSwitch, null);
  assert.deepEqual(far.primary, { interface: "eth0", health: null, members: null });
});

test("path groups have metrics; what is not known from here has none", async (t) => {
  const { socketPath } = await serve(t, new MemoryAgent(withPaths(ALL_WELL)));
  const { body } = await ask(socketPath, "/v1/metrics");
  assert.deepEqual(
    body.split("\n").filter((line) => line.startsWith("locum_path")),
    [
      'locum_path_group_up{node="web1",group="mether0"} 1',
      'locum_path_group_up{node="web2",group="mether0"} 1',
      'locum_path_group_switches{node="web1",group="mether0"} 0',
      'locum_path_group_switches{node="web2",group="mether0"} 1',
      'locum_path_active{node="web1",group="mether0",role="primary",interface="eth0"} 1',
      'locum_path_active{node="web1",group="mether0",role="secondary",interface="bond1"} 0',
      'locum_path_active{node="web2",group="mether0",role="primary",interface="eth0"} 0',
      'locum_path_active{node="web2",group="mether0",role="secondary",interface="bond1"} 1',
      'locum_path_healthy{node="web2",group="mether0",role="primary",interface="eth0"} 0',
      'locum_path_healthy{node="web2",group="mether0",role="secondary",interface="bond1"} 1',
    ],
  );
});

test("programs have metrics: whether they run, since when they are as they are, restarts and how they last ended", async (t) => {
  const { socketPath } = await serve(t, new MemoryAgent(withPrograms(ALL_WELL)));
  const { body } = await ask(socketPath, "/v1/metrics");
  const since = Date.parse("2026-03-01T12:00:10Z") / 1_000;
  assert.deepEqual(
    body.split("\n").filter((line) => line.startsWith("locum_program_")),
    [
      'locum_program_ready{service="shop",program="db",node="web1"} 1',
      'locum_program_ready{service="shop",program="web",node="web1"} 0',
      'locum_program_state{service="shop",program="db",node="web1",state="ready"} 1',
      'locum_program_state{service="shop",program="web",node="web1",state="waiting"} 1',
      `locum_program_state_since_seconds{service="shop",program="db",node="web1"} ${since}`,
      `locum_program_state_since_seconds{service="shop",program="web",node="web1"} ${since}`,
      'locum_program_restarts_total{service="shop",program="db",node="web1"} 0',
      'locum_program_restarts_total{service="shop",program="web",node="web1"} 3',
      'locum_program_last_exit{service="shop",program="web",node="web1",exit="SIGSEGV"} 1',
    ],
  );
});

test("every route answers what its schema says", async (t) => {
  const { socketPath, errors, openDoor } = await serve(t, new MemoryAgent(HELD_HERE));
  const door = openDoor({ service: shop, program: programName("db"), run: 1 });
  for (const route of ROUTES.filter((each) => each.path !== "/v1/changes")) {
    const path = route.path
      .replace("services/{name}", "services/shop")
      .replace("nodes/{name}", "nodes/web1")
      .replace("{program}", "db")
      .replace("{group}", "mether0")
      .replace("{interface}", "eth0")
      .replace("{attribute}", "fit");
    const body = route.body === undefined ? {} : { body: JSON.stringify(bodyOf(route.body)) };
    const answer = await ask(route.access === "program" ? door : socketPath, path, { method: route.method, ...body });
    assert.equal(answer.status, 200, `${route.method} ${path}: ${answer.body}`);
    if (route.answer === "text" || route.answer === "openapi") continue;
    DOCUMENT_SCHEMAS[route.answer].parse(JSON.parse(answer.body));
  }
  assert.deepEqual(errors, []);
});

/** The node that answers holds all services, and the other one could. */
const HELD_HERE: NodeView = {
  ...ALL_WELL,
  services: ALL_WELL.services.map((service) => ({ ...service, holder: web2 })),
};

const bodyOf = (document: string): object => {
  if (document === "Report") return { state: "well" };
  if (document === "Attribute") return { value: true };
  return { to: document.startsWith("Move") ? "web1" : "eth0" };
};

test("the OpenAPI document has every route and every document it refers to", async (t) => {
  const { socketPath } = await serve(t);
  const { body } = await ask(socketPath, "/v1/openapi.json");
  const described = JSON.parse(body) as {
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: Record<string, unknown> };
  };
  const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(operations.sort(), ROUTES.map((route) => `${route.method} ${route.path}`).sort());
  for (const [, name] of body.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(name !== undefined && name in described.components.schemas, `${name} is described`);
  }
  const ids = Object.values(described.paths).flatMap((methods) =>
    Object.values(methods).map((each) => each.operationId),
  );
  assert.equal(new Set(ids).size, ids.length, "operation ids differ");
});

test("events are filtered by time, service, code and number", async (t) => {
  const { socketPath } = await serve(t);
  const codes = async (query: string): Promise<readonly string[]> => {
    const { body, status } = await ask(socketPath, `/v1/events${query}`);
    assert.equal(status, 200, body);
    return (JSON.parse(body) as EventDocument[]).map((event) => event.code);
  };
  assert.equal((await codes("")).length, 6);
  assert.deepEqual(await codes("?service=shop"), ["service.claimed", "service.claimed", "service.active"]);
  assert.deepEqual(await codes("?code=node&code=agent"), ["agent.started", "node.down"]);
  assert.deepEqual(await codes("?limit=1"), ["finding.raised"]);
  const since = new Date(BOOT_MS + 10_100).toISOString();
  assert.deepEqual(await codes(`?since=${since}&service=shop`), ["service.claimed", "service.active"]);
});

test("a code that does not exist is refused with those that do", async (t) => {
  const { socketPath } = await serve(t);
  const refusal = async (code: string): Promise<string> => {
    const { body, status } = await ask(socketPath, `/v1/events?code=${code}`);
    assert.equal(status, 400, body);
    return (JSON.parse(body) as ProblemDocument).advice ?? "";
  };
  assert.match(await refusal("serviec"), /^Did you mean "service"\? Areas of codes: agent, node, /);
  assert.match(
    await refusal("service.activ"),
    /^Did you mean "service\.active"\? Codes of that area: service\.claimed, /,
  );
  assert.match(await refusal(""), /^Areas of codes: /);
});

test("an event carries its data, durations in milliseconds", async (t) => {
  const { socketPath } = await serve(t);
  const { body } = await ask(socketPath, "/v1/events?code=node.down");
  assert.deepEqual(JSON.parse(body), [
    {
      sequence: 3,
      time: "2026-03-01T12:00:10.000Z",
      node: "web2",
      code: "node.down",
      severity: "warning",
      text: "web1 is down: silent on all networks for 103 ms",
      data: { node: "web1", silenceMs: 103 },
    },
  ]);
});

test("commands reach the agent, and its refusals come back as problems", async (t) => {
  const { socketPath, agent } = await serve(t);
  const post = (path: string, body?: string) =>
    ask(socketPath, path, { method: "POST", ...(body === undefined ? {} : { body }) });
  for (const path of ["/v1/pause", "/v1/unpause", "/v1/nodes/web1/drain", "/v1/nodes/web1/resume"]) await post(path);
  await post("/v1/services/shop/move", '{"to":"web1"}');
  assert.deepEqual(agent.commands, [
    { kind: "pause" },
    { kind: "unpause" },
    { kind: "drain", node: "web1" },
    { kind: "resume", node: "web1" },
    { kind: "move", service: "shop", to: "web1" },
  ]);
  agent.commands.splice(0);
  const group = "/v1/nodes/web1/paths/mether0";
  await post(`${group}/switch`, '{"to":"bond1"}');
  for (const path of [`${group}/pause`, `${group}/resume`]) await post(path);
  for (const order of ["detach", "attach"]) await post(`/v1/nodes/web2/interfaces/br%2Dlan.7/${order}`);
  assert.deepEqual(agent.commands, [
    { kind: "path-switch", node: "web1", group: "mether0", to: "bond1" },
    { kind: "path-pause", node: "web1", group: "mether0" },
    { kind: "path-resume", node: "web1", group: "mether0" },
    { kind: "path-detach", node: "web2", interface: "br-lan.7" },
    { kind: "path-attach", node: "web2", interface: "br-lan.7" },
  ]);
  agent.commands.splice(0);
  const fit = "/v1/nodes/web1/attributes/fit";
  await ask(socketPath, fit, { method: "PUT", body: '{"value":true,"for":"30s"}' });
  await ask(socketPath, "/v1/nodes/web1/attributes/load", { method: "PUT", body: '{"value":0.5}' });
  await ask(socketPath, fit, { method: "DELETE" });
  assert.deepEqual(agent.commands, [
    { kind: "set-attribute", node: "web1", attribute: { name: "fit", value: true, lifetime: 30_000_000 } },
    { kind: "set-attribute", node: "web1", attribute: { name: "load", value: 0.5 } },
    { kind: "unset-attribute", node: "web1", name: "fit" },
  ]);
  agent.outcome = { ok: false, code: "not-eligible", message: "web1 cannot hold shop: it is down" };
  const refused = await post("/v1/services/shop/move", '{"to":"web1"}');
  assert.equal(refused.status, 409);
  assert.deepEqual(JSON.parse(refused.body), { code: "not-eligible", message: "web1 cannot hold shop: it is down" });
});

test("wrong requests get a problem that says what is right", async (t) => {
  const { socketPath, agent, errors } = await serve(t);
  const problemOf = async (method: string, path: string, body?: string): Promise<ProblemDocument> => {
    const answer = await ask(socketPath, path, { method, ...(body === undefined ? {} : { body }) });
    const problem = JSON.parse(answer.body) as ProblemDocument;
    assert.equal(answer.status, PROBLEM_STATUS[problem.code as keyof typeof PROBLEM_STATUS]);
    return problem;
  };
  const move = (body: string) => problemOf("POST", "/v1/services/shop/move", body);
  assert.equal((await problemOf("GET", "/v2/status")).code, "no-such-path");
  assert.equal((await problemOf("GET", "/v1/services/%E0%A4%A/explain")).code, "no-such-path");
  assert.equal((await problemOf("POST", "/v1/status")).code, "method-not-allowed");
  assert.match((await problemOf("GET", "/v1/events?services=shop")).advice ?? "", /since, service, code, limit/);
  assert.match((await problemOf("GET", "/v1/events?limit=many")).message, /whole number from 0 to 10000, not "many"/);
  assert.match((await problemOf("GET", "/v1/events?since=5")).message, /ISO 8601/);
  assert.equal((await problemOf("GET", "/v1/changes")).code, "bad-request");
  assert.match((await problemOf("GET", "/v1/services/shoop/explain")).advice ?? "", /shop, mail/);
  assert.match((await problemOf("POST", "/v1/nodes/web9/drain")).advice ?? "", /web1, web2/);
  assert.match((await problemOf("POST", "/v1/services/shoop/move", '{"to":"web1"}')).advice ?? "", /shop, mail/);
  assert.match((await move('{"to":"web9"}')).advice ?? "", /web1, web2/);
  const switchTo = (group: string, to: string) =>
    problemOf("POST", `/v1/nodes/web1/paths/${group}/switch`, JSON.stringify({ to }));
  assert.match((await switchTo("mether1", "eth0")).advice ?? "", /It has these path groups: mether0/);
  assert.equal((await switchTo("mether0", "eth0:1")).code, "bad-request");
  assert.equal((await problemOf("POST", "/v1/nodes/web9/interfaces/eth0/detach")).code, "unknown-node");
  assert.match((await problemOf("POST", "/v1/nodes/web1/interfaces/a%2Fb/attach")).message, /"a\/b" is no interface/);
  for (const body of ["", "{", "[]", "null", '{"to":1}', '{"to":"web1","at":"noon"}']) {
    assert.equal((await move(body)).code, "bad-request", body);
  }
  assert.equal((await move("")).message, 'The body must be {"to": "…"}', "nothing is no broken JSON");
  assert.equal((await move(`"${"x".repeat(5_000)}"`)).code, "body-too-large");
  const attribute = (body: string, name = "fit") => problemOf("PUT", `/v1/nodes/web1/attributes/${name}`, body);
  const bodies = [
    '{"value":null}',
    '{"value":[1]}',
    '{"value":"\\n"}',
    '{"value":1,"to":2}',
    '{"value":1,"for":"soon"}',
  ];
  for (const body of [...bodies, `{"value":"${"x".repeat(257)}"}`, '{"value":1,"for":"1ms"}'])
    assert.equal((await attribute(body)).code, "bad-request", body);
  assert.match((await attribute('{"value":1}', "%2e%2e")).message, /is no name of an attribute/);
  assert.deepEqual(agent.commands, []);
  assert.deepEqual(errors, []);
});

test("a failure inside is reported and answered, and the server goes on", async (t) => {
  const { socketPath, agent, errors } = await serve(t);
  agent.command = () => Promise.reject(new TypeError("a defect"));
  const answer = await ask(socketPath, "/v1/pause", { method: "POST" });
  assert.equal(answer.status, 500);
  assert.equal((JSON.parse(answer.body) as ProblemDocument).code, "internal");
  assert.deepEqual(errors.map(String), ["TypeError: a defect"]);
  assert.equal((await ask(socketPath, "/v1/health")).status, 200);
});

test("an explanation says why, for each node why not, and what comes next", async (t) => {
  const { socketPath } = await serve(t);
  const { body } = await ask(socketPath, "/v1/services/shop/explain");
  const document = JSON.parse(body) as Record<string, unknown> & {
    nodes: readonly { node: string; verdict: string }[];
    lastMove: EventDocument;
  };
  assert.equal(document["reason"], "web1 fell silent");
  assert.deepEqual(
    document.nodes.map(({ node, verdict }) => `${node} ${verdict}`),
    ["web1 cannot hold it: it is down", "web2 holds it"],
  );
  assert.equal(document.lastMove.text, "web2 takes shop (epoch 7), because web1 fell silent");
  assert.equal(document["failback"], "it stays where it is when a preferred node is fit again (failback is off)");
});

test("metrics in the text format", async (t) => {
  const { socketPath, agent } = await serve(t);
  agent.say({ code: "service.claimed", service: shop, epoch: 8, reason: { kind: "operator", from: web1 } });
  agent.say({ code: "service.claimed", service: shop, epoch: 9, reason: { kind: "cluster-start" } }, { node: web1 });
  const { body, contentType } = await ask(socketPath, "/v1/metrics");
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'locum_node_up{node="web1"} 0',
    'locum_node_up{node="web2"} 1',
    'locum_service_holder{service="shop",node="web2"} 1',
    'locum_service_holder{service="shop",node="web1"} 0',
    'locum_service_epoch{service="shop"} 7',
    'locum_findings{kind="node-down",severity="warning"} 1',
    'locum_takes_total{service="shop",reason="operator"} 1',
    'locum_events_total{code="service.claimed",severity="notice"} 1',
    'locum_packets_rejected_total{reason="replayed"} 3',
  ]) {
    assert.ok(body.split("\n").includes(line), `${line} in\n${body}`);
  }
  const names = body.split("\n").filter((line) => line.startsWith("# TYPE"));
  assert.equal(new Set(names).size, names.length, "each family is described once");
});

/** Reads a stream until it has as many events as wanted. */
async function readStream(
  socketPath: string,
  path: string,
  options: { readonly wanted: number; readonly lastEventId?: string; readonly onOpen?: () => void },
): Promise<readonly string[]> {
  const socket = createConnection(socketPath);
  const resume = options.lastEventId === undefined ? "" : `Last-Event-ID: ${options.lastEventId}\r\n`;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n${resume}\r\n`);
  socket.setEncoding("utf8");
  let text = "";
  let opened = false;
  for await (const piece of socket) {
    text += piece as string;
    if (!opened && text.includes(": connected")) {
      opened = true;
      options.onOpen?.();
    }
    const lines = text.split("\n").filter((line) => line.startsWith("data: "));
    if (lines.length >= options.wanted) return lines.map((line) => line.slice("data: ".length));
  }
  throw new Error(`The stream ended early: ${text}`);
}

test("a stream of events goes on with what happens, filtered", async (t) => {
  const { socketPath, agent } = await serve(t);
  const lines = await readStream(socketPath, "/v1/events?service=shop", {
    wanted: 1,
    onOpen: () => {
      agent.say({ code: "node.up", node: web1, incarnation: 2 });
      agent.say({ code: "service.moved", service: shop, epoch: 8, from: web2, to: web1 });
    },
  });
  assert.equal((JSON.parse(lines[0] ?? "") as EventDocument).code, "service.moved");
  await waitFor(() => agent.eventListeners.size === 1);
});

test("a stream of events resumes after the last event that was seen", async (t) => {
  const { socketPath } = await serve(t);
  const lines = await readStream(socketPath, "/v1/events", { wanted: 2, lastEventId: "4" });
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as EventDocument).sequence),
    [5, 6],
  );
  const answer = await ask(socketPath, "/v1/events", {
    headers: { accept: "text/event-stream", "last-event-id": "x" },
  });
  assert.equal(answer.status, 400);
});

test("a stream of changes starts with the status and tells what is asked for", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const lines = await readStream(socketPath, "/v1/changes?service=shop", {
    wanted: 2,
    onOpen: () => agent.show(TAKEN_OVER),
  });
  const [status, change] = lines.map((line) => JSON.parse(line) as unknown);
  assert.equal((status as StatusDocument).services["shop"]?.holder, "web1");
  assert.deepEqual(change, {
    kind: "service",
    name: "shop",
    value: (JSON.parse((await ask(socketPath, "/v1/status")).body) as StatusDocument).services["shop"],
  });
  await waitFor(() => agent.viewListeners.size === 0);
});

test("a change of round trips alone is told to nobody who did not ask", async (t) => {
  const { socketPath, agent } = await serve(t, new MemoryAgent(ALL_WELL));
  const faster = { ...ALL_WELL, nodes: ALL_WELL.nodes.map((node) => ({ ...node, networks: [] })) };
  const lines = await readStream(socketPath, "/v1/changes", {
    wanted: 2,
    onOpen: () => {
      agent.show({
        ...ALL_WELL,
        nodes: ALL_WELL.nodes.map((node) => ({
          ...node,
          networks: node.networks.map((network) => ({ ...network, roundTripUs: 999 })),
        })),
      });
      setTimeout(() => agent.show({ ...faster, paused: true, nodes: ALL_WELL.nodes }), 60);
    },
  });
  assert.equal((JSON.parse(lines[1] ?? "") as { kind: string }).kind, "cluster");
});

test("a reader that does not read is cut off instead of filling the agent's memory", async (t) => {
  const { socketPath, agent } = await serve(t);
  const socket = createConnection(socketPath);
  t.after(() => socket.destroy());
  socket.write("GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
  await waitFor(() => agent.eventListeners.size === 2);
  const address = "x".repeat(10_000);
  const enough = (4 * STREAM_BYTES_MAX) / address.length;
  for (let count = 0; count < enough; count += 1)
    agent.say({ code: "address.stray-removed", address, interface: "eth0" });
  await waitFor(() => agent.eventListeners.size === 1);
});

test("streams are limited, and the limit leaves room for questions", async (t) => {
  const { socketPath } = await serve(t);
  const sockets = Array.from({ length: 96 }, () => createConnection(socketPath));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  for (const socket of sockets) {
    socket.write("GET /v1/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
    await once(socket, "data");
  }
  const refused = await ask(socketPath, "/v1/changes", { headers: { accept: "text/event-stream" } });
  assert.equal((JSON.parse(refused.body) as ProblemDocument).code, "too-many-streams");
  assert.equal((await ask(socketPath, "/v1/status")).status, 200);
});

test("a socket that a dead agent left is replaced; a living one and other files are not", async (t) => {
  const { socketPath, agent, close } = await serve(t);
  const start = (path: string) => startApiServer({ socketPath: path, port: agent, onError: () => {} });
  const codeOf = (code: string) => (error: unknown) => error instanceof LocumError && error.failure.code === code;
  assert.equal((await stat(socketPath)).mode & 0o777, 0o660);
  await assert.rejects(start(socketPath), codeOf("socket-in-use"));
  const file = join(dirname(socketPath), "file");
  await writeFile(file, "");
  await assert.rejects(start(file), codeOf("socket-path-taken"));
  await assert.rejects(start("/proc/locum/agent.sock"), codeOf("socket-failed"));
  await close();
});

/** Waits for a state that comes with the next turns of the event loop. */
async function waitFor(holds: () => boolean): Promise<void> {
  const until = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < until, "it came to hold within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
