import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ProgramAgentOptions } from "../../../test/support/program-agent.js";
import { controlGroupsMissing, ProgramBench, shell, SIMPLE } from "../../../test/support/program-bench.js";
import { eventually } from "../../../test/support/eventually.js";
import { known } from "../../base/assert.js";
import { serviceName } from "../../model/names.js";
import { programName } from "../../model/program.js";
import { machineHierarchies } from "../../os/linux/cgroup-hierarchies.js";
import { readProgramRecord } from "./program-record.js";

const AGENT = fileURLToPath(new URL("../../../test/support/program-agent.js", import.meta.url));
/** Two processes in sessions of their own, which nothing but their group or their mark tells from others. */
const RUNAWAYS = shell("setsid sleep 2000 & (setsid setsid sleep 2001 &); echo up; exec sleep 2002");
const missing = controlGroupsMissing();
/** Where agents of resources are that tests make. */
const OCF_ROOT_HERE = join(tmpdir(), `locum-clinging-${process.pid}`);
/** Its resource does not let go before it may, or the test is over. */
const CLINGING = `#!/bin/sh
case "$1" in
meta-data) echo '<?xml version="1.0"?><resource-agent name="clinging"><version>1.1</version></resource-agent>';;
stop) until [ -e ${OCF_ROOT_HERE}/free ] || [ ! -e ${OCF_ROOT_HERE} ]; do sleep 0.1; done;;
esac
`;

/** Its resource is promoted, and does not stop before it is demoted. */
const PROMOTED = `#!/bin/sh
case "$1" in
meta-data) echo '<?xml version="1.0"?><resource-agent name="promoted"><version>1.1</version></resource-agent>';;
demote) : >${OCF_ROOT_HERE}/demoted;;
stop) [ -e ${OCF_ROOT_HERE}/demoted ] || exit 1;;
esac
`;

interface Said {
  readonly kind: string;
  readonly pid?: number;
  readonly guard?: number;
}

const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.end();
});

class Agent {
  readonly directory = mkdtempSync(join(tmpdir(), "locum-programs-"));
  readonly process: ChildProcess;
  readonly said: Said[] = [];

  constructor(options: Partial<ProgramAgentOptions> & { readonly ungrouped?: boolean; readonly ocfRoot?: string }) {
    const host = {
      socket: join(this.directory, "agent.sock"),
      node: `dying${process.pid}`,
      logs: join(this.directory, "logs"),
      ungrouped: options.ungrouped === true,
      ...(options.ocfRoot === undefined ? {} : { ocfRoot: options.ocfRoot }),
    };
    const all = { host, isGuarded: false, programs: [{ ...SIMPLE, source: RUNAWAYS }], ...options };
    this.process = spawn(process.execPath, [AGENT, JSON.stringify(all)], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on("line", (line) =>
      this.said.push(JSON.parse(line) as Said),
    );
    agents.push(this);
  }

  async heard(kind: string): Promise<Said> {
    await eventually(
      () => this.said.some((each) => each.kind === kind),
      `the agent hears ${kind}: ${JSON.stringify(this.said)}`,
    );
    return this.said.find((each) => each.kind === kind) ?? assert.fail();
  }

  /** Its programs run. */
  async isUp(): Promise<void> {
    await this.heard("program-ready");
    await eventually(() => sleepers().length === 3, "all its processes run");
  }

  async end(): Promise<void> {
    this.process.kill("SIGKILL");
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const sleepers = (): readonly string[] =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name) && /^sleep 200[012]$/.test(commandLine(name)));

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}

const groupsLeft = (): readonly string[] =>
  machineHierarchies().flatMap(({ path }) => {
    const root = join(path, "locum");
    return existsSync(root) ? readdirSync(root).filter((name) => name.startsWith(`dying${process.pid}-`)) : [];
  });

