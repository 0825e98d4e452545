/** What a program is asked, in the cluster file: a port, a web page or a command, and when the answer is good. */
import * as z from "zod";
import { type Duration, seconds } from "../../base/time.js";
import type { HealthProbe } from "../program.js";
import { read } from "./fields.js";
import { LIMITS } from "./limits.js";
import { readArgument, readExecutable, readTcpPlace, readUrl } from "./program-readers.js";

export const command: z.ZodType<readonly string[]> = z
  .tuple([read("a path of a program", readExecutable)], read("an argument", readArgument), {
    error: "a list: the path of a program, and its arguments",
  })
  .refine((words) => words.length <= LIMITS.argumentsPerCommand, {
    error: "The command has too many arguments",
    params: { code: "too-many", advice: `Keep them to ${LIMITS.argumentsPerCommand}, or put them in a file` },
  })
  .meta({ title: "list of a program's path and its arguments" }) as unknown as z.ZodType<readonly string[]>;

interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

const tcp: z.ZodType<TcpPlace> = z.union(
  [
    z
      .int({ error: "a port number" })
      .min(1)
      .max(65_535)
      .transform((port) => ({ host: "127.0.0.1", port })),
    read("a port, or an address with a port", readTcpPlace),
  ],
  { error: "a port, or an address with a port such as `10.1.1.1:5432`" },
);

export const probeKeys: {
  readonly tcp: z.ZodOptional<z.ZodType<TcpPlace>>;
  readonly http: z.ZodOptional<z.ZodType<string>>;
  readonly exec: z.ZodOptional<z.ZodType<readonly string[]>>;
} = {
  tcp: tcp.optional().describe("It is well when this port of the machine (or `address:port`) takes a connection."),
  http: read("an address of a web page", readUrl)
    .optional()
    .describe("It is well when this page is answered with a status below 400."),
  exec: command.optional().describe("It is well when this command ends with exit status 0."),
};

export interface ProbeFile {
  readonly tcp?: TcpPlace | undefined;
  readonly http?: string | undefined;
  readonly exec?: readonly string[] | undefined;
}

export const PROBE_KEYS = "`tcp`, `http` or `exec`";

export function probeOf(file: ProbeFile): HealthProbe | undefined {
  const { tcp: place, http, exec } = file;
  if (asksFor(file) !== 1) return undefined;
  if (place !== undefined) return { kind: "tcp", ...place };
  return http === undefined ? { kind: "exec", command: exec ?? [] } : { kind: "http", url: http };
}

export function checkProbe(file: ProbeFile, context: z.core.$RefinementCtx): void {
  const asked = asksFor(file);
  if (asked === 1) return;
  context.addIssue({ code: "custom", ...(asked === 0 ? NOTHING_ASKED : TWICE_ASKED) });
}

/** How much is asked for; it must be one thing, or none of a resource agent, which has its own monitor. */
export const asksFor = ({ tcp: place, http, exec }: ProbeFile): number =>
  [place, http, exec].filter((each) => each !== undefined).length;

/** Why what is asked makes no sense. */
export interface ProbeProblem {
  readonly message: string;
  readonly params: { readonly code: string; readonly advice: string };
}

export const NOTHING_ASKED: ProbeProblem = {
  message: "Nothing says what is asked",
  params: { code: "missing-key", advice: `Add one of ${PROBE_KEYS}` },
};

export const TWICE_ASKED: ProbeProblem = {
  message: "More than one thing is asked",
  params: { code: "conflicting-keys", advice: `Keep one of ${PROBE_KEYS}` },
};

/** Stands where a check has refused the value already. */
export const NO_PROBE: HealthProbe = { kind: "exec", command: [] };

export const PROBE_INTERVAL: Duration = seconds(1);
export const PROBE_TIMEOUT: Duration = seconds(1);
