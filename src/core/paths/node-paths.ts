/**
 * Joins path groups with the rest of the node's decisions: hands them every fact that concerns them, and lets the services'
 * addresses follow what they moved.
 *
 * A change of paths is a chain of steps, each answered before anything else is heard. Until its end nothing else is decided:
 * a service whose addresses are on their way has not lost its interface, and must not be given away for that.
 */
import { type Deadline, soonest } from "../../base/machine.js";
import type { Instant } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { LedgerEntry, NodeInput } from "../../model/node-io.js";
import type { Effects } from "../effects.js";
import type { Knowledge } from "../knowledge.js";
import { MovedAnnouncements } from "./moved-announcements.js";
import type { PathMove } from "./path-move.js";

/** Something with addresses on interfaces, such as a service. */
export interface Follower {
  readonly addresses: { follow(now: Instant, move: PathMove): void };
}

export class NodePaths {
  readonly #knowledge: Knowledge;
  readonly #effects: Effects;
  readonly #followers: () => readonly Follower[];
  #standing = "";
  /** One for each interface that something moved to lately, at most. */
  #announcements: readonly MovedAnnouncements[] = [];

  constructor(knowledge: Knowledge, effects: Effects, followers: () => readonly Follower[]) {
    this.#knowledge = knowledge;
    this.#effects = effects;
    this.#followers = followers;
  }

  /** Once, when what the kernel has is known, and what of it is ours. */
  start(now: Instant): void {
    this.#knowledge.paths.start(now, this.#effects);
  }

  get isSwitching(): boolean {
    return this.#knowledge.paths.isSwitching;
  }

  owns(step: number): boolean {
    return this.#knowledge.paths.owns(step) || this.#announcements.some((each) => each.owns(step));
  }

  deadline(): Deadline | undefined {
    return this.#announcements.map((each) => each.deadline()).reduce(soonest, this.#knowledge.paths.deadline());
  }

  /** Takes in a fact that the node has taken in already; whether decisions may depend on what came of it. */
  take(now: Instant, input: NodeInput): boolean {
    const { paths } = this.#knowledge;
    this.#announceAgain(now);
    if (paths.isEmpty) return this.#hasChanged();
    switch (input.kind) {
      case "path-judged":
        paths.judged(now, input, this.#effects);
        break;
      case "interface-captured":
        paths.captured(now, input, this.#effects);
        break;
      case "step-done":
        paths.answered(now, input.step, undefined, this.#effects);
        break;
      case "step-failed":
        paths.answered(now, input.step, input.problem, this.#effects);
        break;
      case "peer-state-received":
        this.#peerTold(now, input.peer);
        break;
      case "state-relayed":
        this.#peerTold(now, input.state.node);
        break;
      case "link-changed":
      case "link-removed":
      case "address-added":
      case "address-removed":
      case "kernel-read":
        paths.kernelChanged(now, this.#effects);
        break;
      default:
        paths.tick(now, this.#effects);
    }
    for (const move of paths.takeMoves()) this.#follow(now, move);
    return this.#hasChanged();
  }

  /** Where an address may be while a change of paths is carried out: whatever happens then, it is found. */
  places(entry: LedgerEntry): readonly LedgerEntry[] {
    const group = this.#knowledge.paths.groupOf(entry.interface);
    return group === undefined ? [entry] : group.interfaces.map((name) => ({ ...entry, interface: name }));
  }

  /** Only what was believed of it counts, whoever passed it on. */
  #peerTold(now: Instant, peer: NodeName): void {
    const { paths, membership } = this.#knowledge;
    paths.peerTold(now, peer, membership.peer(peer)?.state?.paths ?? [], this.#effects);
  }

  #follow(now: Instant, move: PathMove): void {
    const { kernel, isServiceAddress } = this.#knowledge;
    kernel.moveAddresses(move.addresses, move.from, move.to);
    const others = this.#announcements.filter((each) => each.interface !== move.from && each.interface !== move.to);
    const again = new MovedAnnouncements(now, move, isServiceAddress);
    this.#announcements = again.isOver ? others : [...others, again];
    for (const { addresses } of this.#followers()) addresses.follow(now, move);
  }

  #announceAgain(now: Instant): void {
    for (const each of this.#announcements) each.tick(now, this.#effects);
    this.#announcements = this.#announcements.filter(({ isOver }) => !isOver);
  }

  #hasChanged(): boolean {
    const before = this.#standing;
    this.#standing = this.#knowledge.paths.standing;
    return this.#standing !== before;
  }
}
