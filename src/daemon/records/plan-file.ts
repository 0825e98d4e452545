import type { FailoverPlan } from "../../model/path.js";
import type { Impairments } from "../impairments.js";
import { RuntimeRecord } from "./runtime-record.js";
import { readPlan } from "./stored-plan.js";

/**
 * The failovers that are under way, on record before their first step, so that the next run of the agent finishes or
 * undoes what a killed one began.
 */
export class PlanFile extends RuntimeRecord<FailoverPlan> {
  constructor(path: string, impairments: Impairments) {
    super({ path, part: "path plans", impairments, readItem: readPlan });
  }
}
