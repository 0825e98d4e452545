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
  /** The status as this reader knows it, filters aside. */
  known: StatusDocument;
  roundTripsAt: number;
}

/** Tells readers what changed in the status. It costs the agent nothing while nobody reads. */
export class ChangeFeed {
  readonly #port: AgentPort;
  readonly #readers = new Set<Reader>();
  #unsubscribe: Unsubscribe | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: AgentPort) {
    this.#port = port;
  }

  /** Calls back for every later change that is wished for; answers with the status that they start from. */
  subscribe(
    wish: ChangeWish,
    listener: (change: ChangeDocument) => void,
  ): { readonly status: StatusDocument; readonly unsubscribe: Unsubscribe } {
    const status = this.#status();
    const reader: Reader = { wish, listener, known: status, roundTripsAt: performance.now() };
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
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, COALESCE_MS);
  }

  #tell(): void {
    const status = this.#status();
    for (const reader of this.#readers) tellReader(reader, status);
  }
}

function tellReader(reader: Reader, status: StatusDocument): void {
  const now = performance.now();
  const roundTrips = reader.wish.roundTrips && now - reader.roundTripsAt >= ROUND_TRIPS_MS;
  if (roundTrips) reader.roundTripsAt = now;
  const changes = statusChanges(reader.known, status, { roundTrips });
  if (changes.length === 0) return;
  reader.known = status;
  for (const change of changes) if (matchesChange(reader.wish.filter, change)) reader.listener(change);
}
