/** What a method of fencing reads on standard input: JSON, or what agents of the fence-agents project are given. */
import type { FenceCause, FenceMethod } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";

export interface FenceTask {
  readonly node: NodeName;
  readonly cause: FenceCause;
  /** Who fences. */
  readonly self: NodeName;
  readonly addresses: Readonly<Record<string, string>>;
}

export function inputFor({ name: method, speech }: FenceMethod, { node, cause, self, addresses }: FenceTask): string {
  if (speech.kind === "json") return `${JSON.stringify({ fence: node, method, by: self, cause, addresses })}\n`;
  const given = Object.entries(speech.parameters).map(([name, value]) => `${name}=${value}`);
  // Of what is there twice, the last one counts (FenceAgentAPI).
  return [...given, `nodename=${node}`, `action=${speech.action}`].map((line) => `${line}\n`).join("");
}
