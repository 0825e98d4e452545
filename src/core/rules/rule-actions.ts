/** From the actions of a rule to orders, each by the way that an operator's order would take. */
import { bestOther } from "../../model/best-other.js";
import type { Instant } from "../../base/time.js";
import { known } from "../../base/assert.js";
import type { Command } from "../../model/command.js";
import { type NodeName, nodeName, type ServiceName, serviceName } from "../../model/names.js";
import type { RuleAction, RuleConfig, RuleName, RuleReading } from "../../model/rule.js";
import type { NodeView } from "../../model/status.js";
import type { CommandDesk, DeskContext } from "../commands/command-desk.js";
import { commandText } from "../commands/command-text.js";
import { ruleOrderId } from "../commands/rule-order.js";
import { subjectOf } from "./actor.js";

/** A rule that acts now, on what, and why. */
export interface Firing {
  readonly now: Instant;
  readonly rule: RuleConfig;
  readonly about: string | undefined;
  readonly readings: readonly RuleReading[];
  readonly view: NodeView;
}

/** So many commands of rules run at one time on a node; more are not begun. */
export const ERRANDS_MAX = 16;

export class RuleActions {
  #orders = 0;
  #errands = 0;

  perform(firing: Firing, context: DeskContext, desk: CommandDesk): void {
    const { rule, readings } = firing;
    const actions = rule.actions.map((action) => actionText(action, firing, context.knowledge.self));
    context.effects.note({ code: "rule.fired", ...partiesOf(firing), readings, actions });
    for (const action of rule.actions) this.#act(action, firing, context, desk);
  }

  /** A command of a rule has ended. */
  errandEnded(): void {
    this.#errands -= 1;
  }

  #act(action: RuleAction, firing: Firing, context: DeskContext, desk: CommandDesk): void {
    if (action.kind === "notify") {
      const { severity, text } = action;
      context.effects.note({ code: "rule.notified", ...partiesOf(firing), severity, text });
    } else if (action.kind === "run") this.#run(action, firing, context);
    else this.#order(action, firing, context, desk);
  }

  #run({ command, timeout }: RuleAction & { readonly kind: "run" }, firing: Firing, { effects }: DeskContext): void {
    const [program = ""] = command;
    if (this.#errands >= ERRANDS_MAX) {
      const problem = `${ERRANDS_MAX} commands of rules are under way already`;
      effects.note({ code: "rule.command-failed", ...partiesOf(firing), command: program, problem });
      return;
    }
    this.#errands += 1;
    const { rule, about, readings } = firing;
    const input = `${JSON.stringify({ rule: rule.name, about: about ?? null, readings })}\n`;
    effects.push({
      kind: "run-errand",
      errand: { kind: "rule", rule: rule.name, about, program },
      command,
      timeout,
      input,
    });
  }

  #order(action: OrderAction, firing: Firing, context: DeskContext, desk: CommandDesk): void {
    const command = commandOf(action, firing, context.knowledge.self);
    if (command === undefined) {
      const problem = noTakerText(action, firing);
      context.effects.note({ code: "rule.order-refused", ...partiesOf(firing), problem });
      return;
    }
    this.#orders += 1;
    const { rule, about } = firing;
    const order = { rule: rule.name, about, node: context.knowledge.self, count: this.#orders };
    desk.receive(firing.now, { kind: "command-received", id: ruleOrderId(order), command }, context);
  }
}

/** Of a move to no node in particular that there is nobody for. */
export const noTakerText = (action: OrderAction, firing: Firing): string =>
  `No other node can take ${serviceOf(action, firing)} now`;

export type OrderAction = Exclude<RuleAction, { readonly kind: "notify" | "run" }>;

const partiesOf = ({ rule, about }: Firing): { readonly rule: RuleName; readonly about?: string } => ({
  rule: rule.name,
  ...subjectOf(about),
});

/** Undefined: there is no node to move it to. */
export function commandOf(action: OrderAction, firing: Firing, self: NodeName): Command | undefined {
  switch (action.kind) {
    case "move": {
      const service = action.service ?? serviceName(itself(firing));
      const to = action.to ?? bestOtherFor(service, firing.view);
      const by = { kind: "rule", name: firing.rule.name } as const;
      return to === undefined ? undefined : { kind: "move", service, to, by };
    }
    case "stop":
    case "start": {
      const service = action.service ?? serviceName(itself(firing));
      return { kind: `${action.kind}-service`, service, by: firing.rule.name };
    }
    case "drain":
    case "resume":
      return { kind: action.kind, node: action.node ?? nodeName(itself(firing)), by: firing.rule.name };
    case "fence":
      return { kind: "fence", node: action.node ?? nodeName(itself(firing)), by: firing.rule.name };
    case "set":
      return { kind: "set-attribute", node: action.node ?? self, attribute: action.attribute };
    case "unset":
      return { kind: "unset-attribute", node: action.node ?? self, name: action.name };
  }
}

const itself = ({ about }: Firing): string =>
  known(about, "the check of the file admits `itself` only where there is one");

function bestOtherFor(service: ServiceName, { services }: NodeView): NodeName | undefined {
  const view = services.find(({ name }) => name === service);
  return view === undefined ? undefined : bestOther(view);
}

/** An action as an operator would type it, for the record. */
export function actionText(action: RuleAction, firing: Firing, self: NodeName): string {
  if (action.kind === "notify") return "notify";
  if (action.kind === "run") return `run ${action.command[0] ?? ""}`;
  const command = commandOf(action, firing, self);
  return command === undefined ? `move ${serviceOf(action, firing)}` : commandText(command);
}

const serviceOf = (action: OrderAction, firing: Firing): string =>
  (action.kind === "move" ? action.service : undefined) ?? itself(firing);
