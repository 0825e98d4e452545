/** The text of a cluster file to the cluster, or to everything that is wrong with it. */
import { type Result, ok, refused } from "../../base/result.js";
import type { Cluster } from "../cluster.js";
import { LIMITS } from "./limits.js";
import type { LocatedNode } from "./located-node.js";
import { meaningText } from "./meaning.js";
import { type ConfigurationProblem, byPlace } from "./problem.js";
import { resolve } from "./resolve.js";
import { clusterFile } from "./schema.js";
import { shapeProblems } from "./shape-problems.js";
import { addressProblems } from "./address-problems.js";
import { fenceProblems } from "./fence-problems.js";
import { hookProblems } from "./hook-problems.js";
import { hostRouteProblems } from "./host-route-problems.js";
import { identityProblems } from "./identity-problems.js";
import { nameProblems } from "./name-problems.js";
import { parameterProblems } from "./parameter-problems.js";
import { pathProblems } from "./path-problems.js";
import { isObscuring, withoutIssues } from "./placement-aside.js";
import { placementProblems } from "./placement-problems.js";
import { readablePart } from "./readable-part.js";
import { relationProblems } from "./relation-problems.js";
import { networkProblems } from "./network-problems.js";
import { LineIndex } from "./line-index.js";
import { ruleProblems } from "./rule-problems.js";
import { programProblems } from "./program-problems.js";
import { sizeProblems } from "./size-problems.js";
import { type Survey, surveyOf } from "./survey.js";
import { readYaml } from "./yaml-tree.js";

export interface ParseOptions {
  /** Absolute path of the directory that relative paths in the file start from. */
  readonly directory: string;
  /** SHA-256 of a text's UTF-8 bytes, in hex; the pure layers have none of their own. */
  readonly hash: (text: string) => string;
}

/** A cluster and the tree of its file, which tells where each part of it stands. */
export interface ClusterSource {
  readonly cluster: Cluster;
  readonly top: LocatedNode;
}

export function parseCluster(text: string, options: ParseOptions): Result<Cluster, readonly ConfigurationProblem[]> {
  const source = parseClusterSource(text, options);
  return source.ok ? ok(source.value.cluster) : source;
}

/** The same for a caller that finds problems of its own in the cluster and wants to say where. */
export function parseClusterSource(
  text: string,
  { directory, hash }: ParseOptions,
): Result<ClusterSource, readonly ConfigurationProblem[]> {
  const tree = readYaml(text);
  if (!tree.ok) return refused(tree.problem);
  const { top, problems: keyProblems } = tree.value;
  const shape = clusterFile.safeParse(top.value);
  const survey = surveyOf(top);
  const problems = [
    ...keyProblems,
    ...(shape.success ? [] : shapeProblems(shape.error.issues, top)),
    ...meaningProblems(survey),
    ...ruleProblems(survey, { text, lines: new LineIndex(text) }),
    ...parameterProblems(survey, text),
  ];
  const file = shape.success ? shape.data : withoutIssues(top.value, shape.error.issues);
  const meaning = file === undefined || problems.some(isObscuring) ? undefined : resolve(file, top, directory);
  const misplaced = meaning === undefined ? [] : placementProblems(meaning, top);
  if (!shape.success || meaning === undefined || problems.length + misplaced.length > 0)
    return refused(inReadingOrder([...problems, ...misplaced]));
  return ok({ cluster: { ...meaning, hash: hash(meaningText(meaning)) }, top });
}

/**
 * The cluster of a file that has problems, without the parts that are wrong in themselves; undefined where names in it are
 * not what was meant, or hardly anything is left. Nothing may run by it: it is for finding more problems.
 */
export function readableClusterSource(text: string, { directory, hash }: ParseOptions): ClusterSource | undefined {
  const tree = readYaml(text);
  if (!tree.ok) return undefined;
  const { top, problems } = tree.value;
  if ([...problems, ...meaningProblems(surveyOf(top))].some(isObscuring)) return undefined;
  const file = readablePart(top.value);
  if (file === undefined) return undefined;
  const meaning = resolve(file, top, directory);
  return { cluster: { ...meaning, hash: hash(meaningText(meaning)) }, top };
}

const meaningProblems = (survey: Survey): ConfigurationProblem[] => [
  ...networkProblems(survey),
  ...addressProblems(survey),
  ...nameProblems(survey),
  ...pathProblems(survey),
  ...programProblems(survey),
  ...relationProblems(survey),
  ...identityProblems(survey),
  ...hostRouteProblems(survey),
  ...sizeProblems(survey),
  ...hookProblems(survey),
  ...fenceProblems(survey),
];

const inReadingOrder = (problems: readonly ConfigurationProblem[]): ConfigurationProblem[] =>
  problems.toSorted(byPlace).slice(0, LIMITS.problems);
