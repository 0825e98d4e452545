/**
 * Which services other nodes could not end a program of when they were last heard, whether or not they held them.
 *
 * Such a program may go on writing whatever becomes of its agent, its guard and its network: where the node can be
 * fenced, nobody begins elsewhere before that is done. A bond outlives this agent's runs, since a node that is silent
 * says nothing again, and those of the other one, since a restart of the agent ends no program that SIGKILL does not. It
 * ends when its node proves that the program is gone, when the machine was started anew, when the node is fenced, or, of a
 * node that is silent, when somebody else was heard to take the service since. Of a node of an older version, which tells
 * neither of its machine nor of what is left on it, another run of the agent is as good as another start of the machine.
 */
import type { ServiceConfig } from "../../model/cluster.js";
import type { Bond } from "../../model/fencing.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { MachineBrief, NodeState } from "../../model/node-state.js";
import { type ProgramBrief, type ProgramId, isSameProgram } from "../../model/program.js";

/** What this node knows of the holders of a service. */
export interface Hold {
  /** The latest that was heard of. */
  readonly epoch: number;
  /** Who held it last, as far as was heard in this run; undefined: nothing was, so that it may be the bound node itself. */
  readonly last: { readonly node: NodeName; readonly epoch: number } | undefined;
}

type HoldOf = (service: ServiceName) => Hold | undefined;

export class Bonds {
  #bonds: readonly Bond[];

  constructor(saved: readonly Bond[]) {
    this.#bonds = saved;
  }

  /** Takes in what a node says of itself now. */
  heard(state: NodeState, services: readonly ServiceConfig[], holdOf: HoldOf): void {
    const { node, incarnation } = state;
    const before = this.of(node);
    const bound = boundIn(state, services);
    const lasting = before.filter(
      (bond) => !bound.some((each) => isSameProgram(each, bond)) && mayGoOn(bond, state, services),
    );
    if (before.length + bound.length === 0) return;
    const own = [...bound, ...lasting].map(({ service, program }): Bond => {
      const known = before.find((bond) => bond.service === service)?.epoch ?? 0;
      const epoch = Math.max(known, epochIn(state, service) ?? holdOf(service)?.epoch ?? 0);
      return { node, service, program, epoch, incarnation, ...bootOf(state) };
    });
    this.#bonds = [...this.#bonds.filter((bond) => bond.node !== node), ...own];
  }

  /** Takes over what another one keeps of a node that this one does not hear, unless it knows of as late a word itself. */
  adopt(bond: Bond): void {
    const known = this.#bonds.find(({ node, service }) => node === bond.node && service === bond.service);
    if (known !== undefined && !isLater(bond, known)) return;
    this.#bonds = [...this.#bonds.filter((each) => each !== known), bond];
  }

  /** The node was fenced in this run of its agent, or a later one. */
  release(node: NodeName, incarnation: number): void {
    this.#keep((bond) => bond.node !== node || bond.incarnation > incarnation);
  }

  /**
   * Forgets what is not in the configuration any more, and services that another node took since the bound one was heard. Of
   * one that is heard, its own word counts, whoever holds the service.
   */
  review(nodes: readonly NodeName[], holdOf: HoldOf, isHeard: (node: NodeName) => boolean): void {
    this.#bonds = this.#bonds.flatMap((bond): Bond | [] => {
      const { node, service, epoch } = bond;
      const hold = holdOf(service);
      if (!nodes.includes(node) || hold === undefined) return [];
      if (isHeard(node)) return { ...bond, epoch: Math.max(epoch, hold.epoch) };
      const { last } = hold;
      return last === undefined || last.node === node || last.epoch <= epoch ? bond : [];
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

/** Of each service, the first program that ties it to the node: one that it says is stuck, or may have left. */
function boundIn(state: NodeState, services: readonly ServiceConfig[]): readonly ProgramId[] {
  const remains = (state.machine?.remains ?? []).filter((each) => isHolders({ ...each, role: "holder" }, services));
  const left: readonly ProgramId[] = [...stuckIn(state, services), ...remains];
  return left.filter(({ service }, at) => left.findIndex((each) => each.service === service) === at);
}

/** Whether what bound a service may still run, by what its node says now. */
function mayGoOn(bond: Bond, state: NodeState, services: readonly ServiceConfig[]): boolean {
  const { machine } = state;
  if (machine === undefined || isAnother(machine, bond.boot)) return false;
  if (machine.remains === undefined) return true;
  return [...machine.remains, ...stuckIn(state, services)].some((each) => isSameProgram(each, bond));
}

const epochIn = ({ tenures }: NodeState, service: ServiceName): number | undefined =>
  tenures.find((each) => each.service === service)?.epoch;

const isAnother = ({ boot }: MachineBrief, before: string | undefined): boolean =>
  before !== undefined && before !== boot;

const isLater = (a: Bond, b: Bond): boolean =>
  a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.epoch > b.epoch);

const bootOf = ({ machine }: NodeState): Pick<Bond, "boot"> => (machine === undefined ? {} : { boot: machine.boot });

const stuckIn = ({ programs = [] }: NodeState, services: readonly ServiceConfig[]): readonly ProgramBrief[] =>
  programs.filter((each) => each.state === "stuck" && isHolders(each, services));

type Holding = Pick<ProgramBrief, "service" | "program" | "role">;

/** Whether it does, or may still do, what only a holder may; of one that left the file nobody can tell. */
function isHolders({ service, program, role }: Holding, services: readonly ServiceConfig[]): boolean {
  const { list = [] } = services.find(({ name }) => name === service)?.programs ?? {};
  const config = list.find(({ name }) => name === program);
  if (config?.standby !== true) return true;
  return config.awaitsRole === true && role === "holder";
}
