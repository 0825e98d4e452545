import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import {
  type ExitAction,
  type HealthProbe,
  type KeptRun,
  type ProbedProgram,
  type ProgramConfig,
  type ProgramExit,
  type ProgramHealth,
  type ProgramInput,
  programName,
  type ProgramRole,
  type ProgramSaying,
  type ReadyCheck,
  type TroubleAction,
} from "../../model/program.js";
import { HOST_PROTOCOL, type HostOrder, type HostReport } from "./program-protocol.js";

/*
 * A host and an agent that find each other after an upgrade are of different builds, and take each other's words as they come.
 * Whoever changes these words makes another version of them: hosts of the one before then end their programs in order. The
 * types below see to it that nothing is added without being here.
 */

/** The words of each version, by what follows. */
const VERSIONS: Readonly<Record<number, string>> = {
  1: "345dfe835255a817",
  2: "9c88cf446b6c24c1",
  3: "9674f51d86d63acb",
  4: "6224a75aba324bba",
  5: "5e6b3ecbfc4d7c3d",
  6: "60e3af0d244f8849",
};

const CONFIG: Required<ProgramConfig> = {
  name: programName("db"),
  source: { kind: "command", command: ["/usr/bin/db"] },
  standby: true,
  ready: { kind: "probe", probe: { kind: "tcp", host: "127.0.0.1", port: 1 }, timeout: seconds(1) },
  caughtUp: { probe: { kind: "exec", command: ["/usr/bin/follows"] }, interval: seconds(1), timeout: seconds(1) },
  health: {
    probe: { kind: "exec", command: ["/usr/bin/check"] },
    interval: seconds(1),
    timeout: seconds(1),
    fail: 1,
    slow: seconds(1),
  },
  watchdog: seconds(1),
  monitor: { interval: seconds(1), timeout: seconds(1), fail: 1, slow: seconds(1) },
  stop: { signal: "SIGTERM", timeout: seconds(5), isUsual: true },
  restart: {
    delays: [seconds(1)],
    within: seconds(60),
    reset: seconds(600),
    exits: { "*": "restart" },
    exhausted: { kind: "retry", every: seconds(1) },
  },
  onFail: "restart",
  onTrouble: "restart",
  after: [programName("disk")],
  roleCommand: ["/usr/bin/role"],
  awaitsRole: true,
  roleTimeout: seconds(1),
  copies: 2,
  settings: { user: "db", directory: "/", environment: { A: "b" }, memoryMax: 1, cpuMax: 1 },
};

const START = { run: 1, service: serviceName("shop"), config: CONFIG, role: "holder" } as const;
const OF = { service: serviceName("shop"), program: programName("db") };
const LEFT = { run: -1, ...OF };

/** How long ago a host ended is the word of the agent that saw it. */
const FACTS: {
  readonly [Kind in ProgramInput["kind"]]: Required<Omit<Extract<ProgramInput, { readonly kind: Kind }>, "ago">>;
} = {
  "program-started": { kind: "program-started", run: 1, pid: 2 },
  "program-not-started": { kind: "program-not-started", run: 1, problem: "" },
  "program-ready": { kind: "program-ready", run: 1 },
  "program-said": { kind: "program-said", run: 1, saying: { kind: "status", text: "" } },
  "program-judged": { kind: "program-judged", run: 1, health: "slow", problem: "", by: "watchdog" },
  "program-caught-up": { kind: "program-caught-up", run: 1, problem: "" },
  "program-exited": { kind: "program-exited", run: 1, exit: { kind: "status", status: 0 } },
  "program-gone": { kind: "program-gone", run: 1 },
  "role-told": { kind: "role-told", run: 1, role: "holder", problem: "" },
  "program-host-lost": { kind: "program-host-lost", left: [LEFT], until: 1 },
  "no-programs-left": { kind: "no-programs-left" },
  "program-probed": { kind: "program-probed", probe: 1, ...OF, answer: { kind: "unknown", problem: "" } },
};

const KEPT: Required<KeptRun> = {
  start: START,
  age: seconds(1),
  readyFor: seconds(1),
  endedFor: seconds(1),
  role: "holder",
  owesRole: true,
  wasTold: true,
  ending: "stopping",
  plan: { next: { kind: "move", usedUp: 0 }, problem: "" },
  facts: [],
};

