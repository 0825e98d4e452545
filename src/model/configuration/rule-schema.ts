/** The cluster file's schema of rules. */
import * as z from "zod";
import { type Duration, microseconds, milliseconds, seconds } from "../../base/time.js";
import { ATTRIBUTE_LIFETIME_MAX, ATTRIBUTE_TEXT_MAX, type AttributeValue, isAttributeValue } from "../attribute.js";
import { nodeName, serviceName } from "../names.js";
import type { RuleAction, RuleConfig } from "../rule.js";
import { CONDITION_TEXT_MAX } from "../rules/condition.js";
import { commandLine, DAY, duration, name, span } from "./fields.js";
import type { Advised } from "./field-readers.js";
import { LIMITS } from "./limits.js";

export type RuleFile = Omit<RuleConfig, "name">;

const ITSELF: unique symbol = Symbol("itself");
type Itself = typeof ITSELF;

/** Where an action is for the thing that the rule is about. */
const itself = z.literal("itself", { error: "`itself`" });

const nodeOrItself = z
  .union([itself.transform((): Itself => ITSELF), name("node").transform(nodeName)], {
    error: "a node name or `itself`",
  })
  .meta({ title: "node name or `itself`" });

const serviceOrItself = z
  .union([itself.transform((): Itself => ITSELF), name("service").transform(serviceName)], {
    error: "a service name or `itself`",
  })
  .meta({ title: "service name or `itself`" });

const attributeValue: z.ZodType<AttributeValue> = z
  .union([z.string(), z.number(), z.boolean()], { error: "a text, a number, `true` or `false`" })
  .refine(isAttributeValue, { error: `The value is longer than ${ATTRIBUTE_TEXT_MAX} characters` })
  .meta({ title: "text, number, `true` or `false`" });

/** What an action does, each with the keys that say more of it. */
const VERBS = {
  move: ["to"],
  stop: [],
  start: [],
  drain: [],
  resume: [],
  set: ["value", "for", "node"],
  unset: ["node"],
  notify: ["severity"],
  run: ["timeout"],
  fence: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Verb = keyof typeof VERBS;

const VERB_NAMES = Object.keys(VERBS) as readonly Verb[];

const actionEntry = z.strictObject(
  {
    move: serviceOrItself.optional().describe("Moves a service; `itself`: the one that the rule is about."),
    to: name("node")
      .transform(nodeName)
      .optional()
      .describe("For `move`: where to. Without it: to the best of its other nodes at that moment."),
    stop: serviceOrItself
      .optional()
      .describe("Stops a service as `locum stop` does, until a rule or an operator starts it; `itself`: as above."),
    start: serviceOrItself.optional().describe("Starts a service that was stopped, as `locum start` does."),
    drain: nodeOrItself.optional().describe("Takes a node out of service; `itself`: the one that the rule is about."),
    resume: nodeOrItself.optional().describe("Puts a drained node back in service."),
    set: name("attribute").optional().describe("Sets an attribute of a node."),
    value: attributeValue.optional().describe("For `set`: its value."),
    for: duration({ min: milliseconds(100), max: ATTRIBUTE_LIFETIME_MAX, example: "30s" })
      .optional()
      .describe("For `set`: it vanishes after so long unless it is set again."),
    unset: name("attribute").optional().describe("Takes an attribute back."),
    node: nodeOrItself
      .optional()
      .describe("For `set` and `unset`: whose attribute. Without it: that of the node that acts."),
    notify: z
      .string({ error: "a sentence" })
      .min(1)
      .max(LIMITS.ruleTextLength)
      .optional()
      .describe("Says a sentence, for the log, the history and the hooks under `notify`."),
    severity: z
      .enum(["info", "notice", "warning", "error"], { error: "`info`, `notice`, `warning`, `error`" })
      .optional()
      .describe("For `notify`: how bad it is. Without it: `warning`."),
    run: commandLine
      .optional()
      .describe(
        "Runs a program, given with its arguments as a list; no shell reads it. It gets the rule and what made it act as JSON on standard input, and runs on the node that acts.",
      ),
    timeout: duration({ min: milliseconds(100), max: seconds(3_600), example: "30s" })
      .optional()
      .describe("For `run`: it is killed, with all that it started, after so long. Without it: 30 s."),
    fence: nodeOrItself
      .optional()
      .describe(
        "Has a node fenced: cut off by force, by another node and by the methods under `fence`; `itself`: the one that the rule is about.",
      ),
  },
  { error: `a map with one of ${VERB_NAMES.map((verb) => `\`${verb}\``).join(", ")}` },
);

type ActionEntry = z.output<typeof actionEntry>;

const action = actionEntry
  .superRefine((entry, context) => {
    for (const { path, ...issue } of actionIssues(entry))
      context.addIssue({ code: "custom", path: [...path], ...issue });
  })
  .transform((entry): RuleAction => actionOf(entry));

interface ActionIssue {
  readonly path: readonly string[];
  readonly message: string;
  readonly params: Pick<Advised, "code" | "advice">;
}

function actionIssues(entry: ActionEntry): readonly ActionIssue[] {
  const [verb, second] = VERB_NAMES.filter((each) => entry[each] !== undefined);
  const choice = `Write one of ${VERB_NAMES.join(", ")}`;
  if (verb === undefined)
    return [{ path: [], message: "The action says nothing to do", params: { code: "missing-key", advice: choice } }];
  if (second !== undefined) {
    const params = { code: "conflicting-keys", advice: "Make an entry of its own of each" } as const;
    return [{ path: [second], message: `The action has both \`${verb}\` and \`${second}\``, params }];
  }
  if (verb === "set" && entry.value === undefined) {
    const params = { code: "missing-key", advice: "Add `value:` with a text, a number, true or false" } as const;
    return [{ path: [], message: "The action sets an attribute to no value", params }];
  }
  const fitting: readonly string[] = [verb, ...VERBS[verb]];
  return Object.keys(entry).flatMap((key): ActionIssue | [] => {
    if (fitting.includes(key) || entry[key as keyof ActionEntry] === undefined) return [];
    const params = { code: "conflicting-keys", advice: `Remove it: \`${verb}\` has no such key` } as const;
    return { path: [key], message: `The action \`${verb}\` has \`${key}\``, params };
  });
}

