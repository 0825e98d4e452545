/** Whether a command that goes on waits for a program to end or to be ready, which has the time that the file gives to it. */
import { type Duration, type Instant, between } from "../../base/time.js";
import type { Command } from "../../model/command.js";
import { durationText } from "../../model/duration-text.js";
import type { ProgramConfig } from "../../model/program.js";
import { programKillMax } from "../../model/program-stop-time.js";
import type { ProgramView } from "../../model/status.js";
import type { Service } from "../services/service.js";
import { programViews } from "../supervision/program-views.js";
import type { DeskContext } from "./command-desk.js";

/** In words; undefined: no program that it concerns is about to end or to start. */
export function awaitedPrograms(now: Instant, command: Command, context: DeskContext): string | undefined {
  for (const service of servicesOf(command, context)) {
    for (const view of programViews(now, service, context.knowledge)) {
      const text = isConcerned(command, view) ? awaitedText(now, service, view) : undefined;
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

function servicesOf(command: Command, context: DeskContext): readonly Service[] {
  if (command.kind === "drain") return context.services();
  const service = "service" in command ? context.service(command.service) : undefined;
  return service === undefined ? [] : [service];
}

function isConcerned(command: Command, { node, role, state }: ProgramView): boolean {
  if ("node" in command && command.node !== undefined && node !== command.node) return false;
  if (state !== "starting" && state !== "waiting") return true;
  if (command.kind === "restart-service" && command.node !== undefined) return true;
  // Nobody else waits for programs that stand by, nor with an end for a beginning.
  return role === "holder" && command.kind !== "stop-service" && command.kind !== "drain";
}

function awaitedText(
  now: Instant,
  { config }: Service,
  { program, node, state, since }: ProgramView,
): string | undefined {
  const settings = config.programs?.list.find(({ name }) => name === program);
  const awaited = settings === undefined ? undefined : awaitedOf(settings, state);
  if (awaited === undefined) return undefined;
  const max = awaited.max === undefined ? "" : ` of ${durationText(awaited.max)}`;
  const passed = `${durationText(between(since, now))}${max}`;
  return `still waiting for ${program} of ${config.name} ${awaited.what} on ${node}, ${passed}`;
}

function awaitedOf(
  settings: ProgramConfig,
  state: ProgramView["state"],
): { readonly what: string; readonly max: Duration | undefined } | undefined {
  switch (state) {
    case "stopping":
      return { what: "to end", max: settings.stop.timeout };
    case "killing":
      return { what: "to go after SIGKILL", max: programKillMax(settings) };
    case "starting":
      return { what: "to be ready", max: settings.ready.timeout };
    case "waiting":
      return { what: "to be started again", max: undefined };
    default:
      return undefined;
  }
}
