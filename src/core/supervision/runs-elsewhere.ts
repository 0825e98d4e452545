/**
 * What runs on other nodes and keeps this one from beginning the same: what their agents did not start, or still end although
 * they do not hold its service. They say so themselves, as long as they are heard.
 *
 * An agent that begins anew, after a crash or a change of the program, has yet to look. What was known before goes on
 * until it has: it says which of its programs that is open of. Nobody waits for an answer without end, nor for that of an
 * agent that never told of anything. A node that is not heard keeps nobody from beginning; what is known of it counts again
 * once it is back, since the machine may have gone on all the while.
 */
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { NodeState } from "../../model/node-state.js";
import { type ProgramId, type ProgramState, isSameProgram } from "../../model/program.js";
import type { Peer } from "../membership/membership.js";

/** Three answers that say nothing: such a question is asked again every 30 s. */
export const UNSURE_MAX: Duration = seconds(90);

export interface RunElsewhere extends ProgramId {
  readonly node: NodeName;
  /** Its node has not looked yet since it began anew; it is waited for until then. Undefined: it says that it runs. */
  readonly until: Instant | undefined;
}

/** What of all that a node told is of the kind, which changes seldom. */
const told = new WeakMap<NodeState, readonly ProgramId[]>();

const NONE: readonly RunElsewhere[] = [];

export class RunsElsewhere {
  /** Of peers that are heard, and of others what they told last. */
  #known: readonly RunElsewhere[] = NONE;

  /** Takes in what the peers say now. @param peers all that are in the configuration */
  review(now: Instant, peers: readonly Peer[]): void {
    const next = peers.flatMap((peer): readonly RunElsewhere[] => {
      const before = this.#known.filter(({ node }) => node === peer.name);
      // How long its absence lasts has nothing to do with how long it takes to look.
      if (peer.condition !== "up") return before.map((each) => ({ ...each, until: undefined }));
      const runs = peer.state === undefined ? [] : leftIn(peer.state);
      const open = before.filter(
        (each) => isOpen(each, peer.state) && !runs.some((other) => isSameProgram(each, other)),
      );
      return [
        ...runs.map(({ service, program }) => ({ node: peer.name, service, program, until: undefined })),
        ...open
          .map((each) => ({ ...each, until: each.until ?? after(now, UNSURE_MAX) }))
          .filter(({ until }) => now < until),
      ];
    });
    this.#known = next.length === 0 ? NONE : next;
  }

  /** What is waited for, of nodes that are heard. Those that say that it runs come first. */
  of(service: ServiceName, isHeard: (node: NodeName) => boolean): readonly RunElsewhere[] {
    if (this.#known.length === 0) return NONE;
    const all = this.#known.filter((each) => each.service === service && isHeard(each.node));
    return [...all.filter(({ until }) => until === undefined), ...all.filter(({ until }) => until !== undefined)];
  }
}

/** Whether its node has yet to say whether it runs, in its present run. */
const isOpen = (run: ProgramId, state: NodeState | undefined): boolean =>
  state === undefined || state.unlooked?.some((each) => isSameProgram(each, run)) === true;

function leftIn(state: NodeState): readonly ProgramId[] {
  const before = told.get(state);
  if (before !== undefined) return before;
  const isHeld = (name: ServiceName): boolean => state.tenures.some(({ service }) => service === name);
  const now = (state.programs ?? []).filter(
    (each) => each.found === true || (IS_ENDING.has(each.state) && !isHeld(each.service)),
  );
  told.set(state, now);
  return now;
}

const IS_ENDING: ReadonlySet<ProgramState> = new Set(["stopping", "killing", "stuck"]);
