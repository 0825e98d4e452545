import type { Duration, Instant } from "../../base/time.js";
import { earliest } from "../../base/time.js";
import { NOT_HEARD, NOT_JUDGED, type Heartbeat } from "../../model/heartbeat.js";
import { BulletinAssembly } from "./bulletin-pages.js";
import type { DetectorNode, DetectorSettings } from "./detector-settings.js";
import { PeerLife } from "./peer-life.js";
import { PeerLink } from "./peer-link.js";
import { PeerSession } from "./peer-session.js";

type Described = Pick<Heartbeat, "configDigest" | "topologyDigest" | "versions">;

/** Everything that this node knows of another one. */
export class Peer {
  readonly id: number;
  readonly life: PeerLife;
  readonly session: PeerSession;
  readonly assembly: BulletinAssembly = new BulletinAssembly();
  /** In the order of the settings' networks; undefined where it or this node is not attached. */
  #links: readonly (PeerLink | undefined)[] = [];
  #described: Described | undefined;

  constructor(id: number, settings: DetectorSettings, now: Instant) {
    this.id = id;
    this.life = new PeerLife(id, settings.timeout, now);
    this.session = new PeerSession(settings.incarnation);
  }

  get links(): readonly (PeerLink | undefined)[] {
    return this.#links;
  }

  /** Keeps what is known of networks that remain. */
  configure(settings: DetectorSettings, now: Instant): void {
    const own = attachments(settings, settings.self);
    const its = attachments(settings, this.id);
    this.life.changeTimeout(settings.timeout);
    this.#links = settings.networks.map((network, index) =>
      own[index] === true && its[index] === true ? (this.link(network) ?? new PeerLink(network, now)) : undefined,
    );
  }

  link(network: number): PeerLink | undefined {
    return this.#links.find((link) => link?.network === network);
  }

  /** Whether the peer describes itself otherwise than before. */
  describe(heartbeat: Heartbeat): boolean {
    const before = this.#described;
    this.#described = heartbeat;
    return (
      before?.configDigest !== heartbeat.configDigest ||
      before.topologyDigest !== heartbeat.topologyDigest ||
      before.versions.min !== heartbeat.versions.min ||
      before.versions.max !== heartbeat.versions.max
    );
  }

  /** What a heartbeat tells others about hearing this peer on the network with this index. */
  age(network: number, now: Instant, timeout: Duration): number {
    const age = this.#links[network]?.age(now, timeout) ?? NOT_HEARD;
    // An old packet of a session that is over is no sign of life.
    return age < NOT_JUDGED && this.session.livingIncarnation === 0 ? NOT_JUDGED : age;
  }

  credit(away: Duration, now: Instant): void {
    this.life.credit(away, now);
    for (const link of this.#links) link?.credit(away, now);
  }

  /** When the next verdict on the peer or one of its links is due. */
  verdictAt(timeout: Duration): Instant | undefined {
    let next = this.life.verdictAt();
    for (const link of this.#links) {
      const at = link?.verdictAt(timeout);
      if (at !== undefined) next = next === undefined ? at : earliest(next, at);
    }
    return next;
  }
}

function attachments(settings: DetectorSettings, node: number): readonly boolean[] {
  return settings.nodes.find(({ id }: DetectorNode) => id === node)?.attached ?? [];
}
