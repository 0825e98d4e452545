import { type StatusDocument, statusDocument } from "../model/status-document.js";
import {
  type ChangeDocument,
  type ChangeFilter,
  matchesChange,
  statusChanges,
} from "../model/status-document-change.js";
import type { AgentPort, Unsubscribe } from "./agent-port.js";

/** Changes within this time become one, so that a storm of them costs readers and agent little. */
const COALESCE_MS = 20;
/** Telling takes at most this part of the agent's time: a large cluster's changes are told in larger steps. */
const SHARE_OF_TIME = 0.05;
/** A telling that was held up by others must not silence the next ones. */
const PAUSE_MS_MAX = 500;
/** Round trips are measured many times a second; nobody reads them so often. */
const ROUND_TRIPS_MS = 1_000;

export interface ChangeWish {
  readonly filter: ChangeFilter;
  /** Round trips count as changes too. */
  readonly roundTrips: boolean;
}

interface Reader {
  readonly wish: ChangeWish;
  readonly listener: (change: ChangeDocument) => void;
}

/**
 * Tells readers what changed in the status. The work is done once for all of them, and not at all while nobody reads.
 */
export class ChangeFeed {
  readonly #port: AgentPort;
  readonly #readers = new Set<Reader>();
  #unsubscribe: Unsubscribe | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = COALESCE_MS;
  /** What was told last, and what was told last with round trips; undefined while nobody reads. */
  #told: StatusDocument | undefined;
  #toldWithRoundTrips: StatusDocument | undefined;
  #roundTripsAtMs = Number.NEGATIVE_INFINITY;

  constructor(port: AgentPort) {
    this.#port = port;
  }

  /** Calls back for every later change that is wished for; answers with the status that they start from. */
  subscribe(
    wish: ChangeWish,
    listener: (change: ChangeDocument) => void,
  ): { readonly status: StatusDocument; readonly unsubscribe: Unsubscribe } {
    // Everybody starts from what was told last, so that nobody misses a change or its undoing.
    if (this.#told !== undefined) this.#tell();
    const status = (this.#told ??= this.#status());
    this.#toldWithRoundTrips ??= status;
    const reader: Reader = { wish, listener };
    this.#readers.add(reader);
    this.#unsubscribe ??= this.#port.onViewChange(() => this.#plan());
    return { status, unsubscribe: () => this.#drop(reader) };
  }

  #status(): StatusDocument {
    return statusDocument(this.#port.view(), this.#port.clock, this.#port.program);
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = undefined;
    this.#toldWithRoundTrips = undefined;
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, this.#pauseMs);
  }

  #tell(): void {
    const startMs = performance.now();
    const status = this.#status();
    send([...this.#readers], statusChanges(this.#told ?? status, status, { roundTrips: false }));
    this.#told = status;
    this.#tellRoundTrips(startMs, status);
    const costMs = performance.now() - startMs;
    this.#pauseMs = Math.min(Math.max(COALESCE_MS, costMs / SHARE_OF_TIME), PAUSE_MS_MAX);
  }

  #tellRoundTrips(nowMs: number, status: StatusDocument): void {
    const readers = [...this.#readers].filter(({ wish }) => wish.roundTrips);
    if (readers.length === 0 || nowMs - this.#roundTripsAtMs < ROUND_TRIPS_MS) return;
    send(readers, statusChanges(this.#toldWithRoundTrips ?? status, status, { roundTrips: true }));
    this.#toldWithRoundTrips = status;
    this.#roundTripsAtMs = nowMs;
  }
}

function send(readers: readonly Reader[], changes: readonly ChangeDocument[]): void {
  for (const change of changes) {
    for (const { wish, listener } of readers) if (matchesChange(wish.filter, change)) listener(change);
  }
}
