import { setTimeout as wait } from "node:timers/promises";
import { inMilliseconds } from "../base/time.js";
import { COMMAND_TIME_MAX } from "../model/command.js";
import { LocumError } from "../base/locum-error.js";
import type { AttributeValue } from "../model/attribute.js";
import { type AddressOf, addressToUse } from "../model/status-document-address.js";
import type { SelfDocument, StatusDocument } from "../model/status-document.js";
import type { HistoryDocument } from "../model/history/history-document.js";
import { applyChange, type ChangeDocument, type ChangeFilter } from "../model/status-document-change.js";
import type { EventDocument } from "../model/status-document-event.js";
import type { ExplainDocument } from "../model/status-document-explain.js";
import type { ConfigurationDocument } from "../model/status-document-configuration.js";
import type { RulesDocument } from "../model/status-document-rule.js";
import type { DoneDocument, HealthDocument } from "../model/status-document-problem.js";
import {
  AGENT_STARTING,
  AGENT_UNREACHABLE,
  type AgentRequest,
  askAgent,
  parseAnswer,
  streamFromAgent,
} from "./agent-connection.js";
import type { ReceivedEvent } from "./server-sent-events.js";

export type {
  StatusDocument,
  NodeDocument,
  SelfDocument,
  ServiceDocument,
  FindingDocument,
} from "../model/status-document.js";
export type { ChangeDocument } from "../model/status-document-change.js";
export type { AddressOf } from "../model/status-document-address.js";
export type { EventDocument } from "../model/status-document-event.js";
export type { HistoryDocument, OutageDocument, ServiceHistoryDocument } from "../model/history/history-document.js";
export type { ExplainDocument, VerdictDocument } from "../model/status-document-explain.js";
export type { RulesDocument, RuleDocument } from "../model/status-document-rule.js";
export type { ConfigurationDocument } from "../model/status-document-configuration.js";
export type { PathGroupDocument, PathDocument } from "../model/status-document-path.js";
export type { HealthDocument } from "../model/status-document-problem.js";
/** What every call throws: `failure.code` is the agent's code, or `agent-unreachable`. */
export { LocumError } from "../base/locum-error.js";

export const DEFAULT_SOCKET = "/run/locum/agent.sock";

export interface ClientOptions {
  /** Default: the environment's LOCUM_SOCKET, or else {@link DEFAULT_SOCKET}. */
  readonly socketPath?: string | undefined;
  /** How long the agent may take to begin an answer; commands have a minute in any case. */
  readonly timeoutMs?: number;
}

export interface FollowOptions {
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
  /** Goes on when the agent comes back, instead of throwing `agent-unreachable`, or `starting` where it does not begin yet. */
  readonly reconnect?: boolean;
}

export interface EventsOptions extends FollowOptions {
  /** Goes on with what happens from now on; without it the iteration ends with the history. */
  readonly follow?: boolean;
  readonly service?: string | undefined;
  /** Note codes, or areas such as `service`. */
  readonly codes?: readonly string[];
  readonly since?: Date | undefined;
  /** The newest so many of the history. */
  readonly limit?: number | undefined;
}

export interface HistoryOptions {
  readonly service?: string | undefined;
  /** Only from then on; without it, all that is kept. */
  readonly since?: Date | undefined;
}

export interface ChangesOptions extends FollowOptions, Partial<ChangeFilter> {
  /** New round trip times are changes too, at most once a second. */
  readonly roundTrips?: boolean;
}

/** First the whole status, and again after each reconnection; then what changes. */
export type StatusNews = { readonly kind: "status"; readonly value: StatusDocument } | ChangeDocument;

export interface OnNode {
  /** The node that is asked, unless named. */
  readonly node?: string | undefined;
}

export interface AttributeOptions extends OnNode {
  /** How long it stays unless it is set again: `30s`. */
  readonly for?: string | undefined;
}

/** What a program says of itself; `trouble` counts until it says that it is well. */
export interface ProgramReport {
  readonly state?: "well" | "trouble";
  /** Of trouble: what is wrong. At most 200 characters. */
  readonly words?: string;
}

