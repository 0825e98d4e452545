import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import { networkName } from "../names.js";
import type { HandoverCause } from "../heartbeat.js";
import type { MoveReason } from "../node-state.js";
import type { Finding, Note } from "../note.js";
import { ruleName } from "../rule.js";
import type { UnfitReason } from "../unfit-reasons.js";
import {
  active,
  begins,
  claimed,
  db,
  down,
  events,
  isoOf,
  type Moment,
  moved,
  outages,
  served,
  service,
  unserved,
  web1,
  web2,
  web3,
} from "../../../test/support/told-history.js";
import { historyDocument } from "./history-document.js";
import { serviceHistories } from "./outages.js";

test("an outage begins with the silence of a node, and ends when all of the service is there again", () => {
  assert.deepEqual(outages([10, moved()], [1_100, down], [1_101, claimed], [1_104, active()]), [
    "1000-1104 web1>web2 node-down: web1 fell silent",
  ]);
});

test("whoever only looks on sees the same, to when the next one says that it has it", () => {
  assert.deepEqual(outages([10, moved()], [1_100, down], [1_110, moved(web3, web1)]), [
    "1000-1110 web1>web3 node-down: web1 fell silent",
  ]);
  assert.deepEqual(
    outages([10, moved()], [1_100, down], [1_110, moved(web3, web1)], [1_111, begins(web3)], [1_500, served(web3)]),
    ["1000-1500 web1>web3 node-down: web1 fell silent"],
    "programs that it must start first belong to the outage",
  );
  assert.deepEqual(
    outages([10, moved()], [1_100, down], [1_109, begins(web3)], [1_110, moved(web3, web1)], [1_500, served(web3)]),
    ["1000-1500 web1>web3 node-down: web1 fell silent"],
    "whichever is heard first",
  );
});

test("what a node has served whole is not served from when it says so, however it came to have it", () => {
  const story: readonly Moment[] = [
    [10, moved()],
    [1_100, down],
    [1_110, moved(web3, web1)],
  ];
  const first = "1000-1110 web1>web3 node-down: web1 fell silent";
  assert.deepEqual(
    outages(...story, [8_000, unserved("failed", web3)], [8_100, served(web3)]),
    [first, "8000-8100 web3>web3 program-failed: a program of it was down on web3"],
    "its programs ran already when it took it",
  );
  const again: Note = { code: "service.returned", service, epoch: 3, to: web3 };
  const operator: MoveReason = { kind: "operator", from: web3 };
  assert.deepEqual(
    outages(
      ...story,
      [3_000, again],
      [8_000, unserved("stopping", web3)],
      [8_300, moved(web1, web3)],
      [8_300, begins(web1, operator)],
      [8_700, served(web1)],
    ),
    [first, "8000-8700 web3>web1 operator: an operator moved it away from web3"],
  );
});

test("a service that begins was not served before", () => {
  const start: MoveReason = { kind: "cluster-start" };
  assert.deepEqual(outages([10, moved()], [11, begins(web1, start)], [400, served()]), []);
  assert.deepEqual(outages([10, begins(web1, start)], [11, moved()], [400, served()]), []);
  assert.deepEqual(
    outages(
      [10, moved()],
      [500, moved(web3, web1)],
      [501, begins(web3, { kind: "operator", from: web1 })],
      [900, served(web3)],
    ),
    ["500-900 web1>web3 operator: an operator moved it away from web1"],
    "that the one before had ended it was not heard",
  );
});

test("a planned move without a gap is none, one with programs that run on one node only is", () => {
  assert.deepEqual(outages([10, moved()], [1_000, claimed], [1_003, active()]), []);
  const drained: Note = {
    code: "service.claimed",
    service,
    epoch: 2,
    reason: { kind: "holder-drained", from: web1 },
  };
  assert.deepEqual(outages([10, moved()], [1_000, unserved("stopping")], [1_200, drained], [1_500, active()]), [
    "1000-1500 web1>web2 operator: web1 was drained",
  ]);
  const by = (reason: MoveReason): readonly string[] =>
    outages([10, moved()], [1_000, unserved("stopping")], [1_200, { ...drained, reason }], [1_500, active()]);
  assert.deepEqual(by({ kind: "holder-drained", from: web1, by: ruleName("hot") }), [
    "1000-1500 web1>web2 rule: web1 was drained by the rule hot",
  ]);
  assert.deepEqual(by({ kind: "rule", from: web1, by: ruleName("hot") }), [
    "1000-1500 web1>web2 rule: the rule hot moved it away from web1",
  ]);
  assert.deepEqual(by({ kind: "program", from: web1 }), [
    "1000-1500 web1>web2 program-asked: one of its programs asked for a move away from web1",
  ]);
});

