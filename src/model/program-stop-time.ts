/** How long an ordered stop of a node may take because of its programs. */
import { type Duration, seconds } from "../base/time.js";
import type { Cluster } from "./cluster.js";
import type { ProgramConfig } from "./program.js";

/** How long it may take to end by itself: twice its stop timeout, where it asks for more time than that. */
export const programEndMax = ({ stop }: ProgramConfig): Duration => (2 * stop.timeout) as Duration;

/** SIGKILL takes as long as the kernel needs to give memory and files back, and not as long as a program to end by itself. */
const KILL = { min: seconds(10), max: seconds(30) } as const;

/** How long it is waited for after SIGKILL: as long as for its end before, but within what the kernel may need. */
export const programKillMax = ({ stop }: ProgramConfig): Duration =>
  Math.max(KILL.min, Math.min(stop.timeout, KILL.max)) as Duration;

/**
 * How long it takes at most until nothing of a service's programs is left, or known that it can't be ended: each may wait
 * for another, has its time to end by itself, and a while after SIGKILL.
 */
export const programsStopMax = (programs: readonly ProgramConfig[]): Duration =>
  programs.reduce((sum, program) => sum + programEndMax(program) + programKillMax(program), 0) as Duration;

/** The same for all services of a node, which end their programs side by side. */
export const nodeStopMax = ({ services }: Cluster, node: string): Duration =>
  Math.max(
    0,
    ...services
      .filter(({ nodes }) => nodes.some((each) => each === node))
      .map(({ programs }) => programsStopMax(programs?.list ?? [])),
  ) as Duration;
