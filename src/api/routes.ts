import { known } from "../base/assert.js";
import { answerChanges, answerEvents, answerHistory } from "./history-handlers.js";
import {
  answerDrain,
  answerCancelFence,
  answerFence,
  answerMove,
  answerPathAttach,
  answerPathDetach,
  answerPathPause,
  answerPathResume,
  answerPathSwitch,
  answerPause,
  answerRestartProgram,
  answerRestartService,
  answerResume,
  answerSetAttribute,
  answerUnsetAttribute,
  answerStartService,
  answerStopService,
  answerUnpause,
} from "./command-handlers.js";
import { answerMoveOwn, answerReport, answerSelf } from "./program-handlers.js";
import { problem } from "./problem.js";
import type { Route } from "./route.js";
import {
  answerConfiguration,
  answerExplain,
  answerHealth,
  answerMetrics,
  answerOpenApi,
  answerRules,
  answerStatus,
} from "./status-handlers.js";

/** Every path of the API. The OpenAPI document is made from this table. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/status",
    access: "all",
    summary: "All that this node knows of nodes, networks and services",
    query: [],
    answer: "Status",
    handle: answerStatus,
  },
  {
    method: "GET",
    path: "/v1/services/{name}/explain",
    access: "all",
    summary: "Why a service is where it is, and for each other node why not",
    query: [],
    answer: "Explanation",
    handle: answerExplain,
  },
  {
    method: "GET",
    path: "/v1/rules",
    access: "all",
    summary: "How each rule stands at this node: whether its condition is true, when it acted last, what it waits for",
    query: [],
    answer: "Rules",
    handle: answerRules,
  },
  {
    method: "GET",
    path: "/v1/configuration",
    access: "operator",
    summary: "Which configuration is in force, with digests of what it says of programs, to compare a file with",
    query: [],
    answer: "Configuration",
    handle: answerConfiguration,
  },
  {
    method: "GET",
    path: "/v1/events",
    access: "all",
    summary: "The history, oldest first; as a stream with `Accept: text/event-stream`, which goes on with what happens",
    query: [
      { name: "since", summary: "Only events at or after this time, in ISO 8601" },
      { name: "service", summary: "Only events of this service" },
      { name: "code", summary: "Only events with this code, or of this area such as `service`", repeated: true },
      { name: "limit", summary: "At most so many, the newest; a stream starts with so many earlier ones" },
    ],
    answer: "Events",
    stream: "Event",
    handle: answerEvents,
  },
  {
    method: "GET",
    path: "/v1/history",
    access: "all",
    summary: "How long each service was served, and each outage with its length and cause, as this node knows it",
    query: [
      { name: "since", summary: "Only from this time on, in ISO 8601" },
      { name: "service", summary: "Only of this service" },
    ],
    answer: "History",
    handle: answerHistory,
  },
  {
    method: "GET",
    path: "/v1/changes",
    access: "all",
    summary:
      "A stream of what changes in the status: first an event `status` with all of it, then an event `change` each time. " +
      "With several filters, a change needs to match one",
    query: [
      { name: "kind", summary: "Only changes of this kind: cluster, node, service or findings", repeated: true },
      { name: "node", summary: "Only changes of this node", repeated: true },
      { name: "service", summary: "Only changes of this service", repeated: true },
      { name: "roundTrips", summary: "`true`: new round trip times are changes too, at most once a second" },
    ],
    answer: "Status",
    stream: "Change",
    handle: answerChanges,
  },
  {
    method: "POST",
    path: "/v1/services/{name}/move",
    access: "operator",
    summary: "Moves a service to a node, without a gap where both work",
    query: [],
    body: "Move",
    answer: "Done",
    handle: answerMove,
  },
  {
    method: "POST",
    path: "/v1/services/{name}/stop",
    access: "operator",
    summary: "Stops a service: until it is started, no node holds it, whatever agents are restarted",
    query: [],
    answer: "Done",
    handle: answerStopService,
  },
  {
    method: "POST",
    path: "/v1/services/{name}/start",
    access: "operator",
    summary: "Starts a service that was stopped; nodes that its programs failed on are tried again at once",
    query: [],
    answer: "Done",
    handle: answerStartService,
  },
  {
    method: "POST",
    path: "/v1/services/{name}/restart",
    access: "operator",
    summary: "Restarts all programs of a service in order, where it is held, or on the node that is named",
    query: [{ name: "node", summary: "There, where the service may stand by" }],
    answer: "Done",
    handle: answerRestartService,
  },
  {
    method: "POST",
    path: "/v1/services/{name}/programs/{program}/restart",
    access: "operator",
    summary: "Restarts one program of a service, where it is held, or on the node that is named",
    query: [{ name: "node", summary: "There, where the service may stand by" }],
    answer: "Done",
    handle: answerRestartProgram,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/drain",
    access: "operator",
    summary: "Takes a node out of service: what it holds moves away, and nothing moves to it",
    query: [],
    answer: "Done",
    handle: answerDrain,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/resume",
    access: "operator",
    summary: "Puts a drained node back in service",
    query: [],
    answer: "Done",
    handle: answerResume,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/fence",
    access: "operator",
    summary: "Has a node fenced: cut off by force, by another node and the methods of the file",
    query: [{ name: "isOff", summary: "`true`: nothing is run, since somebody made sure that the node is off" }],
    answer: "Done",
    handle: answerFence,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/fence/cancel",
    access: "operator",
    summary: "Takes back an order to fence a node, an operator's or a rule's, that waits or is to be tried again",
    query: [],
    answer: "Done",
    handle: answerCancelFence,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/paths/{group}/switch",
    access: "operator",
    summary: "Puts the traffic of a path group on one of its interfaces",
    query: [],
    body: "Switch",
    answer: "Done",
    handle: answerPathSwitch,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/paths/{group}/pause",
    access: "operator",
    summary: "Pauses a path group: nothing that fails moves its traffic",
    query: [],
    answer: "Done",
    handle: answerPathPause,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/paths/{group}/resume",
    access: "operator",
    summary: "Ends the pause of a path group",
    query: [],
    answer: "Done",
    handle: answerPathResume,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/interfaces/{interface}/detach",
    access: "operator",
    summary: "Moves the traffic of a path group off an interface, which may then be unplugged",
    query: [],
    answer: "Done",
    handle: answerPathDetach,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/interfaces/{interface}/attach",
    access: "operator",
    summary: "Takes a detached interface back into its path group",
    query: [],
    answer: "Done",
    handle: answerPathAttach,
  },
  {
    method: "PUT",
    path: "/v1/nodes/{name}/attributes/{attribute}",
    access: "operator",
    summary:
      "Sets an attribute of a node, which rules may go by; with `for` it vanishes unless it is set again in time",
    query: [],
    body: "Attribute",
    answer: "Done",
    handle: answerSetAttribute,
  },
  {
    method: "DELETE",
    path: "/v1/nodes/{name}/attributes/{attribute}",
    access: "operator",
    summary: "Takes an attribute off a node",
    query: [],
    answer: "Done",
    handle: answerUnsetAttribute,
  },
  {
    method: "GET",
    path: "/v1/program",
    access: "program",
    summary: "Who the program is that asks, by the socket that it was given",
    query: [],
    answer: "Self",
    handle: answerSelf,
  },
  {
    method: "PUT",
    path: "/v1/program/state",
    access: "program",
    summary: "What a program says of itself: that it is well or in trouble, and words for people",
    query: [],
    body: "Report",
    answer: "Done",
    handle: answerReport,
  },
  {
    method: "POST",
    path: "/v1/program/move",
    access: "program",
    summary: "Moves the service of the program away, to a node or to the best of the others",
    query: [],
    body: "MoveOwn",
    answer: "Done",
    handle: answerMoveOwn,
  },
  {
    method: "POST",
    path: "/v1/pause",
    access: "operator",
    summary: "Starts maintenance for all: nothing moves, whatever happens",
    query: [],
    answer: "Done",
    handle: answerPause,
  },
  {
    method: "POST",
    path: "/v1/unpause",
    access: "operator",
    summary: "Ends maintenance, unless a machine whose agent is gone keeps addresses",
    query: [{ name: "force", summary: "`true`: whatever those machines keep; they must be off" }],
    answer: "Done",
    handle: answerUnpause,
  },
  {
    method: "GET",
    path: "/v1/metrics",
    access: "operator",
    summary: "Figures for Prometheus",
    query: [],
    answer: "text",
    handle: answerMetrics,
  },
  {
    method: "GET",
    path: "/v1/health",
    access: "all",
    summary: "Whether the agent answers",
    query: [],
    answer: "Health",
    handle: answerHealth,
  },
  {
    method: "GET",
    path: "/v1/openapi.json",
    access: "all",
    summary: "This description",
    query: [],
    answer: "openapi",
    handle: answerOpenApi,
  },
];

/** The route of a path and its parameters. @throws {LocumError} when there is none, or none with this method. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } {
  const matching = ROUTES.filter((route) => matchPath(route.path, path) !== undefined);
  const route = matching.find((each) => each.method === method);
  if (route !== undefined) return { route, params: known(matchPath(route.path, path), "the route was found by it") };
  if (matching.length === 0)
    throw problem("no-such-path", `There is no ${path}`, "GET /v1/openapi.json lists the paths");
  const methods = matching.map((each) => each.method).join(", ");
  throw problem("method-not-allowed", `${path} takes ${methods}, not ${method}`);
}

/** The parameters of a path that has the pattern's shape; undefined when it hasn't. */
function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = decode(given[index] ?? "");
    if (text === undefined) return undefined;
    if (part.startsWith("{")) params[part.slice(1, -1)] = text;
    else if (part !== text) return undefined;
  }
  return params;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
