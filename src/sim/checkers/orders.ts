import type { Instant } from "../../base/time.js";
import { commandText } from "../../core/commands/command-text.js";
import { isRuleOrder } from "../../core/commands/rule-order.js";
import { isOrderedMove, orderedMove } from "../../model/mover.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { MoveReason } from "../../model/node-state.js";
import type { Note } from "../../model/note.js";
import type { Handover } from "../../core/services/stance.js";
import type { RuleName } from "../../model/rule.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";

/**
 * Nothing is done by an order that nobody gave: whatever a node obeys was said to it, or is what a rule that acted there
 * just then says that it does. A move, a stop and a drain that are called an operator's, a rule's or a program's go back to
 * such an order.
 */
export class Orders implements Observer {
  readonly #verdict: Verdict;
  /** By text: who gave them, a rule or, as undefined, an operator. */
  readonly #given = new Map<string, Set<RuleName | undefined>>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    const asked = input.kind === "command-received" ? commandText(input.command) : undefined;
    if (asked !== undefined && input.kind === "command-received" && !isRuleOrder(input.id))
      this.#give(asked, undefined);
    /** What rules have said in this input that they do. */
    const announced = new Set<string>();
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "rule.fired") {
        for (const action of note.actions) {
          announced.add(action);
          this.#give(action, note.rule);
        }
      }
      if (note.code === "command.received" && note.command !== asked && !announced.has(note.command)) {
        this.#broken(host, `obeys "${note.command}", which nobody has said`);
      }
      this.#check(host, note);
    }
  }

  #check(host: SimHost, note: Note): void {
    switch (note.code) {
      case "service.claimed":
        if (!isOrderedMove(note.reason)) return;
        // Where it was to go may not be there any more when its programs have ended.
        return this.#needs(host, note.code, (text, by) => {
          const [order, asker] = partsOf(text);
          return order.startsWith(`move ${note.service} --to `) && isGivenBy(note.reason, by, asker);
        });
      case "service.offered":
        return this.#checkHandover(host, note.code, note.service, note);
      case "service.closing":
        if (note.why.kind !== "handed-over") return;
        return this.#checkHandover(host, note.code, note.service, note.why);
      case "service.halted":
        return this.#needs(host, note.code, (text, by) => text === `stop ${note.service}` && by.has(note.by));
      case "node.drained":
        return this.#needs(host, note.code, (text, by) => text === `drain ${note.node}` && by.has(note.by));
      default:
        return;
    }
  }

  #checkHandover(host: SimHost, code: Note["code"], service: ServiceName, { to, cause, by }: Handover): void {
    if (cause !== "operator" && cause !== "rule" && cause !== "program") return;
    const reason = orderedMove(by, undefined);
    this.#needs(host, code, (text, given) => {
      const [order, asker] = partsOf(text);
      return reason.kind === cause && order === `move ${service} --to ${to}` && isGivenBy(reason, given, asker);
    });
  }

  #needs(
    host: SimHost,
    code: Note["code"],
    isIt: (text: string, by: ReadonlySet<RuleName | undefined>) => boolean,
  ): void {
    if (![...this.#given].some(([text, by]) => isIt(text, by))) {
      this.#broken(host, `says ${code} by an order that nobody gave`);
    }
  }

  #give(text: string, by: RuleName | undefined): void {
    this.#given.set(text, (this.#given.get(text) ?? new Set<RuleName | undefined>()).add(by));
  }

  #broken(host: SimHost, what: string): void {
    this.#verdict.broken("ordered", `${host.name} ${what}`);
  }
}

/** An order, and the program that asked for it if one did. */
function partsOf(text: string): readonly [string, string | undefined] {
  const [order = "", asker] = text.split(", asked by its program ");
  return [order, asker];
}

/** @param given by the same words; `asker`: the program in them */
function isGivenBy(reason: MoveReason, given: ReadonlySet<RuleName | undefined>, asker: string | undefined): boolean {
  switch (reason.kind) {
    case "rule":
      return reason.by === undefined ? [...given].some((rule) => rule !== undefined) : given.has(reason.by);
    case "program":
      return asker !== undefined && (reason.by === undefined || reason.by === asker);
    default:
      return asker === undefined && given.has(undefined);
  }
}
