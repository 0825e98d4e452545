import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const LOCUM: string = fileURLToPath(new URL("../../../bin/locum", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the real program, without a terminal, and waits for its end; `onOutput` may stop it earlier. For the program it is
 * always `now`, if that is given: what it prints depends on how long ago things were, down to the width of its columns.
 */
export function locum(
  args: readonly string[],
  options: {
    readonly socketPath?: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly now?: Date;
    readonly onOutput?: (stdout: string, stop: () => void) => void;
  } = {},
): Promise<Ended> {
  const environment: NodeJS.ProcessEnv = { ...process.env, TZ: "UTC", ...options.environment };
  if (options.socketPath !== undefined) environment["LOCUM_SOCKET"] = options.socketPath;
  const preloaded = options.now === undefined ? [] : ["--import", stoppedClock(options.now)];
  const child = spawn(process.execPath, [...preloaded, LOCUM, ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    stdout += piece;
    options.onOutput?.(stdout, () => child.kill());
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A module that stops the clock of the program that loads it. */
function stoppedClock(now: Date): string {
  const program = `globalThis.Date = class extends Date {
    constructor(...parts) { super(...(parts.length === 0 ? [${now.getTime()}] : parts)); }
    static now() { return ${now.getTime()}; }
  };`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}
