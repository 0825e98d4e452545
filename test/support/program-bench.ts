import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "node:test";
import { type Instant, milliseconds, seconds } from "../../src/base/time.js";
import { findEarlierHost } from "../../src/daemon/programs/earlier-host.js";
import { ProgramLink } from "../../src/daemon/programs/program-link.js";
import type { HostOptions } from "../../src/daemon/programs/program-protocol.js";
import { serviceName } from "../../src/model/names.js";
import {
  type KeptPrograms,
  type ProbedProgram,
  type ProgramConfig,
  type ProgramInput,
  programName,
  type ProgramRole,
} from "../../src/model/program.js";
import { machineHierarchies } from "../../src/os/linux/cgroup-hierarchies.js";
import { openControlGroups } from "../../src/os/linux/control-groups.js";
import { bootClock } from "../../src/os/linux/libc.js";

/** Far longer than anything takes on a machine that is alive. */
const PATIENCE_MS = 60_000;

/** Control groups are the machine's, and named after the node: agents of other tests have a web1 too. */
export const BENCH_NODE = `bench${process.pid}`;

/** Control groups of the runs of this test, in all hierarchies. */
export const benchGroups = (): readonly string[] =>
  machineHierarchies().flatMap(({ path }) => {
    const root = join(path, "locum");
    const owners = existsSync(root) ? readdirSync(root).filter((name) => name.startsWith(`${BENCH_NODE}-`)) : [];
    return owners.flatMap((owner) =>
      readdirSync(join(root, owner), { withFileTypes: true })
        .filter((each) => each.isDirectory())
        .map((each) => join(root, owner, each.name)),
    );
  });

/** Why programs can't be run in control groups here; false when they can. */
export function controlGroupsMissing(): string | false {
  const groups = openControlGroups(machineHierarchies(), `trial-${process.pid}`);
  groups?.clear();
  return groups === undefined ? "needs the right to make control groups" : false;
}

/** A program that does nothing, for as long as it is let. */
export const SIMPLE: ProgramConfig = {
  name: programName("p"),
  source: { kind: "command", command: ["/bin/sleep", "1000"] },
  standby: false,
  ready: { kind: "started" },
  health: undefined,
  stop: { signal: "SIGTERM", timeout: seconds(5) },
  restart: {
    delays: [],
    within: seconds(60),
    reset: seconds(600),
    exits: { "*": "restart" },
    exhausted: { kind: "stop" },
  },
  onFail: "restart",
  onTrouble: "nothing",
  after: [],
  roleCommand: undefined,
  settings: { user: undefined, directory: undefined, environment: {}, memoryMax: undefined, cpuMax: undefined },
};

export const shell = (script: string): ProgramConfig["source"] => ({
  kind: "command",
  command: ["/bin/sh", "-c", script],
});

/** A check that fails after one bad answer. */
export const tcpCheck = (port: number): NonNullable<ProgramConfig["health"]> => ({
  probe: { kind: "tcp", host: "127.0.0.1", port },
  interval: milliseconds(50),
  timeout: milliseconds(200),
  fail: 1,
  slow: undefined,
});

export type Fact<Kind extends ProgramInput["kind"]> = Extract<ProgramInput, { readonly kind: Kind }>;

/** Stands in for an agent: gives orders to a real program host, and keeps what it hears. */
export class ProgramBench {
  readonly directory: string = mkdtempSync(join(tmpdir(), "locum-programs-"));
  /** Of the agent that it stands in for. */
  readonly socket: string;
  readonly link: ProgramLink;
  readonly facts: ProgramInput[] = [];
  readonly troubles: string[] = [];
  /** Of hosts that it could not go on with. */
  readonly protocols: number[] = [];
  /** Until when it was ready to wait for such a host. */
  readonly waits: Instant[] = [];
  /** For what of it, each time. */
  readonly waitsFor: string[] = [];
  hostsKilled = 0;
  /** How often programs could be run again. */
  recoveries = 0;
  /** What was said of those that SIGKILL did not end. */
  readonly survivors: string[] = [];
  /** Everything on the machine ends after it. */
  isLast?: boolean;
  readonly #news = new EventEmitter();
  /** The link does not keep this process from ending. */
  readonly #life = setInterval(() => undefined, PATIENCE_MS);
  #runs = 0;
  #probes = 0;

