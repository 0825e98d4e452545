import { type Instant, between, inMilliseconds, seconds } from "../../base/time.js";
import { type Gap, type ProbeReport, type ServedSpan, gapAfter } from "../../../lab/client/probe-report.js";
import type { UdpProbe } from "../../../lab/measure.js";
import { layoutOfOutput } from "../../cli/output.js";
import { statusLines } from "../../cli/status-text.js";
import { wrapped } from "../../cli/table.js";
import type { EventDocument } from "../../model/status-document-event.js";
import { Trial } from "../trial/trial.js";
import { ACTS, type Act, SHOP } from "./acts.js";

/** A client that waits longer than this for an answer was not served through it. */
const GAP_MS_MAX = 1_000;
/** How long the client is watched after a fault. */
const WATCH_MS = 700;

interface Scene {
  readonly act: Act;
  readonly at: Instant;
  readonly report: ProbeReport;
  readonly gapMs: number;
  readonly served: boolean;
}

type Print = (line: string) => void;

/** Plays every act on a lab of two nodes and a client. @returns whether the client was served through all of it. */
export async function playDemo(print: Print): Promise<boolean> {
  print("Building two nodes (web1, web2), a client and three networks in network namespaces of this machine");
  const trial = await Trial.open({ nodes: 2, networks: ["a", "b", "lan"] });
  try {
    // One after the other, so that web1 has the service from the start, and nobody had to move it there.
    await trial.startAgent("web1");
    await trial.untilHeldBy(SHOP, "web1");
    await trial.startAgent("web2");
    await trial.settle(SHOP, "web1");
    const probe = await trial.startProbe();
    await probe.servedBy("web1");
    print("\nThe client asks 192.168.1.1 a thousand times a second from now on.\n");
    await printStatus(trial, "web1", print);
    const scenes: Scene[] = [];
    for (const act of ACTS) scenes.push(await play(act, trial, probe, print));
    await probe.stop();
    printSummary(scenes, print);
    return scenes.every((scene) => scene.served);
  } finally {
    await trial.close();
  }
}

async function play(act: Act, trial: Trial, probe: UdpProbe, print: Print): Promise<Scene> {
  await probe.report();
  print(`\n── ${act.title}`);
  printIndented([act.story], print);
  const before = (await eventsOf(trial, act)).at(-1)?.sequence ?? 0;
  const at = await act.fault(trial);
  await trial.untilHeldBy(SHOP, act.server);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const report = await probe.report();
  const gap = gapAfter(report, at, seconds(2));
  const gapMs = gap === undefined ? 0 : inMilliseconds(gap.duration);
  const served = report.timeline.at(-1)?.server === act.server && gapMs <= GAP_MS_MAX;
  const decisive = (await eventsOf(trial, act)).filter(({ sequence }) => sequence > before);
  for (const line of timeline(report, at)) print(INDENT + line);
  printIndented([verdict(act, served, gap, gapMs), ...decisive.map(({ text }) => text)], print);
  print("");
  await printStatus(trial, act.server, print);
  await act.repair(trial);
  return { act, at, report, gapMs, served };
}

/** What `locum status` shows there now. */
async function printStatus(trial: Trial, node: string, print: Print): Promise<void> {
  const page = { ...layoutOfOutput(), now: new Date() };
  for (const line of statusLines(await trial.client(node).status(), page)) print(line);
}

/** What the node that is to serve has decided about the service, in order: that it takes it and why, that it serves it. */
async function eventsOf(trial: Trial, { server }: Act): Promise<readonly EventDocument[]> {
  const events: EventDocument[] = [];
  const decisions = { service: SHOP, codes: ["service.claimed", "service.active"] };
  for await (const event of trial.client(server).events(decisions)) events.push(event);
  return events;
}

/** Lines of a scene, broken between words where the terminal is too narrow. */
function printIndented(lines: readonly string[], print: Print): void {
  const { width } = layoutOfOutput();
  for (const line of lines) for (const part of wrapped(line, width - INDENT.length)) print(INDENT + part);
}

const INDENT = "   ";

function verdict(act: Act, served: boolean, gap: Gap | undefined, gapMs: number): string {
  if (!served) return `The client was NOT served by ${act.server}.`;
  if (gap === undefined) return `No request was lost. ${act.server} serves.`;
  const lost = gap.lost === 1 ? "1 request" : `${gap.lost} requests`;
  return `Gap ${gapMs.toFixed(1)} ms, ${lost} lost. ${act.server} serves.`;
}

/** Who answered when, in milliseconds from the fault. */
function timeline(report: ProbeReport, at: Instant): readonly string[] {
  const ms = (instant: Instant): string => `${String(Math.round(inMilliseconds(between(at, instant)))).padStart(6)} ms`;
  return report.timeline.map(
    (span: ServedSpan) => `${ms(span.from)} … ${ms(span.until)}  ${span.server} answered ${span.answers} requests`,
  );
}

function printSummary(scenes: readonly Scene[], print: Print): void {
  const width = Math.max(...scenes.map(({ act }) => act.title.length));
  print("\nWhat the client saw");
  for (const { act, gapMs, served, report } of scenes) {
    const gap = served ? `${gapMs.toFixed(1).padStart(7)} ms` : "not served";
    print(`  ${act.title.padEnd(width)}  ${gap}  ${String(report.lost).padStart(4)} of ${report.sent} requests lost`);
  }
}