const RUN_TIMEOUT = seconds(30);

/** From an entry in which exactly one verb stands. */
function actionOf(entry: ActionEntry): RuleAction {
  const { move, stop, start, drain, resume, set, unset, notify, fence, run = [] } = entry;
  const node = entry.node === undefined ? undefined : named(entry.node);
  if (move !== undefined) return { kind: "move", service: named(move), to: entry.to };
  if (stop !== undefined) return { kind: "stop", service: named(stop) };
  if (start !== undefined) return { kind: "start", service: named(start) };
  if (drain !== undefined) return { kind: "drain", node: named(drain) };
  if (resume !== undefined) return { kind: "resume", node: named(resume) };
  if (fence !== undefined) return { kind: "fence", node: named(fence) };
  if (unset !== undefined) return { kind: "unset", node, name: unset };
  if (notify !== undefined) return { kind: "notify", text: notify, severity: entry.severity ?? "warning" };
  if (set === undefined) return { kind: "run", command: run, timeout: entry.timeout ?? RUN_TIMEOUT };
  const lifetime = entry.for === undefined ? {} : { lifetime: entry.for };
  return { kind: "set", node, attribute: { name: set, value: entry.value ?? "", ...lifetime } };
}

/** What the rule is about has no name of its own in it. */
const named = <Name extends string>(given: Name | Itself): Name | undefined => (given === ITSELF ? undefined : given);

const limit = z
  .strictObject(
    {
      times: z.int({ error: "a whole number" }).min(1).max(1_000).default(5).describe("So many times at most …"),
      within: span({
        min: seconds(1),
        max: DAY,
        byDefault: "5m",
        meaning: "… within this time may the rule act on one thing.",
      }),
      suspend: span({
        min: seconds(1),
        max: DAY,
        byDefault: "10m",
        meaning: "A rule that would act more often is left out for so long, with a finding.",
      }),
    },
    { error: "a map with `times`, `within` and `suspend`" },
  )
  .prefault({})
  .describe("Keeps a rule whose action brings its own condition about from acting without end.");

const NEVER: Duration = microseconds(0);

const rule = z
  .strictObject(
    {
      each: z
        .enum(["node", "service"], { error: "`node`, `service`" })
        .optional()
        .describe(
          "The rule looks at each node, or at each service, by itself, which is called `node` or `service` in the condition. A node acts for itself; for a service, its holder acts. Without it the rule is about the cluster, and the first living node of the file acts.",
        ),
      when: z
        .string({ error: 'a condition such as `nodes.web1.state == "down"`' })
        .min(1)
        .max(CONDITION_TEXT_MAX)
        .describe("When to act: a condition in CEL over what the node knows. docs/rules.md has all names."),
      for: span({
        min: NEVER,
        max: DAY,
        byDefault: "0s",
        meaning: "The condition must have been true for so long without a break.",
      }),
      every: duration({ min: seconds(1), max: microseconds(7 * DAY), example: "10m" })
        .optional()
        .describe(
          "While the condition stays true, act again after so long. Without it: only when it comes true again.",
        ),
      holdOff: span({
        min: NEVER,
        max: microseconds(7 * DAY),
        byDefault: "0s",
        meaning: "After acting, do not act again for so long, though the condition comes true again.",
      }),
      limit,
      do: z
        .array(action, { error: "a list of actions" })
        .min(1)
        .max(LIMITS.actionsPerRule)
        .describe("What to do, in this order."),
    },
    { error: "a map with `when` and `do`" },
  )
  .transform(({ each, when, for: holdFor, every, holdOff, limit: most, do: actions }): RuleFile => ({
    each: each ?? "cluster",
    when,
    holdFor,
    every,
    holdOff,
    limit: most,
    actions,
  }));

export const rules: z.ZodPrefault<z.ZodType<Record<string, RuleFile>>> = z
  .record(name("rule").meta({ title: "RULE" }), rule, { error: "a map from rule names to rules" })
  .meta({ maxProperties: LIMITS.rules })
  .prefault({})
  .describe("What to do when a condition comes true, by name: see docs/rules.md.");
