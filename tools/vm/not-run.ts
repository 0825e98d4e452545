import { LocumError } from "../../src/base/locum-error.js";

const CODE = "vm.not-run";

/** This computer cannot run the tests at all: nothing is known about them then, neither good nor bad. */
export const cannotRun = (message: string, advice: string, cause?: unknown): LocumError =>
  new LocumError({ code: CODE, message, advice }, cause);

export const isNotRun = (error: unknown): error is LocumError =>
  error instanceof LocumError && error.failure.code === CODE;
