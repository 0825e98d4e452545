/** Whether the machine can have routes to service addresses by its peers' own ones. */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { NodeNetwork, ServiceConfig } from "../cluster.js";
import type { CheckProblem } from "./check-problem.js";
import type { MachineView } from "./machine-networks.js";

/** A route leads by another machine on the link: beyond a router there is none. */
export function machineHostRouteProblems(view: MachineView): CheckProblem[] {
  return view.cluster.services
    .filter(({ hostRoutes }) => hostRoutes === true)
    .flatMap((service) => {
      const far = beyondRouters(service, view);
      return far === undefined ? [] : [problemOf(service, far, view)];
    });
}

interface FarNode {
  readonly node: string;
  readonly family: 4 | 6;
}

function beyondRouters({ addresses, nodes }: ServiceConfig, view: MachineView): FarNode | undefined {
  const families = [...new Set(addresses.map(({ family }) => family))];
  const holders = view.cluster.nodes.filter(({ name }) => name !== view.config.name && nodes.includes(name));
  return holders
    .flatMap(({ name, networks }) =>
      families.map((family) => ({ node: name, family, isNear: networks.some((each) => isNear(each, family, view)) })),
    )
    .find(({ isNear: near }) => !near);
}

/** Whether a peer's address lies in the subnet of this machine's own one on that network. */
function isNear({ network, address }: NodeNetwork, family: 4 | 6, { config, kernel }: MachineView): boolean {
  const own = config.networks.find((each) => each.network === network)?.address;
  const found = kernel.addresses.find((each) => each.address === own);
  const [here, there] = [parseIpAddress(own ?? ""), parseIpAddress(address)];
  if (here === undefined || there?.family !== family) return false;
  // That an address is on no interface is a problem of its own.
  return found === undefined || sameSubnet(here.bytes, there.bytes, found.prefixLength);
}

const problemOf = ({ name }: ServiceConfig, { node, family }: FarNode, { config }: MachineView): CheckProblem => ({
  code: "host-route-beyond-router",
  severity: "warning",
  path: ["services", name, "hostRoutes"],
  message: `No network has IPv${family} addresses of ${config.name} and ${node} in one subnet: no route can lead from here to ${name} by ${node}`,
  advice: `Connect the two by a network without a router in between, or remove \`hostRoutes\``,
});
