/** Why an order about a service is refused, in the words that agents and simulated ones have in common. */
import type { NodeName, ServiceName } from "../../model/names.js";
import { reasonText } from "../../model/note-text-reason.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";

export const notAmongText = (node: NodeName, service: ServiceName): string =>
  `${node} is not among the nodes of ${service}`;

export const haltedText = (service: ServiceName): string =>
  `${service} is stopped by order; start it with \`locum start ${service}\``;

export const cannotTakeText = (node: NodeName, service: ServiceName, reasons: readonly UnfitReason[]): string =>
  `${node} cannot take ${service}: ${reasons.map(reasonText).join(", ")}`;
