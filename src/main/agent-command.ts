import { hostname } from "node:os";
import type { Command } from "commander";
import { problemsText } from "../cli/check-problem-text.js";
import { EXIT } from "../cli/exit-code.js";
import { DEFAULT_SOCKET } from "../client/client.js";
import { STATE_DIRECTORY } from "../os/node/installed-unit.js";
import { programVersion } from "./program-version.js";

interface AgentFlags {
  readonly config: string;
  readonly node: string;
  readonly state: string;
  /** Of the program, for all commands. */
  readonly socket?: string;
}

/** `locum agent`: the daemon, in the foreground. */
export function addAgentCommand(program: Command): void {
  program
    .command("agent")
    .description("run the daemon in the foreground")
    .option("--config <file>", "the cluster file, the same on all nodes", "/etc/locum/cluster.yaml")
    .option("--node <name>", "which node of the file this machine is", hostname())
    .option("--state <dir>", "what is kept across restarts", STATE_DIRECTORY)
    .action((_flags: unknown, command: Command) => startAgent(command.optsWithGlobals<AgentFlags>()));
}

/** The daemon's parts are loaded only here: no other command needs them. */
async function startAgent(flags: AgentFlags): Promise<void> {
  const { runWith, STEADY_ENGINE } = await import("../os/node/engine.js");
  const missingOptions = runWith(STEADY_ENGINE);
  const { readConfiguration } = await import("../daemon/configuration-source.js");
  const configuration = readConfiguration(flags.config, flags.node);
  if (!configuration.ok) {
    const { file, text, problems } = configuration.problem;
    process.stderr.write(problemsText({ file, problems }, text));
    process.exitCode = EXIT.usage;
    return;
  }
  const { runAgent } = await import("../daemon/agent-process.js");
  const socket = flags.socket ?? process.env["LOCUM_SOCKET"] ?? DEFAULT_SOCKET;
  await runAgent({ ...flags, socket, program: programVersion(), missingOptions }, configuration.value);
}
