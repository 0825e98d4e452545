/**
 * The clients of one service: the holder tells the standbys who is connected, and whoever takes the service tickles
 * those connections, so that clients notice at once that theirs has ended.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { TcpConnection } from "../../model/kernel.js";
import type { Effects } from "../effects.js";

const CONNECTIONS_PERIOD: Duration = seconds(2);
/** Tickles are sent twice, since one may be lost. */
const TICKLE_AGAIN: Duration = milliseconds(200);

export class Clients {
  #connections: readonly TcpConnection[] = [];
  #readDue: Instant | undefined;
  #tickleDue: Instant | undefined;

  deadline(): Deadline | undefined {
    return soonest(dueAt(this.#readDue, "connections"), dueAt(this.#tickleDue, "tickle"));
  }

  /** The service is served here from now on. */
  begin(now: Instant, effects: Effects): void {
    this.#readDue = after(now, CONNECTIONS_PERIOD);
    this.#tickleDue = after(now, TICKLE_AGAIN);
    this.#tickle(effects);
  }

  end(): void {
    this.#readDue = undefined;
    this.#tickleDue = undefined;
  }

  tick(now: Instant, { name, addresses }: ServiceConfig, effects: Effects): void {
    if (this.#tickleDue !== undefined && this.#tickleDue <= now) {
      this.#tickleDue = undefined;
      this.#tickle(effects);
    }
    if (this.#readDue === undefined || this.#readDue > now) return;
    this.#readDue = after(now, CONNECTIONS_PERIOD);
    if (addresses.length === 0) return;
    effects.push({ kind: "read-connections", service: name, addresses: addresses.map(({ address }) => address) });
  }

  /** What this node, as the holder, has for clients; peers are told when it changed. */
  read(connections: readonly TcpConnection[], { name }: ServiceConfig, effects: Effects): void {
    if (JSON.stringify(connections) === JSON.stringify(this.#connections)) return;
    this.#connections = connections;
    effects.push({ kind: "publish-connections", service: name, connections });
  }

  /** What the holder said it has for clients. */
  heard(connections: readonly TcpConnection[]): void {
    this.#connections = connections;
  }

  #tickle(effects: Effects): void {
    if (this.#connections.length > 0) effects.push({ kind: "tickle", connections: this.#connections });
  }
}
