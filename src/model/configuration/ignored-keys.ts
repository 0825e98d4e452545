/** Keys of a program that say nothing about what is run: a unit and a resource agent have their own ways. */
import { type LocatedNode, keyOf } from "./located-node.js";
import { type ConfigurationProblem, problemAtKey } from "./problem.js";

interface Ignored {
  readonly path: readonly string[];
  readonly message: string;
  readonly advice: string;
}

const OF_UNITS: readonly Ignored[] = [
  { path: ["user"], message: "A unit says itself whom it runs as", advice: "Write `User=` into the unit" },
  {
    path: ["limits"],
    message: "A unit says itself what it may use",
    advice: "Write `MemoryMax=` and `CPUQuota=` into the unit",
  },
  { path: ["stop", "signal"], message: "A unit says itself how it ends", advice: "Write `KillSignal=` into the unit" },
];

const OF_AGENTS: readonly Ignored[] = [
  {
    path: ["user"],
    message: "A resource agent runs as root",
    advice: "Remove it: many agents have a parameter for the user of what they start",
  },
  {
    path: ["stop", "signal"],
    message: "A resource agent has a stop of its own",
    advice: "Remove it: after `stop.timeout` what is left gets SIGKILL",
  },
  {
    path: ["role", "command"],
    message: "A resource agent is promoted and demoted",
    advice: "Remove it",
  },
];

/** Each of them that stands in the file, so that nobody takes it for kept. */
export function ignoredKeys(program: LocatedNode): ConfigurationProblem[] {
  const ignored = program.children.has("unit") ? OF_UNITS : program.children.has("ocf") ? OF_AGENTS : [];
  return ignored.flatMap(({ path, message, advice }) => {
    const entry = path.reduce<LocatedNode | undefined>((at, key) => at?.children.get(key), program);
    if (entry === undefined) return [];
    return [
      problemAtKey(entry, {
        code: "conflicting-keys",
        message: `${message}: \`${keyOf(entry)}\` does nothing`,
        advice,
      }),
    ];
  });
}
