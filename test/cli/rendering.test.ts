import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { EventsText } from "../../src/cli/events-text.js";
import { explainLines } from "../../src/cli/explain-text.js";
import { paintFor, plain } from "../../src/cli/paint.js";
import { statusLines } from "../../src/cli/status-text.js";
import { instant, milliseconds, seconds } from "../../src/base/time.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { programName, type ServiceHalt } from "../../src/model/program.js";
import { ruleName } from "../../src/model/rule.js";
import type { NodeView, PathGroupView, ProgramView, ServiceView } from "../../src/model/status.js";
import { serviceDocument, statusDocument } from "../../src/model/status-document.js";
import { eventDocument, type EventDocument } from "../../src/model/status-document-event.js";
import { explainDocument } from "../../src/model/status-document-explain.js";
import { pathGroupLines } from "../../src/cli/path-text.js";
import { pathGroupDocument } from "../../src/model/status-document-path.js";
import { ALL_WELL, MemoryAgent, READ_AT, SWITCHED, TAKEN_OVER, web1, withPaths } from "../api/memory-agent.js";

/** What `explain` is made from besides the service, where nothing else is to be told. */
const QUIET = { outlook: [], paused: false, failback: { kind: "never" }, findings: [], history: [] } as const;

process.env["TZ"] = "UTC";

const status = (view: NodeView, width: number): string => {
  const { clock, program } = new MemoryAgent();
  return statusLines(statusDocument(view, clock, program), { width, paint: plain, now: READ_AT }).join("\n");
};

test("status of a healthy cluster on 80 columns", () => {
  assert.equal(
    status(ALL_WELL, 80),
    `Cluster demo, as web2 sees it (Locum 0.1.0, configuration 01234567)
All is well

  SERVICE  HOLDER  STATE   SINCE                  STANDBY
  shop     web1    active  12:00:01 (3 min 14 s)  web2
           192.168.1.1, because no node held it
  mail     web1    active  12:00:01 (3 min 14 s)  web2
           192.168.1.2, because no node held it

  NODE  STATE  SINCE                  NETWORK a  NETWORK b
  web1  up     12:00:00 (3 min 15 s)  0.21 ms    0.21 ms
  web2  up     12:00:00 (3 min 15 s)  ok         ok`,
  );
});

test("status after a takeover on 120 columns", () => {
  assert.equal(
    status(TAKEN_OVER, 120),
    `Cluster demo, as web2 sees it (Locum 0.1.0, configuration 01234567)
Service mail is not served since 12:00:10 (3 min 5 s)

  SERVICE  HOLDER  STATE    SINCE                 STANDBY  ADDRESSES             WHY
  shop     web2    active   12:00:10 (3 min 4 s)  none     192.168.1.1           web1 fell silent
  mail     none    blocked  12:00:10 (3 min 4 s)  none     192.168.1.2, fd00::2  no node can hold it

  NODE  STATE  SINCE                  NETWORK a  NETWORK b
  web1  down   12:00:10 (3 min 5 s)   silent     silent
  web2  up     12:00:00 (3 min 15 s)  ok         ok

  FINDING  SINCE                 WHAT
  error    12:00:10 (3 min 4 s)  No node can hold mail
                                 Next: Mend on one of its nodes what \`locum explain mail\` names
  warning  12:00:10 (3 min 5 s)  web1 is down
                                 Next: Look at web1's console; if the machine runs, start its agent: \`systemctl start
                                 locum\``,
  );
});