for (const ungrouped of [false, true]) {
  const where = ungrouped ? "without control groups" : "in control groups";

  test(`the agent is killed: its host ends all programs, ${where}`, { skip: missing }, async () => {
    const agent = new Agent({ ungrouped });
    await agent.isUp();
    const { pid } = await agent.heard("hosted");
    agent.process.kill("SIGKILL");
    await eventually(() => sleepers().length === 0, "all are gone");
    await eventually(() => !existsSync(`/proc/${pid}`), "the host too");
    assert.deepEqual(groupsLeft(), []);
    assert.equal(existsSync(join(agent.directory, "agent.sock.programs")), false);
  });

  test(
    `the host is killed: the agent kills the programs and has another host, ${where}`,
    { skip: missing },
    async () => {
      const agent = new Agent({ ungrouped });
      await agent.isUp();
      const { pid } = await agent.heard("hosted");
      process.kill(known(pid, "it runs"), "SIGKILL");
      await eventually(() => sleepers().length === 0, "all are gone");
      await agent.heard("program-host-lost");
    },
  );

  test(`both are killed at once: the guard kills the programs, ${where}`, { skip: missing }, async () => {
    const agent = new Agent({ ungrouped, isGuarded: true });
    await agent.isUp();
    const { pid, guard } = await agent.heard("hosted");
    agent.process.kill("SIGSTOP");
    process.kill(known(pid, "it runs"), "SIGKILL");
    agent.process.kill("SIGKILL");
    await eventually(() => sleepers().length === 0, "all are gone");
    await eventually(() => groupsLeft().length === 0, "their groups too");
    // It writes down what it did.
    await eventually(() => !existsSync(`/proc/${guard}`), "and the guard");
  });

  test(`all three are killed: the next agent's host ends what is left, ${where}`, { skip: missing }, async () => {
    const agent = new Agent({ ungrouped, isGuarded: true });
    await agent.isUp();
    const { pid, guard } = await agent.heard("hosted");
    agent.process.kill("SIGSTOP");
    for (const each of [guard, pid, agent.process.pid]) process.kill(known(each, "it runs"), "SIGKILL");
    await once(agent.process, "exit");
    assert.equal(sleepers().length, 3, "nobody was there to do it");
    const next = new ProgramBench({ socket: join(agent.directory, "agent.sock") });
    assert.equal(next.link.mayHaveRemains, true);
    next.link.start();
    await eventually(() => sleepers().length === 0, "all are gone");
    await next.close();
    assert.deepEqual(groupsLeft(), []);
  });
}

test("a frozen agent's programs are killed when its lease is over", { skip: missing }, async () => {
  // The lease is renewed by the heartbeat thread, which a stand-in has not: the guard is asked what it would do.
  const { GuardKernel } = await import("../guard/guard-kernel.js");
  const agent = new Agent({});
  await agent.isUp();
  agent.process.kill("SIGSTOP");
  const kernel = new GuardKernel(join(agent.directory, "agent.sock"));
  assert.equal(kernel.hasPrograms(), true);
  assert.deepEqual(kernel.endPrograms(), []);
  assert.equal(sleepers().length, 0, "what is said to have ended has");
  agent.process.kill("SIGCONT");
  await agent.heard("program-gone");
});

/** What an earlier host has on record, though nobody can end it. */
function leave(item: object): ProgramBench {
  const next = new ProgramBench({ ocfRoot: OCF_ROOT_HERE });
  writeFileSync(join(next.directory, "agent.sock.programs"), JSON.stringify([item]));
  return next;
}

const shopP = { service: serviceName("shop"), program: programName("p") };

test("what a killed host left and SIGKILL does not end is told until it is gone", { skip: missing }, async (t) => {
  // A process that the kernel can't end can't be made: a directory stands in for the control group that it is in.
  const group = mkdtempSync(join(tmpdir(), "locum-group-"));
  const populate = (populated: 0 | 1): void => {
    for (const path of [group, join(group, "shop:p:7")])
      writeFileSync(join(path, "cgroup.events"), `populated ${populated}\nfrozen 0\n`);
  };
  mkdirSync(join(group, "shop:p:7"));
  populate(1);
  const next = leave({ kind: "group", paths: [group] });
  t.after(async () => {
    await next.close();
    rmSync(group, { recursive: true, force: true });
  });
  next.link.start();
  assert.deepEqual((await next.heard("program-host-lost", undefined)).left, [{ run: -1, ...shopP }]);
  const other = next.start({ name: programName("other") });
  await next.heard("program-ready", other);
  // Decisions may order it before they have heard that.
  const early = next.start(SIMPLE);
  await next.heard("program-gone", early);
  assert.deepEqual(next.kindsOf(early), ["program-gone"]);
  next.kill(-1);
  populate(0);
  await next.heard("program-gone", -1);
});

