import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { unreachable } from "../../base/assert.js";
import { type Duration, inMilliseconds, milliseconds } from "../../base/time.js";
import type { ProbeAnswer } from "../../model/probe-answer.js";
import type { HealthProbe } from "../../model/program.js";

/** From this status on, an answer is bad. */
const HTTP_BAD = 400;

/** Runs a command in the program's place, or kills it when that is aborted; answers why it was not good, or undefined. */
export type RunCommand = (
  command: readonly string[],
  timeout: Duration,
  signal: AbortSignal | undefined,
) => Promise<string | undefined>;

const GIVEN_UP = "nobody waits for the answer any more";

/** Asks once. An answer that does not come within `timeout` is none, nor is one after it was aborted by `signal`. */
export async function probe(
  what: HealthProbe,
  timeout: Duration,
  run: RunCommand,
  signal?: AbortSignal,
): Promise<ProbeAnswer> {
  const begun = performance.now();
  const problem = await ask(what, timeout, run, signal);
  return { problem, took: milliseconds(performance.now() - begun) };
}

function ask(
  what: HealthProbe,
  timeout: Duration,
  run: RunCommand,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  switch (what.kind) {
    case "tcp":
      return askTcp(what, timeout, signal);
    case "http":
      return askHttp(what.url, timeout, signal);
    case "exec":
      return run(what.command, timeout, signal);
    default:
      return unreachable(what);
  }
}

export const noAnswerWithin = (timeout: Duration): string => `no answer within ${inMilliseconds(timeout)} ms`;

function askTcp(
  { host, port }: { readonly host: string; readonly port: number },
  timeout: Duration,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | undefined): void => {
      clearTimeout(timer);
      // A reset leaves no waiting state behind, of which there would be many.
      socket.resetAndDestroy();
      resolve(problem);
    };
    const timer = setTimeout(() => end(noAnswerWithin(timeout)), inMilliseconds(timeout));
    signal?.addEventListener("abort", () => end(GIVEN_UP), { once: true });
    socket.on("connect", () => end(undefined));
    socket.on("error", (error) => end(`${host}:${port}: ${error.message}`));
  });
}

function askHttp(url: string, timeout: Duration, signal: AbortSignal | undefined): Promise<string | undefined> {
  // A password in it is not for logs.
  const shown = url.replace(/^(https?:\/\/)[^/?#]*@/, "$1");
  return new Promise((resolve) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    // It is asked whether it answers, not who it is: certificates are for clients to judge.
    const request = send(url, { agent: false, rejectUnauthorized: false, headers: { connection: "close" } });
    const end = (problem: string | undefined): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => end(noAnswerWithin(timeout)), inMilliseconds(timeout));
    signal?.addEventListener("abort", () => end(GIVEN_UP), { once: true });
    request.on("response", ({ statusCode = 0 }) => {
      end(statusCode < HTTP_BAD ? undefined : `${shown} answers with status ${statusCode}`);
    });
    request.on("error", (error) => end(`${shown}: ${error.message}`));
    request.end();
  });
}