const EVENTS_PATH = "/v1/events";
const QUESTION_MS = 5_000;
const COMMAND_MS = inMilliseconds(COMMAND_TIME_MAX) + 30_000;
const RECONNECT_MS = 500;

const isGiven = (path: string | undefined): path is string => path !== undefined && path !== "";

/** Talks to the agent of this machine. It holds no connection between calls. */
export class LocumClient {
  readonly socketPath: string;
  readonly #timeoutMs: number;

  constructor(options: ClientOptions = {}) {
    // Node would take an empty path for a host, this one.
    this.socketPath = [options.socketPath, process.env["LOCUM_SOCKET"]].find(isGiven) ?? DEFAULT_SOCKET;
    this.#timeoutMs = options.timeoutMs ?? QUESTION_MS;
  }

  status(): Promise<StatusDocument> {
    return this.#get("/v1/status");
  }

  /** Why a service is where it is, and for each other node why not. */
  explain(service: string): Promise<ExplainDocument> {
    return this.#get(`/v1/services/${encodeURIComponent(service)}/explain`);
  }

  /** How each rule stands at this node: whether its condition is true, when it acted last, what it waits for. */
  rules(): Promise<RulesDocument> {
    return this.#get("/v1/rules");
  }

  /** By which file the agent goes, as far as another one is to be compared with it. */
  configuration(): Promise<ConfigurationDocument> {
    return this.#get("/v1/configuration");
  }

  /** The address to use now for a service or a node; null: no way there is known. @throws {LocumError} where there is none */
  async address(wanted: AddressOf): Promise<string | null> {
    return known(await this.status(), wanted);
  }

  /** The same, and again each time that it becomes another one. */
  async *addresses(wanted: AddressOf, options: FollowOptions = {}): AsyncGenerator<string | null> {
    const filter = "node" in wanted ? { nodes: [wanted.node] } : { services: [wanted.service] };
    let last: string | null | undefined;
    for await (const status of this.#statuses({ ...options, ...filter })) {
      const address = known(status, wanted);
      if (address !== last) yield address;
      last = address;
    }
  }

  /** How long services were served, and each outage, as the node of this agent knows it. */
  history({ service, since }: HistoryOptions = {}): Promise<HistoryDocument> {
    const query = new URLSearchParams();
    if (service !== undefined) query.set("service", service);
    if (since !== undefined) query.set("since", since.toISOString());
    return this.#get(`/v1/history?${query.toString()}`);
  }

  health(): Promise<HealthDocument> {
    return this.#get("/v1/health");
  }

  /** Figures in the text format of Prometheus. */
  metrics(): Promise<string> {
    return askAgent(this.socketPath, { method: "GET", path: "/v1/metrics", timeoutMs: this.#timeoutMs });
  }

  /** Moves a service to a node; resolves when it is there. */
  async move(service: string, { to }: { readonly to: string }): Promise<string> {
    return this.#post(`/v1/services/${encodeURIComponent(service)}/move`, { to });
  }

  /** Stops a service: no node holds it until it is started. */
  async stop(service: string): Promise<string> {
    return this.#post(`/v1/services/${encodeURIComponent(service)}/stop`);
  }

  /** Starts a service that was stopped; resolves when a node holds it. */
  async start(service: string): Promise<string> {
    return this.#post(`/v1/services/${encodeURIComponent(service)}/start`);
  }

  /** Restarts the programs of a service, or one of them, where it is held or on a node that may stand by; resolves when they are ready again. */
  async restart(
    service: string,
    { program, node }: { readonly program?: string | undefined; readonly node?: string | undefined } = {},
  ): Promise<string> {
    const which = program === undefined ? "" : `/programs/${encodeURIComponent(program)}`;
    const where = node === undefined ? "" : `?node=${encodeURIComponent(node)}`;
    return this.#post(`/v1/services/${encodeURIComponent(service)}${which}/restart${where}`);
  }

  /** Who this program is: only by the socket that it was given itself. */
  self(): Promise<SelfDocument> {
    return this.#get("/v1/program");
  }

  /** Says how this program is: well or in trouble, and words for people. */
  async report(report: ProgramReport): Promise<void> {
    await this.#order("PUT", "/v1/program/state", { body: report });
  }

  /** Asks that this program's service be moved away from here; resolves when it is there. */
  async moveAway({ to }: { readonly to?: string } = {}): Promise<string> {
    return this.#post("/v1/program/move", to === undefined ? {} : { to });
  }

  /** Takes a node out of service; without a name, the node that is asked. */
  async drain(node?: string): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/drain`);
  }

  /** Puts a drained node back in service; without a name, the node that is asked. */
  async resume(node?: string): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/resume`);
  }