test(
  "a resource that does not let go keeps its own program from starting, and no other",
  { skip: missing },
  async (t) => {
    const file = join(OCF_ROOT_HERE, "resource.d/test/clinging");
    mkdirSync(join(OCF_ROOT_HERE, "resource.d/test"), { recursive: true });
    writeFileSync(file, CLINGING, { mode: 0o755 });
    const instance = { root: OCF_ROOT_HERE, provider: "test", type: "clinging", parameters: {}, name: "shop-p" };
    const next = leave({ kind: "ocf", instance, ...shopP });
    t.after(async () => {
      await next.close();
      rmSync(OCF_ROOT_HERE, { recursive: true, force: true });
    });
    next.link.start();
    assert.deepEqual((await next.heard("program-host-lost", undefined)).left, [{ run: -1, ...shopP }]);
    await next.heard("program-ready", next.start({ name: programName("other") }));
    assert.deepEqual(next.kindsOf(-1), []);
    writeFileSync(join(OCF_ROOT_HERE, "free"), "");
    await next.heard("program-gone", -1);
  },
);

test(
  "a host that waits for the last of its programs makes room for that of the next agent",
  { skip: missing },
  async (t) => {
    t.after(() => rmSync(OCF_ROOT_HERE, { recursive: true, force: true }));
    mkdirSync(join(OCF_ROOT_HERE, "resource.d/test"), { recursive: true });
    writeFileSync(join(OCF_ROOT_HERE, "resource.d/test/clinging"), CLINGING, { mode: 0o755 });
    const source = { kind: "ocf", provider: "test", type: "clinging", parameters: {} } as const;
    const agent = new Agent({ ocfRoot: OCF_ROOT_HERE, programs: [{ ...SIMPLE, source }] });
    await agent.heard("program-ready");
    agent.process.kill("SIGKILL");
    const next = new ProgramBench({ socket: join(agent.directory, "agent.sock"), ocfRoot: OCF_ROOT_HERE });
    next.link.start();
    assert.deepEqual((await next.heard("program-host-lost", undefined)).left, [{ run: -1, ...shopP }]);
    assert.deepEqual(next.troubles, [], "and it need not be asked twice");
    // A host that is killed while it waits leaves its groups to the next one, and none follows.
    writeFileSync(join(OCF_ROOT_HERE, "free"), "");
    await next.heard("program-gone", -1);
    await next.close();
  },
);

test(
  "the guard's goodbye waits until resources let go, and tells of those that do not in time",
  { skip: missing },
  async (t) => {
    const { GuardKernel } = await import("../guard/guard-kernel.js");
    t.after(() => rmSync(OCF_ROOT_HERE, { recursive: true, force: true }));
    mkdirSync(join(OCF_ROOT_HERE, "resource.d/test"), { recursive: true });
    writeFileSync(join(OCF_ROOT_HERE, "resource.d/test/clinging"), CLINGING, { mode: 0o755 });
    writeFileSync(join(OCF_ROOT_HERE, "resource.d/test/slow"), `#!/bin/sh\nsleep 0.3; : >${OCF_ROOT_HERE}/ended\n`, {
      mode: 0o755,
    });
    const ended = (type: string): readonly string[] => {
      const instance = { root: OCF_ROOT_HERE, provider: "test", type, parameters: {}, name: "shop-p" };
      const bench = leave({ kind: "ocf", instance, isPromotable: false, ...shopP });
      t.after(() => bench.close());
      return new GuardKernel(join(bench.directory, "agent.sock")).endPrograms();
    };
    assert.deepEqual(ended("slow"), []);
    assert.ok(existsSync(join(OCF_ROOT_HERE, "ended")), "it was waited for");
    assert.deepEqual(ended("clinging"), ["p of shop"]);
  },
);

/** An agent with a resource that may be left promoted. */
function promoted(): object {
  mkdirSync(join(OCF_ROOT_HERE, "resource.d/test"), { recursive: true });
  writeFileSync(join(OCF_ROOT_HERE, "resource.d/test/promoted"), PROMOTED, { mode: 0o755 });
  return { root: OCF_ROOT_HERE, provider: "test", type: "promoted", parameters: {}, name: "shop-p" };
}

test("a resource of which the record does not say whether it can be promoted is demoted first", async (t) => {
  const { GuardKernel } = await import("../guard/guard-kernel.js");
  t.after(() => rmSync(OCF_ROOT_HERE, { recursive: true, force: true }));
  const next = leave({ kind: "ocf", instance: promoted(), ...shopP });
  t.after(() => next.close());
  const socket = join(next.directory, "agent.sock");
  assert.deepEqual(new GuardKernel(socket).endPrograms(), [], "by the guard");
  rmSync(join(OCF_ROOT_HERE, "demoted"));
  next.link.start();
  const isOnRecord = (): boolean => readProgramRecord(socket).some(({ kind }) => kind === "ocf");
  await eventually(() => !isOnRecord(), "by the next host");
});
