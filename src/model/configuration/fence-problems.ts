/** What is wrong with fencing beyond its form: rules that fence what nothing can, and names that there are not. */
import { type LocatedNode, entriesOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import { referenceProblems } from "./reference-problems.js";
import type { Named, Survey } from "./survey.js";

export function fenceProblems({ top, nodes }: Survey): ConfigurationProblem[] {
  const known = nodes.map(({ name }) => name);
  const sections = [top, ...nodes.map(({ entry }) => entry)];
  const uses = sections.flatMap(methodsIn).flatMap((method) => entriesOf(method, "nodes"));
  return [
    ...uses.flatMap((entry) => referenceProblems(entry, { owner: "The method", what: "node", known })),
    ...nodes.flatMap((node) => selfFenced(node, top)),
    ...entriesOf(top, "rules").flatMap((rule) =>
      entriesOf(rule, "do").flatMap((action) => unfenced(action, top, nodes)),
    ),
  ];
}

const methodsIn = (entry: LocatedNode): readonly LocatedNode[] => {
  const fence = entry.children.get("fence");
  return fence === undefined ? [] : entriesOf(fence, "methods");
};

const saysMethods = (entry: LocatedNode): boolean => entry.children.get("fence")?.children.has("methods") === true;

/** Its own, or else those for all. */
const methodsFor = ({ entry }: Named, top: LocatedNode): readonly LocatedNode[] =>
  methodsIn(saysMethods(entry) ? entry : top);

/** No node fences itself: it could not tell whether that was done. */
function selfFenced(node: Named, top: LocatedNode): ConfigurationProblem[] {
  const isOwn = (method: LocatedNode): boolean => {
    const nodes = entriesOf(method, "nodes");
    return nodes.length > 0 && nodes.every(({ value }) => value === node.name);
  };
  const methods = methodsFor(node, top);
  const [first] = methods;
  if (first === undefined || !methods.every(isOwn)) return [];
  return [
    problemAt(first, {
      code: "no-fencing",
      message: `Only "${node.name}" itself could use the methods that fence it, and no node fences itself`,
      advice: "Let other nodes use one: leave out `nodes`, or name others",
    }),
  ];
}

function unfenced(action: LocatedNode, top: LocatedNode, nodes: readonly Named[]): ConfigurationProblem[] {
  const fence = action.children.get("fence");
  if (fence === undefined || typeof fence.value !== "string") return [];
  const meant = fence.value === "itself" ? nodes : nodes.filter(({ name }) => name === fence.value);
  const bare = meant.filter((node) => methodsFor(node, top).length === 0);
  if (bare.length === 0) return [];
  const names = bare.map(({ name }) => `"${name}"`).join(", ");
  return [
    problemAt(fence, {
      code: "no-fencing",
      message: `The rule fences ${names}, and the file has no method for that`,
      advice: "Add `fence:` with `methods`, for all nodes or at the node; or use `drain`",
    }),
  ];
}
