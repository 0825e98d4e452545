import { type CommandEnd, killAllCommands, runCommand } from "../../os/node/command-run.js";
import { limitOpenFiles } from "../../os/linux/open-files.js";
import { acceptOutOfMemoryKiller } from "../../os/linux/out-of-memory.js";
import { readCredentials } from "../../os/node/credentials.js";
import { post } from "../../os/node/webhook.js";
import { type CheckOrder, ERRAND_LINE_MAX, type ErrandOrder, type ErrandReport } from "./errand-protocol.js";
import { LineBuffer } from "../line-buffer.js";

/*
 * Runs commands and sends messages for the agent, in a process of its own: whatever they do, the agent does not wait.
 * Orders come on standard input; when that ends, the agent is gone, and so is everything that runs here.
 */

/** What programs need to find others, and nothing of the agent's own. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LOCUM_SOCKET: process.argv[2] ?? "",
};

class Check {
  readonly #order: CheckOrder;
  readonly #timer: NodeJS.Timeout;
  #isRunning = false;
  #isOver = false;

  constructor(order: CheckOrder) {
    this.#order = order;
    this.#timer = setInterval(() => void this.#run(), order.intervalMs);
    void this.#run();
  }

  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** One that takes longer than its interval is not started a second time meanwhile. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { name, command, timeoutMs } = this.#order;
    const end = await runCommand({ command, timeoutMs, input: "", environment: ENVIRONMENT });
    this.#isRunning = false;
    if (!this.#isOver) report({ kind: "checked", name, end });
  }
}

let checks: readonly Check[] = [];

function report(news: ErrandReport): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

/** With its secret, which is read only now, and is in no argument and no recording. */
async function run({
  command,
  timeoutMs,
  input,
  secret,
}: Extract<ErrandOrder, { readonly kind: "run" }>): Promise<CommandEnd> {
  if (secret === undefined) return runCommand({ command, timeoutMs, input, environment: ENVIRONMENT });
  const lines = readCredentials(secret.file);
  if (!lines.ok) return { problem: `${secret.file} cannot be used: ${lines.problem}`, output: "", tookMs: 0 };
  const secrets = lines.value.map(([, value]) => value);
  if (secret.as === "environment") {
    const environment = { ...ENVIRONMENT, ...Object.fromEntries(lines.value) };
    return runCommand({ command, timeoutMs, input, environment, secrets });
  }
  const given = lines.value.map(([name, value]) => `${name}=${value}\n`).join("");
  return runCommand({ command, timeoutMs, input: given + input, environment: ENVIRONMENT, secrets });
}

async function perform(order: ErrandOrder): Promise<void> {
  switch (order.kind) {
    case "run":
      report({ kind: "ran", id: order.id, end: await run(order) });
      return;
    case "post":
      report({ kind: "posted", id: order.id, end: await post(order.post) });
      return;
    case "check":
      for (const each of checks) each.end();
      checks = order.checks.map((each) => new Check(each));
  }
}

function end(): never {
  killAllCommands();
  process.exit(0);
}

process.title = "locum-errands";
// What the agent has for itself, commands would inherit: files that nobody else may read, memory before all others, and room
// for more open files than many programs are made for.
process.umask(0o022);
acceptOutOfMemoryKiller();
limitOpenFiles();
// What a service manager sends to all processes of a service: the agent ends this one when its own work is done.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
const lines = new LineBuffer(ERRAND_LINE_MAX);
process.stdin.on("data", (bytes: Buffer) => {
  // Our own agent wrote it.
  for (const line of lines.push(bytes)) void perform(JSON.parse(line) as ErrandOrder);
});
process.stdin.on("end", end);
process.stdin.on("error", end);
process.stdout.on("error", end);
