/** The cluster file's schema of fencing: for all nodes, and what is otherwise for one. */
import * as z from "zod";
import { milliseconds, seconds } from "../../base/time.js";
import { BY_OPERATOR, type FenceConfig, type FenceMethod } from "../fencing.js";
import { nodeName } from "../names.js";
import { clip } from "./clip.js";
import { agentParameter, commandLine, DAY, duration, filePath, name, read } from "./fields.js";
import type { Advised } from "./field-readers.js";
import { LIMITS } from "./limits.js";

/** What is given takes the place of what is given for all nodes, key by key. */
export type FenceFile = { readonly [Key in Exclude<keyof FenceConfig, "origin">]?: FenceConfig[Key] | undefined };

/** Where Debian and others install them. */
const AGENTS_DIRECTORY = "/usr/sbin";

function readAgent(text: string): string | Advised {
  if (/^fence_[a-z0-9_]{1,64}$/.test(text)) return `${AGENTS_DIRECTORY}/${text}`;
  if (/^\/[^\0]*[^/\0]$/.test(text) && text.length <= LIMITS.pathLength) return text;
  return {
    code: "bad-command",
    message: `"${clip(text)}" is no fence agent`,
    advice: "Write its name as in `fence_ipmilan`, or the whole path of the program",
  };
}

const parameterName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, {
  error: "a name of letters, digits, `_` and `-`, as the agent's own manual has it",
});

/** Fence agents take these for yes and no. */
const parameter = agentParameter({ true: "1", false: "0" }).refine((text) => !/[\r\n\0]/.test(text), {
  error: "The value has a line break, which no agent can be given",
});

const method = z
  .strictObject(
    {
      name: name("method")
        .optional()
        .describe("What events call it. Without it: the name of the program, without `fence_`."),
      agent: read("a fence agent such as `fence_ipmilan`", readAgent)
        .optional()
        .describe(
          "An agent of the fence-agents package, by its name or whole path. It is told what to do as it expects it: lines `name=value` on standard input, among them `nodename`, the node that is fenced.",
        ),
      parameters: z
        .record(parameterName.meta({ title: "PARAMETER" }), parameter, { error: "a map from parameters to values" })
        .meta({ maxProperties: LIMITS.variables })
        .prefault({})
        .describe(
          "For `agent`: its parameters, such as `ip`, as its own manual names them. `{node}` in a value stands for the name of the node that is fenced. Passwords belong into `secretFile`.",
        ),
      action: z
        .enum(["off", "reboot"], { error: "`off`, `reboot`" })
        .optional()
        .describe(
          "For `agent`: `off` leaves the machine off, to be looked at; `reboot` starts it again. Without it: `off`.",
        ),
      run: commandLine
        .optional()
        .describe(
          "Instead of `agent`: a program and its arguments, as a list; no shell reads it. It gets the node and the cause as one line of JSON on standard input, and ends with status 0 only when the node is cut off.",
        ),
      secretFile: filePath
        .optional()
        .describe(
          "A file with lines `name=value` that only its owner may read: further parameters of an agent, or variables in the environment of a program. They are in no argument, log or recording.",
        ),
      timeout: duration({ min: milliseconds(100), max: seconds(600), example: "60s" })
        .optional()
        .describe("It has failed, and is killed with all that it started, after so long. Without it: 60 s."),
      nodes: z
        .array(name("node"), { error: "a list of node names" })
        .max(LIMITS.nodes)
        .prefault([])
        .describe("The nodes on which it can be used. Without it: all but the one that is fenced."),
    },
    { error: "a map with `agent` or `run`" },
  )
  .superRefine((entry, context) => {
    if (nameOf(entry) === BY_OPERATOR) {
      const path = (["name", "agent", "run"] as const).filter((key) => entry[key] !== undefined).slice(0, 1);
      const message = `"${BY_OPERATOR}" stands for an operator's word that a node is off, and is no name for a method`;
      const params = { code: "bad-name", advice: "Give the method another name with `name:`" };
      context.addIssue({ code: "custom", path, message, params });
    }
    const given = (["agent", "run"] as const).filter((key) => entry[key] !== undefined);
    if (given.length === 0) {
      const params = { code: "missing-key", advice: "Add `agent:` with a name, or `run:` with a list" };
      context.addIssue({ code: "custom", message: "The method has neither `agent` nor `run`", params });
    } else if (given.length === 2) {
      const params = { code: "conflicting-keys", advice: "Make a method of its own of each" };
      context.addIssue({ code: "custom", path: ["run"], message: "The method has both `agent` and `run`", params });
    } else if (entry.agent === undefined) {
      const strange = [
        ...(entry.action === undefined ? [] : ["action"]),
        ...(Object.keys(entry.parameters).length === 0 ? [] : ["parameters"]),
      ];
      for (const key of strange) {
        const params = { code: "conflicting-keys", advice: "Remove it: it belongs to `agent`" };
        context.addIssue({
          code: "custom",
          path: [key],
          message: `The method has \`${key}\` and no \`agent\``,
          params,
        });
      }
    }
  })
  .transform((entry): FenceMethod => {
    const { agent, parameters, action = "off", secretFile, timeout, nodes } = entry;
    return {
      name: nameOf(entry),
      command: commandOf(entry),
      speech: agent === undefined ? { kind: "json" } : { kind: "agent", action, parameters },
      secretFile,
      timeout: timeout ?? seconds(60),
      nodes: nodes.map(nodeName),
    };
  });

