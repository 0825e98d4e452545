/** One short story for each requirement row that the decisions answer for. What was said is kept beside this file. */
import { FAILURES } from "./failure-scenarios.js";
import { FENCES } from "./fence-scenarios.js";
import { IDENTITIES } from "./identity-scenarios.js";
import { MAINTENANCE } from "./maintenance-scenarios.js";
import { RULES } from "./rule-scenarios.js";
import type { Scenarios } from "./running.js";
import { PLACEMENT } from "./placement-scenarios.js";
import { PROGRAMS } from "./program-scenarios.js";
import { WIRE } from "./wire-scenarios.js";

export const SCENARIOS: Scenarios = {
  ...FAILURES,
  ...FENCES,
  ...IDENTITIES,
  ...MAINTENANCE,
  ...PLACEMENT,
  ...PROGRAMS,
  ...RULES,
  ...WIRE,
};
