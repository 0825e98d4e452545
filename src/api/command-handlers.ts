import { known } from "../base/assert.js";
import type { Command } from "../model/command.js";
import { isInterfaceName, type NodeName, nodeName, serviceName } from "../model/names.js";
import { type PathGroupName, pathGroupName } from "../model/path.js";
import { programName } from "../model/program.js";
import type { DoneDocument } from "../model/status-document-problem.js";
import type { AgentPort } from "./agent-port.js";
import { attributeOf } from "./attribute-body.js";
import { checkNode, checkPathGroup, checkProgram, knownService } from "./known-names.js";
import { problem } from "./problem.js";
import { flag, stringField } from "./request.js";
import type { Answer, ApiParts, Call } from "./route.js";

export const answerMove = (call: Call, { port }: ApiParts): Promise<Answer> =>
  orderMove(port, { kind: "move", service: serviceName(nameOf(call)), to: nodeName(stringField(call.body, "to")) });

export const orderMove = (port: AgentPort, move: Extract<Command, { readonly kind: "move" }>): Promise<Answer> =>
  run(port, move);

export const answerStopService = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "stop-service", service: serviceName(nameOf(call)) });

export const answerStartService = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "start-service", service: serviceName(nameOf(call)) });

export const answerRestartService = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "restart-service", service: serviceName(nameOf(call)), ...placeOf(call) });

export const answerRestartProgram = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, {
    kind: "restart-service",
    service: serviceName(nameOf(call)),
    program: programName(known(call.params["program"], "the path has a program")),
    ...placeOf(call),
  });

export const answerDrain = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "drain", node: nodeName(nameOf(call)) });

export const answerResume = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "resume", node: nodeName(nameOf(call)) });

export const answerFence = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "fence", node: nodeName(nameOf(call)), ...(flag(call.query, "isOff") ? { isOff: true } : {}) });

export const answerCancelFence = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "cancel-fence", node: nodeName(nameOf(call)) });

export const answerPause = (_call: Call, { port }: ApiParts): Promise<Answer> => run(port, { kind: "pause" });

export const answerUnpause = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "unpause", ...(flag(call.query, "force") ? { force: true } : {}) });

export const answerPathSwitch = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "path-switch", ...groupOf(call), to: stringField(call.body, "to") });

export const answerPathPause = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "path-pause", ...groupOf(call) });

export const answerPathResume = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "path-resume", ...groupOf(call) });

export const answerPathDetach = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "path-detach", ...interfaceOf(call) });

export const answerPathAttach = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "path-attach", ...interfaceOf(call) });

export const answerSetAttribute = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, {
    kind: "set-attribute",
    node: nodeName(nameOf(call)),
    attribute: attributeOf(attributeNameOf(call), call.body),
  });

export const answerUnsetAttribute = (call: Call, { port }: ApiParts): Promise<Answer> =>
  run(port, { kind: "unset-attribute", node: nodeName(nameOf(call)), name: attributeNameOf(call) });

const attributeNameOf = (call: Call): string => known(call.params["attribute"], "the path has an attribute");

const placeOf = ({ query }: Call): { readonly node?: NodeName } => {
  const node = query.get("node");
  return node === null ? {} : { node: nodeName(node) };
};

const groupOf = (call: Call): { readonly node: NodeName; readonly group: PathGroupName } => ({
  node: nodeName(nameOf(call)),
  group: pathGroupName(known(call.params["group"], "the path has a group")),
});

const interfaceOf = (call: Call): { readonly node: NodeName; readonly interface: string } => ({
  node: nodeName(nameOf(call)),
  interface: known(call.params["interface"], "the path has an interface"),
});

/** So much of a wrong name is repeated. */
const SHOWN_MAX = 80;

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
  if ("service" in command) knownService(port, command.service);
  if (command.kind === "move") checkNode(port, command.to);
  if ("program" in command) checkProgram(port, command.service, command.program);
  if ("node" in command && command.node !== undefined) checkNode(port, command.node);
  if ("group" in command) checkPathGroup(port, command.node, command.group);
  if (command.kind === "path-switch") checkInterface(command.to);
  if (command.kind === "path-detach" || command.kind === "path-attach") checkInterface(command.interface);
}

/** Only the node itself knows which interfaces it has; what can be none is no message to it. */
function checkInterface(name: string): void {
  if (!isInterfaceName(name)) throw problem("bad-request", `"${name.slice(0, SHOWN_MAX)}" is no interface name`);
}
