/**
 * Programs that run on this machine although it does not hold their service, and that this agent did not start: found,
 * told to everybody, and ended as any program is, before they write where the holder's does.
 *
 * Nothing waits for the answer whether they run: what this node takes meanwhile it goes on with, as it finds it, and what
 * others hold is theirs. Only one thing does: while a node says that it has such a program, no other begins the same one.
 * In a pause they are told of, and ended when it is over. What runs here for another service is that one's.
 */
import type { Instant } from "../../base/time.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { ProgramBrief, ProgramConfig, ProgramName, ProgramSource } from "../../model/program.js";
import type { Effects } from "../effects.js";
import type { Membership } from "../membership/membership.js";
import type { Service } from "../services/service.js";

export interface StraySurroundings {
  readonly self: NodeName;
  readonly paused: boolean;
  /** Whether this node may take a service at once that it does not hold yet: it does not know enough of the others. */
  readonly isOpen: boolean;
}

/** What was found, of all that a node told, which changes seldom. */
const found = new WeakMap<readonly ProgramBrief[], readonly ProgramBrief[]>();

/**
 * Tells each service which of its programs run on another node that did not start them, and ends them, unless it takes the
 * service itself. In a pause nobody ends any, so that nobody waits.
 */
export function awaitStrays(services: readonly Service[], membership: Membership, paused: boolean): void {
  const runs = paused ? [] : membership.livePeers().flatMap(({ state }) => foundIn(state?.programs ?? []));
  const names = new Map<ServiceName, Set<ProgramName>>();
  for (const { service, program } of runs) names.set(service, (names.get(service) ?? new Set()).add(program));
  for (const { config, programs } of services) {
    const { list = [] } = config.programs ?? {};
    const awaited = list.filter(({ name, standby }) => !standby && names.get(config.name)?.has(name) === true);
    programs.await(new Set(awaited.map(({ name }) => name)));
  }
}

function foundIn(briefs: readonly ProgramBrief[]): readonly ProgramBrief[] {
  const before = found.get(briefs);
  if (before !== undefined) return before;
  const now = briefs.filter((each) => each.found === true);
  found.set(briefs, now);
  return now;
}

/** Asks what is not known, and sees to what was found where this node does not hold the service. */
export function reviewStrays(
  now: Instant,
  services: readonly Service[],
  { self, paused, isOpen }: StraySurroundings,
  effects: Effects,
): void {
  const some = services.filter(({ programs }) => !programs.isEmpty);
  for (const { config, programs } of some) programs.ask(now, config.nodes.includes(self), effects);
  if (isOpen) return;
  const begun = new Set(some.flatMap(({ programs }) => programs.begun.map(({ source }) => sourceText(source))));
  const isOurs = ({ source }: ProgramConfig): boolean => begun.has(sourceText(source));
  for (const { holding, programs } of some)
    if (holding === undefined) programs.judgeStrays(now, isOurs, !paused, effects);
}

/** One unit, or one resource, may be a program of several services. */
const sourceText = (source: ProgramSource): string =>
  source.kind === "ocf"
    ? JSON.stringify([source.provider, source.type, Object.entries(source.parameters).sort()])
    : JSON.stringify(source);