test("what moves for other services, or back to the preferred node, nobody ordered, whichever node is asked", () => {
  const taken = (reason: MoveReason): readonly string[] =>
    outages(
      [10, moved()],
      [1_000, unserved("stopping")],
      [1_200, { code: "service.claimed", service, epoch: 2, reason }],
      [1_500, active()],
    );
  const given = (cause: HandoverCause): readonly string[] =>
    outages(
      [10, active()],
      [1_000, { code: "service.closing", service, epoch: 2, to: web1, why: { kind: "handed-over", to: web1, cause } }],
      [1_500, moved(web1, web2)],
    );
  const full = { code: "no-room", detail: "1 of 1 slots" } as const;
  const ended = { code: "program-failed", detail: "db" } as const;
  assert.deepEqual(taken({ kind: "placement", from: web1, reasons: [full] }), [
    "1000-1500 web1>web2 node-unfit: other services keep it from web1: it has no room (1 of 1 slots)",
  ]);
  assert.deepEqual(given("placement"), [
    "1000-1500 web2>web1 node-unfit: web2 let go of it: other services have it go to web1",
  ]);
  assert.deepEqual(taken({ kind: "failback", from: web1 }), [
    "1000-1500 web1>web2 failback: web2 is preferred to web1 and was fit again",
  ]);
  assert.deepEqual(given("failback"), ["1000-1500 web2>web1 failback: web2 let go of it: web1 is preferred"]);
  assert.match(taken({ kind: "vacant", from: web1, reasons: [full] }).join(), /node-unfit: no node held it, and web1/);
  assert.match(taken({ kind: "vacant", from: web1, reasons: [ended] }).join(), /program-failed: no node held it/);
  assert.match(taken({ kind: "vacant", reasons: [] }).join(), /let-go: no node held it/);
});

test("a node that was drained and let go has its drain as the cause, unless something failed as well", () => {
  const taken = (...reasons: readonly UnfitReason[]): string =>
    outages(
      [10, moved()],
      [1_000, unserved("stopping")],
      [1_200, { code: "service.claimed", service, epoch: 2, reason: { kind: "vacant", from: web1, reasons } }],
      [1_500, active()],
    ).join();
  assert.match(taken({ code: "drained" }), /web2 operator: /);
  assert.match(taken({ code: "drained", detail: "hot" }), /web2 rule: /);
  assert.match(taken({ code: "drained" }, { code: "link-down", detail: "eth0" }), /web2 node-unfit: /);
});

test("a crash, a program, an operator, a rule, and who left", () => {
  assert.deepEqual(outages([10, moved()], [500, { code: "node.crashed", node: web1 }], [520, active()]), [
    "500-520 web1>web2 node-crashed: the agent on web1 died",
  ]);
  assert.deepEqual(outages([10, moved()], [500, { code: "node.left", node: web1 }]), [
    "500-9000 lasting web1>? node-left: web1 left in order",
  ]);
  const exited: Note = {
    code: "program.exited",
    ...db,
    exit: { kind: "signal", signal: "SIGKILL" },
    ranFor: milliseconds(400),
    next: { kind: "start-again" },
  };
  assert.deepEqual(outages([10, active()], [500, exited], [500, unserved("starting", web2)], [540, served(web2)]), [
    "500-540 web2>web2 program-failed: db ended: killed by SIGKILL (by an administrator, or the kernel had no memory left)",
  ]);
  const halted = (by?: ReturnType<typeof ruleName>): Note => ({
    code: "service.halted",
    service,
    ...(by === undefined ? {} : { by }),
  });
  const resumed: Note = { code: "service.resumed", service };
  const back: Note = { code: "service.returned", service, epoch: 2, to: web1 };
  assert.deepEqual(outages([10, moved()], [500, halted()], [700, resumed], [710, back]), [
    "500-710 web1>web1 operator: an operator stopped it",
  ]);
  assert.deepEqual(outages([10, moved()], [500, halted(ruleName("flood"))]), [
    "500-9000 lasting web1>? rule: the rule flood stopped it",
  ]);
});

