/**
 * Programs that outlived their agent in a pause: given to the services that they belong to, before anything is decided. What is
 * as the file says now goes on as it is; what is otherwise begins anew, as after a reload; what the file does not have is
 * ended in order.
 */
import type { Instant } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ServiceName } from "../../model/names.js";
import type { KeptPrograms, KeptRun } from "../../model/program.js";
import type { Effects } from "../effects.js";
import type { Service } from "../services/service.js";
import type { Remains } from "./remains.js";

export interface Adopters {
  /** Those of the file. */
  readonly services: readonly Service[];
  readonly remains: Remains;
  /** Makes one that the file does not have. */
  readonly begin: (config: ServiceConfig) => Service;
}

/** @returns services that the file does not have, and of which everything is on its way off this machine. */
export function adopt(
  now: Instant,
  kept: KeptPrograms,
  { services, remains, begin }: Adopters,
  effects: Effects,
): readonly Service[] {
  const { runs, left, ended = [] } = kept;
  remains.found(left);
  effects.runsBegan(lastRunOf(kept));
  const latest = latestOfEach(runs);
  // Nobody hears of these any more; two of one program would fight.
  for (const each of runs) if (!latest.includes(each)) effects.push({ kind: "kill-program", run: each.start.run });
  for (const service of services) {
    const own = ofService(service.config.name, { runs: latest, left, ended });
    service.programs.adopt(now, own, effects);
  }
  const known = new Set(services.map(({ config }) => config.name));
  const unknown = [...new Set(latest.map(({ start }) => start.service))].filter((name) => !known.has(name));
  return unknown.map((name) => {
    const own = ofService(name, { runs: latest, left, ended: [] });
    const service = begin(formerConfig(name, own.runs));
    service.programs.adopt(now, own, effects);
    service.dismiss(now, effects);
    return service;
  });
}

/** Number of the latest run that was ordered, as far as is known. */
export const lastRunOf = ({ runs, ended = [], lastRun = 0 }: KeptPrograms): number =>
  [...runs, ...ended].reduce((last, { start }) => Math.max(last, start.run), lastRun);

type Kept = Required<Omit<KeptPrograms, "lastRun">>;

const ofService = (name: ServiceName, { runs, left, ended }: Kept): Kept => ({
  ended: ended.filter(({ start }) => start.service === name),
  runs: runs.filter(({ start }) => start.service === name),
  left: left.filter(({ service }) => service === name),
});

/** Of each program, the run that was begun last. */
function latestOfEach(runs: readonly KeptRun[]): readonly KeptRun[] {
  const byProgram = new Map<string, KeptRun>();
  for (const run of runs) {
    const key = `${run.start.service} ${run.start.config.name}`;
    const before = byProgram.get(key);
    if (before === undefined || before.start.run < run.start.run) byProgram.set(key, run);
  }
  return [...byProgram.values()];
}

/** As far as it is known from its programs, in the order in which they end. */
const formerConfig = (name: ServiceName, runs: readonly KeptRun[]): ServiceConfig => ({
  name,
  addresses: [],
  nodes: [],
  failback: { kind: "never" },
  programs: { list: runs.map(({ start }) => start.config), beforeAddresses: [], afterAddresses: [] },
});
