import { z } from "zod";
import { DOCUMENT_SCHEMAS } from "../model/status-document-schema.js";
import type { Route } from "./route.js";
import { ROUTES } from "./routes.js";

/** The OpenAPI 3.1 description of the API, made from the table of routes and the schemas of the documents. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Locum agent",
      version,
      description: "HTTP on the agent's unix socket. Errors are Problem documents.",
    },
    servers: [{ url: "http://localhost", description: "on the unix socket /run/locum/agent.sock" }],
    paths,
    components: { schemas: documentSchemas() },
  };
}

/** Every document as JSON Schema; those within others are spelled out. */
function documentSchemas(): Record<string, unknown> {
  const entries = Object.entries(DOCUMENT_SCHEMAS).map(([name, schema]) => {
    const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { target: "draft-2020-12" });
    return [name, jsonSchema];
  });
  return Object.fromEntries(entries);
}

function operationOf(route: Route): Record<string, unknown> {
  return {
    summary: route.summary,
    operationId: operationId(route),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: jsonOf(route.body) } }),
    responses: {
      "200": { description: "Done", content: answerContent(route) },
      default: { description: "Refused or failed", content: jsonOf("Problem") },
    },
  };
}

/** `GET /v1/services/{name}/explain` is `getServicesNameExplain`. */
const operationId = (route: Route): string =>
  route.method.toLowerCase() +
  route.path
    .replace("/v1", "")
    .split(/[^A-Za-z]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

const pathParameters = (route: Route): readonly unknown[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

const queryParameters = (route: Route): readonly unknown[] =>
  route.query.map(({ name, summary, repeated }) => ({
    name,
    in: "query",
    required: false,
    description: summary,
    schema: repeated === true ? { type: "array", items: { type: "string" } } : { type: "string" },
  }));

const jsonOf = (name: string): Record<string, unknown> => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});

function answerContent({ answer, stream }: Route): Record<string, unknown> {
  const content =
    answer === "text"
      ? { "text/plain": { schema: { type: "string" } } }
      : answer === "openapi"
        ? { "application/json": { schema: { type: "object" } } }
        : jsonOf(answer);
  if (stream === undefined) return content;
  const description = `The data of each event is a ${stream} document`;
  return { ...content, "text/event-stream": { schema: { type: "string", description } } };
}
