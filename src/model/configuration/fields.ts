/**
 * The kinds of value that keys of the cluster file take. Each brings its check, its error's code and advice, and the
 * pattern that editors check by.
 */
import * as z from "zod";
import { type Duration, formatDuration, microseconds, milliseconds, parseDuration, seconds } from "../../base/time.js";
import {
  type Advised,
  AMOUNT_PATTERN,
  readAmount,
  readHostAddress,
  readInterface,
  readMac,
  readPath,
  readAddressLabel,
  readServiceAddress,
  readShare,
} from "./field-readers.js";
import { clip } from "./clip.js";
import { LIMITS } from "./limits.js";
import { NAME_PATTERN } from "../names.js";
import type { Failback, ServiceAddress } from "../cluster.js";

/** More than any machine has, and exact as a number. */
const AMOUNT_MAX = 2 ** 50;

/** What a check says through zod: its `params` come back in the issue. */
interface IssueSink {
  readonly issues: { push(issue: object): unknown };
}

function raise(context: IssueSink, input: unknown, { code, message, advice }: Advised): never {
  context.issues.push({ code: "custom", input, message, params: { code, advice } });
  return z.NEVER;
}

/** A name of the kind `what`, for keys and references. */
export const name = (what: string): z.ZodType<string, string> =>
  z
    .string({ error: `a ${what} name` })
    .superRefine((text, context) => {
      if (NAME_PATTERN.test(text)) return;
      raise(context, text, {
        code: "bad-name",
        message: `"${clip(text)}" is no ${what} name`,
        advice: "Use letters, digits, `-`, `_` and `.`, at most 63, the first a letter or digit",
      });
    })
    .meta({ title: `${what} name`, pattern: NAME_PATTERN.source });

export interface DurationBounds {
  readonly min: Duration;
  readonly max: Duration;
  readonly example: string;
}

/** What {@link parseDuration} reads, for editors. */
const DURATION_PATTERN = "^\\d+(\\.\\d+)?(us|ms|s|m|h|d)$";

/** A time with its unit, such as `25ms`. */
export const duration = ({ min, max, example }: DurationBounds): z.ZodType<Duration, string> =>
  z
    .string({ error: `a time with its unit, such as \`${example}\`` })
    .transform((text, context) => {
      const span = parseDuration(text);
      if (span === undefined) return raise(context, text, badDuration(text, example));
      if (span >= min && span <= max) return span;
      const [bound, edge] = span < min ? ["shorter", min] : ["longer", max];
      return raise(context, text, {
        code: "duration-out-of-range",
        message: `${clip(text)} is ${bound} than ${formatDuration(edge)}`,
        advice: `Choose a time from ${formatDuration(min)} to ${formatDuration(max)}`,
      });
    })
    .meta({ title: `time from ${formatDuration(min)} to ${formatDuration(max)}`, pattern: DURATION_PATTERN });

export const DAY: Duration = seconds(86_400);

/** A time that a key has unless told otherwise. */
export const span = (bounds: {
  min: Duration;
  max: Duration;
  byDefault: string;
  meaning: string;
}): z.ZodPrefault<z.ZodType<Duration, string>> =>
  duration({ ...bounds, example: bounds.byDefault })
    .prefault(bounds.byDefault)
    .describe(bounds.meaning);

const badDuration = (text: string, example: string): Advised => ({
  code: "bad-duration",
  message: `"${clip(text)}" is no time`,
  advice: `Write a number and one of the units us, ms, s, m, h, d without a space, as in \`${example}\``,
});

/** A field that a reader turns from text into its value. */
export function read<Value>(expected: string, reader: (text: string) => Value | Advised): z.ZodType<Value, string> {
  return z
    .string({ error: expected })
    .transform((text, context): Value => {
      const value = reader(text);
      return isAdvised(value) ? raise(context, text, value) : value;
    })
    .meta({ title: expected.replace(/^an? /, "") });
}

const isAdvised = (value: unknown): value is Advised =>
  typeof value === "object" && value !== null && "advice" in value && "code" in value;

/** An address of a machine, in canonical form, without prefix length. */
export const hostAddress: z.ZodType<string, string> = read("an IP address", readHostAddress);

export const filePath: z.ZodType<string, string> = read("a file path", readPath);

/** An Ethernet address of one station, in lower case with colons. */
export const stationMac: z.ZodType<string, string> = read("a MAC", readMac);

/** `50%`. */
export const share: z.ZodType<number, string> = read("a share such as `50%`", readShare);

/** `3`, or `8GiB`. */
export const amount: z.ZodType<number, number | string> = z.union(
  [
    z.number({ error: "an amount" }).min(0).max(AMOUNT_MAX),
    read("an amount such as `3` or `8GiB`", readAmount).meta({ title: "amount with unit", pattern: AMOUNT_PATTERN }),
  ],
  { error: "an amount such as `3` or `8GiB`" },
);

export const interfaceName: z.ZodType<string, string> = read("an interface name", readInterface);

export const addressLabel: z.ZodType<string, string> = read("a label", readAddressLabel);

/** `192.168.1.1/24`. */
export const addressWithPrefix: z.ZodType<ServiceAddress, string> = read(
  "an IP address with prefix length, such as `192.168.1.1/24`",
  (text) => readServiceAddress(text, { interfaceNamed: false }),
);

/** A program by its absolute path, and its arguments: started as it is, without a shell. */
export const commandLine: z.ZodType<readonly string[]> = z
  .array(z.string({ error: "a text" }).max(LIMITS.commandWordLength), {
    error: "a list of a program and its arguments",
  })
  .min(1)
  .max(LIMITS.commandWords)
  .superRefine((words, context) => {
    const [program = ""] = words;
    if (words.some((word) => word.includes("\0"))) {
      context.addIssue({
        code: "custom",
        message: "The command has a character that no command has",
        params: { code: "bad-command", advice: "Remove the zero byte" },
      });
    }
    if (program.startsWith("/")) return;
    context.addIssue({
      code: "custom",
      path: [0],
      message: `"${clip(program)}" is no absolute path of a program`,
      params: {
        code: "bad-command",
        advice: "Write the whole path, as in `/usr/bin/logger`; `command -v NAME` shows it",
      },
    });
  });

const NEVER: Failback = { kind: "never" };

/** `true`, `false` or `{ after: 30s }`, in words: the whole, and the time. */
export const failback = ({
  after,
  meaning,
}: {
  readonly after: string;
  readonly meaning: string;
}): z.ZodPrefault<z.ZodType<Failback, boolean | { readonly after: string }>> =>
  z
    .union(
      [
        z
          .boolean({ error: "`true`, `false`" })
          .transform((wanted): Failback => (wanted ? { kind: "after", delay: milliseconds(0) } : NEVER)),
        z
          .strictObject(
            {
              after: duration({ min: milliseconds(0), max: microseconds(7 * DAY), example: "30s" }).describe(after),
            },
            { error: "a map with `after`" },
          )
          .transform(({ after }): Failback => ({ kind: "after", delay: after })),
      ],
      { error: "`true`, `false` or a map with `after`" },
    )
    .prefault(false)
    .describe(meaning);

/** A parameter of an agent: a text, however it is written. @param words what it is told for true and false */
export const agentParameter = (words: { readonly true: string; readonly false: string }): z.ZodType<string> =>
  z
    .union([z.string().max(LIMITS.textLength), z.number(), z.boolean()], {
      error: "a text, a number, `true` or `false`",
    })
    .transform((value) => (typeof value === "boolean" ? words[`${value}`] : String(value)));