test("a restart of its programs is one by order, whether by command or by a changed file, and whatever comes of it", () => {
  const stopping = (why: "order" | "changed"): Note => ({
    code: "program.stopping",
    ...db,
    why,
    next: { kind: "start-again" },
  });
  const restarted = (why: "order" | "changed"): readonly string[] =>
    outages([10, active()], [500, stopping(why)], [500, unserved("starting", web2)], [540, served(web2)]);
  assert.deepEqual(restarted("order"), ["500-540 web2>web2 operator: an operator restarted db"]);
  assert.deepEqual(restarted("changed"), [
    "500-540 web2>web2 operator: db was restarted, since the cluster file changed it",
  ]);
});

test("what could not be ended where it was to be let go of is why nobody served, and not what was done about it", () => {
  const stuck: Note = { code: "finding.raised", finding: { kind: "program-stuck", node: web1, ...db } };
  const claimed: Note = { code: "service.claimed", service, epoch: 2, reason: { kind: "holder-fenced", from: web1 } };
  assert.deepEqual(
    outages([10, moved()], [500, unserved("stopping", web1)], [900, stuck], [4_000, claimed], [4_040, active(2)]),
    ["500-4040 web1>web2 program-failed: db could not be ended on web1"],
  );
});

test("of a restart by order on another node, that node's word says so", () => {
  const ordered: Note = {
    code: "service.unserved",
    service,
    node: web1,
    epoch: 1,
    condition: "starting",
    byOrder: true,
  };
  assert.deepEqual(outages([10, moved()], [500, ordered], [540, served(web1)]), [
    "500-540 web1>web1 operator: an operator had a program of it restarted or changed on web1",
  ]);
});

test("the holder's own record says why it let go, and nothing where another served already", () => {
  const released = (why: (Note & { readonly code: "service.released" })["why"]): Note => ({
    code: "service.released",
    service,
    epoch: 2,
    why,
  });
  const unfit = released({ kind: "unfit", reasons: [{ code: "program-failed", detail: "db" }] });
  assert.deepEqual(outages([10, active()], [500, unfit], [600, moved(web1, web2)]), [
    "500-600 web2>web1 program-failed: web2 let go of it: db was down or in trouble on it",
  ]);
  const outranked = released({ kind: "outranked", by: web1, epoch: 3 });
  assert.deepEqual(outages([10, active()], [500, outranked], [500, moved(web1, web2)]), []);
});

test("what happened while the agent did not run, or was cut off, is not known and counts neither way", () => {
  const started: Note = { code: "agent.started", incarnation: 2, adopted: [] };
  assert.deepEqual(outages([10, moved()], [1_100, down], [1_200, { code: "agent.stopped" }], [5_000, started]), [
    "1000-1200 lost web1>? node-down: web1 fell silent",
  ]);
  const { services } = historyDocument({
    node: web2,
    events: events([
      [0, moved()],
      [1_000, { code: "agent.stopped" }],
      [5_000, started],
      [5_000, moved()],
    ]),
    nowMs: 6_000,
    isoOf,
    sinceMs: undefined,
    service: undefined,
  });
  assert.deepEqual(services["shop"], {
    availability: 1,
    knownMs: 2_000,
    outages: 0,
    downMs: 0,
    orderedMs: 0,
    longestMs: 0,
  });
  const cutOff: Note = { code: "finding.raised", finding: { kind: "cut-off", unplugged: [], unanswered: [] } };
  assert.deepEqual(outages([10, moved()], [1_100, down], [1_300, cutOff], [4_000, moved()]), [
    "1000-1300 lost web1>? node-down: web1 fell silent",
  ]);
});

