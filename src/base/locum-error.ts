/** What a user can put right: a stable code, a sentence that names the thing, and the values behind it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** The one error that crosses our own functions: typed, with its failure and cause. */
export class LocumError extends Error {
  override readonly name = "LocumError";
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.failure = failure;
  }
}

/** Any thrown value as one line of text. */
export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Any thrown value, with where it came from: for the log, when it is a defect of ours. */
export const defectText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
