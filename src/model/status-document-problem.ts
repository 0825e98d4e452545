/** The answer when something is refused or wrong. */
export interface ProblemDocument {
  /** Stable; for programs. */
  readonly code: string;
  /** What happened; for people. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The answer to a command that was done. */
export interface DoneDocument {
  readonly message: string;
}

/** Whether the agent works, for health checks of the agent itself. */
export interface HealthDocument {
  readonly ok: boolean;
  readonly cluster: string;
  readonly node: string;
  readonly version: string;
}