test("on a screen without room for all, what is wrong comes before the tables, in a line each", () => {
  const { clock, program } = new MemoryAgent();
  const document = statusDocument(TAKEN_OVER, clock, program);
  const page = { width: 80, paint: plain, now: READ_AT };
  const first = statusLines(document, page, { findingsFirst: true });
  assert.deepEqual(first.slice(2, 7), [
    "",
    "2 findings (`locum status` has the next steps):",
    "  error    No node can hold mail",
    "  warning  web1 is down",
    "",
  ]);
  assert.deepEqual(first.slice(6), statusLines(document, page).slice(2, 2 + first.length - 6), "the tables follow");
  const [finding] = document.findings;
  assert.ok(finding !== undefined);
  const many = Array.from({ length: 20 }, () => ({ ...finding, text: "shop ".repeat(40) }));
  const folded = statusLines({ ...document, findings: many }, page, { findingsFirst: true });
  const end = folded.findIndex((line) => line.includes("SERVICE"));
  assert.ok(end < 12 && folded.every((line) => line.length <= 80), `${end}`);
  assert.match(folded.slice(0, end).join("\n"), /^20 findings .*…\n {2}and 15 more\n$/ms);
  const hostile = { ...finding, text: "db is in trouble: \u001B[8m\u202Eabc" };
  const shown = statusLines({ ...document, findings: [hostile] }, page, { findingsFirst: true }).join("\n");
  assert.match(shown, /in trouble: \?\[8m\?abc/, "what a program says is nothing that a terminal obeys");
});

test("what may not be so any more has no line that says that all is well", () => {
  const { clock, program } = new MemoryAgent();
  const document = statusDocument(ALL_WELL, clock, program);
  const page = { width: 80, paint: plain, now: READ_AT };
  const outdated = "No agent answers";
  const lines = statusLines(document, page, { findingsFirst: false, outdated });
  assert.deepEqual([statusLines(document, page)[1], lines[1]], ["All is well", outdated]);
  assert.ok(!lines.includes("All is well"));
});

test("how a program ended, and what it says, stand below it where there is no room beside it", () => {
  const [shop, ...others] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const lastExit = { kind: "status", status: 1 } as const;
  const db = { program: programName("db"), node: web1, state: "ready", role: "holder", since: shop.since } as const;
  const programs = [
    { ...db, restarts: 1, lastExit, words: "ready for connections" },
    { ...db, program: programName("web"), restarts: 0 },
  ];
  const text = status({ ...ALL_WELL, services: [{ ...shop, programs }, ...others] }, 80);
  assert.match(text, / {2}shop\/db .*\n {4}last end: .*status 1.*; says: ready for connections\n {2}shop\/web .*\n\n/);
});

test("what has no room beside its row stands below it, however wide the page is", () => {
  const [shop, ...others] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const lastExit = { kind: "signal", signal: "SIGSEGV" } as const;
  const db = { program: programName("postgresql"), node: web1, state: "ready", since: shop.since } as const;
  const programs = [{ ...db, role: "holder", restarts: 1, lastExit, words: "ready for connections" } as const];
  const addresses = ["2001:db8:1111:2222:3333:4444:5555:6666/64", "2001:db8:1111:2222:3333:4444:5555:7777/64"];
  const view = { ...ALL_WELL, services: [{ ...shop, programs, addresses }, ...others] };
  for (const width of [110, 130, 149]) {
    const lines = status(view, width).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > width),
      [],
    );
  }
  assert.match(status(view, 110), /\n {4}last end: .*SIGSEGV.*; says: ready for connections\n/);
  assert.match(status(view, 400), /LAST EXIT {2,}SAYS/);
});

test("of a program that is down, the status says when it is tried again, at any width", () => {
  const [shop, ...others] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const retryAt = instant(shop.since + seconds(240));
  const db = { program: programName("db"), node: web1, state: "failed", since: shop.since, retryAt } as const;
  const programs = [{ ...db, role: "holder", restarts: 3, words: "it ended" } as const];
  for (const width of [80, 200]) {
    assert.match(
      status({ ...ALL_WELL, services: [{ ...shop, programs }, ...others] }, width),
      /it ended; tried again at 12:04:01/,
    );
  }
});

test("what runs on the holder only has no role where it is down, and one of a standby has", () => {
  const [shop, ...others] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const down = { program: programName("db"), node: nodeName("web2"), state: "stopped", since: shop.since } as const;
  const roleOf = (program: Partial<ProgramView>): string | undefined => {
    const programs = [{ ...down, role: "holder", restarts: 1, ...program } as const];
    const text = status({ ...ALL_WELL, services: [{ ...shop, programs }, ...others] }, 100);
    return /shop\/db +web\d +(\S+)/.exec(text)?.[1];
  };
  assert.equal(roleOf({}), "-");
  assert.equal(roleOf({ role: "standby" }), "standby");
  assert.equal(roleOf({ node: web1 }), "holder");
  assert.equal(roleOf({ state: "stopping" }), "holder");
});

