/*
 * The heartbeat thread's work: sockets, codec and detector joined in a loop that never waits for anything but packets,
 * commands and its own deadline.
 */
import { randomBytes } from "node:crypto";
import { known, unreachable } from "../../base/assert.js";
import { hashText } from "../../base/random.js";
import { after, between, earliest, instant, milliseconds, type Duration, type Instant } from "../../base/time.js";
import { Detector, type DetectorEffect, type DetectorInput } from "../../core/membership/detector.js";
import { detectorSettings, type DetectorSettings } from "../../core/membership/detector-settings.js";
import { type DetectorReport, HEARTBEAT_VERSIONS, type Heartbeat } from "../../model/heartbeat.js";
import { wireId } from "../../model/names.js";
import { aesGcm } from "../../os/node/aead.js";
import type { SecretKey } from "../../wire/heartbeat/cipher.js";
import { SALT_SIZE } from "../../wire/heartbeat/header.js";
import { HeartbeatReader } from "../../wire/heartbeat/reader.js";
import { claimsPerPage } from "../../wire/heartbeat/v1.js";
import { HeartbeatWriter } from "../../wire/heartbeat/writer.js";
import { LeaseRenewal } from "./heartbeat-lease.js";
import type { HeartbeatCommand, HeartbeatMessage, HeartbeatSetup, HeartbeatStart } from "./heartbeat-protocol.js";
import { HeartbeatSockets } from "./heartbeat-sockets.js";

/** The longest sleep, so that the main thread sees this one alive, and sockets are tried again. */
const SLEEP_MAX: Duration = milliseconds(500);

export interface StationPorts {
  readonly clock: () => Instant;
  readonly post: (message: HeartbeatMessage) => void;
}

export class HeartbeatStation {
  readonly #ports: StationPorts;
  readonly #start: HeartbeatStart;
  readonly #salt: Uint8Array = randomBytes(SALT_SIZE);
  readonly #sockets: HeartbeatSockets;
  readonly #lease: LeaseRenewal;
  readonly #detector: Detector;
  #setup: HeartbeatSetup;
  #writer: HeartbeatWriter;
  #reader: HeartbeatReader;
  #reports: DetectorReport[] = [];
  readonly #alivePeers = new Set<number>();
  /** Until then new sessions count against one allowance. */
  #allowedUntil: Instant = instant(0);
  #leaving = false;
  #ended = false;

