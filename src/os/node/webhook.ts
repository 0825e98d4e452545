import { createHmac } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { describeError } from "../../base/locum-error.js";
import { ok, refused, type Result } from "../../base/result.js";
import { errnoOf, refusalText } from "./file-refusal.js";

/** A message for a web server. */
export interface Post {
  readonly url: string;
  readonly body: string;
  readonly timeoutMs: number;
  /** A file whose content signs the message; only its owner may read it. */
  readonly secretFile: string | undefined;
  /** Certificates to trust in place of the system's, for a server of one's own. */
  readonly caFile: string | undefined;
}

/** How it went. `isFinal`: the server will say no to the same message again. */
export type PostEnd =
  | { readonly kind: "delivered" }
  | { readonly kind: "failed"; readonly problem: string; readonly isFinal: boolean };

const OTHERS = 0o077;
/** Of a server's answer, nobody reads more. */
const ANSWER_BYTES_MAX = 65_536;

/** What the system says of servers, in ours. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers there: the connection was refused",
  ECONNRESET: "the server broke the connection off",
  EHOSTUNREACH: "there is no way to the server",
  ENETUNREACH: "there is no way to the server",
  ENOTFOUND: "no host has that name",
  EAI_AGAIN: "the host's name cannot be looked up now",
  ETIMEDOUT: "the server does not answer",
};

/** Sends one message. It never rejects, and never takes longer than its time. */
export async function post(message: Post): Promise<PostEnd> {
  try {
    return await send(message, headersOf(message));
  } catch (error) {
    return { kind: "failed", problem: WORDS[errnoOf(error) ?? ""] ?? describeError(error), isFinal: false };
  }
}

/**
 * The receiver computes the HMAC-SHA256 of the time, a dot and the body with the same secret, compares it, and refuses
 * what is old: then nobody can make a message up, change one, or send one again.
 */
function headersOf({ body, secretFile }: Post): Record<string, string> {
  const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  if (secretFile === undefined) return headers;
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac("sha256", readSecret(secretFile)).update(`${time}.${body}`).digest("hex");
  return { ...headers, "locum-time": time, "locum-signature": `sha256=${signature}` };
}

function readSecret(path: string): string {
  const secret = trySecret(path);
  if (!secret.ok) throw new Refusal(`${path} cannot sign it: ${secret.problem}`);
  return secret.value;
}

/** Why a file cannot sign messages, in words that follow a colon; undefined where it can. */
export function signingRefusal(path: string): string | undefined {
  const secret = trySecret(path);
  return secret.ok ? undefined : secret.problem;
}

function trySecret(path: string): Result<string, string> {
  try {
    const found = statSync(path);
    // A pipe would be waited for.
    if (!found.isFile()) return refused("it is no file");
    if ((found.mode & OTHERS) !== 0) return refused("it can be read by others than its owner");
    const secret = readFileSync(path, "utf8").trim();
    return secret === "" ? refused("it is empty") : ok(secret);
  } catch (error) {
    return refused(refusalText(error));
  }
}

function readTrusted(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${refusalText(error)}`, { cause: error });
  }
}

class Refusal extends Error {
  override readonly name = "Refusal";
}

function send({ url, body, timeoutMs, caFile }: Post, headers: Record<string, string>): Promise<PostEnd> {
  const request = url.startsWith("https:") ? secureRequest : plainRequest;
  const trust = caFile === undefined ? {} : { ca: readTrusted(caFile) };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(url, { method: "POST", headers, signal, agent: false, ...trust }, (answer) => {
      let size = 0;
      answer.on("data", (bytes: Buffer) => {
        size += bytes.length;
        if (size > ANSWER_BYTES_MAX) answer.destroy();
      });
      answer.on("close", () => resolve(endOf(answer.statusCode ?? 0)));
      answer.on("error", () => resolve(endOf(answer.statusCode ?? 0)));
    });
    outgoing.on("error", (error) =>
      reject(signal.aborted ? new Refusal(`no answer within ${timeoutMs / 1_000} s`) : error),
    );
    outgoing.end(body);
  });
}

/** 408 and 429 say "later"; other refusals of the message itself are the receiver's last word (RFC 9110 section 15.5). */
function endOf(status: number): PostEnd {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { kind: "failed", problem: `the server answered ${status}`, isFinal };
}
