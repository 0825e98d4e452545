import { constants } from "node:os";

const NAMES: ReadonlyMap<number, string> = new Map(
  // Of two names for one number, such as SIGABRT and SIGIOT, the first is the usual one.
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]): [number, string] => [number, name]),
);

/** The name of a signal, such as `SIGKILL`. */
export const signalName = (signal: number): string => NAMES.get(signal) ?? `signal ${signal}`;

/** Whether it is the name of a signal of this machine. */
export const isSignal = (name: string): name is NodeJS.Signals => name in constants.signals;
