import { LocumError } from "../src/base/locum-error.js";
import type { InterfacePlan, Topology } from "./topology.js";

/** A switch's end of a cable: an interface in the namespace of the switches. */
export interface Port {
  readonly name: string;
  readonly number: number;
  readonly switch: string;
}

/** What a cable leads to: an interface of a host, or a switch. */
export type CableEnd =
  | { readonly kind: "interface"; readonly host: string; readonly name: string; readonly plan: InterfacePlan }
  | { readonly kind: "port"; readonly port: Port };

export interface Cable {
  readonly near: CableEnd;
  readonly far: { readonly kind: "port"; readonly port: Port };
}

/** Lays out every cable of a plan: hosts first, then trunks, with ports numbered in that order. */
export function layCables(topology: Topology): readonly Cable[] {
  let ports = 0;
  const portOf = (name: string): Cable["far"] => {
    ports += 1;
    return { kind: "port", port: { name: `p${ports}`, number: ports, switch: name } };
  };
  const hosts = Object.entries(topology.hosts).flatMap(([host, { interfaces }]) =>
    Object.entries(interfaces).map(([name, plan]) => ({ host, name, plan })),
  );
  return [
    ...hosts.map((near): Cable => ({ near: { kind: "interface", ...near }, far: portOf(near.plan.switch) })),
    ...(topology.trunks ?? []).map(([from, to]): Cable => ({ near: portOf(from), far: portOf(to) })),
  ];
}

/** The ends of a cable that lie in switches: what has to lose its carrier when the cable is cut. */
export const portsOf = ({ near, far }: Cable): readonly Port[] =>
  near.kind === "port" ? [near.port, far.port] : [far.port];

/** The end as an operator writes it: `web1:eth0` or `lan`. */
export const endName = (end: CableEnd): string => (end.kind === "port" ? end.port.switch : `${end.host}:${end.name}`);

/** The cable as the lab's map writes it: `web1:eth0 - lan`. */
export const describeCable = ({ near, far }: Cable): string => `${endName(near)} - ${endName(far)}`;

/**
 * The cables between two things, each a host (`web1`), an interface of it (`web1:eth0`) or a switch (`lan`).
 * @throws {LocumError} when nothing connects them directly.
 */
export function cablesBetween(cables: readonly Cable[], a: string, b: string): readonly Cable[] {
  const found = cables.filter(
    ({ near, far }) => (isNamed(near, a) && isNamed(far, b)) || (isNamed(near, b) && isNamed(far, a)),
  );
  if (found.length > 0) return found;
  throw new LocumError({
    code: "lab.no-cable",
    message: `No cable connects ${a} and ${b}`,
    advice: `The cables are ${cables.map(describeCable).join(", ")}.`,
  });
}

export const isNamed = (end: CableEnd, name: string): boolean =>
  endName(end) === name || (end.kind === "interface" && end.host === name);
