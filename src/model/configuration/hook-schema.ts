/** The cluster file's schema of hooks and of external checks. */
import * as z from "zod";
import { milliseconds, seconds } from "../../base/time.js";
import type { CheckConfig } from "../errand.js";
import type { HookConfig, HookTarget } from "../hook.js";
import { nodeName, serviceName } from "../names.js";
import { clip } from "./clip.js";
import { commandLine, filePath, name, span } from "./fields.js";
import { LIMITS } from "./limits.js";
import { isWebAddress, namesUser } from "./web-address.js";

export type HookFile = Omit<HookConfig, "name">;
/** `attribute` may be left out: it is the name of the check then. */
export type CheckFile = Omit<CheckConfig, "name" | "attribute"> & { readonly attribute: string | undefined };

const onNodes = z
  .array(name("node"), { error: "a list of node names" })
  .max(LIMITS.nodes)
  .prefault([])
  .describe("The nodes where it runs. Without it: all.");

const url = z
  .string({ error: "an address that begins with `https://` or `http://`" })
  .max(LIMITS.pathLength)
  .superRefine((text, context) => {
    if (isWebAddress(text) && !namesUser(text) && !text.includes("#")) return;
    context.addIssue({
      code: "custom",
      message: `"${clip(text)}" is no address of a web server`,
      params: {
        code: "bad-url",
        advice: "Write it as in https://example.org/hooks/locum, without a name or password: sign with `secretFile`",
      },
    });
  });

const hook = z
  .strictObject(
    {
      run: commandLine
        .optional()
        .describe(
          "A program and its arguments, as a list; no shell reads it. It is run for each event, which it gets as one line of JSON on standard input, in the order of the events, one at a time.",
        ),
      url: url
        .optional()
        .describe(
          "Instead of `run`: each event is posted there as JSON. It is tried again, later and later, until the server takes it. With `https` the server must prove who it is.",
        ),
      secretFile: filePath
        .optional()
        .describe(
          "For `url`: a file whose text, without white space around it, signs each message (HMAC-SHA256); readable by its owner only. See docs/rules.md.",
        ),
      caFile: filePath
        .optional()
        .describe("For `https`: a file with the certificates to trust, in place of the system's."),
      timeout: span({
        min: milliseconds(100),
        max: seconds(600),
        byDefault: "10s",
        meaning: "A command is killed, with all that it started, and a server given up, after so long.",
      }),
      severity: z
        .enum(["info", "notice", "warning", "error"], { error: "`info`, `notice`, `warning`, `error`" })
        .default("info")
        .describe("Only events that are at least so bad."),
      codes: z
        .array(z.string({ error: "a code" }), { error: "a list of codes" })
        .max(LIMITS.codesPerHook)
        .prefault([])
        .describe(
          "Only events with one of these codes, or of these areas such as `service`: docs/api.md has them all.",
        ),
      services: z
        .array(name("service"), { error: "a list of service names" })
        .max(LIMITS.services)
        .prefault([])
        .describe("Only events about these services."),
      nodes: onNodes,
      from: z
        .enum(["one", "each"], { error: "`one`, `each`" })
        .default("one")
        .describe(
          "Who tells of what all nodes see, as findings. `one`: one of its nodes, the next one if that one cannot; `each`: every node, as for a command that is to act on each. What a node does itself, that node tells.",
        ),
    },
    { error: "a map with `run` or `url`" },
  )
  .superRefine((entry, context) => {
    const both = entry.run !== undefined && entry.url !== undefined;
    if (entry.run === undefined && entry.url === undefined) {
      const params = { code: "missing-key", advice: "Add `run:` with a list, or `url:` with an address" };
      context.addIssue({ code: "custom", message: "The hook has neither `run` nor `url`", params });
    }
    for (const key of both ? (["run"] as const) : entry.url === undefined ? (["secretFile", "caFile"] as const) : []) {
      if (entry[key] === undefined) continue;
      const params = { code: "conflicting-keys", advice: both ? "Keep one of them" : "Remove it: it belongs to `url`" };
      const message = both ? "The hook has both `run` and `url`" : `The hook has \`${key}\` and no \`url\``;
      context.addIssue({ code: "custom", path: [key], message, params });
    }
  })
  .transform((entry): HookFile => {
    const { run = [], url: to, secretFile, caFile, timeout, severity, codes, services, nodes, from } = entry;
    const target: HookTarget =
      to === undefined ? { kind: "command", command: run } : { kind: "web", url: to, secretFile, caFile };
    return {
      target,
      timeout,
      filter: { severity, codes, services: services.map(serviceName) },
      nodes: nodes.map(nodeName),
      from,
    };
  });

const check = z
  .strictObject(
    {
      run: commandLine.describe("A program and its arguments, as a list; no shell reads it. It runs again and again."),
      every: span({
        min: milliseconds(100),
        max: seconds(86_400),
        byDefault: "10s",
        meaning: "Time between two starts. One that takes longer is not started a second time meanwhile.",
      }),
      timeout: span({
        min: milliseconds(100),
        max: seconds(3_600),
        byDefault: "5s",
        meaning: "It is killed, with all that it started, after so long.",
      }),
      sets: name("attribute")
        .optional()
        .describe("The attribute of the node that it sets. Without it: that of the check's own name."),
      value: z
        .enum(["ok", "output"], { error: "`ok`, `output`" })
        .default("ok")
        .describe(
          "`ok`: true if it ended with status 0, else false. `output`: the first line that it printed; none if it failed.",
        ),
      nodes: onNodes,
    },
    { error: "a map with `run`" },
  )
  .transform(({ run: command, every: interval, timeout, sets: attribute, value, nodes }): CheckFile => {
    return { command, interval, timeout, attribute, value, nodes: nodes.map(nodeName) };
  });

export const hooks: z.ZodPrefault<z.ZodType<Record<string, HookFile>>> = z
  .record(name("hook").meta({ title: "HOOK" }), hook, { error: "a map from names to hooks" })
  .meta({ maxProperties: LIMITS.hooks })
  .prefault({})
  .describe(
    "Who is told of what happens, by name: see docs/rules.md. Each node tells of what it does itself, and one of what all see.",
  );

export const checks: z.ZodPrefault<z.ZodType<Record<string, CheckFile>>> = z
  .record(name("check").meta({ title: "CHECK" }), check, { error: "a map from names to checks" })
  .meta({ maxProperties: LIMITS.checks })
  .prefault({})
  .describe("Commands that set an attribute of their node again and again, by name: see docs/rules.md.");
