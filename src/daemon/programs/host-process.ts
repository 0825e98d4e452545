import type { ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import { describeError } from "../../base/locum-error.js";
import { signalIfThere } from "../../os/node/signal-if-there.js";
import { LineBuffer } from "../line-buffer.js";
import { isJsonObject, parseJson } from "../records/stored-json.js";
import {
  CHANNEL_FD,
  EXIT_OTHER_HOST,
  HOST_PROTOCOL,
  type HostOrder,
  type HostReport,
  keeperSocket,
  PROGRAM_LINE_MAX,
} from "./program-protocol.js";

/** A host that was found answers at once, or does not work. */
export const ANSWER_MS_MAX = 5_000;

/** A program host as its agent has it in hand, whether it was started by this one or found. */
export interface HostProcess {
  readonly pid: number | undefined;
  readonly channel: Socket | undefined;
  /** SIGKILL. */
  kill(): void;
  /** Calls when it does not run any more. */
  whenEnded(callback: (end: HostEnd) => void): void;
  /** Keeps this process alive for as long as it runs. */
  hold(): void;
}

/** How it ended, in words, and whether it has waited in vain for an earlier host to end, which is at work still. */
export interface HostEnd {
  readonly how: string;
  readonly isOtherAtWork: boolean;
}

export function startedHost(child: ChildProcess): HostProcess {
  // Node makes no pipes where it has no room for them.
  const channel = (child.stdio as ChildProcess["stdio"] | undefined)?.[CHANNEL_FD] as Socket | undefined;
  child.unref();
  channel?.unref();
  return {
    pid: child.pid,
    channel,
    kill: () => void child.kill("SIGKILL"),
    whenEnded: (callback) => {
      child.on("error", (error) => callback({ how: describeError(error), isOtherAtWork: false }));
      child.on("exit", (status, signal) => callback(endOf(status, signal)));
    },
    hold: () => child.ref(),
  };
}

/** Its end of the channel is open for as long as it lives, and is all that is known of it. */
function foundHost(pid: number, channel: Socket): HostProcess {
  channel.unref();
  return {
    pid,
    channel,
    kill: () => {
      if (!channel.destroyed) signalIfThere(pid, "SIGKILL");
      channel.destroy();
    },
    whenEnded: (callback) => void channel.on("close", () => callback({ how: "it ended", isOtherAtWork: false })),
    hold: () => channel.ref(),
  };
}

type Kept = Extract<HostReport, { readonly kind: "kept" }>;

export type FoundHost =
  | {
      readonly kind: "found";
      readonly host: HostProcess;
      readonly kept: Kept;
      /** What it said after that already, and the beginning of what comes next. */
      readonly more: readonly string[];
      readonly lines: LineBuffer;
    }
  /** It speaks another version, and ends in order now. */
  | { readonly kind: "other-protocol"; readonly protocol: number }
  /** Somebody is there who has nothing for this agent: a host that ends already, or none of ours. */
  | { readonly kind: "closed" }
  /** It does not answer in time. */
  | { readonly kind: "silent" }
  /** Nobody is there. */
  | { readonly kind: "none" };

/** Looks for a host that outlived an earlier agent, and says hello to it. Never rejects. */
export function findHost(socketPath: string, answerMsMax: number = ANSWER_MS_MAX): Promise<FoundHost> {
  return new Promise((resolve) => {
    const channel = connect(keeperSocket(socketPath));
    const lines = new LineBuffer(PROGRAM_LINE_MAX);
    const settle = (found: FoundHost): void => {
      clearTimeout(late);
      channel.removeAllListeners();
      channel.on("error", () => channel.destroy());
      // What it says before somebody listens waits.
      if (found.kind === "found") channel.pause();
      else channel.destroy();
      resolve(found);
    };
    const late = setTimeout(() => settle({ kind: "silent" }), answerMsMax);
    let isConnected = false;
    channel.on("connect", () => {
      isConnected = true;
    });
    channel.on("error", () => settle({ kind: isConnected ? "closed" : "none" }));
    channel.on("close", () => settle({ kind: "closed" }));
    channel.on("data", (bytes: Buffer) => {
      const [answer, ...more] = lines.push(bytes);
      if (answer !== undefined) settle(foundBy(channel, answer, { more, lines }));
    });
    const hello: HostOrder = { kind: "hello", protocol: HOST_PROTOCOL, agent: process.pid };
    channel.write(`${JSON.stringify(hello)}\n`);
  });
}

function foundBy(
  channel: Socket,
  answer: string,
  rest: { readonly more: readonly string[]; readonly lines: LineBuffer },
): FoundHost {
  // A host of another version may say anything.
  const said = parseJson(answer);
  if (!isJsonObject(said)) return { kind: "closed" };
  const { kind, protocol } = said;
  if (kind === "other-protocol" && typeof protocol === "number") return { kind, protocol };
  if (kind !== "kept") return { kind: "closed" };
  const kept = JSON.parse(answer) as Kept;
  return { kind: "found", host: foundHost(kept.pid, channel), kept, ...rest };
}

function endOf(status: number | null, signal: NodeJS.Signals | null): HostEnd {
  if (status === EXIT_OTHER_HOST) return { how: "that of an earlier agent has not ended yet", isOtherAtWork: true };
  return { how: `it ended with ${signal ?? `status ${status}`}`, isOtherAtWork: false };
}
