import type { ProgramExit } from "../model/program.js";

/** In what way a program does not do as it should, on one machine, for as long as a fault lasts. */
export type Misbehaviour =
  /** Its command cannot be run. */
  | { readonly kind: "does-not-start" }
  /** It becomes ready so many microseconds later, and says on its notify socket, if it has one, that it will. */
  | { readonly kind: "starts-late"; readonly by: number }
  | { readonly kind: "never-ready" }
  /** Soon after each start. */
  | { readonly kind: "ends-early"; readonly exit: ProgramExit }
  /** SIGTERM does nothing; SIGKILL ends it. */
  | { readonly kind: "ignores-stop" }
  /** It hangs in the kernel: no signal ends it, nor what it leaves, before the fault is over. */
  | { readonly kind: "unkillable" }
  | { readonly kind: "answers-late" }
  | { readonly kind: "does-not-answer" }
  /** It says that it is in trouble itself. */
  | { readonly kind: "confesses" }
  /** As a standby it has not caught up. */
  | { readonly kind: "lags" }
  /** Its role command fails. */
  | { readonly kind: "refuses-role" }
  /** Its role command does not end. */
  | { readonly kind: "ignores-role" };

/** Those in force for one program; the latest of a kind counts. */
export class Manners {
  readonly #inForce: Misbehaviour[] = [];

  get<Kind extends Misbehaviour["kind"]>(kind: Kind): Extract<Misbehaviour, { readonly kind: Kind }> | undefined {
    return this.#inForce.findLast((each): each is Extract<Misbehaviour, { readonly kind: Kind }> => each.kind === kind);
  }

  has(kind: Misbehaviour["kind"]): boolean {
    return this.#inForce.some((each) => each.kind === kind);
  }

  get areGood(): boolean {
    return this.#inForce.length === 0;
  }

  add(misbehaviour: Misbehaviour): void {
    this.#inForce.push(misbehaviour);
  }

  remove(misbehaviour: Misbehaviour): void {
    this.#inForce.splice(this.#inForce.indexOf(misbehaviour), 1);
  }
}
