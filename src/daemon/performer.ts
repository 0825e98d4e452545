import { unreachable } from "../base/assert.js";
import type { Duration } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { Command, CommandOutcome } from "../model/command.js";
import type { CheckConfig } from "../model/errand.js";
import type { Bulletin, RelayedBulletin } from "../model/heartbeat.js";
import type { HostRoute, PeerMac, PlacedAddress, StationMac, TcpConnection } from "../model/kernel.js";
import type { NodeName, ServiceName } from "../model/names.js";
import type {
  IdentityEffect,
  LedgerEntry,
  NodeEffect,
  NodeInput,
  PingTargets,
  RouteEffect,
  StepProblem,
} from "../model/node-io.js";
import type { NodeState, SavedState } from "../model/node-state.js";
import type { Note } from "../model/note.js";
import type { InterfaceChange, InterfaceConfiguration } from "../model/interface-configuration.js";
import type { FailoverPlan, PathWatch } from "../model/path.js";
import { isProgramEffect, type ProgramEffect } from "../model/program.js";
import type { Result } from "../base/result.js";

/** What carries out the orders of the decisions. None of these waits for a disk, a peer or another thread. */
export interface PerformerPorts {
  readonly kernel: KernelPort;
  readonly connections: { read(service: ServiceName, addresses: readonly string[]): void };
  readonly heartbeat: HeartbeatPort;
  readonly peers: PeerPort;
  readonly watch: WatchPort;
  readonly programs: { perform(effect: ProgramEffect): void; keep(isKeeping: boolean): void };
  readonly ledger: { write(entries: readonly LedgerEntry[]): void };
  readonly routes: { write(addresses: readonly string[]): void };
  readonly plans: { write(plans: readonly FailoverPlan[]): void };
  readonly snapshot: { save(interfaces: readonly InterfaceConfiguration[]): void };
  readonly guard: {
    guard(addresses: readonly PlacedAddress[], guarded: boolean): void;
    guardRoutes(addresses: readonly string[]): void;
  };
  readonly state: { save(saved: SavedState): void };
  readonly commands: { answer(id: string, outcome: CommandOutcome): void };
  readonly errands: ErrandPort;
  readonly notes: { say(note: Note): void };
  readonly use: (cluster: Cluster) => void;
  readonly exit: () => void;
}

export interface ErrandPort {
  run(order: Extract<NodeEffect, { readonly kind: "run-errand" }>): void;
  check(checks: readonly CheckConfig[]): void;
}

/** The kernel's answers come at once; a refusal is a value. */
export interface KernelPort {
  addAddress(placed: PlacedAddress): StepProblem | undefined;
  removeAddress(placed: PlacedAddress): StepProblem | undefined;
  captureInterface(name: string): Result<InterfaceConfiguration, StepProblem>;
  changeInterface(change: InterfaceChange): StepProblem | undefined;
  addRoute(route: HostRoute): StepProblem | undefined;
  removeRoute(route: HostRoute): StepProblem | undefined;
  announce(placed: PlacedAddress): void;
  probe(placed: PlacedAddress): void;
  listenForMac(peer: PeerMac): StepProblem | undefined;
  stopListening(station: StationMac): StepProblem | undefined;
  showMac(station: StationMac): void;
  tickle(connections: readonly TcpConnection[]): void;
}

export interface HeartbeatPort {
  publish(bulletin: Bulletin, urgent: boolean): void;
  sayGoodbye(): void;
}

export interface PeerPort {
  publishState(state: NodeState): void;
  publishConnections(service: ServiceName, connections: readonly TcpConnection[]): void;
  relayBulletin(to: readonly NodeName[], relayed: RelayedBulletin): void;
  relayState(to: readonly NodeName[], state: NodeState): void;
  forwardCommand(id: string, to: NodeName, command: Command): void;
}

export interface WatchPort {
  monitor(targets: readonly PingTargets[], interval: Duration, timeout: Duration): void;
  monitorPaths(paths: readonly PathWatch[]): void;
}

/** What goes out on the peer streams. */
type PeerEffect = Extract<
  NodeEffect,
  { readonly kind: `publish-${"state" | "connections"}` | `relay-${string}` | "forward-command" }
>;

/** What a change of paths takes. */
type PathEffect = Extract<
  NodeEffect,
  { readonly kind: "capture-interface" | "change-interface" | "write-plans" | "save-snapshot" }
>;

/** Turns each order into the call that carries it out; what the decisions must know of it comes back at once. */
export class Performer {
  readonly #ports: PerformerPorts;

  constructor(ports: PerformerPorts) {
    this.#ports = ports;
  }

