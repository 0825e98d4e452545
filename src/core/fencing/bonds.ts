/**
 * Which services other nodes held, and could not end a program of, when they were last heard.
 *
 * Such a program may go on writing whatever becomes of its agent, its guard and its network: where the node can be
 * fenced, nobody begins elsewhere before that is done. A bond ends when its node says that it is free, when the node is
 * fenced, or when somebody else holds the service already. It outlives this agent's runs, since a node that is silent
 * says nothing again.
 */
import type { ServiceConfig } from "../../model/cluster.js";
import type { Bond } from "../../model/fencing.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { NodeState } from "../../model/node-state.js";
import type { ProgramBrief } from "../../model/program.js";

export class Bonds {
  #bonds: readonly Bond[];

  constructor(saved: readonly Bond[]) {
    this.#bonds = saved;
  }

  /** Takes in what a node says of itself now. */
  heard(state: NodeState, services: readonly ServiceConfig[]): void {
    const others = this.#bonds.filter(({ node }) => node !== state.node);
    const bound = bondsIn(state, services);
    if (bound.length > 0 || others.length < this.#bonds.length) this.#bonds = [...others, ...bound];
  }

  /** The node was fenced in this run of its agent, or a later one. */
  release(node: NodeName, incarnation: number): void {
    this.#keep((bond) => bond.node !== node || bond.incarnation > incarnation);
  }

  /** Forgets what is not in the configuration any more, and services that were held since. */
  review(nodes: readonly NodeName[], epochOf: (service: ServiceName) => number | undefined): void {
    this.#keep(({ node, service, epoch }) => {
      const known = epochOf(service);
      return nodes.includes(node) && known !== undefined && known <= epoch;
    });
  }

  of(node: NodeName): readonly Bond[] {
    return this.#bonds.filter((bond) => bond.node === node);
  }

  on(service: ServiceName): readonly Bond[] {
    return this.#bonds.length === 0 ? this.#bonds : this.#bonds.filter((bond) => bond.service === service);
  }

  all(): readonly Bond[] {
    return this.#bonds;
  }

  #keep(isKept: (bond: Bond) => boolean): void {
    if (!this.#bonds.every(isKept)) this.#bonds = this.#bonds.filter(isKept);
  }
}

function bondsIn({ node, incarnation, tenures, programs = [] }: NodeState, services: readonly ServiceConfig[]): Bond[] {
  const stuck = programs.filter((each) => each.state === "stuck" && isHolders(each, services));
  return tenures.flatMap(({ service, epoch }): Bond | [] => {
    const program = stuck.find((each) => each.service === service);
    return program === undefined ? [] : { node, service, program: program.program, epoch, incarnation };
  });
}

/** Whether it does, or may still do, what only a holder may; of one that left the file nobody can tell. */
function isHolders({ service, program, role }: ProgramBrief, services: readonly ServiceConfig[]): boolean {
  const { list = [] } = services.find(({ name }) => name === service)?.programs ?? {};
  const config = list.find(({ name }) => name === program);
  if (config?.standby !== true) return true;
  return config.awaitsRole === true && role === "holder";
}