const ORDERS: { readonly [Kind in HostOrder["kind"]]: Required<Extract<HostOrder, { readonly kind: Kind }>> } = {
  "start-program": { kind: "start-program", start: START },
  "stop-program": { kind: "stop-program", run: 1 },
  "kill-program": { kind: "kill-program", run: 1 },
  "tell-role": { kind: "tell-role", run: 1, role: "standby" },
  "watch-program": { kind: "watch-program", run: 1, config: CONFIG },
  "plan-program": { kind: "plan-program", run: 1, plan: KEPT.plan },
  "probe-program": { kind: "probe-program", probe: { probe: 1, service: OF.service, config: CONFIG } },
  "end-stray": { kind: "end-stray", start: START, isPromoted: true },
  hello: { kind: "hello", protocol: 0, agent: 1 },
  keep: { kind: "keep", isKeeping: true },
  "end-in-order": { kind: "end-in-order" },
  "doors-opened": { kind: "doors-opened" },
  ping: { kind: "ping" },
  end: { kind: "end" },
};

type Answer = Exclude<HostReport, ProgramInput>;

const ANSWERS: { readonly [Kind in Answer["kind"]]: Required<Extract<Answer, { readonly kind: Kind }>> } = {
  ready: { kind: "ready", pid: 1, shortcoming: "", left: [LEFT] },
  kept: { kind: "kept", pid: 1, shortcoming: "", runs: [KEPT], ended: [KEPT], left: [LEFT], lastRun: 1 },
  "other-protocol": { kind: "other-protocol", protocol: 0 },
  "not-keeping": { kind: "not-keeping", problem: "" },
  alive: { kind: "alive" },
};

type Kinds<Union extends { readonly kind: string }> = {
  readonly [Kind in Union["kind"]]: Required<Extract<Union, { readonly kind: Kind }>>;
};

/** What is one of several within those words. */
const SOURCES: Kinds<ProgramConfig["source"]> = {
  command: { kind: "command", command: [""] },
  unit: { kind: "unit", unit: "" },
  ocf: { kind: "ocf", provider: "", type: "", parameters: { a: "" } },
};
const PROBES: Kinds<HealthProbe> = {
  tcp: { kind: "tcp", host: "", port: 1 },
  http: { kind: "http", url: "" },
  exec: { kind: "exec", command: [""] },
};
const READY: Kinds<ReadyCheck> = {
  notify: { kind: "notify", timeout: seconds(1) },
  probe: { kind: "probe", probe: PROBES.tcp, timeout: seconds(1) },
  started: { kind: "started", timeout: seconds(1) },
};
const EXHAUSTED: Kinds<ProgramConfig["restart"]["exhausted"]> = {
  move: { kind: "move" },
  stop: { kind: "stop" },
  retry: { kind: "retry", every: seconds(1) },
};
const EXITS: Kinds<ProgramExit> = {
  status: { kind: "status", status: 1 },
  signal: { kind: "signal", signal: "" },
  "out-of-memory": { kind: "out-of-memory" },
  "not-running": { kind: "not-running" },
};
const SAYINGS: Kinds<ProgramSaying> = {
  status: { kind: "status", text: "" },
  reloading: { kind: "reloading" },
  stopping: { kind: "stopping" },
  extending: { kind: "extending", by: seconds(1), isAdvised: true },
  well: { kind: "well" },
  trouble: { kind: "trouble", text: "" },
};
const PROBED: Kinds<ProbedProgram> = {
  runs: { kind: "runs", isPromoted: true },
  "not-running": { kind: "not-running" },
  unusable: { kind: "unusable", problem: "" },
  unknown: { kind: "unknown", problem: "" },
};
/** Words that stand for themselves. */
const PLAIN: readonly [
  { readonly [Word in TroubleAction]: true },
  { readonly [Word in ExitAction]: true },
  { readonly [Word in ProgramRole]: true },
  { readonly [Word in ProgramHealth]: true },
  { readonly [Word in NonNullable<KeptRun["ending"]>]: true },
] = [
  { nothing: true, restart: true, move: true },
  { restart: true, move: true, stop: true },
  { holder: true, standby: true },
  { healthy: true, slow: true, failing: true },
  { stopping: true, killing: true },
];

test("what agent and host say to each other is as their version says", () => {
  const words = JSON.stringify([
    FACTS,
    ORDERS,
    ANSWERS,
    SOURCES,
    PROBES,
    READY,
    EXHAUSTED,
    EXITS,
    SAYINGS,
    PROBED,
    PLAIN,
  ]);
  const hash = createHash("sha256").update(words).digest("hex").slice(0, 16);
  const advice = `they have changed: raise HOST_PROTOCOL, and add ${hash} under its number to VERSIONS`;
  assert.equal(hash, VERSIONS[HOST_PROTOCOL], advice);
  assert.equal(Object.keys(VERSIONS).length, HOST_PROTOCOL, "no version is used twice");
});

test("what every version understands never changes", () => {
  assert.equal(JSON.stringify(ORDERS.hello), '{"kind":"hello","protocol":0,"agent":1}');
  assert.equal(JSON.stringify(ANSWERS["other-protocol"]), '{"kind":"other-protocol","protocol":0}');
});
