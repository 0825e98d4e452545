/** Lets cluster files in that do no harm now, and keeps in mind which one was left out. */
import type { NodeName } from "../../model/names.js";
import type { NodeInput } from "../../model/node-io.js";
import type { Finding } from "../../model/note.js";
import type { ReloadRefusal } from "../../model/reload.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import type { Peer } from "../membership/membership.js";
import type { Service } from "../services/service.js";
import { misses } from "../relay.js";
import { objectionTo } from "./objection.js";

/** A file that was read again, and what of it cannot run on this node. */
export type ReadFile = Pick<Extract<NodeInput, { readonly kind: "configuration-changed" }>, "cluster" | "faults">;

export class ReloadGate {
  /** Why the newest file that was read is not in force. */
  #refusal: ReloadRefusal | undefined;

  get findings(): readonly Finding[] {
    return this.#refusal === undefined ? [] : [{ kind: "configuration-refused", refusal: this.#refusal }];
  }

  /** Whether the node goes on with the file; if not, it says why. */
  admits(read: ReadFile, knowledge: Knowledge, services: readonly Service[], effects: Effects): boolean {
    const { self, cluster: before, paused, membership } = knowledge;
    const objection = objectionTo({
      self,
      before,
      next: read.cluster,
      paused,
      alive: membership.livePeers().map(({ name }) => name),
      holding: holdersIn(knowledge, services),
      hears: (subject, network) => membership.map.hears({ observer: self, subject, network }),
      apart: nodesApart(knowledge),
    });
    this.#refusal = objection ?? harmTo(services, read);
    if (this.#refusal !== undefined) effects.note({ code: "configuration.refused", refusal: this.#refusal });
    return this.#refusal === undefined;
  }
}

/** What is well here is not given up for what cannot start here; what is not, has nothing to lose. */
function harmTo(services: readonly Service[], { cluster, faults = [] }: ReadFile): ReloadRefusal | undefined {
  const harm = faults.find(({ service: name, program }) => {
    const next = cluster.services.find((each) => each.name === name);
    const service = services.find(({ config }) => config.name === name);
    return next !== undefined && service?.programs.isUndoneBy(next, program) === true;
  });
  return harm === undefined ? undefined : { kind: "program-cannot-start", ...harm };
}

function holdersIn({ self, membership, kept }: Knowledge, services: readonly Service[]): readonly NodeName[] {
  const own = services.some((service) => service.holding !== undefined) ? [self] : [];
  const peers = membership.livePeers().filter(isHolding);
  return [...own, ...peers.map(({ name }) => name), ...kept.map(({ node }) => node)];
}

function nodesApart({ self, roster, membership }: Knowledge): readonly NodeName[] {
  const live = membership.livePeers();
  const unheard = live.filter(({ name }) => !membership.hears(name));
  const cut = live.filter((peer) =>
    live.some((other) => misses(peer, other, roster, membership) && misses(other, peer, roster, membership)),
  );
  const peers = live.filter((peer) => unheard.includes(peer) || cut.includes(peer)).map(({ name }) => name);
  return unheard.length === 0 ? peers : [self, ...peers];
}

const isHolding = ({ claims }: Peer): boolean =>
  [...claims.values()].some(({ state }) => state === "holding" || state === "offering");
