import { InvariantError } from "../base/assert.js";
import { type Duration, milliseconds } from "../base/time.js";
import type { CoreFactory } from "./agent.js";
import { Acquaintances } from "./checkers/acquaintances.js";
import { Agreement } from "./checkers/agreement.js";
import { Answers } from "./checkers/answers.js";
import { Blame } from "./checkers/blame.js";
import { AFTERMATH, Convergence } from "./checkers/convergence.js";
import { FencedFirst } from "./checkers/fenced-first.js";
import { FirstClaims } from "./checkers/first-claims.js";
import { DualHolder } from "./checkers/dual-holder.js";
import { Epochs } from "./checkers/epochs.js";
import { Holdings } from "./checkers/holdings.js";
import { HostRouteRules } from "./checkers/host-routes.js";
import { Identities } from "./checkers/identities.js";
import { KernelRules } from "./checkers/kernel-rules.js";
import { OwnMacs } from "./checkers/own-macs.js";
import { PathLiveness } from "./checkers/path-liveness.js";
import { PathPlans } from "./checkers/path-plans.js";
import { PathWorkings } from "./checkers/path-workings.js";
import { KnownStrays } from "./checkers/known-strays.js";
import { LeftBehindAddresses } from "./checkers/left-behind.js";
import { ProgramOrder } from "./checkers/program-order.js";
import { ProgramPlaces } from "./checkers/program-places.js";
import { GivenUp } from "./checkers/program-service.js";
import { Quiet } from "./checkers/quiet.js";
import { Reasons } from "./checkers/reasons.js";
import { Restarts } from "./checkers/restarts.js";
import { Orders } from "./checkers/orders.js";
import { RuleDuties } from "./checkers/rule-duties.js";
import { RuleFirings } from "./checkers/rule-firings.js";
import { RuleMoves } from "./checkers/rule-moves.js";
import { Room } from "./checkers/room.js";
import { Steadiness } from "./checkers/steadiness.js";
import { Stirrings } from "./checkers/stirrings.js";
import { Unserved } from "./checkers/unserved.js";
import { WireTies } from "./checkers/wire-ties.js";
import { Words } from "./checkers/words.js";
import { Yielding } from "./checkers/yielding.js";
import { later, worldTime } from "./clock.js";
import { Coverage } from "./coverage.js";
import { Fate } from "./fate.js";
import { hasFencing } from "./fencing-workload.js";
import { Fingerprint } from "./fingerprint.js";
import type { Observer } from "./observer.js";
import type { Plan } from "./plan.js";
import { hasPrograms } from "./program-workload.js";
import { hasRules } from "./rule-workload.js";
import { Site } from "./site.js";
import { Trace } from "./trace.js";
import { Verdict, type Violation } from "./verdict.js";

/** How often the checkers look at the world between events. */
const LOOK: Duration = milliseconds(2);

export interface RunOptions {
  readonly makeCore: CoreFactory;
  readonly traced?: boolean;
  /** The only rule that is judged; undefined: all are. */
  readonly onlyRule?: string;
  /** More who watch. */
  readonly observers?: readonly Observer[];
}

export interface Outcome {
  readonly violation: Violation | undefined;
  /** Equal for two runs of one plan. */
  readonly fingerprint: string;
  readonly marks: ReadonlyMap<string, number>;
  readonly occurrences: number;
  readonly trace: readonly string[];
}

/** Runs a plan from the first agent's start to the quiet end, or to the first rule that is broken. */
export function run(plan: Plan, options: RunOptions): Outcome {
  const site = new Site(plan.seed, plan.site, options.makeCore);
  const verdict = new Verdict(() => site.world.now, options.onlyRule);
  const coverage = new Coverage();
  const fingerprint = new Fingerprint(site.world);
  const trace = options.traced === true ? new Trace(site) : undefined;
  const fate = new Fate(site, plan.faults, plan.healAt);
  site.observers.push(...(trace === undefined ? [] : [trace]), fingerprint, coverage);
  const convergence = new Convergence(site, verdict);
  site.observers.push(...checkers(site, verdict, plan), convergence, ...(options.observers ?? []), fate);
  for (const host of site.hosts) site.world.plan(worldTime(host.plan.startAt), { happen: () => host.startAgent() });
  lookAgain(site);
  const end = later(worldTime(plan.healAt), AFTERMATH);
  const isOver = (): boolean => verdict.violation !== undefined || convergence.isReached;
  runUnlessBroken(() => site.world.run(end, isOver), verdict);
  return {
    violation: verdict.violation,
    fingerprint: fingerprint.value,
    marks: coverage.marks,
    occurrences: site.world.happened,
    trace: trace?.lines ?? [],
  };
}

function checkers(site: Site, verdict: Verdict, plan: Plan): readonly Observer[] {
  const steadiness = new Steadiness(site);
  const holdings = new Holdings();
  const words = new Words();
  const stirrings = new Stirrings();
  const workings = new PathWorkings(site, stirrings);
  const acquaintances = new Acquaintances(site, stirrings);
  return [
    stirrings,
    words,
    ...(hasRules(plan.site.cluster) ? [new RuleFirings(site, verdict, steadiness, acquaintances)] : []),
    steadiness,
    acquaintances,
    ...(hasRules(plan.site.cluster)
      ? [new RuleDuties(site, verdict, acquaintances), new RuleMoves(site, verdict)]
      : []),
    new DualHolder(site, verdict, acquaintances),
    new WireTies(site, verdict, acquaintances),
    new FirstClaims(site, verdict, holdings, acquaintances),
    new LeftBehindAddresses(site, verdict),
    new Identities(site, verdict, acquaintances),
    new Agreement(site, verdict, steadiness, acquaintances),
    new Yielding(verdict, holdings, words),
    new Epochs(verdict, words),
    new KernelRules(verdict, holdings),
    new HostRouteRules(verdict),
    // Those before it see what was held before the decision, those after it what is held now.
    holdings,
    new OwnMacs(site, verdict),
    new Reasons(verdict, holdings),
    new Orders(verdict),
    ...(hasPrograms(plan.site.cluster) ? programCheckers(site, verdict, holdings, acquaintances) : []),
    ...(hasFencing(plan.site.cluster) ? [new FencedFirst(site, verdict, holdings)] : []),
    new Room(verdict, holdings),
    new Quiet(site, verdict, plan, words),
    new Unserved(site, verdict, steadiness),
    new Answers(site, verdict),
    workings,
    new PathPlans(verdict),
    new Blame(verdict),
    new PathLiveness(site, verdict, workings),
  ];
}

const programCheckers = (
  site: Site,
  verdict: Verdict,
  holdings: Holdings,
  acquaintances: Acquaintances,
): readonly Observer[] => [
  new ProgramPlaces(site, verdict, holdings, acquaintances),
  new KnownStrays(site, verdict, acquaintances),
  new ProgramOrder(site, verdict),
  new Restarts(site, verdict),
  new GivenUp(site, verdict),
];

function lookAgain(site: Site): void {
  for (const observer of site.observers) observer.looked?.();
  site.world.planIn(LOOK, () => lookAgain(site));
}

/** A broken invariant of the core is a violation like any other. */
function runUnlessBroken(go: () => void, verdict: Verdict): void {
  try {
    go();
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    verdict.broken("assert", error.stack ?? error.message);
  }
}
