import type { Instant } from "../../base/time.js";
import type { Bulletin, ClaimBrief } from "../../model/heartbeat.js";
import { wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";

/** Heard by itself; heard, but it may be an old one, as the peer is unanswered; or passed on by another node. */
export type Way = "heard" | "unanswered" | "passed-on";

/** What a node says of services, as another one got it, by itself or passed on. */
export interface Word {
  /** Wire id. */
  readonly peer: number;
  readonly way: Way;
  readonly claims: readonly ClaimBrief[];
}

interface Version {
  readonly incarnation: number;
  readonly version: number;
}

/** The words that each running agent has got: of each peer only the newest counts, whichever way it came. */
export class Words implements Observer {
  readonly #newest = new Map<SimHost, Map<number, Version>>();
  #got: Word | undefined;

  /** What the input in hand brought, if it is not older than what was known of that peer. */
  get got(): Word | undefined {
    return this.#got;
  }

  agentStarted(host: SimHost): void {
    this.#newest.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const isRefused = effects.some((effect) => effect.kind === "note" && effect.note.code === "relay.refused");
    const brought = isRefused ? undefined : broughtBy(input);
    this.#got = brought !== undefined && this.#isNewest(host, brought) ? wordIn(brought) : undefined;
  }

  #isNewest(host: SimHost, { peer, incarnation, bulletin }: Brought): boolean {
    const known = this.#newest.get(host);
    const before = known?.get(peer);
    const { version } = bulletin;
    if (before !== undefined && isOlder({ incarnation, version }, before)) return false;
    known?.set(peer, { incarnation, version });
    return true;
  }
}

interface Brought {
  readonly peer: number;
  readonly way: Way;
  readonly incarnation: number;
  readonly bulletin: Bulletin;
}

function broughtBy(input: NodeInput): Brought | undefined {
  if (input.kind === "bulletin-relayed")
    return { ...input.relayed, peer: wireId(input.relayed.node), way: "passed-on" };
  if (input.kind !== "detector-reported" || input.report.kind !== "bulletin-heard") return undefined;
  return { ...input.report, way: input.report.answered ? "heard" : "unanswered" };
}

const wordIn = ({ peer, way, bulletin }: Brought): Word => ({ peer, way, claims: bulletin.claims });

const isOlder = (a: Version, b: Version): boolean =>
  a.incarnation < b.incarnation || (a.incarnation === b.incarnation && a.version < b.version);