const raised = (finding: Finding, lasted?: number): Note => ({
  code: "finding.raised",
  finding,
  ...(lasted === undefined ? {} : { lasted: milliseconds(lasted) }),
});
const cleared = (finding: Finding): Note => ({ code: "finding.cleared", finding });
const unfit = (node = web1): Finding => ({
  kind: "holder-unfit",
  node,
  reasons: [{ code: "link-down", detail: "eth0" }],
  services: [service],
});
const unplaced: Finding = { kind: "service-unplaced", service };
const networkDown: Finding = { kind: "network-down", network: networkName("front"), services: [service] };

test("a holder that its clients do not reach serves nobody, from when it was so", () => {
  assert.deepEqual(outages([10, moved()], [1_200, raised(unfit(), 200)], [3_000, cleared(unfit())]), [
    "1000-3000 web1>web1 node-unfit: web1 held it and was unfit: its interface eth0 has no link",
  ]);
  assert.deepEqual(outages([10, moved()], [1_200, raised(unfit(), 200)], [3_000, moved(web3, web1)]), [
    "1000-3000 web1>web3 node-unfit: web1 held it and was unfit: its interface eth0 has no link",
  ]);
  assert.deepEqual(outages([10, moved(web3)], [1_200, raised(unfit(), 200)]), [], "another one serves it");
  const failing = { ...unfit(), reasons: [{ code: "program-failed", detail: "db" }] } as const;
  assert.deepEqual(outages([10, moved()], [1_200, raised(failing, 200)]), [], "of programs it says more itself");
});

test("a holder that is unfit for another reason meanwhile serves nobody until that is over, or it is one that clients do not feel", () => {
  const full = { ...unfit(), reasons: [{ code: "interface-missing", detail: "eth0" }] } as const;
  const failing = { ...unfit(), reasons: [{ code: "program-failed", detail: "db" }] } as const;
  const changed = (finding: Finding, before: Finding): Note => ({ code: "finding.changed", finding, before });
  const story: readonly Moment[] = [
    [10, moved()],
    [1_200, raised(unfit(), 200)],
    [2_000, changed(full, unfit())],
  ];
  const cause = "node-unfit: web1 held it and was unfit: its interface eth0 has no link";
  assert.deepEqual(outages(...story, [3_000, cleared(full)]), [`1000-3000 web1>web1 ${cause}`]);
  assert.deepEqual(outages(...story, [3_000, changed(failing, full)]), [`1000-3000 web1>web1 ${cause}`]);
});

test("who takes back what all nodes lost does not serve it", () => {
  const released: Note = { code: "service.released", service, epoch: 2, why: { kind: "unfit", reasons: [] } };
  const story: readonly Moment[] = [
    [10, active()],
    [1_000, released],
    [1_003, active(3)],
  ];
  assert.deepEqual(outages(...story, [1_200, raised(unfit(web2), 200)], [5_000, cleared(unfit(web2))]), [
    "1000-5000 web2>web2 node-unfit: web2 let go of it: it cannot hold it any longer",
  ]);
});

test("a network of clients that is down for all, and what comes and goes meanwhile", () => {
  assert.deepEqual(outages([10, moved()], [1_200, raised(networkDown, 200)], [3_000, cleared(networkDown)]), [
    "1000-3000 web1>web1 network-down: network front was down for all nodes",
  ]);
  const story: readonly Moment[] = [
    [10, moved()],
    [1_200, raised(networkDown, 200)],
    [1_300, raised(unfit(), 200)],
  ];
  const network = "network-down: network front was down for all nodes";
  assert.deepEqual(
    outages(...story, [2_000, moved(web2, web1)], [3_000, cleared(networkDown)], [4_000, cleared(unfit())]),
    [`1000-3000 web1>web2 ${network}`],
    "whoever takes it serves nobody either; what the former holder lacks is of no account",
  );
  assert.deepEqual(
    outages(...story, [3_000, cleared(networkDown)], [4_000, cleared(unfit())]),
    [`1000-4000 web1>web1 ${network}`],
    "all that hinders it must be gone",
  );
  assert.deepEqual(
    outages(...story, [3_000, down], [4_000, cleared(networkDown)], [4_001, cleared(unfit())]),
    [`1000-9000 lasting web1>? ${network}`],
    "its node failed meanwhile",
  );
});

