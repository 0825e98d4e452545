import { type Duration, microseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ServiceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import { type ProgramConfig, type ProgramRole, roleTimeout } from "../../model/program.js";
import { type WorldTime, later, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { claimOf, presentOf } from "./truth.js";

const LOOK_AGAIN = seconds(0.2);
/** Restarts that come too often wait for so long. */
const BURST: Duration = seconds(10);

/**
 * A service whose holder cannot run its programs says so: within the time that starts and restarts by policy may take, the
 * holder either serves it whole or has a finding about it. Nothing is given up without a word.
 */
export class GivenUp implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  /** Since when a holder does not serve it whole, and says nothing of that. */
  readonly #silentSince = new Map<SimHost, Map<ServiceName, WorldTime>>();
  #lookedAt: WorldTime = worldTime(0);

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  agentEnded(host: SimHost): void {
    this.#silentSince.delete(host);
  }

  looked(): void {
    const { now } = this.#site.world;
    if (now < later(this.#lookedAt, LOOK_AGAIN)) return;
    this.#lookedAt = now;
    for (const host of this.#site.hosts) for (const service of host.cluster.services) this.#look(host, service);
  }

  #look(host: SimHost, service: ServiceConfig): void {
    const silent = this.#silentSince.get(host) ?? new Map<ServiceName, WorldTime>();
    this.#silentSince.set(host, silent);
    if (service.programs === undefined || !isSilent(host, service)) {
      silent.delete(service.name);
      return;
    }
    const { now } = this.#site.world;
    const since = silent.get(service.name) ?? now;
    silent.set(service.name, since);
    if (now <= later(since, patienceFor(service.programs.list))) return;
    const forSeconds = (now - since) / 1_000_000;
    this.#verdict.broken(
      "said",
      `${host.name} holds ${service.name} and does not serve it whole for ${forSeconds} s, without a finding`,
    );
  }
}

/** It holds the service, not all of it is there, and no finding of its own is about that. */
function isSilent(host: SimHost, service: ServiceConfig): boolean {
  if (!host.isRunning || host.agent?.isDoomed !== false || claimOf(host, service.name) === undefined) return false;
  const { programs: { list } = { list: [] } } = service;
  const isWhole = presentOf(host, service).length > 0 && list.every((each) => servesOn(host, service, each));
  if (isWhole) return false;
  const findings = host.agent.core.view(host.clock.now()).findings.map(({ finding }) => finding);
  return !findings.some((finding) => isAbout(finding, service));
}

/** The program is ready there, or has done what it is for. */
const servesOn = (host: SimHost, service: ServiceConfig, config: ProgramConfig): boolean =>
  host.programs.isDone(service.name, config.name) || runsOn(host, service, config, "holder");

/** The program is ready there, in the role that it should have. */
const runsOn = (host: SimHost, { name }: ServiceConfig, config: ProgramConfig, role: ProgramRole): boolean =>
  host.programs.running.some(
    (each) =>
      each.isReady &&
      each.run.service === name &&
      each.run.config.name === config.name &&
      isIn(each.role, role, config),
  );

const isIn = (role: ProgramRole, wanted: ProgramRole, { standby }: ProgramConfig): boolean =>
  !standby || role === wanted;

/** Something about its programs, its holder or its addresses. */
function isAbout(finding: Finding, { name }: ServiceConfig): boolean {
  if ("service" in finding) return finding.service === name;
  if ("services" in finding) return finding.services.includes(name);
  return finding.kind === "address-unstable";
}

/** As long as all its programs may take one after the other, each for all its tries. */
function patienceFor(programs: readonly ProgramConfig[]): Duration {
  const roles = Math.max(0, ...programs.map((each) => (each.standby ? roleTimeout(each) : 0)));
  return microseconds(programs.reduce<number>((sum, each) => sum + triesMax(each), BURST + roles));
}

function triesMax({ ready, restart, stop }: ProgramConfig): number {
  const start = ready.kind === "started" ? 0 : (ready.timeout ?? 0);
  const tries = restart.delays.map((delay) => start + delay + 3 * stop.timeout);
  return tries.reduce<number>((sum, each) => sum + each, start + 3 * stop.timeout);
}

/** What is wrong with a service's programs in a world without faults; undefined: nothing. */
export function programProblem(site: Site, service: ServiceConfig): string | undefined {
  const holder = site.hosts.find((host) => claimOf(host, service.name) !== undefined);
  const { programs: { list } = { list: [] } } = service;
  if (holder === undefined) return undefined;
  const problems = site.hosts.flatMap((host) =>
    list.flatMap((each) => problemOn(host, service, each, host === holder)),
  );
  return problems[0];
}

function problemOn(host: SimHost, service: ServiceConfig, program: ProgramConfig, isHolder: boolean): string[] {
  const role = isHolder ? "holder" : "standby";
  const isWanted = service.nodes.includes(host.plan.name) && (isHolder || program.standby);
  const what = `${program.name} of ${service.name}`;
  const isDone = host.programs.isDone(service.name, program.name);
  if (isWanted && !isDone && !runsOn(host, service, program, role))
    return [`${what} is not ready as ${role} on ${host.name}`];
  const runs = host.programs.running.some(
    ({ run }) => run.service === service.name && run.config.name === program.name,
  );
  if (runs && !isWanted) return [`${what} runs on ${host.name}`];
  const isStray = host.programs.strays.some(
    ({ run }) => run.service === service.name && run.config.name === program.name,
  );
  const isKnown = service.nodes.includes(host.plan.name);
  return isStray && isKnown ? [`${what} runs on ${host.name}, where somebody else started it`] : [];
}
