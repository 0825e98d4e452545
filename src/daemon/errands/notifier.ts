import { matchesFilter } from "../../api/event-filter.js";
import { type Instant, between, earliest, inMilliseconds, milliseconds } from "../../base/time.js";
import { commonKey } from "../../core/telling/common-notes.js";
import { Turns, graceOf } from "../../core/telling/turns.js";
import type { Cluster } from "../../model/cluster.js";
import { runsOn } from "../../model/errand.js";
import type { AgentEvent } from "../../model/event.js";
import type { HookConfig, HookFilter, HookName } from "../../model/hook.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import { SEVERITIES } from "../../model/note.js";
import { noteSeverity } from "../../model/note-text.js";
import { eventDocument } from "../../model/status-document-event.js";
import type { Errands } from "./errands.js";
import { Hook, type HookEvent } from "./hook.js";
import type { Impairments } from "../impairments.js";

export interface NotifierParts {
  readonly self: NodeName;
  readonly errands: Pick<Errands, "command" | "post">;
  readonly impairments: Pick<Impairments, "raise" | "clear">;
  readonly clock: () => Instant;
  /** Nodes that live, as far as this one knows, in the order of the file. */
  readonly living: () => readonly NodeName[];
  /** Says to the others that the hook was told. */
  readonly sayTold: (hook: HookName, key: string) => void;
  readonly retryMs?: number;
}

type NotifiedCluster = Pick<Cluster, "hooks" | "detection">;

export interface ServedService {
  readonly name: ServiceName;
  readonly epoch: number;
}

interface Running {
  readonly config: HookConfig;
  readonly hook: Hook;
  readonly turns: Turns<HookEvent>;
}

/**
 * Tells the hooks of the cluster file what happens on this node, and of what all nodes see, what is this node's to tell
 * (core/telling).
 */
export class Notifier {
  readonly #parts: NotifierParts;
  #running: readonly Running[] = [];
  /** Of the latest event. */
  #latest = { sequence: 0, atMs: 0 };
  /** When the next of what is left to other nodes is due here. */
  #nextTurn: NodeJS.Timeout | undefined;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /**
   * Hooks that are as they were go on with what waits for them; so does one that was changed, by its name. One that is new
   * or changed was not told what this node has begun to serve, and is told so now.
   * @param served what that is
   */
  reconfigure(cluster: NotifiedCluster, served: readonly ServedService[]): void {
    const { hooks: configs = [] } = cluster;
    const before = new Map(this.#running.map((each) => [JSON.stringify(each.config), each]));
    const formers = new Map(this.#running.map((each) => [each.config.name, each]));
    const ours = configs.filter((each) => runsOn(each, this.#parts.self));
    this.#running = ours.map((config) => {
      const key = JSON.stringify(config);
      const kept = before.get(key);
      before.delete(key);
      return kept ?? this.#begin(config, cluster, served, this.#leftBy(formers.get(config.name)));
    });
    for (const { config, hook } of before.values()) {
      hook.close();
      this.#parts.impairments.clear(`hook ${config.name}`);
    }
  }

  tell(event: AgentEvent): void {
    this.#latest = event;
    for (const running of this.#running) {
      if (isWanted(running.config.filter, event) && !isAboutItself(running.config, event)) this.#pass(running, event);
    }
    this.#await();
  }

  /** Another node told the hook of what it knows by this key. */
  heardTold(name: HookName, key: string): void {
    const running = this.#running.find(({ config }) => config.name === name);
    // What waits for the hook itself was noticed before what waits for its turn.
    if (running?.hook.strike(key) === false) running.turns.heard(this.#parts.clock(), key);
  }

  /** Tells what other nodes were to tell, and are not there any more to do, or did not in time. */
  review(): void {
    if (!this.#running.some(({ turns }) => turns.isWaiting)) return;
    const now = this.#parts.clock();
    for (const { config, hook, turns } of this.#running) {
      for (const event of turns.take(now, this.#tellersOf(config))) hook.tell(event);
    }
    this.#await();
  }

  /** Waits until all hooks were told of everything, but not longer than this. */
  async settle(msMax: number): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, msMax);
    });
    await Promise.race([late, Promise.all(this.#running.map(({ hook }) => hook.idle()))]);
    clearTimeout(patience);
  }

  close(): void {
    clearTimeout(this.#nextTurn);
    for (const { hook } of this.#running) hook.close();
  }

  #pass({ config, hook, turns }: Running, event: AgentEvent): void {
    const key = config.from === "one" ? commonKey(event.note) : undefined;
    const told: HookEvent = { document: eventDocument(event, isoOf(event)), key };
    if (key === undefined || turns.notice(this.#parts.clock(), event.note, told, this.#tellersOf(config)))
      hook.tell(told);
  }

  #tellersOf(config: HookConfig): readonly NodeName[] {
    return this.#parts.living().filter((node) => runsOn(config, node));
  }

  #await(): void {
    clearTimeout(this.#nextTurn);
    const times = this.#running.flatMap(({ config, turns }) =>
      turns.isWaiting ? (turns.nextAt(this.#tellersOf(config)) ?? []) : [],
    );
    if (times.length === 0) return;
    const wait = between(this.#parts.clock(), times.reduce(earliest));
    this.#nextTurn = setTimeout(() => this.review(), Math.max(1, Math.ceil(inMilliseconds(wait)))).unref();
  }

  /** What it was not told of, and what it left to others. */
  #leftBy(former: Running | undefined): readonly HookEvent[] {
    return former === undefined ? [] : [...former.hook.close(), ...former.turns.takeAll()];
  }

  #begin(
    config: HookConfig,
    cluster: NotifiedCluster,
    served: readonly ServedService[],
    left: readonly HookEvent[],
  ): Running {
    const hook = this.#makeHook(config);
    for (const event of left) hook.tell(event);
    const { self } = this.#parts;
    for (const { name: service, epoch } of served) {
      const note = { code: "service.active", service, epoch, took: milliseconds(0) } as const;
      const event = { ...this.#latest, node: self, note };
      if (!isWanted(config.filter, event)) continue;
      const document = eventDocument(event, isoOf(event));
      hook.tell({ document: { ...document, text: `${self} serves ${service}`, repeated: true } });
    }
    return { config, hook, turns: new Turns(self, graceOf(config, cluster)) };
  }

  #makeHook(config: HookConfig): Hook {
    const { errands, impairments, sayTold, retryMs } = this.#parts;
    const part = `hook ${config.name}` as const;
    return new Hook({
      config,
      errands,
      told: (problem, { key }) => {
        if (problem !== undefined) return impairments.raise(part, problem);
        impairments.clear(part);
        if (key !== undefined) sayTold(config.name, key);
      },
      ...(retryMs === undefined ? {} : { retryMs }),
    });
  }
}

const isoOf = ({ atMs }: Pick<AgentEvent, "atMs">): string => new Date(atMs).toISOString();

function isWanted({ severity, codes, services }: HookFilter, event: AgentEvent): boolean {
  if (SEVERITIES.indexOf(noteSeverity(event.note)) < SEVERITIES.indexOf(severity)) return false;
  if (codes.length > 0 && !matchesFilter({ codes }, event)) return false;
  return services.length === 0 || services.some((service) => matchesFilter({ service }, event));
}

/** A hook that cannot be told would be told of that as well, and could not be told. */
const isAboutItself = ({ name }: HookConfig, { note }: AgentEvent): boolean =>
  "finding" in note && note.finding.kind === "agent-impaired" && note.finding.what === `hook ${name}`;
