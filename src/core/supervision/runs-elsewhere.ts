/**
 * What runs on other nodes and keeps this one from beginning the same: what their agents did not start, or still end although
 * they do not hold its service. They say so themselves, as long as they are heard.
 *
 * An agent that begins anew, after a crash or a change of the program, has yet to look. What was known before goes on
 * until it has: it says which of its programs that is open of. Nobody waits for an answer without end, nor for that of an
 * agent that never told of anything. What is known of a node that is not heard counts again once it is back, since the machine
 * may have gone on all the while.
 *
 * A stray, which its agent did not start, no guard ends: where its node can be fenced, it is waited for while that is silent
 * too, until it was fenced. Of such a one those tell that heard of it from its node itself, in the boot that it had last, and
 * nobody passes on what he was told: so it is over everywhere as soon as it is for them.
 */
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { Stray } from "../../model/fencing.js";
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
  /** The word by which it was found there in the present boot, as far as is known; undefined: it was not. */
  readonly stray: Stray | undefined;
}

/** What of all that a node told is of the kind, which changes seldom. */
const told = new WeakMap<NodeState, readonly Run[]>();

interface Run extends ProgramId {
  readonly isFound: boolean;
}

const NONE: readonly RunElsewhere[] = [];

export class RunsElsewhere {
  /** Of peers that are heard, and of others what they told last. */
  #known: readonly RunElsewhere[];
  /** What others heard of nodes that this one does not hear. */
  #told: readonly RunElsewhere[] = NONE;

  constructor(saved: readonly Stray[]) {
    this.#known = saved.map(ofStray);
  }

  /** Takes in what the peers say now. @param peers all that are in the configuration */
  review(now: Instant, peers: readonly Peer[]): void {
    const next = peers.flatMap((peer): readonly RunElsewhere[] => {
      const before = this.#known.filter(({ node }) => node === peer.name);
      // How long its absence lasts has nothing to do with how long it takes to look.
      if (peer.condition !== "up") return before.map((each) => leftOf(each, peer.state));
      const runs = peer.state === undefined ? [] : leftIn(peer.state);
      const open = before.filter(
        (each) => isOpen(each, peer.state) && !runs.some((other) => isSameProgram(each, other)),
      );
      return [
        ...runs.map((run) => runOf(peer, run, before)),
        ...open
          .map((each) => ({ ...each, until: each.until ?? after(now, UNSURE_MAX) }))
          .filter(({ until }) => now < until),
      ];
    });
    this.#known = next.length === 0 ? NONE : next;
    const others = toldBy(peers).filter((each) => !this.#known.some((known) => isSameRun(known, each)));
    this.#told = others.length === 0 ? NONE : others.map(ofStray);
  }

  /**
   * What is waited for. Those that say that it runs come first.
   * @param isWaitedFor whether a stray is, whose node is not heard
   */
  of(
    service: ServiceName,
    isHeard: (node: NodeName) => boolean,
    isWaitedFor: (stray: Stray) => boolean,
  ): readonly RunElsewhere[] {
    if (this.#known.length + this.#told.length === 0) return NONE;
    const all = [...this.#known, ...this.#told].filter(
      ({ service: name, node, stray }) =>
        name === service && (isHeard(node) || (stray !== undefined && isWaitedFor(stray))),
    );
    return [...all.filter(({ until }) => until === undefined), ...all.filter(({ until }) => until !== undefined)];
  }

  /** What this node heard of from the nodes themselves. */
  get strays(): readonly Stray[] {
    return this.#known.flatMap(({ stray }) => stray ?? []);
  }

  /** All that is known of those on a node. */
  straysOn(node: NodeName): readonly Stray[] {
    return [...this.#known, ...this.#told].flatMap(({ stray }) => (stray?.node === node ? stray : []));
  }
}

const ofStray = (stray: Stray): RunElsewhere => {
  const { node, service, program } = stray;
  return { node, service, program, until: undefined, stray };
};

const isSameRun = (a: RunElsewhere, b: Stray): boolean => a.node === b.node && isSameProgram(a, b);

function runOf(
  { name: node, state }: Peer,
  { service, program, isFound }: Run,
  before: readonly RunElsewhere[],
): RunElsewhere {
  const run = { node, service, program, until: undefined };
  if (!isFound || state === undefined) return { ...run, stray: undefined };
  const { incarnation, version, machine } = state;
  const known = before.find((each) => isSameProgram(each, run))?.stray;
  if (known?.incarnation === incarnation) return { ...run, stray: known };
  const boot = machine === undefined ? {} : { boot: machine.boot };
  return { ...run, stray: { node, service, program, incarnation, version, ...boot } };
}

/** What goes on, as far as is known, on a node that is not heard any more, and said this last. */
function leftOf(run: RunElsewhere, state: NodeState | undefined): RunElsewhere {
  const { stray } = run;
  const isOver = stray !== undefined && state !== undefined && isDenied(stray, state);
  return { ...run, until: undefined, stray: isOver ? undefined : stray };
}

/** Of nodes that are not heard here, and said nothing later to this one. */
function toldBy(peers: readonly Peer[]): readonly Stray[] {
  const living = peers.filter(({ condition, state }) => condition === "up" && state?.strays !== undefined);
  if (living.length === 0) return [];
  const silent = new Map(peers.filter(({ condition }) => condition !== "up").map((peer) => [peer.name, peer]));
  const all = living.flatMap(({ state }) => state?.strays ?? []);
  return all.filter((stray, at) => {
    const peer = silent.get(stray.node);
    const isFirst = all.findIndex((each) => each.node === stray.node && isSameProgram(each, stray)) === at;
    return peer !== undefined && isFirst && (peer.state === undefined || !isDenied(stray, peer.state));
  });
}

/** Whether a state of the node that is not older says that it does not run, or was made after another start of the machine. */
function isDenied(stray: Stray, state: NodeState): boolean {
  const { incarnation, version, machine } = state;
  if (incarnation === stray.incarnation) return version >= stray.version && !isFoundIn(stray, state);
  if (incarnation < stray.incarnation) return false;
  // An older version, which does not tell of its machine, may run after any start of it.
  const isAnew = machine === undefined || (stray.boot !== undefined && machine.boot !== stray.boot);
  return !isFoundIn(stray, state) && (isAnew || !isOpen(stray, state));
}

const isFoundIn = (stray: ProgramId, state: NodeState): boolean =>
  leftIn(state).some((each) => each.isFound && isSameProgram(each, stray));

/** Whether its node has yet to say whether it runs, in its present run. */
const isOpen = (run: ProgramId, state: NodeState | undefined): boolean =>
  state === undefined || state.unlooked?.some((each) => isSameProgram(each, run)) === true;

function leftIn(state: NodeState): readonly Run[] {
  const before = told.get(state);
  if (before !== undefined) return before;
  const isHeld = (name: ServiceName): boolean => state.tenures.some(({ service }) => service === name);
  const now = (state.programs ?? [])
    .filter((each) => each.found === true || (IS_ENDING.has(each.state) && !isHeld(each.service)))
    .map(({ service, program, found }) => ({ service, program, isFound: found === true }));
  told.set(state, now);
  return now;
}

const IS_ENDING: ReadonlySet<ProgramState> = new Set(["stopping", "killing", "stuck"]);
