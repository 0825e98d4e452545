import { formatDuration, milliseconds, parseDuration, type Duration } from "../base/time.js";
import {
  ATTRIBUTE_LIFETIME_MAX,
  ATTRIBUTE_TEXT_MAX,
  type AttributeOrder,
  isAttributeValue,
} from "../model/attribute.js";
import { NAME_PATTERN } from "../model/names.js";
import { problem } from "./problem.js";
import { objectBody } from "./request.js";

const WANTED = `The body must be {"value": …} with a number, true, false, or a text of at most ${ATTRIBUTE_TEXT_MAX} characters, and may have {"for": "30s"}`;

/** So much of a wrong name is repeated. */
const SHOWN_MAX = 80;
const LIFETIME_MIN: Duration = milliseconds(100);

/** What the body of a request says of an attribute. @throws {LocumError} when it is anything else. */
export function attributeOf(name: string, body: string): AttributeOrder {
  if (!NAME_PATTERN.test(name))
    throw problem("bad-request", `"${name.slice(0, SHOWN_MAX)}" is no name of an attribute`);
  const { value, for: span, ...more } = objectBody(body, WANTED);
  if (!isAttributeValue(value) || Object.keys(more).length > 0) throw problem("bad-request", WANTED);
  return span === undefined ? { name, value } : { name, value, lifetime: lifetimeOf(span) };
}

function lifetimeOf(span: unknown): Duration {
  const lifetime = typeof span === "string" ? parseDuration(span) : undefined;
  if (lifetime !== undefined && lifetime >= LIFETIME_MIN && lifetime <= ATTRIBUTE_LIFETIME_MAX) return lifetime;
  const bounds = `${formatDuration(LIFETIME_MIN)} to ${formatDuration(ATTRIBUTE_LIFETIME_MAX)}`;
  throw problem("bad-request", `"for" must be a time from ${bounds}, such as "30s"`);
}
