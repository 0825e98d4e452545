/** What an order waits for, told on a terminal while there is no answer: programs that end or begin have their time. */
import { setInterval } from "node:timers/promises";
import type { LocumClient } from "../client/client.js";
import type { StatusDocument } from "../model/status-document.js";
import { durationText } from "../model/duration-text.js";
import { milliseconds } from "../base/time.js";

const TOLD_EVERY_MS = 3_000;

export interface Awaited {
  readonly client: Pick<LocumClient, "status">;
  /** Undefined: those of all services. */
  readonly service?: string;
}

/** Tells on standard error, where that is a terminal. @returns the answer */
export async function whileTelling(order: Promise<string>, awaited: Awaited): Promise<string> {
  const over = new AbortController();
  const telling = process.stderr.isTTY ? tell(awaited, over.signal) : undefined;
  try {
    return await order;
  } finally {
    over.abort();
    await telling;
  }
}

async function tell({ client, service }: Awaited, over: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(TOLD_EVERY_MS, undefined, { signal: over })) {
      const lines = awaitedLines(await client.status(), service, new Date());
      if (!over.aborted) process.stderr.write(lines.map((line) => `${line}\n`).join(""));
    }
  } catch {
    // The order is over, or its answer says that the agent does not answer any more.
  }
}

const DOING: Readonly<Record<string, string>> = {
  starting: "starts",
  stopping: "ends",
  killing: "is killed",
  waiting: "waits to be started",
};

/** A line for each program that is about to end or to begin. @param service undefined: of all services */
export function awaitedLines({ services }: StatusDocument, service: string | undefined, now: Date): readonly string[] {
  return Object.entries(services)
    .filter(([name]) => service === undefined || name === service)
    .flatMap(([name, { programs }]) =>
      programs.flatMap(({ program, node, state, since }) => {
        const doing = DOING[state];
        const passed = durationText(milliseconds(Math.max(0, now.getTime() - Date.parse(since))));
        return doing === undefined ? [] : [`${program} of ${name} ${doing} on ${node}, for ${passed}`];
      }),
    );
}
