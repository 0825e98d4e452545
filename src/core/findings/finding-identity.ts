/**
 * What a finding goes on being while its wording changes: its kind, and what it is about.
 *
 * Services that suffer from the same thing share one finding, so that each of them may pass from one finding to
 * another of its kind: that is another wording for it, and nothing new.
 */
import type { ServiceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";

/** Which finding on the board it is. */
export function keyOf(finding: Finding): string {
  switch (finding.kind) {
    case "cut-off":
      return finding.kind;
    case "pairs-cut":
    case "network-split":
      return JSON.stringify([finding.kind, finding.network]);
    case "node-banned":
    case "version-differs":
      return JSON.stringify([finding.kind, finding.node]);
    case "program-failed":
    case "program-troubled":
    case "program-unprobed":
    case "program-behind":
    case "program-stuck":
      return JSON.stringify({ ...finding, problem: undefined });
    case "program-waiting":
      return JSON.stringify({ ...finding, isKnown: undefined, isSilent: undefined });
    case "fence-failed":
      return JSON.stringify([finding.kind, finding.node, finding.by]);
    case "address-contested":
      return JSON.stringify([finding.kind, finding.address, finding.mac]);
    case "identity-refused":
      return JSON.stringify([finding.kind, finding.node, finding.interface]);
    case "route-refused":
      return JSON.stringify([finding.kind, finding.service, finding.address]);
    case "path-group-incomplete":
      return JSON.stringify([finding.kind, finding.node, finding.group, finding.from, finding.to]);
    case "rule-suspended":
    case "rule-broken":
      return JSON.stringify([finding.kind, finding.rule, finding.about]);
    default:
      return JSON.stringify({ ...finding, services: undefined });
  }
}

/** What it is about: one that is about any of these under another key is the same in other words. */
export function subjectsOf(finding: Finding): readonly string[] {
  switch (finding.kind) {
    case "holder-unfit":
    case "standby-unfit":
      return finding.services.map((service) => JSON.stringify([finding.kind, finding.node, service]));
    case "node-drained":
      return [JSON.stringify([finding.kind, finding.node])];
    case "service-waiting":
    case "no-standby":
      return finding.services.map((service) => JSON.stringify([finding.kind, service]));
    default:
      return [keyOf(finding)];
  }
}

/** What of it is over, where others go on with the rest of what it is about; undefined: they do with all. */
export function without(finding: Finding, subjects: ReadonlySet<string>): Finding | undefined {
  const isLeft = (each: Finding): boolean => subjectsOf(each).some((subject) => !subjects.has(subject));
  if (!isLeft(finding)) return undefined;
  switch (finding.kind) {
    case "holder-unfit":
    case "standby-unfit":
    case "service-waiting":
    case "no-standby": {
      const services = finding.services.filter((each: ServiceName) => isLeft({ ...finding, services: [each] }));
      return { ...finding, services };
    }
    default:
      return finding;
  }
}