  /**
   * Has a node fenced: cut off by force. Resolves when that has begun; `status` and `events` tell what becomes of it.
   * `isOff`: nothing is run, since somebody made sure that it is off.
   */
  async fence(node: string, { isOff = false }: { readonly isOff?: boolean } = {}): Promise<string> {
    const query = isOff ? { query: new URLSearchParams({ isOff: "true" }) } : {};
    return this.#order("POST", `/v1/nodes/${encodeURIComponent(node)}/fence`, query);
  }

  /** Takes back an order to fence a node, whoever gave it, which waits or is to be tried again. */
  async cancelFence(node: string): Promise<string> {
    return this.#post(`/v1/nodes/${encodeURIComponent(node)}/fence/cancel`);
  }

  /** Puts the traffic of a path group on one of its interfaces; resolves when it is there. */
  async switchPath(group: string, { to, node }: OnNode & { readonly to: string }): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/paths/${encodeURIComponent(group)}/switch`, { to });
  }

  /** Nothing that fails moves the traffic of the group. */
  async pausePath(group: string, { node }: OnNode = {}): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/paths/${encodeURIComponent(group)}/pause`);
  }

  async resumePath(group: string, { node }: OnNode = {}): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/paths/${encodeURIComponent(group)}/resume`);
  }

  /** Moves the traffic off an interface, which may be unplugged when this resolves. */
  async detachInterface(name: string, { node }: OnNode = {}): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/interfaces/${encodeURIComponent(name)}/detach`);
  }

  /** Takes a detached interface back into its path group. */
  async attachInterface(name: string, { node }: OnNode = {}): Promise<string> {
    return this.#post(`${await this.#nodePath(node)}/interfaces/${encodeURIComponent(name)}/attach`);
  }

  /** Says something of a node that rules may go by; with `for` it vanishes unless it is set again in time. */
  async setAttribute(name: string, value: AttributeValue, options: AttributeOptions = {}): Promise<string> {
    const { node, for: span } = options;
    const path = `${await this.#nodePath(node)}/attributes/${encodeURIComponent(name)}`;
    return this.#order("PUT", path, { body: { value, ...(span === undefined ? {} : { for: span }) } });
  }

  async unsetAttribute(name: string, { node }: OnNode = {}): Promise<string> {
    return this.#order("DELETE", `${await this.#nodePath(node)}/attributes/${encodeURIComponent(name)}`);
  }

  /** Maintenance for all: nothing moves. */
  async pause(): Promise<string> {
    return this.#post("/v1/pause");
  }

  /** Ends maintenance; `force`: although machines whose agents are gone keep addresses. */
  async unpause({ force = false }: { readonly force?: boolean } = {}): Promise<string> {
    return this.#order("POST", "/v1/unpause", force ? { query: new URLSearchParams({ force: "true" }) } : {});
  }

  /** The history, oldest first; with `follow`, also what happens from now on. */
  async *events(options: EventsOptions = {}): AsyncGenerator<EventDocument> {
    const query = eventsQuery(options);
    if (options.follow !== true) {
      yield* await this.#get<readonly EventDocument[]>(EVENTS_PATH, query);
      return;
    }
    for await (const { data } of this.#follow(EVENTS_PATH, query, options)) yield parseAnswer<EventDocument>(data);
  }

  /** The status, and then what changes in it: everything, or what is asked for. */
  async *changes(options: ChangesOptions = {}): AsyncGenerator<StatusNews> {
    for await (const { event, data } of this.#follow("/v1/changes", changesQuery(options), options)) {
      if (event === "status") yield { kind: "status", value: parseAnswer<StatusDocument>(data) };
      else yield parseAnswer<ChangeDocument>(data);
    }
  }

  /** The whole status, at first and after every change. */
  watch(options: Omit<ChangesOptions, keyof ChangeFilter> = {}): AsyncGenerator<StatusDocument> {
    return this.#statuses(options);
  }

  async *#statuses(options: ChangesOptions): AsyncGenerator<StatusDocument> {
    let status: StatusDocument | undefined;
    for await (const news of this.changes(options)) {
      if (news.kind === "status") status = news.value;
      else if (status !== undefined) status = applyChange(status, news);
      if (status !== undefined) yield status;
    }
  }

  async #nodePath(node: string | undefined): Promise<string> {
    return `/v1/nodes/${encodeURIComponent(node ?? (await this.health()).node)}`;
  }

  async #get<Document>(path: string, query?: URLSearchParams): Promise<Document> {
    const asked = {
      method: "GET",
      path,
      timeoutMs: this.#timeoutMs,
      ...(query === undefined ? {} : { query }),
    } as const;
    return parseAnswer<Document>(await askAgent(this.socketPath, asked));
  }

  #post(path: string, body?: unknown): Promise<string> {
    return this.#order("POST", path, { body });
  }

  async #order(
    method: AgentRequest["method"],
    path: string,
    more: Pick<AgentRequest, "body" | "query"> = {},
  ): Promise<string> {
    const timeoutMs = Math.max(this.#timeoutMs, COMMAND_MS);
    return parseAnswer<DoneDocument>(await askAgent(this.socketPath, { method, path, timeoutMs, ...more })).message;
  }

  /** A stream that goes on where it was when the agent comes back, if that is wished. */
  async *#follow(path: string, query: URLSearchParams, options: FollowOptions): AsyncGenerator<ReceivedEvent> {
    const { signal, reconnect } = options;
    const startedAt = new Date();
    let lastEventId: string | undefined;
    for (;;) {
      const asked: AgentRequest = { method: "GET", path, query, timeoutMs: this.#timeoutMs, signal, lastEventId };
      try {
        for await (const received of streamFromAgent(this.socketPath, asked)) {
          lastEventId = received.id ?? lastEventId;
          yield received;
        }
        return;
      } catch (error) {
        if (signal?.aborted === true) return;
        if (reconnect !== true || !isUnreachable(error)) throw error;
      }
      if (lastEventId === undefined && path === EVENTS_PATH) startFrom(query, startedAt);
      await wait(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Whether an error says that no agent answers, or that it does not begin yet. */
export const isUnreachable = (error: unknown): error is LocumError =>
  error instanceof LocumError && (error.failure.code === AGENT_UNREACHABLE || error.failure.code === AGENT_STARTING);

function known(status: StatusDocument, wanted: AddressOf): string | null {
  const address = addressToUse(status, wanted);
  if (address !== undefined) return address;
  const [what, name] = "node" in wanted ? ["node", wanted.node] : ["service", wanted.service];
  const message = `There is no ${what} ${name} in cluster ${status.cluster}`;
  throw new LocumError({ code: `unknown-${what}`, message });
}

/** A stream that broke off before its first event starts again where it began, with all of the time since. */
function startFrom(query: URLSearchParams, startedAt: Date): void {
  query.delete("limit");
  if (!query.has("since")) query.set("since", startedAt.toISOString());
}

function eventsQuery({ service, codes = [], since, limit }: EventsOptions): URLSearchParams {
  const query = new URLSearchParams(pairs("code", codes));
  if (service !== undefined) query.set("service", service);
  if (since !== undefined) query.set("since", since.toISOString());
  if (limit !== undefined) query.set("limit", String(limit));
  return query;
}

function changesQuery({ kinds = [], nodes = [], services = [], roundTrips }: ChangesOptions): URLSearchParams {
  const query = new URLSearchParams([...pairs("kind", kinds), ...pairs("node", nodes), ...pairs("service", services)]);
  if (roundTrips === true) query.set("roundTrips", "true");
  return query;
}

const pairs = (key: string, values: readonly string[]): [string, string][] => values.map((value) => [key, value]);
