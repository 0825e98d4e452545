/*
 * Programs that do what programs must not, on the node that serves a client: each ends in the state that docs/programs.md
 * promises for it, and neither the client nor the peer notices anything.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { SHOP_ADDRESS, Trial } from "../../src/main/trial/trial.js";
import type { NoteCode } from "../../src/model/note.js";
import type { ProgramState } from "../../src/model/program.js";
import type { StatusDocument } from "../../src/model/status-document.js";
import type { UdpProbe } from "../../lab/measure.js";
import { controlGroupsMissing } from "../support/program-bench.js";
import {
  editConfiguration,
  eventsOf,
  eventually,
  presentEvents,
  reload,
  rolesOf,
  skip as noLab,
  untilEvent,
  untilFinding,
  untilOn,
} from "./fixture.js";

/** What forks without end must be bounded. */
const skip = noLab || controlGroupsMissing();

/** Each goes by its own name in the table of processes. */
const SCRIPTS = {
  /** The kernel ends the largest first: that is the first one, since the others give back what they have from it. */
  bomb: `#!/usr/bin/perl
my $size = 8_000_000;
my $ballast = "x" x $size;
while (1) { my $child = fork; if (defined $child && !$child) { undef $ballast; sleep 1000 } }
`,
  deaf: "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n",
  closer: '#!/bin/sh\nrm "$NOTIFY_SOCKET"\nsleep 1000\n',
  liar: "#!/bin/sh\nsystemd-notify --ready\nsleep 1000\n",
};
const script = (name: keyof typeof SCRIPTS): string => `/etc/locum/${name}`;
/** Of the log of a program that has been flooded once. */
const LOG_FULL = "/var/lib/locum/logs/flood/yes.log.1";
/** One restart, and no more. */
const ONCE = "restart: { delays: [0s], within: 10m, exhausted: stop }";

/** The good one, and those that are added to it on web1. */
const SHOP = `  shop: { addresses: [${SHOP_ADDRESS}/24], nodes: [web1, web2] }\n`;
const BAD = `
  flood: { nodes: [web1], programs: { yes: { run: [/usr/bin/yes, flooding] } } }
  bomb:
    nodes: [web1]
    programs:
      bomb: { run: [${script("bomb")}], limits: { memory: 32MiB, cpu: 20% }, restart: { exits: { out-of-memory: stop } } }
  deaf: { nodes: [web1], programs: { deaf: { run: [${script("deaf")}], stop: { timeout: 300ms } } } }
  closer:
    nodes: [web1]
    programs: { closer: { run: [${script("closer")}], ready: notify, start: { timeout: 300ms }, ${ONCE} } }
  liar:
    nodes: [web1]
    programs:
      liar:
        run: [${script("liar")}]
        ready: notify
        health: { exec: [/bin/false], interval: 100ms, timeout: 10s, fail: 2 }
        ${ONCE}
`;
/** What a node would say of its peer if it missed it, or of itself. */
const LOST_PEER: readonly NoteCode[] = ["node.down", "node.left", "node.crashed", "node.unanswered", "node.up"];
const MOVED: readonly NoteCode[] = ["service.claimed", "service.released", "service.moved"];

describe("a node whose programs misbehave", { skip }, () => {
  let trial: Trial;
  let probe: UdpProbe;
  let since: ReadonlyMap<string, number>;

  before(async () => {
    trial = await Trial.open({ nodes: 2, services: SHOP });
    for (const [name, text] of Object.entries(SCRIPTS)) {
      trial.host("web1").writeFile(`/etc/locum/${name}`, text, 0o755);
    }
    await trial.startAgents();
    await rolesOf(trial);
    await trial.settle("shop", "web1");
    probe = await trial.startProbe();
    await probe.servedBy("web1");
    await probe.report();
    since = await presentEvents(trial);
    for (const node of ["web2", "web1"]) {
      editConfiguration(trial, node, (text) => text + BAD);
      await reload(trial, node);
    }
  });
  after(async () => trial.close());

  const untilState = (program: string, state: ProgramState): Promise<StatusDocument> =>
    trial.until("web1", ({ services }) =>
      Object.values(services).some(({ programs }) =>
        programs.some((each) => each.program === program && each.state === state),
      ),
    );

  /** Stops a service, and waits until nothing of it runs. */
  async function stop(service: string, ...commands: readonly string[]): Promise<void> {
    await trial.locum("web1", "stop", service);
    await trial.until("web1", ({ services }) => {
      const { state, holder, programs } = services[service] ?? {};
      return state === "stopped" && holder === null && programs?.every((each) => each.state === "stopped") === true;
    });
    for (const command of commands) assert.deepEqual(trial.host("web1").processesNamed(command), []);
  }

  it("gives up what closes its notify socket and is never ready", async () => {
    await untilEvent(trial, "web1", "program.late", ({ data }) => data["program"] === "closer");
    const text = await untilFinding(trial, "web1", { kind: "program-failed", program: "closer" });
    assert.match(text, /closer/);
    await untilState("closer", "ended");
    assert.deepEqual(trial.host("web1").processesNamed("closer"), []);
  });

  it("gives up what says that it is ready, and by its health check is not", async () => {
    await untilEvent(trial, "web1", "program.troubled", ({ data }) => data["program"] === "liar");
    await untilFinding(trial, "web1", { kind: "program-failed", program: "liar" });
    await untilState("liar", "ended");
    assert.deepEqual(trial.host("web1").processesNamed("liar"), []);
  });

  it("runs what floods its output, keeps as much of it as its log may hold, and says that more was left out", async () => {
    await untilState("yes", "ready");
    await eventually(() => existsSync(trial.host("web1").outside(LOG_FULL)), "the log is full for the first time");
    await stop("flood", "yes");
    await eventually(
      async () => /bytes of output were left out/.test(await trial.locum("web1", "logs", "flood/yes", "--lines", "5")),
      "its log says that output was left out",
    );
  });

  it("ends what ignores the stop signal by force, when its time is over", async () => {
    await untilState("deaf", "ready");
    await stop("deaf", "deaf");
    await untilEvent(trial, "web1", "program.killed", ({ data }) => data["program"] === "deaf");
  });

  it("ends what forks without end as a whole, when it has no more memory", async () => {
    const { services } = await untilState("bomb", "ended");
    assert.match(services["bomb"]?.programs[0]?.lastExit ?? "", /more memory than its limit/);
    assert.deepEqual(trial.host("web1").processesNamed("bomb"), []);
  });

  it("serves its client through all of it, and no node misses the other", async () => {
    const { sent, gaps, lost } = await probe.report();
    assert.ok(sent > 0);
    assert.deepEqual([lost, gaps], [0, []]);
    for (const [node, sequence] of since) {
      const told = await eventsOf(trial, node, [...LOST_PEER, ...MOVED], sequence);
      const concerning = told.filter(({ data }) => data["service"] === undefined || data["service"] === "shop");
      assert.deepEqual(
        concerning.map(({ text }) => text),
        [],
        node,
      );
    }
    await untilOn(trial, SHOP_ADDRESS, ["web1"]);
  });
});
