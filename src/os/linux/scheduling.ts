import { schedSetscheduler, setpriority } from "./libc.js";
import { errnoName } from "./system-call-error.js";

/*
 * A machine that is short of time must not make us look dead. Each of these does what is permitted and says what it
 * achieved; nothing here is needed for correctness.
 */

/** Programs that such a thread starts do not inherit its policy. */
const RESET_ON_FORK = 0x4000_0000;
const POLICY = { ordinary: 0 | RESET_ON_FORK, realtime: 1 | RESET_ON_FORK } as const;
const CALLING_THREAD = 0;
const PRIO_PROCESS = 0;
const NICE_FIRST = -20;

/** Before everything that is not real time itself, behind the kernel's own threads (50 and more). */
export const REALTIME_PRIORITY = 20;
/** Behind the thread that tells the peers that this machine lives. */
export const HASTE_PRIORITY = 10;

/** `realtime`: ordinary programs can't keep us waiting. `favoured`: they can, for some milliseconds. */
export type Standing =
  | { readonly kind: "realtime"; readonly priority: number }
  | { readonly kind: "favoured" | "ordinary"; readonly refusal: string };

/**
 * Lets the calling thread run before others: in real time if permitted, else with the highest ordinary priority.
 * @param priority from 1 to 99.
 */
export function raisePriority(priority: number): Standing {
  const realtime = schedSetscheduler(CALLING_THREAD, POLICY.realtime, parameter(priority));
  if (realtime >= 0) return { kind: "realtime", priority };
  const refusal = errnoName(-realtime);
  const favoured = setpriority(PRIO_PROCESS, CALLING_THREAD, NICE_FIRST);
  return favoured >= 0 ? { kind: "favoured", refusal } : { kind: "ordinary", refusal: errnoName(-favoured) };
}

/** Before ordinary programs, and no more than that: its work is not bounded as that of a real-time thread must be. */
const NICE_FAVOURED = -10;

/** Lets the calling thread run before others where permitted; what it starts is ordinary. */
export function favour(): void {
  schedSetscheduler(CALLING_THREAD, POLICY.ordinary, NO_PRIORITY);
  setpriority(PRIO_PROCESS, CALLING_THREAD, NICE_FAVOURED);
}

/** Lets a thread of this process run in real time for a while, where permitted. */
export function hasten(thread: number): void {
  schedSetscheduler(thread, POLICY.realtime, HASTE);
}

/** Makes a thread an ordinary one again; its niceness is what it was. */
export function relax(thread: number): void {
  schedSetscheduler(thread, POLICY.ordinary, NO_PRIORITY);
}

/** struct sched_param. */
const parameter = (priority: number): Uint8Array => Uint8Array.of(priority, 0, 0, 0);
const HASTE = parameter(HASTE_PRIORITY);
const NO_PRIORITY = parameter(0);
