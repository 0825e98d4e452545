import type { Random } from "../base/random.js";
import { type Duration, milliseconds, seconds } from "../base/time.js";
import type { Cluster, ServiceConfig } from "../model/cluster.js";
import type { Command } from "../model/command.js";
import type { ServiceName } from "../model/names.js";
import type { NoteCode } from "../model/note.js";
import {
  type CaughtUpCheck,
  type HealthCheck,
  type ProgramConfig,
  type ProgramExit,
  type ProgramId,
  programName,
  type ProgramsConfig,
  type ReadyCheck,
  type RestartConfig,
} from "../model/program.js";
import { drawLength, type FaultTime } from "./fault-workload.js";
import type { Misbehaviour } from "./misbehaviour.js";
import { type Fault, type Moment, nthProgram, type SitePlan, type Trouble } from "./plan.js";
import { shuffled, weighted, withHash } from "./site-workload.js";

const MS = 1_000;
const SECOND = 1_000_000;
/** So many worlds have services with programs, and so many of the services there. */
const WORLDS_WITH_PROGRAMS = 0.3;
const SERVICES_WITH_PROGRAMS = 0.6;
const PROGRAM_NAMES = ["store", "front", "worker"] as const;
/** Those that systemd knows: somebody else may start them. */
const UNITS: ReadonlySet<string> = new Set(["store"]);
/** A misbehaviour that is over sooner is seldom noticed. */
const SHORTEST = 200 * MS;
/** What no signal ends is known for that only when it has had its time after SIGKILL. */
const UNKILLABLE_MORE = 10 * SECOND;
/** Faults of the programs of one plan, at most. */
const FAULTS_MAX = 200;

/** The codes after which a fault hits the moment that matters: a start, an end, or a move under way. */
const DELICATE: readonly NoteCode[] = [
  "program.starting",
  "program.starting",
  "program.ready",
  "program.stopping",
  "program.stopping",
  "program.exited",
  "program.killed",
  "service.closing",
  "service.closing",
  "service.claimed",
  "service.released",
  "service.halted",
  "agent.started",
];

/** Services with programs in some of the worlds; the others stay as they are. */
export function withPrograms(random: Random, site: SitePlan): SitePlan {
  if (!random.chance(WORLDS_WITH_PROGRAMS)) return site;
  const services = site.cluster.services.map((service, index) =>
    index === 0 || random.chance(SERVICES_WITH_PROGRAMS) ? withProgramsOf(random, service) : service,
  );
  return { ...site, cluster: withHash({ ...site.cluster, services }) };
}

export const hasPrograms = ({ services }: Cluster): boolean => services.some(({ programs }) => programs !== undefined);

const withProgramsOf = (random: Random, service: ServiceConfig): ServiceConfig => ({
  ...service,
  programs: drawPrograms(random, service.name),
});

function drawPrograms(random: Random, service: ServiceName): ProgramsConfig {
  const names = PROGRAM_NAMES.slice(0, random.between(1, PROGRAM_NAMES.length)).map(programName);
  const list: ProgramConfig[] = [];
  for (const name of names) list.push(drawProgram(random, { service, program: name }, list));
  // Each comes after earlier ones only, so that no address comes between two that are ordered otherwise.
  const before = random.between(0, names.length);
  return {
    list,
    beforeAddresses: names.slice(0, before),
    afterAddresses: list.slice(before).flatMap(({ name, standby }) => (!standby && random.chance(0.6) ? [name] : [])),
  };
}

function drawProgram(
  random: Random,
  { service, program: name }: ProgramId,
  earlier: readonly ProgramConfig[],
): ProgramConfig {
  const standby = random.chance(0.35);
  // On a standby it would else wait for one that does not run there.
  const possible = earlier.filter((each) => each.standby || !standby);
  return {
    name,
    source: UNITS.has(name)
      ? { kind: "unit", unit: `${service}-${name}.service` }
      : { kind: "command", command: [`/usr/bin/${name}`] },
    standby,
    ready: drawReadyCheck(random),
    health: random.chance(0.6) ? drawHealthCheck(random) : undefined,
    stop: { signal: "SIGTERM", timeout: milliseconds(random.between(100, 800)) },
    restart: drawRestart(random),
    onFail: weighted(random, ["restart", "move", "nothing"]),
    onTrouble: weighted(random, ["nothing", "restart", "move"]),
    after: possible.filter(() => random.chance(0.6)).map((each) => each.name),
    roleCommand: undefined,
    ...(standby && random.chance(0.5) ? { awaitsRole: true } : {}),
    ...(standby ? { roleTimeout: seconds(random.between(5, 20)) } : {}),
    ...(standby && random.chance(0.5) ? { caughtUp: drawCaughtUpCheck(random) } : {}),
    settings: { user: undefined, directory: undefined, environment: {}, memoryMax: undefined, cpuMax: undefined },
  };
}

function drawReadyCheck(random: Random): ReadyCheck {
  const timeout = milliseconds(random.between(500, 3_000));
  const probe = { kind: "tcp", host: "127.0.0.1", port: 5_432 } as const;
  return weighted<ReadyCheck>(random, [
    { kind: "notify", timeout },
    { kind: "probe", probe, timeout },
    { kind: "started" },
  ]);
}

const drawHealthCheck = (random: Random): HealthCheck => ({
  probe: { kind: "tcp", host: "127.0.0.1", port: 5_432 },
  interval: milliseconds(random.between(200, 1_000)),
  timeout: milliseconds(150),
  fail: random.between(1, 3),
  slow: random.chance(0.5) ? milliseconds(50) : undefined,
});

