/** From what the file says of fencing to how one node is fenced. */
import type { NodeConfig } from "../cluster.js";
import type { FenceMethod, FenceSpeech } from "../fencing.js";
import type { NodeName } from "../names.js";
import { FENCE_DEFAULTS, type FenceFile } from "./fence-schema.js";

/** @param own what the node itself says counts, then what is said for all */
export function fenceOf(
  node: NodeName,
  { all = {}, own = {} }: { readonly all?: FenceFile | undefined; readonly own?: FenceFile | undefined },
  absolute: (path: string) => string,
): Pick<NodeConfig, "fence"> {
  const { methods = [] } = own.methods === undefined ? all : own;
  if (methods.length === 0) return {};
  return {
    fence: {
      methods: methods.map(({ secretFile, speech, ...method }): FenceMethod => ({
        ...method,
        speech: speechFor(node, speech),
        secretFile: secretFile === undefined ? undefined : absolute(secretFile),
      })),
      origin: own.methods === undefined ? "cluster" : "node",
      when: own.when ?? all.when ?? FENCE_DEFAULTS.when,
      delay: own.delay ?? all.delay ?? FENCE_DEFAULTS.delay,
      attempts: own.attempts ?? all.attempts ?? FENCE_DEFAULTS.attempts,
      retry: own.retry ?? all.retry ?? FENCE_DEFAULTS.retry,
      rest: own.rest ?? all.rest ?? FENCE_DEFAULTS.rest,
    },
  };
}

function speechFor(node: NodeName, speech: FenceSpeech): FenceSpeech {
  if (speech.kind === "json") return speech;
  const parameters = Object.entries(speech.parameters).map(
    ([name, value]) => [name, value.replaceAll("{node}", node)] as const,
  );
  return { ...speech, parameters: Object.fromEntries(parameters) };
}
