import { createHmac } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { describeError } from "../../base/locum-error.js";

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

/** Sends one message. It never rejects, and never takes longer than its time. */
export async function post(message: Post): Promise<PostEnd> {
  try {
    return await send(message, headersOf(message));
  } catch (error) {
    return { kind: "failed", problem: describeError(error), isFinal: false };
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
  if ((statSync(path).mode & OTHERS) !== 0) throw new Refusal(`${path} can be read by others than its owner`);
  const secret = readFileSync(path, "utf8").trim();
  if (secret === "") throw new Refusal(`${path} is empty`);
  return secret;
}

class Refusal extends Error {
  override readonly name = "Refusal";
}

function send({ url, body, timeoutMs, caFile }: Post, headers: Record<string, string>): Promise<PostEnd> {
  const request = url.startsWith("https:") ? secureRequest : plainRequest;
  const trust = caFile === undefined ? {} : { ca: readFileSync(caFile) };
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
