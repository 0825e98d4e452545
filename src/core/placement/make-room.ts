/**
 * Makes room for a unit that fits nowhere as things are, for `assign`.
 *
 * First by moving others, as few as will do: each to a node that has room for it at that moment, so that the moves can
 * be carried out one after the other without stopping anything. Where that cannot help, by taking off units of less
 * priority; they are placed anew when it is their turn, or wait. The search is complete in small
 * worlds and ends after a fixed number of steps in large ones: then a unit may wait although a cleverer arrangement has
 * room for it.
 */
import type { NodeName } from "../../model/names.js";
import type { Layout } from "./layout.js";
import type { Unit } from "./unit.js";

/** Units that are moved for the sake of one, at most. */
const MOVES_MAX = 4;
/** Steps of the search for one unit, and for all of an assignment. */
const STEPS_PER_UNIT = 1_000;
const STEPS_MAX = 2_000;

/** How to take back one step. */
type Undo = () => void;

/** What comes after a step; whether it succeeded. If not, the step is tried in another way. */
type Rest = () => boolean;

const NOTHING_MORE: Rest = () => true;

/** The unit is to be on the node, and the rest to succeed with it there. */
interface Wish {
  readonly unit: Unit;
  readonly node: NodeName;
  readonly rest: Rest;
}

export class RoomMaker {
  readonly #layout: Layout;
  #stepsLeft = STEPS_MAX;
  #unitStepsLeft = 0;
  #undos: Undo[] = [];
  #moves = 0;
  #movesMax = 0;
  /** For whom room is made, if others may be taken off for it. */
  #taker: Unit | undefined;
  readonly #locked = new Set<Unit>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The node that now has room for the unit; undefined when there is none, and nothing has changed. */
  roomFor(unit: Unit): NodeName | undefined {
    this.#unitStepsLeft = STEPS_PER_UNIT;
    const byMoves = this.#layout.isEnoughLeftFor(unit) ? this.#deepen(unit, 1) : undefined;
    if (byMoves !== undefined || !this.#layout.hasLesserThan(unit)) return byMoves;
    return this.#deepen(unit, 0, unit);
  }

  #deepen(unit: Unit, from: number, taker?: Unit): NodeName | undefined {
    this.#taker = taker;
    for (this.#movesMax = from; this.#movesMax <= MOVES_MAX; this.#movesMax += 1) {
      for (const node of unit.candidates) {
        this.#undos = [];
        this.#moves = 0;
        this.#locked.clear();
        if (this.#clear(unit, node, NOTHING_MORE)) return node;
      }
    }
    return undefined;
  }

  /** Whether the unit fits on the node now, after others made room, and the rest succeeded; otherwise all is as it was. */
  #clear(unit: Unit, node: NodeName, rest: Rest): boolean {
    if (this.#layout.fits(unit, node)) return rest();
    if (this.#stepsLeft <= 0 || this.#unitStepsLeft <= 0) return false;
    this.#stepsLeft -= 1;
    this.#unitStepsLeft -= 1;
    return [...this.#layout.unitsOn(node)]
      .filter((other) => other !== unit && !this.#locked.has(other) && this.#layout.isInTheWay(other, unit, node))
      .sort(byEase)
      .some((other) => this.#evicts(other, { unit, node, rest }) || this.#relocates(other, { unit, node, rest }));
  }

  /** Takes off what has less priority, if that is allowed and helps. */
  #evicts(other: Unit, { unit, node, rest }: Wish): boolean {
    if (this.#taker === undefined || other.priority >= this.#taker.priority) return false;
    const mark = this.#undos.length;
    this.#layout.take(other);
    this.#undos.push(() => this.#layout.put(other, node));
    return this.#clear(unit, node, rest) || this.#backTo(mark);
  }

  /** Moves another unit away, if that is possible and helps. */
  #relocates(other: Unit, { unit, node, rest }: Wish): boolean {
    if (this.#moves >= this.#movesMax) return false;
    this.#locked.add(other);
    this.#moves += 1;
    const leavesFor = (target: NodeName): boolean =>
      this.#clear(other, target, () => {
        const mark = this.#undos.length;
        this.#move(other, node, target);
        return this.#clear(unit, node, rest) || this.#backTo(mark);
      });
    const helped = other.candidates.some((target) => target !== node && leavesFor(target));
    if (!helped) this.#release(other);
    return helped;
  }

  #release(unit: Unit): void {
    this.#locked.delete(unit);
    this.#moves -= 1;
  }

  #move(unit: Unit, from: NodeName, to: NodeName): void {
    this.#layout.take(unit);
    this.#layout.put(unit, to);
    this.#undos.push(() => {
      this.#layout.take(unit);
      this.#layout.put(unit, from);
    });
  }

  #backTo(mark: number): false {
    while (this.#undos.length > mark) this.#undos.pop()?.();
    return false;
  }
}

/** What nobody holds moves for nothing; then those that matter least. */
const byEase = (a: Unit, b: Unit): number =>
  Number(a.home !== undefined) - Number(b.home !== undefined) || b.rank - a.rank;
