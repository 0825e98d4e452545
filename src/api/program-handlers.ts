import { known } from "../base/assert.js";
import { bestOther } from "../model/best-other.js";
import { isName, type NodeName, nodeName } from "../model/names.js";
import { PROGRAM_WORDS_MAX, type ProgramSaying } from "../model/program.js";
import type { ServiceView } from "../model/status.js";
import type { DoneDocument } from "../model/status-document-problem.js";
import type { SelfDocument } from "../model/status-document.js";
import { orderMove } from "./command-handlers.js";
import { knownService } from "./known-names.js";
import { problem } from "./problem.js";
import { objectBody } from "./request.js";
import type { Answer, ApiParts, Call, ProgramCaller } from "./route.js";

const callerOf = ({ caller }: Call): ProgramCaller => known(caller, "only programs reach these paths");

/** Who the program is, by its door. */
export function answerSelf(call: Call, { port }: ApiParts): Answer {
  const { service, program } = callerOf(call);
  const { node } = port.view();
  const view = knownService(port, service).programs.find((each) => each.program === program && each.node === node);
  const body: SelfDocument = { service, program, node, role: view?.role ?? null, state: view?.state ?? null };
  return { kind: "json", body };
}

/** What the program says of itself: that it is well or in trouble, in words for people. */
export function answerReport(call: Call, { port }: ApiParts): Answer {
  const { run } = callerOf(call);
  for (const saying of sayingsOf(call.body)) port.programSaid(run, saying);
  const body: DoneDocument = { message: "It is on record" };
  return { kind: "json", body };
}

const WANTED = `The body must be {"state": "well"}, {"state": "trouble", "words": "…"} or {"words": "…"}, with at most ${PROGRAM_WORDS_MAX} characters`;

function sayingsOf(body: string): readonly ProgramSaying[] {
  const { state, words, ...more } = objectBody(body, WANTED);
  const isText = typeof words === "string" && words.length <= PROGRAM_WORDS_MAX && !/\p{Cc}/u.test(words);
  if (Object.keys(more).length > 0 || (words !== undefined && !isText)) throw problem("bad-request", WANTED);
  const text = isText ? words : undefined;
  if (state === "trouble") return [{ kind: "trouble", text: text ?? "it says so itself" }];
  const status: readonly ProgramSaying[] = text === undefined ? [] : [{ kind: "status", text }];
  if (state === "well") return [{ kind: "well" }, ...status];
  if (state !== undefined || text === undefined) throw problem("bad-request", WANTED);
  return status;
}

/** Moves the program's service away from here: to the node that it names, or to the best of the others. */
export async function answerMoveOwn(call: Call, { port }: ApiParts): Promise<Answer> {
  const { service: name, program } = callerOf(call);
  const service = knownService(port, name);
  const { node } = port.view();
  if (service.holder !== node) {
    throw problem("not-eligible", `${node} does not hold ${name}`, "Only where a service is held may its programs ask");
  }
  return orderMove(port, {
    kind: "move",
    service: name,
    to: targetIn(call.body) ?? anotherNode(service, node),
    by: { kind: "program", name: program },
  });
}

function targetIn(body: string): NodeName | undefined {
  const wanted = `The body must be {"to": "NODE"}, or empty for the best of the other nodes`;
  if (body === "") return undefined;
  const { to, ...more } = objectBody(body, wanted);
  if (Object.keys(more).length > 0) throw problem("bad-request", wanted);
  if (to === undefined) return undefined;
  if (!isName(to)) throw problem("bad-request", wanted);
  return nodeName(to);
}

function anotherNode(service: ServiceView, node: NodeName): NodeName {
  const best = bestOther(service);
  if (best !== undefined) return best;
  const { name } = service;
  throw problem("not-eligible", `No other node can hold ${name} now`, `\`locum explain ${name}\` says why, on ${node}`);
}