const drawCaughtUpCheck = (random: Random): CaughtUpCheck => ({
  probe: { kind: "tcp", host: "127.0.0.1", port: 5_433 },
  interval: milliseconds(random.between(100, 500)),
  timeout: milliseconds(150),
});

function drawRestart(random: Random): RestartConfig {
  const delays = weighted<readonly number[]>(random, [[], [0], [0, 0, 0], [0, 200, 1_000], [100, 500, 1_000, 2_000]]);
  return {
    delays: delays.map(milliseconds),
    within: seconds(random.between(5, 30)),
    reset: seconds(random.between(2, 20)),
    exits: {
      "0": weighted(random, ["stop", "restart"]),
      "78": "move",
      ...(random.chance(0.2) ? { "*": "move" } : {}),
    },
    exhausted: weighted<RestartConfig["exhausted"]>(random, [
      { kind: "move" },
      { kind: "stop" },
      { kind: "retry", every: drawRetry(random) },
    ]),
  };
}

const drawRetry = (random: Random): Duration => seconds(random.between(3, 10));

/** A schedule of faults of programs, and of orders about them; none in a world without. */
export function drawProgramFaults(random: Random, site: SitePlan, time: FaultTime): readonly Fault[] {
  if (!hasPrograms(site.cluster)) return [];
  const gapMax = weighted(random, [1, 4, 10]) * SECOND;
  const lengthMax = weighted(random, [SECOND, 5 * SECOND, 15 * SECOND]);
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < FAULTS_MAX; at += random.between(MS, gapMax)) {
    faults.push({
      moment: random.chance(0.4) ? drawDelicateMoment(random) : { kind: "at", time: at },
      befallsSpeaker: random.chance(0.7),
      trouble: drawTrouble(random, site, drawLength(random, lengthMax, SHORTEST)),
    });
  }
  return faults;
}

/** A schedule of times in which nobody says whether a unit runs; none in a world without programs. */
export function drawUnansweredProbes(random: Random, site: SitePlan, time: FaultTime): readonly Fault[] {
  if (!hasPrograms(site.cluster)) return [];
  const gapMax = weighted(random, [10, 30, 90]) * SECOND;
  const faults: Fault[] = [];
  for (let at = time.from; at < time.until && faults.length < FAULTS_MAX; at += random.between(SECOND, gapMax)) {
    const host = random.between(0, site.hosts.length - 1);
    const trouble = { kind: "units-unanswered", host, for: drawLength(random, 20 * SECOND, SECOND) } as const;
    faults.push({ moment: { kind: "at", time: at }, befallsSpeaker: false, trouble });
  }
  return faults;
}

const drawDelicateMoment = (random: Random): Moment => ({
  kind: "after-note",
  code: weighted(random, DELICATE),
  nth: random.between(1, 8),
  wait: random.chance(0.5) ? random.between(0, 2 * MS) : random.between(0, 100 * MS),
});

function drawTrouble(random: Random, site: SitePlan, length: number): Trouble {
  const host = random.between(0, site.hosts.length - 1);
  const nth = random.between(0, 23);
  const kind = weighted(random, [
    "ended",
    "ended",
    "ended",
    "misbehaves",
    "misbehaves",
    "misbehaves",
    "host",
    "order",
    "unit",
  ]);
  switch (kind) {
    case "ended":
      return { kind: "program-ended", host, nth, exit: drawExit(random) };
    case "host":
      return { kind: "program-host-died", host };
    case "unit":
      return { kind: "unit-begun", host, nth, for: length };
    case "order":
      return { kind: "commanded", host, command: drawOrder(random, site, nth) };
    default: {
      const how = drawMisbehaviour(random);
      // Else it would be over before anybody knows of it.
      const most = how.kind === "unkillable" ? length + UNKILLABLE_MORE : length;
      return { kind: "program-misbehaves", host, nth, how, for: most };
    }
  }
}

const drawExit = (random: Random): ProgramExit =>
  weighted<ProgramExit>(random, [
    { kind: "status", status: 0 },
    { kind: "status", status: 1 },
    { kind: "status", status: 78 },
    { kind: "signal", signal: "SIGSEGV" },
    { kind: "out-of-memory" },
  ]);

const drawMisbehaviour = (random: Random): Misbehaviour =>
  weighted<Misbehaviour>(random, [
    { kind: "does-not-start" },
    { kind: "starts-late", by: random.between(10 * MS, 4 * SECOND) },
    { kind: "never-ready" },
    { kind: "ends-early", exit: drawExit(random) },
    { kind: "ignores-stop" },
    { kind: "ignores-stop" },
    { kind: "unkillable" },
    { kind: "unkillable" },
    { kind: "answers-late" },
    { kind: "does-not-answer" },
    { kind: "confesses" },
    { kind: "lags" },
    { kind: "refuses-role" },
    { kind: "ignores-role" },
  ]);

function drawOrder(random: Random, { cluster }: SitePlan, nth: number): Command {
  const { service, program } = nthProgram(cluster, nth) ?? {};
  if (service === undefined || program === undefined) return { kind: "unpause" };
  const to = shuffled(random, cluster.services.find(({ name }) => name === service)?.nodes ?? [])[0];
  return weighted<Command>(random, [
    { kind: "stop-service", service },
    { kind: "start-service", service },
    { kind: "start-service", service },
    { kind: "restart-service", service },
    { kind: "restart-service", service, program },
    ...(to === undefined ? [] : [{ kind: "move", service, to, by: { kind: "program", name: program } } as const]),
  ]);
}
