import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const LOCUM: string = fileURLToPath(new URL("../../../bin/locum", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program, without a terminal, and waits for its end; `onOutput` may stop it earlier. */
export function locum(
  args: readonly string[],
  options: {
    readonly socketPath?: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly onOutput?: (stdout: string, stop: () => void) => void;
  } = {},
): Promise<Ended> {
  const environment: NodeJS.ProcessEnv = { ...process.env, TZ: "UTC", ...options.environment };
  if (options.socketPath !== undefined) environment["LOCUM_SOCKET"] = options.socketPath;
  const child = spawn(process.execPath, [LOCUM, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
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
