/** What keeps the holder of a service from serving it, from what nodes found wrong. */
import type { NodeName, ServiceName } from "../names.js";
import type { Finding } from "../note.js";
import { reasonsText } from "../note-text-reason.js";
import { isUnreachable } from "../unfit-reasons.js";
import type { OutageCause } from "./outage-cause.js";

export interface Hindrance {
  /** What it goes on being while it lasts. */
  readonly key: string;
  /** Whom it keeps from serving; undefined: whoever holds it. */
  readonly holder: NodeName | undefined;
  readonly services: readonly ServiceName[];
  readonly cause: OutageCause;
}

/** Undefined: what was found leaves the services served. */
export function hindranceIn(finding: Finding): Hindrance | undefined {
  switch (finding.kind) {
    case "network-down": {
      const { kind, network, services } = finding;
      const text = `network ${network} was down for all nodes`;
      return {
        key: JSON.stringify([kind, network]),
        holder: undefined,
        services,
        cause: { kind: "network-down", text },
      };
    }
    case "holder-unfit": {
      const { kind, node, reasons, services } = finding;
      if (!reasons.some(isUnreachable)) return undefined;
      const text = `${node} held it and was unfit: ${reasonsText(reasons)}`;
      return {
        key: JSON.stringify([kind, node, reasons]),
        holder: node,
        services,
        cause: { kind: "node-unfit", text },
      };
    }
    default:
      return undefined;
  }
}