test("no line is wider than its terminal, which would write what is beyond over its last column; and nothing is lost", () => {
  const [shop, ...others] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const db = { program: programName("postgresql"), node: web1, state: "ready", since: shop.since } as const;
  const programs = [{ ...db, role: "holder", restarts: 1190, lastExit: { kind: "status", status: 78 } } as const];
  const view = withPaths({ ...TAKEN_OVER, services: [{ ...shop, programs }, ...others] });
  const words = (text: string): readonly string[] => text.split("\n").slice(1).join(" ").split(/\s+/);
  const { clock, program } = new MemoryAgent();
  const painted = paintFor({ isTTY: true }, { TERM: "xterm" });
  for (let width = 40; width <= 200; width++) {
    const text = status(view, width);
    assert.deepEqual(
      text.split("\n").filter((line) => line.length > width),
      [],
      `at ${width} columns`,
    );
    if (width < 110) assert.deepEqual(words(text), words(status(view, 109)), `at ${width} columns`);
    const colours = statusLines(statusDocument(view, clock, program), { width, paint: painted, now: READ_AT });
    assert.equal(stripVTControlCharacters(colours.join("\n")), text);
  }
});

test("path groups in the status, where there are any", () => {
  const tail = (width: number): string => status(withPaths(ALL_WELL), width).split("\n\n").at(-1) ?? "";
  assert.equal(
    tail(120),
    `  PATHS    NODE  ON     STATE     SINCE                  PRIMARY       SECONDARY          WHY
  mether0  web1  eth0   sound     12:00:00 (3 min 15 s)  eth0 unknown  bond1 unknown      it is the primary path
  mether0  web2  bond1  degraded  12:00:10 (3 min 5 s)   eth0 failed   bond1 healthy 3/4  the other interface lost its
                                                                                          carrier`,
  );
  assert.equal(
    tail(80),
    `  PATHS    NODE  ON     STATE     PRIMARY       SECONDARY
  mether0  web1  eth0   sound     eth0 unknown  bond1 unknown
  mether0  web2  bond1  degraded  eth0 failed   bond1 healthy 3/4`,
  );
});

test("AF-3: that addresses could not go along is seen in the status, although the group is sound", () => {
  const full = { check: "room-for-address", verdict: "no", detail: "1 of 1" } as const;
  const obstacles = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, interface: "bond1", against: [full] }));
  const statusOf = (change: Partial<PathGroupView>): string =>
    status(
      {
        ...ALL_WELL,
        nodes: ALL_WELL.nodes.map((node) => ({
          ...node,
          paths: [{ ...SWITCHED, state: "sound", obstacles, ...change }],
        })),
      },
      120,
    );
  assert.match(statusOf({}), /bond1 {2}sound, 2 would stay/);
  assert.match(statusOf({ paused: true }), /bond1 {2}sound, paused, 2 would stay/);
  assert.match(statusOf({ obstacles: [] }), /bond1 {2}sound {2}/);
});

test("a path group with its reasons", () => {
  const { clock } = new MemoryAgent();
  const lines = (group: PathGroupView): string =>
    pathGroupLines(
      { node: "web2", group: group.name, document: pathGroupDocument(group, clock) },
      { width: 80, paint: plain, now: READ_AT },
    ).join("\n");
  assert.equal(
    lines(SWITCHED),
    `mether0 on web2 uses bond1, the secondary path, because the other interface lost
its carrier

  State        degraded since 12:00:10 (3 min 5 s)
  Primary      eth0 has failed
  Secondary    bond1 works; 3 of 4 members are up
  Switches     1 since the agent started
  Last switch  12:00:10 (3 min 5 s), in 3.1 ms, because the other interface lost
               its carrier
  Cannot move  a macvlan interface mv0 on eth0`,
  );
  const { lastSwitch: _lastSwitch, ...first } = SWITCHED;
  const paused = {
    ...first,
    paused: true,
    switches: 0,
    unmoved: [],
    obstacles: [],
    immovable: [],
    primary: { interface: "eth0", health: undefined },
  };
  assert.equal(
    lines(paused).split("\n").slice(3).join("\n"),
    `  State      degraded since 12:00:10 (3 min 5 s)
  Primary    eth0 is known to its own node only
  Secondary  bond1 works; 3 of 4 members are up
  Switches   0 since the agent started
  Paused     nothing moves until \`locum path resume\``,
  );
});

test("no line of a narrow page is wider than the page, but for what can't be broken", () => {
  const lines = status(TAKEN_OVER, 60).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 60),
    [],
  );
});

