import { areaOf, FINDING_AREAS } from "./finding-kinds.js";
import type { Finding } from "./note.js";

/** Causes before what may follow from them, so that who reads from the top mends the right thing first. */
export const byDepth = (a: Finding, b: Finding): number => depth(a) - depth(b);

const depth = (finding: Finding): number => FINDING_AREAS.indexOf(areaOf(finding));
