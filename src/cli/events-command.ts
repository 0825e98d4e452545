import { type Command, InvalidArgumentError } from "commander";
import { EventsText } from "./events-text.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { parseSince } from "./since.js";

interface EventsFlags {
  readonly follow?: true;
  readonly json?: true;
  readonly service?: string;
  readonly since?: Date;
  readonly limit?: number;
}

/** How much of the past comes before what is followed. */
const FOLLOW_START = 10;
const LIMIT_MAX = 10_000;

/** `locum events`: the history, with reasons and durations. */
export function addEventsCommand(program: Command): void {
  program
    .command("events")
    .description("show what happened, when and why")
    .option("--follow", "go on with what happens, after the latest 10 events or those since --since")
    .option("--json", "for programs: one event a line")
    .option("--service <service>", "only events of this service (default: of all)")
    .option(
      "--since <time>",
      "only later events: 10m or 2h (ago), 14:03, or a time in ISO 8601 (default: all that are kept)",
      (text) => parseSince(text),
    )
    .option(
      "--limit <number>",
      "at most so many of the past, the latest, up to 10000 (default: 1000, with --follow 10)",
      parseLimit,
    )
    .action(async (flags: EventsFlags, command: Command) => {
      const text = new EventsText(layoutOfOutput());
      let isEmpty = true;
      for await (const event of clientOf(command).events(queryOf(flags))) {
        if (flags.json === true) printJson(event, { perLine: true });
        else print(text.lines(event));
        isEmpty = false;
      }
      if (isEmpty && flags.json !== true && flags.follow !== true) print(["No events"]);
    });
}

function queryOf({ follow, service, since, limit }: EventsFlags): {
  readonly follow: boolean;
  readonly service: string | undefined;
  readonly since: Date | undefined;
  readonly limit: number | undefined;
} {
  const startsLate = follow === true && since === undefined;
  return { follow: follow === true, service, since, limit: limit ?? (startsLate ? FOLLOW_START : undefined) };
}

function parseLimit(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`Write a whole number up to ${LIMIT_MAX}.`);
}