test("what a machine keeps in a pause without its agent is shown with it, and is not called unserved", () => {
  const [shop, mail] = ALL_WELL.services;
  assert.ok(shop !== undefined && mail !== undefined);
  const kept: ServiceView = { ...shop, state: "stopped", reason: undefined };
  const text = status({ ...ALL_WELL, paused: true, services: [kept, mail] }, 200);
  assert.match(text, /^No agent looks after shop: the machine may still have it$/m);
  assert.match(text, /shop +web\d +no agent .* web\d is gone since the pause, and its machine may still have it/);
});

test("a banned node stands by as the last choice", () => {
  const [shop] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const [web1, web2] = shop.candidates;
  assert.ok(web1 !== undefined && web2 !== undefined);
  const [web3, banned] = [
    { ...web2, node: nodeName("web3") },
    { ...web2, reasons: [{ code: "banned" }] },
  ] as const;
  const text = status({ ...ALL_WELL, services: [{ ...shop, candidates: [web1, banned, web3] }] }, 200);
  assert.match(text, /shop +web1 .* web3, web2 \(last choice\) /);
});

test("a node that is banned says until when: as the standby, at its program, and where its service is explained", () => {
  const [shop] = ALL_WELL.services;
  assert.ok(shop !== undefined);
  const [web1, web2] = shop.candidates;
  assert.ok(web1 !== undefined && web2 !== undefined);
  const until = instant(240e6);
  const failed = (code: "banned" | "program-failed"): ServiceView => ({
    ...shop,
    candidates: [web1, { ...web2, eligible: code === "banned", reasons: [{ code, detail: "db" }], until }],
    programs: [
      {
        program: programName("db"),
        node: web2.node,
        state: "ready",
        role: "standby",
        since: shop.since,
        restarts: 0,
        bannedUntil: until,
      },
    ],
  });
  const choice = status({ ...ALL_WELL, services: [failed("banned")] }, 200);
  assert.match(choice, /shop +web1 .* web2 \(last choice until 12:04:00\) /);
  assert.match(choice, /shop\/db +web2 .* its node is banned until 12:04:00$/m);
  assert.match(
    status({ ...ALL_WELL, services: [failed("program-failed")] }, 200),
    / none, web2 banned until 12:04:00 /,
  );
  const { clock } = new MemoryAgent();
  const sources = { ...QUIET, node: "web1" };
  const explained = (code: "banned" | "program-failed"): string => {
    const document = explainDocument("shop", serviceDocument(failed(code), clock), sources);
    return explainLines(document, { width: 200, paint: plain, now: READ_AT }).join("\n");
  };
  assert.match(explained("banned"), /as the last choice: .*[^)], until 12:04:00$/m);
  assert.match(explained("program-failed"), /cannot hold it: .*has it tried\), until 12:04:00$/m);
});

test("a node whose agent was stopped has left, at all nodes but itself", () => {
  const stateOf = (name: string): string | undefined => {
    const nodes = ALL_WELL.nodes.map((each) => (each.name === name ? { ...each, state: "leaving" as const } : each));
    return new RegExp(`^ +${name} +(left|leaving) `, "m").exec(status({ ...ALL_WELL, nodes }, 120))?.[1];
  };
  assert.deepEqual([stateOf("web1"), stateOf("web2")], ["left", "leaving"], "as web2 sees it");
});

test("the table says which way a link fails", () => {
  const networks = [
    { network: "a", reachable: false, oneWay: "in" },
    { network: "b", reachable: false, oneWay: "out" },
  ] as const;
  const [one, ...others] = ALL_WELL.nodes;
  assert.ok(one !== undefined);
  assert.match(status({ ...ALL_WELL, nodes: [{ ...one, networks }, ...others] }, 120), /one-way in +one-way out$/m);
});

test("a pause and a ban are seen", () => {
  const text = status(
    {
      ...ALL_WELL,
      paused: true,
      nodes: ALL_WELL.nodes.map((node) => ({ ...node, bannedUntil: instant(3_600e6) })),
    },
    120,
  );
  assert.match(text, /^Paused: nothing moves until `locum unpause`$/m);
  assert.match(text, /web1 {2}up, banned until 13:00:00/);
});

