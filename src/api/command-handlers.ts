import { known } from "../base/assert.js";
import type { Command } from "../model/command.js";
import { nodeName, serviceName } from "../model/names.js";
import type { DoneDocument } from "../model/status-document-problem.js";
import type { AgentPort } from "./agent-port.js";
import { checkNode, knownService } from "./known-names.js";
import { problem } from "./problem.js";
import { flag, stringField } from "./request.js";
import type { Answer, ApiParts, Call } from "./route.js";

export const answerMove = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "move", service: serviceName(nameOf(call)), to: nodeName(stringField(call.body, "to")) });

export const answerDrain = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "drain", node: nodeName(nameOf(call)) });

export const answerResume = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "resume", node: nodeName(nameOf(call)) });

export const answerPause = (_call: Call, { port }: ApiParts): Promise<Answer> => run(port, { kind: "pause" });

export const answerUnpause = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "unpause", ...(flag(call.query, "force") ? { force: true } : {}) });

const nameOf = (call: Call): string => known(call.params["name"], "the path has a name");

async function run(port: AgentPort, command: Command): Promise<Answer> {
  checkNames(port, command);
  const outcome = await port.command(command);
  if (!outcome.ok) throw problem(outcome.code, outcome.message);
  const body: DoneDocument = { message: outcome.message };
  return { kind: "json", body };
}

/** Refuses unknown names here, because only here can the answer name the known ones. */
function checkNames(port: AgentPort, command: Command): void {
  if (command.kind === "move") {
    knownService(port, command.service);
    checkNode(port, command.to);
  }
  if (command.kind === "drain" || command.kind === "resume") checkNode(port, command.node);
}
