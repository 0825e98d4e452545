import type { Duration, Instant } from "../../src/base/time.js";

/** How a connection ended: what the client's kernel said, or that the client itself lost patience. */
export type ConnectionEnd = "reset" | "closed" | "unreachable" | "timed-out" | "refused" | "gave-up" | "stopped";

/** One connection, from its establishment on. */
export interface TcpConnection {
  readonly openedAt: Instant;
  /** Undefined while it lasts. */
  readonly endedAt: Instant | undefined;
  readonly end: ConnectionEnd | undefined;
  readonly server: string | undefined;
  readonly answers: number;
}

/** A time without answers that was longer than the client's threshold. */
export interface TcpStall {
  /** When the last answer came before. */
  readonly from: Instant;
  /** When the next one came; undefined when none had come at the time of the report. */
  readonly until: Instant | undefined;
  readonly duration: Duration;
  /** How much of it the client itself was late. */
  readonly late: Duration;
  /** Whether the next answer came on another connection. */
  readonly reconnected: boolean;
}

/** What a client with one long-lived connection saw since its last report. */
export interface TcpReport {
  readonly interval: Duration;
  readonly answers: number;
  readonly longestSilence: Duration;
  readonly stalls: readonly TcpStall[];
  /** Those that lasted or were made in this time. */
  readonly connections: readonly TcpConnection[];
  /** Attempts to connect that failed. */
  readonly failedAttempts: number;
}