test("what another node let go is known by nobody being able to hold it", () => {
  const released: Note = { code: "service.released", service, epoch: 2, why: { kind: "unfit", reasons: [] } };
  const story: readonly Moment[] = [
    [10, active()],
    [1_000, released],
    [1_006, moved(web1, web2)],
  ];
  const back: Note = { code: "service.returned", service, epoch: 4, to: web2 };
  assert.deepEqual(outages(...story, [1_400, raised(unplaced, 200)], [9_000, cleared(unplaced)], [9_000, back]), [
    "1000-1006 web2>web1 node-unfit: web2 let go of it: it cannot hold it any longer",
    "1200-9000 web1>web2 node-unfit: no node could hold it",
  ]);
  assert.deepEqual(outages(...story, [1_211, raised(unplaced, 200)], [8_000, back]), [
    "1000-8000 web2>web2 node-unfit: web2 let go of it: it cannot hold it any longer",
  ]);
  const waiting: Finding = { kind: "service-waiting", cause: "no-room", services: [service] };
  assert.deepEqual(outages([5_200, raised(waiting, 200)], [6_000, active()]), [
    "5000-6000 ?>web2 node-unfit: it waited for other services",
  ]);
  assert.deepEqual(outages([5_200, raised({ ...waiting, cause: "paused" }, 200)], [6_000, active()]), [
    "5000-6000 ?>web2 node-unfit: it waited for the end of a pause",
  ]);
});

test("what was found wrong tells nothing while the node is cut off, and ends with the agent's run", () => {
  const cutOff: Finding = { kind: "cut-off", unplugged: [], unanswered: [] };
  const began: readonly Moment[] = [
    [10, moved()],
    [1_000, raised(cutOff)],
    [1_200, raised(unfit(), 200)],
  ];
  assert.deepEqual(outages(...began), []);
  assert.deepEqual(outages(...began, [2_000, cleared(cutOff)], [2_001, moved()], [3_000, cleared(unfit())]), [
    "2001-3000 ?>web1 node-unfit: web1 held it and was unfit: its interface eth0 has no link",
  ]);
  const started: Note = { code: "agent.started", incarnation: 2, adopted: [] };
  assert.deepEqual(outages([10, moved()], [1_200, raised(unfit(), 200)], [2_000, started], [2_100, moved()]), [
    "1000-1200 lost web1>? node-unfit: web1 held it and was unfit: its interface eth0 has no link",
  ]);
});

test("in a pause, a node that leaves keeps what it has", () => {
  const back: Note = { code: "service.returned", service, epoch: 2, to: web1 };
  const paused: Note = { code: "cluster.paused" };
  assert.deepEqual(outages([10, moved()], [100, paused], [500, { code: "node.left", node: web1 }], [900, back]), []);
});

test("programs that did not outlive their agent in a pause were away since it ended, whatever is heard first", () => {
  const back: Note = { code: "service.returned", service, epoch: 2, to: web1 };
  const began: readonly Moment[] = [
    [10, moved()],
    [100, { code: "cluster.paused" }],
    [500, { code: "node.left", node: web1 }],
  ];
  const expected = [
    "500-8020 web1>web1 node-left: the agent on web1 ended in a pause, and its programs were not running when it was back",
  ];
  assert.deepEqual(outages(...began, [8_001, unserved("starting")], [8_001, back], [8_020, served()]), expected);
  assert.deepEqual(
    outages(...began, [8_000, back], [8_001, unserved("starting")], [8_020, served()]),
    expected,
    "its claim came first",
  );
  assert.deepEqual(outages(...began, [2_000, back], [5_000, unserved("starting")], [5_020, served()]), [
    "5000-5020 web1>web1 program-failed: a program of it was down on web1",
  ]);
  assert.deepEqual(outages(...began, [2_000, back]), [], "they outlived it");
  assert.deepEqual(outages(...began, [2_000, { code: "cluster.unpaused" }], [2_100, moved(web3, web1)]), []);
});

