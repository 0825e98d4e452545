import type { Instant } from "../../base/time.js";
import type { PingInput } from "../input-kinds.js";
import type { Pings } from "./pings.js";

/** Takes in what was heard of ping targets. @returns whether decisions may depend on it */
export function pingHeard(
  now: Instant,
  input: PingInput,
  { pings, isAlone }: { readonly pings: Pings; readonly isAlone: boolean },
): boolean {
  if (input.kind === "ping-answers-changed") {
    pings.answersChanged(input.network, input.answering);
    return isAlone;
  }
  pings.judged(now, input.network, input.reachable);
  pings.compare(now);
  return true;
}