  constructor(start: HeartbeatStart, ports: StationPorts) {
    this.#ports = ports;
    this.#start = start;
    this.#setup = start.setup;
    const now = ports.clock();
    this.#lease = new LeaseRenewal(start.pulses, ports.post, now);
    this.#detector = new Detector(this.#settings(), now);
    [this.#writer, this.#reader] = this.#codec();
    this.#sockets = new HeartbeatSockets(now);
    this.#sockets.configure(start.setup.cluster, start.self);
    this.#prepareGoodbyes(now);
  }

  /** What to wait for: the same array until it changes, which happens only in `run` and `command`. */
  get fds(): readonly number[] {
    return this.#sockets.fds;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How long the caller may sleep; negative when something is overdue. */
  sleep(): Duration {
    const now = this.#ports.clock();
    const longest = after(now, SLEEP_MAX);
    const deadline = this.#detector.deadline();
    return between(now, deadline === undefined ? longest : earliest(deadline.at, longest));
  }

  /** Everything that is due. The clock is read before the sockets are emptied, as the detector's verdicts ask for. */
  run(): void {
    const now = this.#ports.clock();
    this.#sockets.review(now);
    this.#sockets.drain((network, packet) => this.#receive(now, network, packet));
    this.#decide(now, { kind: "ticked" });
    this.#allowSessions(now);
    this.#lease.renew(now, this.#setup.cluster.detection.interval, this.#alivePeers.size === 0);
    for (const change of this.#sockets.takeChanges()) this.#ports.post({ kind: "network-changed", ...change });
    if (this.#leaving && this.#detector.deadline() === undefined) this.#ended = true;
  }

  order(command: HeartbeatCommand): void {
    const now = this.#ports.clock();
    switch (command.kind) {
      case "publish-bulletin":
        return this.#decide(now, { ...command, kind: "bulletin-published" });
      case "reconfigure":
        return this.#reconfigure(now, command.setup);
      case "renew-lease":
        return this.#lease.change(command.fd, command.length);
      case "prepare-goodbyes":
        return this.#prepareGoodbyes(now);
      case "say-goodbye":
        return this.#sayGoodbye(now);
      case "end":
        this.#ended = true;
        return undefined;
      default:
        return unreachable(command);
    }
  }

  close(): void {
    this.#sockets.close();
  }

  #allowSessions(now: Instant): void {
    if (now < this.#allowedUntil) return;
    this.#reader.allowMore();
    this.#allowedUntil = after(now, this.#setup.cluster.detection.interval);
  }

  #settings(): DetectorSettings {
    const { cluster } = this.#setup;
    return detectorSettings(cluster, {
      self: this.#start.self,
      incarnation: this.#start.incarnation,
      versions: HEARTBEAT_VERSIONS,
      claimsPerPage: claimsPerPage((cluster.nodes.length - 1) * cluster.networks.length),
    });
  }

  #codec(): [HeartbeatWriter, HeartbeatReader] {
    const { cluster, secrets } = this.#setup;
    const keys = secrets.map((bytes): SecretKey => ({ id: aesGcm.identify(bytes), bytes }));
    const key = known(keys[0], "a secret file has a key");
    const [id, sender] = [hashText(cluster.name), wireId(this.#start.self)];
    const senders = cluster.nodes.map(({ name }) => wireId(name)).filter((other) => other !== sender);
    const writer = new HeartbeatWriter({ cluster: id, sender, key, salt: this.#salt }, aesGcm);
    return [writer, new HeartbeatReader({ cluster: id, keys, senders }, aesGcm)];
  }

  #receive(now: Instant, network: number, packet: Uint8Array): void {
    const answer = this.#reader.read(packet);
    if (answer.ok) return this.#decide(now, { kind: "packet-received", network, heartbeat: answer.value });
    const fromItsAddress = this.#sockets.cameFrom(answer.problem.sender);
    this.#decide(now, { kind: "packet-refused", ...answer.problem, fromItsAddress });
  }

  #reconfigure(now: Instant, setup: HeartbeatSetup): void {
    this.#setup = setup;
    [this.#writer, this.#reader] = this.#codec();
    this.#sockets.configure(setup.cluster, this.#start.self);
    this.#decide(now, { kind: "reconfigured", settings: this.#settings() });
    this.#prepareGoodbyes(now);
  }

  #sayGoodbye(now: Instant): void {
    this.#leaving = true;
    this.#decide(now, { kind: "departure-decided" });
    this.#ports.post({ kind: "goodbye-said" });
  }

  #decide(now: Instant, input: DetectorInput): void {
    const effects = this.#detector.handle(now, input);
    if (effects.length > 0) this.#perform(effects);
  }

  /** Reports leave first: the main thread acts on them while this one seals and sends. */
  #perform(effects: readonly DetectorEffect[]): void {
    for (const effect of effects) if (effect.kind === "report") this.#note(effect.report);
    if (this.#reports.length > 0) this.#postReports();
    for (const effect of effects) if (effect.kind === "send-heartbeat") this.#send(effect.heartbeat);
  }

  #note(report: DetectorReport): void {
    this.#reports.push(report);
    if (report.kind === "peer-heard") this.#alivePeers.add(report.peer);
    if (report.kind === "peer-silent" || report.kind === "peer-said-goodbye") this.#alivePeers.delete(report.peer);
  }

  #postReports(): void {
    this.#ports.post({ kind: "reported", reports: this.#reports });
    this.#reports = [];
  }

  #send(heartbeat: Heartbeat): void {
    this.#sockets.send(heartbeat.network, heartbeat.addressee, this.#writer.write(heartbeat));
  }

  /** Done unasked before any peer is heard: whatever is held here, its end can be told. */
  #prepareGoodbyes(now: Instant): void {
    const goodbyes = this.#detector.prepareGoodbyes(now).map((heartbeat) => ({
      ...this.#sockets.route(heartbeat.network, heartbeat.addressee),
      base64: Buffer.from(this.#writer.write(heartbeat)).toString("base64"),
    }));
    this.#ports.post({ kind: "goodbyes-prepared", goodbyes });
  }
}
