import { matchesFilter } from "../../api/event-filter.js";
import { milliseconds } from "../../base/time.js";
import { runsOn } from "../../model/errand.js";
import type { AgentEvent } from "../../model/event.js";
import type { HookConfig, HookFilter } from "../../model/hook.js";
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
  readonly retryMs?: number;
}

export interface ServedService {
  readonly name: ServiceName;
  readonly epoch: number;
}

interface Running {
  readonly config: HookConfig;
  readonly hook: Hook;
}

/** Tells the hooks of the cluster file what happens on this node. */
export class Notifier {
  readonly #parts: NotifierParts;
  #running: readonly Running[] = [];
  /** Of the latest event. */
  #latest = { sequence: 0, atMs: 0 };

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /**
   * Hooks that are as they were go on with what waits for them; so does one that was changed, by its name. One that is new
   * or changed was not told what this node has begun to serve, and is told so now.
   * @param served what that is
   */
  reconfigure(configs: readonly HookConfig[], served: readonly ServedService[]): void {
    const before = new Map(this.#running.map((each) => [JSON.stringify(each.config), each]));
    const formers = new Map(this.#running.map((each) => [each.config.name, each.hook]));
    const ours = configs.filter((each) => runsOn(each, this.#parts.self));
    this.#running = ours.map((config) => {
      const key = JSON.stringify(config);
      const kept = before.get(key);
      before.delete(key);
      return kept ?? this.#begin(config, served, formers.get(config.name)?.close());
    });
    for (const { config, hook } of before.values()) {
      hook.close();
      this.#parts.impairments.clear(`hook ${config.name}`);
    }
  }

  tell(event: AgentEvent): void {
    this.#latest = event;
    for (const { config, hook } of this.#running) {
      if (isWanted(config.filter, event) && !isAboutItself(config, event))
        hook.tell({ document: eventDocument(event, isoOf(event)) });
    }
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
    for (const { hook } of this.#running) hook.close();
  }

  #begin(config: HookConfig, served: readonly ServedService[], left: readonly HookEvent[] = []): Running {
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
    return { config, hook };
  }

  #makeHook(config: HookConfig): Hook {
    const { errands, impairments, retryMs } = this.#parts;
    const part = `hook ${config.name}` as const;
    return new Hook({
      config,
      errands,
      told: (problem) => (problem === undefined ? impairments.clear(part) : impairments.raise(part, problem)),
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