test("what is bad is red on a terminal", () => {
  const { clock, program } = new MemoryAgent();
  const paint = paintFor({ isTTY: true }, {});
  const lines = statusLines(statusDocument(TAKEN_OVER, clock, program), { width: 120, paint, now: READ_AT });
  assert.ok(lines.includes("\u001B[31mService mail is not served since 12:00:10 (3 min 5 s)\u001B[39m"));
});

const history = (): readonly EventDocument[] =>
  MemoryAgent.withHistory()
    .events.recent({})
    .map((event) => eventDocument(event, new Date(event.atMs).toISOString()));

test("events, with a line for each day", () => {
  const text = new EventsText({ width: 100, paint: plain }, ["web1"]);
  const [first, second] = history();
  assert.ok(first !== undefined && second !== undefined);
  const nextDay = { ...second, time: "2026-03-02T00:00:00.000Z", node: "web10" };
  assert.deepEqual(
    [first, second, nextDay].flatMap((event) => text.lines(event)),
    [
      "2026-03-01",
      "  12:00:00.000  web2  info     The agent on web2 started",
      "  12:00:01.000  web1  notice   web1 takes shop (epoch 6), because no node held it",
      "2026-03-02",
      "  00:00:00.000  web10  notice   web1 takes shop (epoch 6), because no node held it",
    ],
  );
});

test("what an event says, the event of a finding does not say again to people", () => {
  const agent = new MemoryAgent();
  const down = { kind: "node-down", node: nodeName("web1") } as const;
  agent.say({ code: "node.down", node: down.node, silence: milliseconds(103) }, { atMs: 10_000 });
  agent.say({ code: "finding.raised", finding: { ...down, node: nodeName("web3") } }, { atMs: 10_001 });
  agent.say({ code: "finding.raised", finding: down }, { atMs: 10_005 });
  agent.say({ code: "node.up", node: down.node, incarnation: 1 }, { atMs: 20_000 });
  agent.say({ code: "finding.cleared", finding: down }, { atMs: 20_005 });
  agent.say({ code: "finding.raised", finding: down }, { atMs: 30_000 });
  const text = new EventsText({ width: 100, paint: plain });
  const lines = agent.events
    .recent({})
    .flatMap((event) => text.lines(eventDocument(event, new Date(event.atMs).toISOString()), { advice: false }));
  assert.deepEqual(lines.slice(1), [
    "  12:00:10.000  web2  warning  web1 is down: silent on all networks for 103 ms",
    "  12:00:10.001  web2  warning  web3 is down",
    "  12:00:20.000  web2  notice   web1 is up",
    "  12:00:30.000  web2  warning  web1 is down",
  ]);
});

test("what is wrong with a service is explained, with the next step", () => {
  const { clock, program } = new MemoryAgent();
  const { services, findings } = statusDocument(TAKEN_OVER, clock, program);
  const mail = services["mail"];
  assert.ok(mail !== undefined);
  const document = explainDocument("mail", mail, {
    node: "a",
    outlook: [],
    paused: false,
    failback: { kind: "never" },
    findings,
    history: [],
  });
  const lines = explainLines(document, { width: 120, paint: plain, now: READ_AT });
  assert.deepEqual(lines.slice(lines.indexOf("What is wrong:")), [
    "What is wrong:",
    "  error  12:00:10 (3 min 4 s)  No node can hold mail",
    "                               Next: Mend on one of its nodes what `locum explain mail` names",
  ]);
});

test("an event that calls for something says the next step below", () => {
  const text = new EventsText({ width: 100, paint: plain }, ["web1"]);
  const [first] = history();
  assert.ok(first !== undefined);
  assert.deepEqual(text.lines({ ...first, advice: "Look at it" }).slice(1), [
    "  12:00:00.000  web2  info     The agent on web2 started",
    "                               Next: Look at it",
  ]);
});