  perform(effect: NodeEffect): NodeInput | undefined {
    const { kernel, connections, heartbeat, watch, state, commands, notes, use, exit } = this.#ports;
    if (isProgramEffect(effect)) return void this.#ports.programs.perform(effect);
    switch (effect.kind) {
      case "add-address":
        return answered(effect.step, kernel.addAddress(effect.placed));
      case "remove-address":
        return answered(effect.step, kernel.removeAddress(effect.placed));
      case "announce":
        return void kernel.announce(effect.placed);
      case "probe-address":
        return void kernel.probe(effect.placed);
      case "listen-for-mac":
      case "stop-listening":
      case "show-mac":
        return this.#changeIdentity(effect);
      case "add-route":
      case "remove-route":
      case "record-routes":
        return this.#changeRoutes(effect);
      case "tickle":
        return void kernel.tickle(effect.connections);
      case "read-connections":
        return void connections.read(effect.service, effect.addresses);
      case "write-ledger":
        return void this.#record(effect);
      case "publish-bulletin":
        return void heartbeat.publish(effect.bulletin, effect.urgent);
      case "say-goodbye":
        return void heartbeat.sayGoodbye();
      case "publish-state":
      case "publish-connections":
      case "relay-bulletin":
      case "relay-state":
      case "forward-command":
        return this.#tellPeers(effect);
      case "answer-command":
        return void commands.answer(effect.id, effect.outcome);
      case "save":
        return void state.save(effect.saved);
      case "monitor-pings":
        return void watch.monitor(effect.targets, effect.interval, effect.timeout);
      case "monitor-paths":
        return void watch.monitorPaths(effect.paths);
      case "capture-interface":
      case "change-interface":
      case "write-plans":
      case "save-snapshot":
        return this.#carryOutPath(effect);
      case "run-errand":
        return void this.#ports.errands.run(effect);
      case "run-checks":
        return void this.#ports.errands.check(effect.checks);
      case "note":
        return void notes.say(effect.note);
      case "use-configuration":
        return void use(effect.cluster);
      case "exit":
        return void exit();
      default:
        return unreachable(effect);
    }
  }

  #carryOutPath(effect: PathEffect): NodeInput | undefined {
    const { kernel, plans, snapshot } = this.#ports;
    switch (effect.kind) {
      case "capture-interface":
        return captured(effect.step, kernel.captureInterface(effect.interface));
      case "change-interface":
        return answered(effect.step, kernel.changeInterface(effect.change));
      case "write-plans":
        return void plans.write(effect.plans);
      case "save-snapshot":
        return void snapshot.save(effect.interfaces);
      default:
        return unreachable(effect);
    }
  }

  #tellPeers(effect: PeerEffect): undefined {
    const { peers } = this.#ports;
    switch (effect.kind) {
      case "publish-state":
        return void peers.publishState(effect.state);
      case "publish-connections":
        return void peers.publishConnections(effect.service, effect.connections);
      case "relay-bulletin":
        return void peers.relayBulletin(effect.to, effect.relayed);
      case "relay-state":
        return void peers.relayState(effect.to, effect.state);
      case "forward-command":
        return void peers.forwardCommand(effect.id, effect.to, effect.command);
      default:
        return unreachable(effect);
    }
  }

  #changeIdentity(effect: IdentityEffect): NodeInput | undefined {
    const { kernel } = this.#ports;
    switch (effect.kind) {
      case "listen-for-mac":
        return answered(effect.step, kernel.listenForMac(effect.peer));
      case "stop-listening":
        return answered(effect.step, kernel.stopListening(effect.station));
      case "show-mac":
        return void kernel.showMac(effect.station);
      default:
        return unreachable(effect);
    }
  }

  #changeRoutes(effect: RouteEffect): NodeInput | undefined {
    const { kernel, routes, guard } = this.#ports;
    switch (effect.kind) {
      case "add-route":
        return answered(effect.step, kernel.addRoute(effect.route));
      case "remove-route":
        return answered(effect.step, kernel.removeRoute(effect.route));
      case "record-routes":
        routes.write(effect.addresses);
        return void guard.guardRoutes(effect.addresses);
      default:
        return unreachable(effect);
    }
  }

  #record({ entries, guarded }: Extract<NodeEffect, { readonly kind: "write-ledger" }>): void {
    this.#ports.ledger.write(entries);
    this.#ports.guard.guard(entries.map(placedOf), guarded);
    this.#ports.programs.keep(!guarded);
  }
}

const captured = (step: number, answer: Result<InterfaceConfiguration, StepProblem>): NodeInput =>
  answer.ok
    ? { kind: "interface-captured", step, configuration: answer.value }
    : { kind: "step-failed", step, problem: answer.problem };

const answered = (step: number, problem: StepProblem | undefined): NodeInput =>
  problem === undefined ? { kind: "step-done", step } : { kind: "step-failed", step, problem };

const placedOf = ({ interface: name, address, family, prefixLength, made }: LedgerEntry): PlacedAddress => ({
  interface: name,
  address,
  family,
  prefixLength,
  ...(made === undefined ? {} : { made }),
});