test("in a pause, a node that falls silent or whose agent dies keeps what it has, unless it turns out otherwise", () => {
  const paused: Moment = [100, { code: "cluster.paused" }];
  const back: Note = { code: "service.returned", service, epoch: 2, to: web1 };
  const crashed: Note = { code: "node.crashed", node: web1 };
  const waiting: Finding = { kind: "service-waiting", cause: "paused", services: [service] };
  const fellSilent: readonly Moment[] = [[10, moved()], paused, [600, down]];
  assert.deepEqual(outages(...fellSilent, [4_000, back]), [], "its programs outlived the agent");
  assert.deepEqual(outages([10, moved()], paused, [500, crashed], [4_000, back]), []);
  assert.deepEqual(outages(...fellSilent, [4_000, unserved("starting")], [4_000, back], [4_020, served()]), [
    "500-4020 web1>web1 node-down: the agent on web1 ended in a pause, and its programs were not running when it was back",
  ]);
  assert.deepEqual(
    outages(...fellSilent, [2_000, { code: "cluster.unpaused" }], [2_100, moved(web3, web1)]),
    ["500-2100 web1>web3 node-down: web1 fell silent"],
    "the pause was ended by force, since its machine was off",
  );
  assert.deepEqual(
    outages(...fellSilent, [8_200, raised(waiting, 200)], [8_900, active()]),
    ["500-8900 web1>web2 node-down: web1 fell silent"],
    "its machine came back without it",
  );
  assert.deepEqual(outages([10, active()], paused, [600, down], [700, moved(web3)]), [], "it held nothing");
});

test("what the guard took off a frozen node is not known there from when it froze; the others served it", () => {
  const fenced: Note = { code: "agent.fenced-by-guard" };
  const stalled: Note = { code: "agent.stalled", lateness: milliseconds(3_000) };
  const released: Note = { code: "service.released", service, epoch: 1, why: { kind: "guard" } };
  const taken = moved(web1, web2);
  const once = ["1000-1000 lost web2>? node-crashed: the guard on web2 took it off"];
  assert.deepEqual(outages([10, active()], [4_000, stalled], [4_000, fenced], [4_000, released], [4_014, taken]), once);
  assert.deepEqual(outages([10, active()], [3_990, fenced], [3_990, released], [4_000, stalled], [4_014, taken]), once);
  assert.deepEqual(outages([10, moved()], [4_000, stalled], [4_000, fenced]), [], "it held nothing");
  assert.deepEqual(
    outages([10, active()], [3_000, stalled], [8_000, fenced], [8_014, taken]),
    ["8000-8000 lost web2>? node-crashed: the guard on web2 took it off"],
    "an earlier absence is of no account",
  );
  const [history] = serviceHistories(
    events([
      [10, active()],
      [4_000, stalled],
      [4_000, fenced],
      [4_014, taken],
    ]),
    9_000,
  );
  assert.deepEqual(history?.served, [
    { node: web2, fromMs: 10, untilMs: 1_000 },
    { node: web1, fromMs: 4_014, untilMs: 9_000 },
  ]);
});

test("an agent that is stopped in order is so by order", () => {
  const { services } = historyDocument({
    node: web2,
    events: events([
      [0, moved()],
      [1_000, { code: "node.left", node: web1 }],
      [1_300, active()],
    ]),
    nowMs: 6_000,
    isoOf,
    sinceMs: undefined,
    service: undefined,
  });
  assert.deepEqual([services["shop"]?.downMs, services["shop"]?.orderedMs], [300, 300]);
});

test("the summary counts what lies in the window only", () => {
  const story = events([
    [0, moved()],
    [1_100, down],
    [1_200, active()],
    [4_000, { code: "service.halted", service }],
    [5_000, active(3)],
  ]);
  const document = (sinceMs?: number) =>
    historyDocument({ node: web2, events: story, nowMs: 10_000, isoOf, sinceMs, service: "shop" });
  assert.deepEqual(document().services["shop"], {
    availability: 0.88,
    knownMs: 10_000,
    outages: 2,
    downMs: 1_200,
    orderedMs: 1_000,
    longestMs: 1_000,
  });
  const late = document(4_500);
  assert.deepEqual([late.since, late.outages.length], ["1970-01-01T00:00:04.500Z", 1]);
  assert.deepEqual([late.services["shop"]?.knownMs, late.services["shop"]?.downMs], [5_500, 500]);
  assert.deepEqual(document(99_000).services["shop"]?.availability, null);
});
