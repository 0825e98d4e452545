import { answerChanges, answerEvents } from "./history-handlers.js";
import { answerDrain, answerMove, answerPause, answerResume, answerUnpause } from "./command-handlers.js";
import type { Route } from "./route.js";
import { answerExplain, answerHealth, answerMetrics, answerOpenApi, answerStatus } from "./status-handlers.js";

/** Every path of the API. The OpenAPI document is made from this table. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/status",
    summary: "All that this node knows of nodes, networks and services",
    query: [],
    answer: "Status",
    handle: answerStatus,
  },
  {
    method: "GET",
    path: "/v1/services/{name}/explain",
    summary: "Why a service is where it is, and for each other node why not",
    query: [],
    answer: "Explanation",
    handle: answerExplain,
  },
  {
    method: "GET",
    path: "/v1/events",
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
    path: "/v1/changes",
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
    summary: "Moves a service to a node, without a gap where both work",
    query: [],
    body: "Move",
    answer: "Done",
    handle: answerMove,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/drain",
    summary: "Takes a node out of service: what it holds moves away, and nothing moves to it",
    query: [],
    answer: "Done",
    handle: answerDrain,
  },
  {
    method: "POST",
    path: "/v1/nodes/{name}/resume",
    summary: "Puts a drained node back in service",
    query: [],
    answer: "Done",
    handle: answerResume,
  },
  {
    method: "POST",
    path: "/v1/pause",
    summary: "Starts maintenance for all: nothing moves, whatever happens",
    query: [],
    answer: "Done",
    handle: answerPause,
  },
  {
    method: "POST",
    path: "/v1/unpause",
    summary: "Ends maintenance, unless a machine whose agent is gone keeps addresses",
    query: [{ name: "force", summary: "`true`: whatever those machines keep; they must be off" }],
    answer: "Done",
    handle: answerUnpause,
  },
  {
    method: "GET",
    path: "/v1/metrics",
    summary: "Figures for Prometheus",
    query: [],
    answer: "text",
    handle: answerMetrics,
  },
  {
    method: "GET",
    path: "/v1/health",
    summary: "Whether the agent answers",
    query: [],
    answer: "Health",
    handle: answerHealth,
  },
  {
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This description",
    query: [],
    answer: "openapi",
    handle: answerOpenApi,
  },
];
