/** Who ordered a move, where no operator did. */
import type { NodeName, ServiceName } from "./names.js";
import type { MoveReason } from "./node-state.js";
import type { ProgramName } from "./program.js";
import type { RuleName } from "./rule.js";

/** `program`: one of the service's own, which asked its agent. */
export type Mover =
  | { readonly kind: "rule"; readonly name: RuleName }
  | { readonly kind: "program"; readonly name: ProgramName };

/** A move by order that a node makes as the holder. A heartbeat says only of which kind it is who gave the order. */
export interface OrderedMove {
  readonly service: ServiceName;
  /** With which the node holds it, or held it. */
  readonly epoch: number;
  readonly by: Mover;
}

/** As a member to spread: an operator is named by its absence. */
export const byMover = (by: Mover | undefined): { readonly by?: Mover } => (by === undefined ? {} : { by });

/** Why a service moved by `by`'s order; undefined: by an operator's. */
export function orderedMove(by: Mover | undefined, from: NodeName | undefined): MoveReason {
  const away = from === undefined ? {} : { from };
  switch (by?.kind) {
    case undefined:
      return { kind: "operator", ...away };
    case "rule":
      return { kind: "rule", by: by.name, ...away };
    case "program":
      return { kind: "program", by: by.name, ...away };
  }
}

/** Whether somebody ordered the move, and no node found a reason for it. */
export const isOrderedMove = ({ kind }: MoveReason): boolean => ORDERERS.has(kind);
const ORDERERS: ReadonlySet<MoveReason["kind"]> = new Set(["operator", "rule", "program"]);

/** As the subject of a sentence. @param name undefined: it is not known yet */
export function moverText(kind: Mover["kind"], name: string | undefined): string {
  if (name === undefined) return kind === "rule" ? "a rule" : "one of its programs";
  return kind === "rule" ? `the rule ${name}` : `its program ${name}`;
}