interface MethodEntry {
  readonly name?: string | undefined;
  readonly agent?: string | undefined;
  readonly run?: readonly string[] | undefined;
}

const commandOf = ({ agent, run = [] }: MethodEntry): readonly string[] => (agent === undefined ? run : [agent]);
const nameOf = (entry: MethodEntry): string => entry.name ?? programOf(commandOf(entry));

const programOf = ([path = ""]: readonly string[]): string =>
  path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/^fence_/, "")
    .slice(0, 63);

/** What a node has where neither it nor the file as a whole says otherwise. */
export const FENCE_DEFAULTS: Omit<FenceConfig, "methods" | "origin"> = {
  when: ["stuck"],
  delay: seconds(2),
  attempts: 3,
  retry: seconds(30),
  rest: seconds(600),
};

export const fence: z.ZodOptional<z.ZodType<FenceFile>> = z
  .strictObject(
    {
      methods: z
        .array(method, { error: "a list of methods" })
        .max(LIMITS.fenceMethods)
        .optional()
        .describe(
          "Commands that cut a node off, tried in this order until one succeeds. Each node that can use one of them may be the one that fences.",
        ),
      when: z
        .array(z.enum(["stuck"], { error: "`stuck`" }), { error: "a list of causes" })
        .max(1)
        .optional()
        .describe(
          "When the cluster fences by itself. `stuck`: a program that cannot be ended, not even by SIGKILL, binds a service to the node, and another node could hold it. `[]`: only when an operator or a rule says so, and a service that was bound to a node which is silent now is taken by nobody until then. Without it: `[stuck]`.",
        ),
      delay: duration({ min: milliseconds(0), max: seconds(600), example: "2s" })
        .optional()
        .describe(
          "When two halves of a cluster that do not hear each other would fence each other, the side with less waits so long: a node that is not heard, and holds more (by number and priority of services) than the one that fences it. Without it: 2 s.",
        ),
      attempts: z
        .int({ error: "a whole number" })
        .min(1)
        .max(100)
        .optional()
        .describe("So often in a row all methods are tried by each node. Without it: 3."),
      retry: duration({ min: seconds(1), max: DAY, example: "30s" })
        .optional()
        .describe("Time between two of these attempts. Without it: 30 s."),
      rest: duration({ min: seconds(1), max: DAY, example: "10m" })
        .optional()
        .describe(
          "A node that was fenced, or could not be, is not fenced again for so long: nothing makes a machine go up and down without end. Without it: 10 min.",
        ),
    },
    { error: "a map with `methods`" },
  )
  .optional();
