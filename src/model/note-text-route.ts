/** The words for what becomes of routes to service addresses. */
import { unreachable } from "../base/assert.js";
import type { NodeName } from "./names.js";
import type { Severity } from "./note.js";
import type { RouteNote } from "./route-note.js";

export function routeNoteSeverity({ code }: RouteNote): Severity {
  switch (code) {
    case "route.set":
    case "route.removed":
      return "info";
    case "route.restored":
      return "notice";
    case "route.refused":
      return "warning";
    default:
      return unreachable(code);
  }
}

export function routeNoteText(note: RouteNote, speaker: NodeName): string {
  const way = `${note.gateway} on ${note.interface}`;
  switch (note.code) {
    case "route.set":
      return `${speaker} reaches ${note.address} of ${note.service} by ${way}`;
    case "route.removed":
      return `${speaker} no longer reaches ${note.address} of ${note.service} by ${way}`;
    case "route.restored":
      return `Another program removed the route of ${speaker} to ${note.address} by ${way}; it is back`;
    case "route.refused":
      return `${speaker} cannot reach ${note.address} of ${note.service} by ${way}: ${note.problem}`;
    default:
      return unreachable(note);
  }
}
