/** Whether a command that goes on waits for a program to end, which has the time that the file gives to it. */
import { type Instant, between } from "../../base/time.js";
import type { Command } from "../../model/command.js";
import { durationText } from "../../model/duration-text.js";
import { programKillMax } from "../../model/program-stop-time.js";
import type { ProgramView } from "../../model/status.js";
import type { Service } from "../services/service.js";
import { programViews } from "../supervision/program-views.js";
import type { DeskContext } from "./command-desk.js";

/** In words; undefined: no program of its services is about to end. */
export function awaitedEnd(now: Instant, command: Command, context: DeskContext): string | undefined {
  for (const service of servicesOf(command, context)) {
    for (const view of programViews(now, service, context.knowledge)) {
      const text = isConcerned(command, view) ? endText(now, service, view) : undefined;
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

function servicesOf(command: Command, context: DeskContext): readonly Service[] {
  if (command.kind === "drain") return context.services();
  return "service" in command ? [context.service(command.service) ?? []].flat() : [];
}

const isConcerned = (command: Command, { node }: ProgramView): boolean =>
  command.kind !== "drain" || node === command.node;

function endText(now: Instant, { config }: Service, { program, node, state, since }: ProgramView): string | undefined {
  const settings = config.programs?.list.find(({ name }) => name === program);
  if (settings === undefined || (state !== "stopping" && state !== "killing")) return undefined;
  const passed = durationText(between(since, now));
  const max = durationText(state === "killing" ? programKillMax(settings) : settings.stop.timeout);
  const what = state === "killing" ? "to go after SIGKILL" : "to end";
  return `still waiting for ${program} of ${config.name} ${what} on ${node}, ${passed} of ${max}`;
}
