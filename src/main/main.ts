import { addAttributeCommand } from "../cli/attribute-command.js";
import { addCompletionCommand } from "../cli/completion-command.js";
import { addEventsCommand } from "../cli/events-command.js";
import { addExplainCommand } from "../cli/explain-command.js";
import { addOrderCommands } from "../cli/order-commands.js";
import { addPathCommand } from "../cli/path-command.js";
import { createProgram, runProgram } from "../cli/program.js";
import { addStatusCommand } from "../cli/status-command.js";
import { addVersionCommand } from "../cli/version-command.js";
import { addLabCommand } from "../../lab/command.js";
import { addAgentCommand } from "./agent-command.js";
import { addCheckCommand } from "./check-command.js";
import { addDemoCommand } from "./demo/demo-command.js";
import { addInstallCommand } from "./install-command.js";
import { addKeygenCommand } from "./keygen-command.js";
import { programVersion } from "./program-version.js";
import { addReplayCommand } from "./replay-command.js";
import { addSimulateCommand } from "./simulate/simulate-command.js";

const program = createProgram(programVersion());

addAgentCommand(program);
addCheckCommand(program);
addKeygenCommand(program);
addInstallCommand(program);
addStatusCommand(program);
addExplainCommand(program);
addEventsCommand(program);
addOrderCommands(program);
addPathCommand(program);
addAttributeCommand(program);
addSimulateCommand(program);
addDemoCommand(program);
addReplayCommand(program);
addLabCommand(program);
addVersionCommand(program);
addCompletionCommand(program);

process.exitCode = await runProgram(program, process.argv);