  constructor(options: Partial<HostOptions> = {}) {
    const host = { socket: join(this.directory, "agent.sock"), node: BENCH_NODE, logs: join(this.directory, "logs") };
    this.socket = options.socket ?? host.socket;
    this.link = new ProgramLink({
      host: { ...host, ...options },
      onInput: (input) => {
        this.facts.push(input);
        this.#news.emit("fact");
      },
      onTrouble: (problem) => this.troubles.push(problem),
      onRecovered: () => {
        this.recoveries += 1;
      },
      mayOutlive: () => Promise.resolve(this.isLast !== true),
    });
  }

  /** As an agent that starts: goes on with the host that it finds, or waits for its end. */
  async resume(answerMsMax?: number): Promise<KeptPrograms | undefined> {
    const found = await findEarlierHost({
      socket: this.socket,
      clock: bootClock,
      ...(answerMsMax === undefined ? {} : { answerMsMax }),
      onOtherProtocol: (protocol) => this.protocols.push(protocol),
      onWait: (until, what) => {
        this.waits.push(until);
        this.waitsFor.push(what);
      },
      onKilled: (survivor) => {
        this.hostsKilled += 1;
        if (survivor !== "") this.survivors.push(survivor);
      },
    });
    return this.link.resume(found);
  }

  start(config: Partial<ProgramConfig>, role: ProgramRole = "holder"): number {
    this.#runs += 1;
    const start = { run: this.#runs, service: serviceName("shop"), config: { ...SIMPLE, ...config }, role };
    this.link.perform({ kind: "start-program", start });
    return this.#runs;
  }

  /** Asks whether it runs, and waits for the answer. */
  async probe(config: Partial<ProgramConfig>): Promise<ProbedProgram> {
    this.#probes += 1;
    const probe = this.#probes;
    this.link.perform({
      kind: "probe-program",
      probe: { probe, service: serviceName("shop"), config: { ...SIMPLE, ...config } },
    });
    const { answer } = await this.heard("program-probed", undefined, (fact) => fact.probe === probe);
    return answer;
  }

  /** Has what was found ended. */
  endStray(config: Partial<ProgramConfig>, isPromoted: boolean): number {
    this.#runs += 1;
    const start = {
      run: this.#runs,
      service: serviceName("shop"),
      config: { ...SIMPLE, ...config },
      role: "standby",
    } as const;
    this.link.perform({ kind: "end-stray", start, isPromoted });
    return this.#runs;
  }

  stop(run: number): void {
    this.link.perform({ kind: "stop-program", run });
  }

  kill(run: number): void {
    this.link.perform({ kind: "kill-program", run });
  }

  /** The first fact of this kind about a run, waiting for it. */
  async heard<Kind extends ProgramInput["kind"]>(
    kind: Kind,
    run: number | undefined,
    accept: (fact: Fact<Kind>) => boolean = () => true,
  ): Promise<Fact<Kind>> {
    const isIt = (fact: ProgramInput): fact is Fact<Kind> =>
      fact.kind === kind && (!("run" in fact) || fact.run === run) && accept(fact as Fact<Kind>);
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.facts.find(isIt);
      if (found !== undefined) return found;
      if (late.aborted)
        assert.fail(`no ${kind} of run ${run} among ${JSON.stringify(this.facts)} ${this.troubles.join()}`);
      await once(this.#news, "fact", { signal: late }).catch(() => undefined);
    }
  }

  kindsOf(run: number): readonly string[] {
    return this.facts.filter((fact) => "run" in fact && fact.run === run).map(({ kind }) => kind);
  }

  /** What is in its log so far. */
  log(): string {
    const file = join(this.directory, "logs", "shop", "p.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async close(): Promise<void> {
    await this.link.close();
    clearInterval(this.#life);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Makes benches for the tests of a file, each of which is closed after its test. */
export function benchMaker(): (options?: ConstructorParameters<typeof ProgramBench>[0]) => ProgramBench {
  const benches: ProgramBench[] = [];
  afterEach(async () => {
    for (const each of benches.splice(0)) await each.close();
  });
  return (options = {}) => {
    const made = new ProgramBench(options);
    benches.push(made);
    return made;
  };
}

/** Whether there is such a process that has not ended; one that nobody has asked for yet how it ended has. */
export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
