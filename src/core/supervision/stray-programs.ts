/**
 * Programs that run on this machine although it does not hold their service, and that this agent did not start: found,
 * told to everybody, and ended as any program is, before they write where the holder's does.
 *
 * Nothing waits for the answer whether they run: what this node takes meanwhile it goes on with, as it finds it, and what
 * others hold is theirs. While nobody holds a service, what runs of it is told of and left alone: whoever takes it may go on
 * with it. Only one thing waits: while a node says that it has such a program, no other begins the same one. In a pause
 * they are told of, and ended when it is over. What runs here for another service is that one's.
 */
import type { Instant } from "../../base/time.js";
import { wireId } from "../../model/names.js";
import type { ProgramConfig, ProgramSource } from "../../model/program.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { strongestClaim } from "../services/seniority.js";
import type { Service } from "../services/service.js";

export interface StraySurroundings {
  readonly knowledge: Knowledge;
  /** Services that left the file. */
  readonly retired: readonly Service[];
  /** Whether this node knows too little of the others yet to tell what is theirs. */
  readonly isListening: boolean;
  /** The agent ends, and what it found with it: others begin when they hear that it has. */
  readonly isStopping: boolean;
}

/** Tells each service which of its programs it may not begin yet. In a pause nobody ends any, and they are waited for all the same. */
export function awaitStrays(services: readonly Service[], { membership, elsewhere, fencing }: Knowledge): void {
  for (const { config, programs } of services) {
    const { list = [] } = config.programs ?? {};
    const runs = elsewhere.of(
      config.name,
      (node) => membership.isUp(node),
      (stray) => fencing.isToEnd(stray),
    );
    programs.await(runs.filter(({ program }) => list.some(({ name, standby }) => name === program && !standby)));
  }
}

/** Asks what is not known, and sees to what was found where this node does not hold the service. */
export function reviewStrays(
  now: Instant,
  services: readonly Service[],
  { knowledge, retired, isListening, isStopping }: StraySurroundings,
  effects: Effects,
): void {
  const { self, paused, mayBeCutOff } = knowledge;
  const some = services.filter(({ programs }) => !programs.isEmpty);
  if (!isStopping) {
    for (const { config, programs } of some) programs.ask(now, config.nodes.includes(self), effects);
    for (const { programs } of retired) programs.ask(now, false, effects);
  }
  // In a pause they outlive the agent, as its own do.
  if (isStopping ? paused : mayBeCutOff || isListening) return;
  const isDecided = (service: Service): boolean => isStopping || isElsewhere(service, knowledge);
  const undecided = some.filter((each) => each.holding === undefined && !isDecided(each));
  const [ours, open] = [
    unitsOf(some.flatMap(({ programs }) => programs.begun)),
    unitsOf(undecided.flatMap(({ config, programs }) => (config.nodes.includes(self) ? programs.configs : []))),
  ];
  const units = {
    areOurs: ({ source }: ProgramConfig): boolean => ours.has(sourceText(source)),
    mayBeOurs: ({ source }: ProgramConfig): boolean => open.has(sourceText(source)),
  };
  for (const each of some) {
    const isOver = each.holding === undefined && isDecided(each);
    each.programs.judgeStrays(now, isOver, units, !paused, effects);
  }
  for (const { programs } of retired) programs.judgeStrays(now, true, units, !paused, effects);
}

/** Whether the service is another node's, which is not about to give it to this one, or is to be nobody's. */
function isElsewhere(service: Service, { self, membership, halts }: Knowledge): boolean {
  const { name } = service.config;
  if (halts.has(name) || service.tie.left !== undefined) return true;
  const holder = strongestClaim(membership.claimsOf(name), service.config);
  return holder !== undefined && holder.claim.target !== wireId(self);
}

const unitsOf = (programs: readonly ProgramConfig[]): ReadonlySet<string> =>
  new Set(programs.map(({ source }) => sourceText(source)));

/** One unit, or one resource, may be a program of several services. */
const sourceText = (source: ProgramSource): string =>
  source.kind === "ocf"
    ? JSON.stringify([source.provider, source.type, Object.entries(source.parameters).sort()])
    : JSON.stringify(source);
