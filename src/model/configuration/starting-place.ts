import { reasonsText } from "../note-text-reason.js";
import type { NodeName } from "../names.js";
import type { Candidate } from "../status.js";
import type { CheckProblem } from "./check-problem.js";

/** Where a service goes when all nodes start together and everything works. */
export interface StartingPlace {
  readonly service: string;
  /** Undefined: no node takes it even then. */
  readonly node: NodeName | undefined;
  readonly candidates: readonly Candidate[];
}

/** Services that are served only while others are not, or never. */
export const withoutPlace = (start: readonly StartingPlace[]): readonly CheckProblem[] =>
  start
    .filter(({ node }) => node === undefined)
    .map(({ service, candidates }) => ({
      code: "without-place",
      severity: "warning",
      path: ["services", service],
      message: `No node takes the service "${service}" even when all nodes are up: ${candidates.map(againstText).join("; ")}`,
      advice: "Give its nodes more `capacity` or the service more nodes, or remove what is in the way",
    }));

const againstText = ({ node, reasons }: Candidate): string => `${node}: ${reasonsText(reasons)}`;
