import { matchesFilter } from "../../api/event-filter.js";
import { runsOn } from "../../model/errand.js";
import type { AgentEvent } from "../../model/event.js";
import type { HookConfig, HookFilter } from "../../model/hook.js";
import type { NodeName } from "../../model/names.js";
import type { Severity } from "../../model/note.js";
import { noteSeverity } from "../../model/note-text.js";
import { eventDocument } from "../../model/status-document-event.js";
import type { Errands } from "./errands.js";
import { Hook } from "./hook.js";
import type { Impairments } from "../impairments.js";

export interface NotifierParts {
  readonly self: NodeName;
  readonly errands: Pick<Errands, "command" | "post">;
  readonly impairments: Pick<Impairments, "raise" | "clear">;
  readonly retryMs?: number;
}

interface Running {
  readonly config: HookConfig;
  readonly hook: Hook;
}

/** Tells the hooks of the cluster file what happens on this node. */
export class Notifier {
  readonly #parts: NotifierParts;
  #running: readonly Running[] = [];

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** Hooks that are as they were go on with what waits for them. */
  reconfigure(configs: readonly HookConfig[]): void {
    const before = new Map(this.#running.map((each) => [JSON.stringify(each.config), each]));
    const ours = configs.filter((each) => runsOn(each, this.#parts.self));
    this.#running = ours.map((config) => {
      const key = JSON.stringify(config);
      const kept = before.get(key);
      before.delete(key);
      return kept ?? { config, hook: this.#makeHook(config) };
    });
    for (const { config, hook } of before.values()) {
      hook.close();
      this.#parts.impairments.clear(`hook ${config.name}`);
    }
  }

  tell(event: AgentEvent): void {
    for (const { config, hook } of this.#running) {
      if (isWanted(config.filter, event) && !isAboutItself(config, event))
        hook.tell({ document: eventDocument(event, new Date(event.atMs).toISOString()) });
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

const SEVERITIES: readonly Severity[] = ["info", "notice", "warning", "error"];

function isWanted({ severity, codes, services }: HookFilter, event: AgentEvent): boolean {
  if (SEVERITIES.indexOf(noteSeverity(event.note)) < SEVERITIES.indexOf(severity)) return false;
  if (codes.length > 0 && !matchesFilter({ codes }, event)) return false;
  return services.length === 0 || services.some((service) => matchesFilter({ service }, event));
}

/** A hook that cannot be told would be told of that as well, and could not be told. */
const isAboutItself = ({ name }: HookConfig, { note }: AgentEvent): boolean =>
  "finding" in note && note.finding.kind === "agent-impaired" && note.finding.what === `hook ${name}`;
