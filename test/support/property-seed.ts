/*
 * Loaded before every file of tests: properties (fast-check) run the same examples each time, so that a change is judged
 * by what it changes. `PROPERTY_SEED=4711 npm test` has them try others.
 */
import fc from "fast-check";

const USUAL_SEED = 1;

fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"] ?? USUAL_SEED) });
