import { findingDocuments, serviceDocument, statusDocument } from "../model/status-document.js";
import { eventDocument } from "../model/status-document-event.js";
import { configurationDocument } from "../model/status-document-configuration.js";
import { explainDocument } from "../model/status-document-explain.js";
import { rulesDocument } from "../model/status-document-rule.js";
import type { HealthDocument } from "../model/status-document-problem.js";
import { known } from "../base/assert.js";
import { serviceName } from "../model/names.js";
import { knownService } from "./known-names.js";
import { partDigest } from "./part-digest.js";
import { metricsText } from "./metrics.js";
import type { Answer, ApiParts, Call } from "./route.js";

/** Events in which the last move of a service is looked for. */
const HISTORY_LENGTH = 1_000;

export const answerStatus = (_call: Call, { port }: ApiParts): Answer => ({
  kind: "json",
  body: statusDocument(port.view(), port.clock, port.program),
});

export function answerExplain(call: Call, { port }: ApiParts): Answer {
  const name = known(call.params["name"], "the path has a name");
  const view = port.view();
  const service = serviceDocument(knownService(port, name), port.clock);
  const config = port.configuration().services.find((each) => each.name === name);
  const events = port.events.recent({ service: serviceName(name), limit: HISTORY_LENGTH });
  const body = explainDocument(name, service, {
    paused: view.paused,
    findings: findingDocuments(view.findings, port.clock),
    node: view.node,
    outlook: port.outlook(serviceName(name)),
    failback: config?.failback ?? { kind: "never" },
    history: events.map((event) => eventDocument(event, new Date(event.atMs).toISOString())),
  });
  return { kind: "json", body };
}

export const answerRules = (_call: Call, { port }: ApiParts): Answer => ({
  kind: "json",
  body: rulesDocument(port.view().node, port.ruleStandings(), {
    rules: port.configuration().rules ?? [],
    clock: port.clock,
  }),
});

export const answerConfiguration = (_call: Call, { port }: ApiParts): Answer => ({
  kind: "json",
  body: configurationDocument(port.view().node, port.configuration(), partDigest),
});

export function answerHealth(_call: Call, { port }: ApiParts): Answer {
  const { cluster, node } = port.view();
  const body: HealthDocument = { ok: true, cluster, node, version: port.program };
  return { kind: "json", body };
}

export const answerMetrics = (_call: Call, parts: ApiParts): Answer => ({
  kind: "text",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  body: metricsText(parts.port, parts.notes),
});

export async function answerOpenApi(_call: Call, { port }: ApiParts): Promise<Answer> {
  // Loaded when asked for: the schema library costs memory that an agent does not need otherwise.
  const { openApiDocument } = await import("./openapi.js");
  return { kind: "json", body: openApiDocument(port.program) };
}
