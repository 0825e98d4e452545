/** A broken invariant: a defect of ours. It ends the process, so that guard and peers take over. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** States what must hold and why. @throws {InvariantError} when it does not. */
export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new InvariantError(why);
}

/** Ends a `switch` over a union: the compiler proves that no case is missing. @throws {InvariantError} always. */
export function unreachable(value: never): never {
  throw new InvariantError(`no case for ${JSON.stringify(value)}`);
}

/** The value, which the surrounding code has already made certain. @throws {InvariantError} when it is undefined. */
export function known<T>(value: T | undefined, why: string): T {
  assert(value !== undefined, why);
  return value;
}
