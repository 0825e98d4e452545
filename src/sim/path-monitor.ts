import { type Instant, after, earliest } from "../base/time.js";
import { PingJudge } from "../core/membership/ping-judge.js";
import type { NodeInput } from "../model/node-io.js";
import type { PathWatch } from "../model/path.js";
import type { SimHost } from "./host.js";
import { MonitorTurns } from "./monitor-turns.js";

interface Watched {
  /** Equal keys: nothing has changed for this path. */
  readonly key: string;
  readonly watch: PathWatch;
  readonly twin: PathWatch | undefined;
  readonly judge: PingJudge;
  nextRound: Instant;
}

/** Asks the targets of each path over its interface, and says what the judge of each has found. */
export class PathMonitor {
  readonly turns: MonitorTurns;
  readonly #host: SimHost;
  readonly #say: (input: NodeInput) => void;
  #watched: readonly Watched[] = [];

  constructor(host: SimHost, say: (input: NodeInput) => void) {
    this.#host = host;
    this.#say = say;
    this.turns = new MonitorTurns(host, {
      judges: () => this.#watched.map(({ judge }) => judge),
      run: (now) => this.#run(now),
    });
  }

  /** Watches these paths in place of all earlier ones; one that stays as it is goes on undisturbed. */
  order(paths: readonly PathWatch[]): void {
    const now = this.#host.clock.now();
    this.#watched = paths.map((watch) => {
      const twin = paths.find(({ group, role }) => group === watch.group && role !== watch.role);
      const key = JSON.stringify([watch, watch.idle ? twin?.interface : undefined]);
      const before = this.#watched.find((each) => each.key === key);
      return before ?? { key, watch, twin, judge: new PingJudge({ ...watch, targets: [] }, now), nextRound: now };
    });
    this.turns.begin();
  }

  #run(now: Instant): Instant | undefined {
    for (const watched of this.#watched) {
      this.#judge(watched, now);
      if (now < watched.nextRound) continue;
      this.#round(watched, now);
      watched.nextRound = after(now, watched.watch.interval);
    }
    const [first, ...others] = this.#watched.map(({ judge, nextRound }) =>
      earliest(nextRound, judge.silentAt ?? nextRound),
    );
    return first === undefined ? undefined : others.reduce(earliest, first);
  }

  /** In this world, answers take no time. */
  #round({ watch, twin, judge }: Watched, now: Instant): void {
    const targets = this.#canAsk(watch, twin) ? watch.targets : [];
    judge.roundStarted();
    judge.retarget(targets, now);
    for (const target of targets) {
      if (this.#host.site.answersOver(this.#host, watch.interface, target)) judge.answered(target, now);
    }
  }

  /** An idle path has no address: it asks where the other one's tell that the target is on-link, and under a MAC of its own. */
  #canAsk({ interface: name, idle }: PathWatch, twin: PathWatch | undefined): boolean {
    if (!idle) return true;
    const { kernel } = this.#host;
    const [link, other] = [kernel.link(name), twin && kernel.link(twin.interface)];
    const places = [link, other].flatMap((each) => (each === undefined ? [] : [each.index]));
    return link?.mac !== other?.mac && kernel.addresses.some(({ linkIndex }) => places.includes(linkIndex));
  }

  #judge({ watch: { group, role }, judge }: Watched, now: Instant): void {
    const reachable = judge.judge(now);
    if (reachable !== undefined) this.#say({ kind: "path-judged", group, role, reachable, silent: judge.silent(now) });
  }
}