test("an explanation tells how programs are, and how they last ended with what that means", () => {
  const { clock } = new MemoryAgent();
  const view = TAKEN_OVER.services.find(({ name }) => name === "shop");
  assert.ok(view !== undefined);
  const common = { node: nodeName("web2"), role: "holder", since: instant(10e6) } as const;
  const programs: readonly ProgramView[] = [
    { ...common, program: programName("db"), state: "ready", restarts: 0 },
    {
      ...common,
      program: programName("web"),
      state: "waiting",
      restarts: 2,
      lastExit: { kind: "status", status: 1 },
      words: "no \u001B[31mdisk",
    },
  ];
  const shop = serviceDocument({ ...view, programs }, clock);
  const sources = { ...QUIET, node: "web2" };
  const lines = explainLines(explainDocument("shop", shop, sources), { width: 160, paint: plain, now: READ_AT });
  const start = lines.indexOf("Its programs:");
  assert.deepEqual(lines.slice(start + 1, start + 3), [
    "  db   web2  ready    as holder since 12:00:10 (3 min 5 s)",
    "  web  web2  waiting  as holder since 12:00:10 (3 min 5 s); restarted 2 times; last end: exit status 1; says: no ?[31mdisk",
  ]);
});

test("of a service that is stopped, status and explanation say who stopped it and since when", () => {
  const { clock } = new MemoryAgent();
  const view = TAKEN_OVER.services.find(({ name }) => name === "mail");
  assert.ok(view !== undefined);
  const sources = { ...QUIET, node: "web2" };
  const linesFor = (by: Pick<ServiceHalt, "by">): readonly string[] => {
    const halt: ServiceHalt = { service: view.name, halted: true, revision: 1, ...by };
    const mail = serviceDocument({ ...view, state: "stopped", halt }, clock);
    const document = explainDocument("mail", mail, sources);
    return explainLines(document, { width: 160, paint: plain, now: READ_AT }).filter((line) =>
      line.includes("stopped"),
    );
  };
  assert.deepEqual(linesFor({ by: ruleName("flood") }), [
    "mail is on no node: the rule flood stopped it",
    "  State      stopped by rule flood since 12:00:10 (3 min 4 s), epoch 2",
  ]);
  assert.deepEqual(linesFor({}), [
    "mail is on no node: an operator stopped it",
    "  State      stopped by operator since 12:00:10 (3 min 4 s), epoch 2",
  ]);
});

test("an explanation", () => {
  const { clock, program } = new MemoryAgent();
  const shop = statusDocument(TAKEN_OVER, clock, program).services["shop"];
  assert.ok(shop !== undefined);
  const document = explainDocument("shop", shop, {
    node: "a",
    outlook: [],
    paused: true,
    failback: { kind: "never" },
    findings: statusDocument(TAKEN_OVER, clock, program).findings,
    history: history()
      .filter((event) => event.data["service"] === "shop")
      .map((event) => ({ ...event, advice: "Is told above" })),
  });
  assert.equal(
    explainLines(document, { width: 80, paint: plain, now: READ_AT }).join("\n"),
    `shop is on web2, because web1 fell silent

  State      active, on web2 since 12:00:10 (3 min 4 s), epoch 7
  Addresses  192.168.1.1
  Last move  12:00:10 (3 min 4 s): web2 takes shop (epoch 7), because web1 fell
             silent
  Stands in  for web1: eth0 also receives what is sent to 02:00:00:00:00:01
  Failback   it stays where it is when a preferred node is fit again (failback
             is off)
  Paused     nothing moves until \`locum unpause\`

Nodes that may hold shop, the preferred one first:
  1.  web1  cannot hold it: it is down
  2.  web2  holds it

Latest events:
2026-03-01
  12:00:01.000  web1  notice   web1 takes shop (epoch 6), because no node held
                               it
  12:00:10.100  web2  notice   web2 takes shop (epoch 7), because web1 fell
                               silent
  12:00:10.104  web2  notice   web2 serves shop, 4.2 ms after it took it`,
  );
});

test("a node that learned late of a move says when it was, not when it heard of it, and why it was", () => {
  const agent = new MemoryAgent();
  agent.say({ code: "service.moved", service: serviceName("shop"), epoch: 7, from: undefined, to: nodeName("web2") });
  const [event] = agent.events.recent({}).map((each) => eventDocument(each, "2026-03-01T12:02:00.000Z"));
  const shop = statusDocument(TAKEN_OVER, agent.clock, agent.program).services["shop"];
  assert.ok(shop !== undefined && event !== undefined);
  const sources = { ...QUIET, node: "a", history: [event] };
  const lines = explainLines(explainDocument("shop", shop, sources), { width: 120, paint: plain, now: READ_AT });
  const told = lines.find((line) => line.startsWith("  Last move"));
  assert.equal(told, `  Last move  12:00:10 (3 min 4 s): shop is on web2 (epoch 7), because ${shop.reason}`);
});
