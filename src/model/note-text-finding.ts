import { unreachable } from "../base/assert.js";
import type { Finding, Severity } from "./note.js";

/** How bad it is while it lasts: only what clients can feel now is an error. */
export function findingSeverity(finding: Finding): Severity {
  switch (finding.kind) {
    case "service-unplaced":
    case "address-contested":
      return "error";
    case "node-down":
    case "network-down":
    case "link-down":
    case "one-way":
    case "pair-cut":
    case "node-unanswered":
    case "configuration-differs":
    case "version-differs":
    case "address-unstable":
    case "ping-lost":
    case "node-banned":
    case "agent-impaired":
      return "warning";
    default:
      return unreachable(finding);
  }
}

/** What is wrong, as one sentence without a full stop. */
export function findingText(finding: Finding): string {
  switch (finding.kind) {
    case "node-down":
      return `${finding.node} is down`;
    case "network-down":
      return `Network ${finding.network} is down for all nodes`;
    case "link-down":
      return `${finding.node}'s link to network ${finding.network} is down`;
    case "one-way":
      return `On network ${finding.network}, packets from ${finding.from} reach ${finding.to}, but not the other way`;
    case "pair-cut":
      return `On network ${finding.network}, ${finding.nodes.join(" and ")} do not hear each other, while their links work`;
    case "node-unanswered":
      return `Packets from ${finding.node} arrive, but it answers none: it may not hear this node`;
    case "configuration-differs":
      return `${finding.node} runs with another configuration file`;
    case "version-differs":
      return `${finding.node} speaks protocol versions ${finding.min} to ${finding.max}, none of which this node speaks`;
    case "service-unplaced":
      return `No node can hold ${finding.service}`;
    case "address-contested":
      return `${finding.mac} claims ${finding.address} too`;
    case "address-unstable":
      return `Another program keeps removing ${finding.address} from ${finding.interface}`;
    case "ping-lost":
      return `No ping target of network ${finding.network} answers`;
    case "node-banned":
      return `${finding.node} failed ${finding.failures} times and is banned for a while`;
    case "agent-impaired":
      return `The agent's ${finding.what} is impaired: ${finding.problem}`;
    default:
      return unreachable(finding);
  }
}
