import { setTimeout as wait } from "node:timers/promises";
import { isUnreachable, type LocumClient } from "../client/client.js";
import type { StatusDocument } from "../model/status-document.js";
import { LiveScreen } from "./live-screen.js";
import { layoutOfOutput } from "./output.js";
import { statusLines } from "./status-text.js";
import { wrapped } from "./table.js";
import { timeText } from "./time-text.js";

/** Ages are shown in seconds. */
const REDRAW_MS = 1_000;
const RETRY_MS = 500;

/** What is on the screen. */
interface Shown {
  status: StatusDocument | undefined;
  /** Since when no agent answers. */
  lostAt: Date | undefined;
}

/** `locum status --watch` on a terminal, until the user quits. @throws {LocumError} when no agent answers at first. */
export async function watchOnScreen(client: LocumClient): Promise<void> {
  const quitting = new AbortController();
  const shown: Shown = { status: await client.status(), lostAt: undefined };
  const draw = (): void => drawStatus(screen, shown, client.socketPath);
  const screen = new LiveScreen({
    output: process.stdout,
    input: process.stdin,
    onQuit: () => quitting.abort(),
    onResize: draw,
  });
  screen.open();
  const ticking = setInterval(draw, REDRAW_MS);
  try {
    draw();
    while (!quitting.signal.aborted) {
      await followUntilLost(client, quitting.signal, (status) => {
        Object.assign(shown, { status, lostAt: undefined } satisfies Shown);
        draw();
      });
      shown.lostAt ??= new Date();
      await wait(RETRY_MS, undefined, { signal: quitting.signal }).catch(() => undefined);
    }
  } finally {
    clearInterval(ticking);
    screen.close();
  }
}

async function followUntilLost(
  client: LocumClient,
  signal: AbortSignal,
  onStatus: (status: StatusDocument) => void,
): Promise<void> {
  try {
    for await (const status of client.watch({ signal, roundTrips: true })) onStatus(status);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
  }
}

function drawStatus(screen: LiveScreen, { status, lostAt }: Shown, socketPath: string): void {
  if (status === undefined) return;
  const now = new Date();
  const layout = layoutOfOutput();
  const lost = `No agent answers on ${socketPath} since ${timeText(lostAt ?? now, now)}: this is what was known then`;
  const footer =
    lostAt === undefined
      ? [layout.paint("dim", `${timeText(now, now)}  live; q quits`)]
      : wrapped(lost, layout.width).map((line) => layout.paint("bad", line));
  const page = { ...layout, now };
  const outdated = lostAt === undefined ? undefined : "No agent answers: what is so now is not known here";
  const lines = statusLines(status, page, { findingsFirst: false, outdated });
  // What is wrong must not be what is hidden.
  screen.draw(
    lines.length > screen.roomAbove(footer) ? statusLines(status, page, { findingsFirst: true, outdated }) : lines,
    footer,
  );
}
