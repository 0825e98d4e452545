import type { Instant } from "../base/time.js";
import type { Command } from "../model/command.js";
import type { DetectorReport, RelayedBulletin } from "../model/heartbeat.js";
import type { HookName } from "../model/hook.js";
import type { TcpConnection } from "../model/kernel.js";
import { type NodeName, type ServiceName, wireId } from "../model/names.js";
import type { NodeInput } from "../model/node-io.js";
import type { NodeState } from "../model/node-state.js";
import type { PeerTalk } from "../os/node/peer-connection.js";
import { PeerStreams, type PeerStreamCounters } from "../os/node/peer-streams.js";
import type { CommandReplies } from "./command-replies.js";
import type { Configuration } from "./configuration-source.js";
import type { Impairments } from "./impairments.js";
import type { PeerPort } from "./performer.js";

export interface PeersParts {
  readonly configuration: Configuration;
  readonly program: string;
  readonly incarnation: () => number;
  readonly clock: () => Instant;
  readonly impairments: Impairments;
  readonly replies: CommandReplies;
  readonly onInput: (input: NodeInput) => void;
  readonly onHookTold: (hook: HookName, key: string) => void;
}

/** The streams to the peers as the decisions know them: states, clients and commands in, the same out. */
export class Peers implements PeerPort {
  readonly #parts: PeersParts;
  readonly #streams: PeerStreams;
  #configuration: Configuration;

  constructor(parts: PeersParts) {
    this.#parts = parts;
    this.#configuration = parts.configuration;
    const { program, incarnation, clock, impairments } = parts;
    this.#streams = new PeerStreams({
      ...parts.configuration,
      program,
      incarnation,
      clock,
      handler: {
        onConnected: (peer) => parts.onInput({ kind: "peer-connected", peer }),
        onDisconnected: () => {},
        onDisowned: (peer) => parts.onInput({ kind: "peer-disowned", peer }),
        onAcknowledged: (peer) => parts.onInput({ kind: "peer-acknowledged", peer }),
        onMessage: (peer, message) => this.#take(peer, message),
        onProblem: (about, problem) =>
          problem === undefined
            ? impairments.clear(`peer stream ${about}`)
            : impairments.raise(`peer stream ${about}`, problem),
      },
    });
  }

  get counters(): PeerStreamCounters {
    return this.#streams.counters;
  }

  publishState(state: NodeState): void {
    this.#streams.publishState(state);
  }

  publishConnections(service: ServiceName, connections: readonly TcpConnection[]): void {
    this.#streams.publishConnections(service, connections);
  }

  relayBulletin(to: readonly NodeName[], relayed: RelayedBulletin): void {
    this.#streams.relay(to, { kind: "relayed-bulletin", relayed });
  }

  relayState(to: readonly NodeName[], state: NodeState): void {
    this.#streams.relay(to, { kind: "relayed-state", state });
  }

  forwardCommand(id: string, to: NodeName, command: Command): void {
    if (this.#streams.send(to, { kind: "command", id, command })) return;
    const message = `${to} is in charge, and there is no connection to it at the moment`;
    const outcome = { ok: false, code: "node-unreachable", message } as const;
    queueMicrotask(() => this.#parts.onInput({ kind: "command-answered", id, outcome }));
  }

  /** The peers that are connected need not tell the hook of the same. */
  hookTold(hook: HookName, key: string): void {
    const { cluster, self } = this.#configuration;
    for (const { name } of cluster.nodes) if (name !== self) this.#streams.send(name, { kind: "hook-told", hook, key });
  }

  /** What the detector reports says when to dial, and which connections are of no use any more. */
  heed(report: DetectorReport): void {
    const { cluster, self } = this.#configuration;
    if (report.kind === "peer-heard") {
      const peer = cluster.nodes.find(({ name }) => wireId(name) === report.peer);
      if (peer !== undefined) this.#streams.nudge(peer.name);
    } else if (report.kind === "hearing-changed" && !report.heard && report.observer === wireId(self)) {
      const peer = cluster.nodes.find(({ name }) => wireId(name) === report.subject);
      const network = cluster.networks.find(({ name }) => wireId(name) === report.network);
      if (peer !== undefined && network !== undefined) this.#streams.networkLost(peer.name, network.name);
    }
  }

  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#streams.reconfigure(configuration);
  }

  close(): void {
    this.#streams.close();
  }

  #take(peer: NodeName, message: PeerTalk): void {
    const { onInput, replies } = this.#parts;
    switch (message.kind) {
      case "state":
        return onInput({ kind: "peer-state-received", peer, state: message.state });
      case "relayed-bulletin":
        return onInput({ kind: "bulletin-relayed", by: peer, relayed: message.relayed });
      case "relayed-state":
        return onInput({ kind: "state-relayed", by: peer, state: message.state });
      case "connections":
        return onInput({ ...message, kind: "peer-connections-received", peer });
      case "command":
        return replies.acceptFrom(peer, message.id, message.command, (outcome) => {
          this.#streams.send(peer, { kind: "command-outcome", id: message.id, outcome });
        });
      case "command-outcome":
        return onInput({ kind: "command-answered", id: message.id, outcome: message.outcome });
      case "hook-told":
        return this.#parts.onHookTold(message.hook, message.key);
    }
  }
}
