import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How Node ends that was started with an option that it does not know. */
const EXIT_BAD_OPTION = 9;

/**
 * A program of ours that runs as a process beside the agent: with nothing of the agent's environment, in a session of its
 * own. Each start is a new process.
 */
export class HelperProgram {
  readonly #file: string;
  /** A Node that does not know one of them goes without all of them from the next start on. */
  #nodeOptions: readonly string[];

  /** @param name of its built file in this folder, such as `guard/guard.js` */
  constructor(name: string, nodeOptions: readonly string[]) {
    this.#file = fileURLToPath(new URL(name, import.meta.url));
    this.#nodeOptions = nodeOptions;
  }

  start(args: readonly string[], stdio: StdioOptions): ChildProcess {
    const child = spawn(process.execPath, [...this.#nodeOptions, this.#file, ...args], {
      stdio,
      detached: true,
      env: {},
      cwd: "/",
    });
    // Whoever starts it hears of it as well; but where there is no room even for its pipes, perhaps not in time.
    child.on("error", () => undefined);
    child.on("exit", (code) => {
      if (code === EXIT_BAD_OPTION) this.#nodeOptions = [];
    });
    return child;
  }
}
