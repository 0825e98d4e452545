import type { Cluster } from "../cluster.js";
import type { CheckProblem } from "./check-problem.js";

/** What is allowed, yet seldom meant. */
export const clusterAdvice = (cluster: Cluster): CheckProblem[] => [
  ...singleNetwork(cluster),
  ...singleCandidates(cluster),
];

function singleNetwork({ networks }: Cluster): CheckProblem[] {
  const [only, ...others] = networks;
  if (only === undefined || others.length > 0) return [];
  return [
    {
      code: "single-network",
      severity: "warning",
      path: ["nodes"],
      message: `All nodes are connected by the network "${only.name}" only`,
      advice: "Add a second one over other cables and switches: with one, a cut cable looks like a dead node",
    },
  ];
}

const singleCandidates = ({ services }: Cluster): CheckProblem[] =>
  services.flatMap(({ name, nodes }): CheckProblem[] =>
    nodes.length > 1
      ? []
      : [
          {
            code: "single-candidate",
            severity: "warning",
            path: ["services", name, "nodes"],
            message: `The service "${name}" has only the node "${nodes[0] ?? ""}"`,
            advice: "Add a node that can take it over",
          },
        ],
  );
