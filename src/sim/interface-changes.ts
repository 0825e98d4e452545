/**
 * What os/linux makes of orders about whole interfaces, on the simulated kernel: captures what somebody configured, and
 * changes it, each change idempotent. The port scripts hold both against the real ones.
 */
import { unreachable } from "../base/assert.js";
import { ok, refused, type Result } from "../base/result.js";
import type {
  ConfiguredAddress,
  ConfiguredRoute,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../model/interface-configuration.js";
import type { KernelAddress, KernelLink, PlacedAddress } from "../model/kernel.js";
import type { StepProblem } from "../model/node-io.js";
import { IFA_F_DEPRECATED, type KernelAnswer, type SimKernel, type SimRoute } from "./kernel.js";

/** Tells the parts that the kernel refuses besides those that it cannot do. */
export type PartRefusal = (part: string) => StepProblem | undefined;

const ALREADY_THERE: readonly string[] = ["EEXIST"];
const ALREADY_GONE: readonly string[] = ["EADDRNOTAVAIL", "ENOENT", "ESRCH", "ENODEV"];

/** An interface that is gone has lost what these would take from it. */
const TAKING: ReadonlySet<InterfaceChange["kind"]> = new Set([
  "disable",
  "remove-addresses",
  "remove-routes",
  "remove-neighbours",
  "delete-vlans",
  "forget-neighbours",
]);

const isTaking = ({ kind }: InterfaceChange): boolean => TAKING.has(kind);

export function captureInterface(kernel: SimKernel, name: string): Result<InterfaceConfiguration, StepProblem> {
  const link = kernel.link(name);
  if (link === undefined) return refused({ code: "ENODEV", message: `there is no interface ${name}` });
  const vlans = kernel.vlansOn(name).map(({ link: on, vlan }): VlanInterface => {
    const configuration = captureLink(kernel, on);
    return { ...vlan, flags: 1, configuration: on.mac === link.mac ? { ...configuration, mac: "" } : configuration };
  });
  return ok({ ...captureLink(kernel, link), vlans });
}

const captureLink = (
  kernel: SimKernel,
  { name, index, mac, mtu, up }: KernelLink,
): Omit<InterfaceConfiguration, "vlans"> => ({
  interface: name,
  mac,
  mtu,
  up,
  addresses: ([4, 6] as const).flatMap((family) =>
    kernel.addresses.filter((each) => each.linkIndex === index && each.family === family).map(configuredAddress),
  ),
  routes: kernel.routes.filter((each) => each.interface === name).map(configuredRoute),
  neighbours: kernel.neighbours
    .filter((each) => each.interface === name)
    .map(({ interface: _on, ...neighbour }) => neighbour),
  immovable: [],
});

function configuredAddress({ family, address, prefixLength, flags }: KernelAddress): ConfiguredAddress {
  const isDeprecated = (flags & IFA_F_DEPRECATED) !== 0;
  return { family, address, prefixLength, scope: 0, flags: 0, ...(isDeprecated ? { preferredSeconds: 0 } : {}) };
}

function configuredRoute({ family, destination, gateway, table }: SimRoute): ConfiguredRoute {
  const route = { family, destination, ...(gateway === undefined ? {} : { gateway }), table };
  return { ...route, description: JSON.stringify(route) };
}

/** The parts that can be done are done, and the problem names the others. */
export function changeInterface(
  kernel: SimKernel,
  change: InterfaceChange,
  refuses: PartRefusal = () => undefined,
): StepProblem | undefined {
  const link = kernel.link(change.interface);
  if (link !== undefined) return new Parts(kernel, link.name, refuses).change(change);
  return isTaking(change) ? undefined : { code: "ENODEV", message: `there is no interface ${change.interface}` };
}

class Parts {
  readonly #kernel: SimKernel;
  readonly #name: string;
  readonly #refuses: PartRefusal;

  constructor(kernel: SimKernel, name: string, refuses: PartRefusal) {
    this.#kernel = kernel;
    this.#name = name;
    this.#refuses = refuses;
  }

  change(change: InterfaceChange): StepProblem | undefined {
    const kernel = this.#kernel;
    const name = this.#name;
    switch (change.kind) {
      case "disable":
      case "enable":
        return this.#one(change.kind, () => kernel.setUp(name, change.kind === "enable"));
      case "set-mac":
        return this.#one("set-mac", () => kernel.setMac(name, change.mac));
      case "set-mtu":
        return this.#one("set-mtu", () => kernel.setMtu(name, change.mtu));
      case "add-addresses":
        return this.#all(change.addresses, textOf, ALREADY_THERE, (each) => this.#add(name, each));
      case "remove-addresses":
        return this.#all(change.addresses.toReversed(), textOf, ALREADY_GONE, (each) =>
          kernel.removeAddress(placedOn(name, each), true),
        );
      case "add-routes":
        return this.#all(change.routes, destinationOf, ALREADY_THERE, (each) => kernel.addRoute(routeOn(name, each)));
      case "remove-routes":
        return this.#all(change.routes, destinationOf, ALREADY_GONE, (each) => kernel.removeRoute(routeOn(name, each)));
      case "add-neighbours":
        return this.#all(change.neighbours, textOf, ALREADY_THERE, (each) =>
          kernel.addNeighbour({ ...each, interface: name }),
        );
      case "remove-neighbours":
        return this.#all(change.neighbours, textOf, ALREADY_GONE, (each) =>
          kernel.removeNeighbour({ ...each, interface: name }),
        );
      case "create-vlans":
        return this.#all(change.vlans, nameOf, [], (each) => this.#createVlan(each));
      case "delete-vlans":
        return this.#all(change.vlans, nameOf, ALREADY_GONE, (each) => this.#deleteVlan(each));
      case "announce-addresses":
        return this.#announce([...change.addresses, ...change.vlans.flatMap((each) => each.configuration.addresses)]);
      // This kernel learns none.
      case "forget-neighbours":
        return undefined;
      default:
        return unreachable(change);
    }
  }

  /** That anybody hears them is the network's affair. */
  #announce(addresses: readonly ConfiguredAddress[]): StepProblem | undefined {
    if (addresses.length === 0 || this.#kernel.link(this.#name)?.up === true) return undefined;
    return { code: "ENETDOWN", message: "Network is down" };
  }

  #one(part: string, go: () => void): StepProblem | undefined {
    const problem = this.#refuses(part);
    if (problem === undefined) go();
    return problem;
  }

  #all<Item>(
    items: readonly Item[],
    spell: (item: Item) => string,
    harmless: readonly string[],
    go: (item: Item) => KernelAnswer,
  ): StepProblem | undefined {
    const refusals = items.flatMap((item): readonly StepProblem[] => {
      const byChance = this.#refuses(spell(item));
      const answer = byChance === undefined ? go(item) : refused(byChance);
      if (answer.ok || harmless.includes(answer.problem.code)) return [];
      return [{ code: answer.problem.code, message: `${spell(item)}: ${answer.problem.message}` }];
    });
    const [first] = refusals;
    return first && { code: first.code, message: refusals.map(({ message }) => message).join("; ") };
  }

  #add(name: string, address: ConfiguredAddress): KernelAnswer {
    const [placed, isDeprecated] = [placedOn(name, address), address.preferredSeconds === 0];
    this.#kernel.setDeprecated(placed, isDeprecated);
    return this.#kernel.addAddress(placed, { isOurs: isDeprecated });
  }

  #createVlan(vlan: VlanInterface): KernelAnswer {
    const kernel = this.#kernel;
    const { configuration } = vlan;
    const { name } = vlan;
    const isThere = kernel.vlansOn(this.#name).some(({ vlan: each }) => isSameVlan(each, vlan));
    const made = isThere ? ok(undefined) : kernel.createVlan(this.#name, vlan);
    if (!made.ok) return made;
    if (configuration.mac !== "") kernel.setMac(name, configuration.mac);
    kernel.setUp(name, configuration.up);
    const answers = [
      ...configuration.addresses.map((each) => this.#add(name, each)),
      ...(configuration.up ? configuration.routes.map((each) => kernel.addRoute(routeOn(name, each))) : []),
    ];
    const refusal = answers.find((answer) => !answer.ok && !ALREADY_THERE.includes(answer.problem.code));
    if (configuration.up)
      for (const each of configuration.neighbours) kernel.addNeighbour({ ...each, interface: name });
    return refusal ?? ok(undefined);
  }

  #deleteVlan(vlan: VlanInterface): KernelAnswer {
    const isThere = this.#kernel.vlansOn(this.#name).some(({ vlan: each }) => isSameVlan(each, vlan));
    if (isThere) this.#kernel.deleteLink(vlan.name);
    return ok(undefined);
  }
}

const isSameVlan = (
  a: Pick<VlanInterface, "name" | "id" | "protocol">,
  b: Pick<VlanInterface, "name" | "id" | "protocol">,
): boolean => a.name === b.name && a.id === b.id && a.protocol === b.protocol;

const placedOn = (name: string, { address, family, prefixLength }: ConfiguredAddress): PlacedAddress => ({
  interface: name,
  address,
  family,
  prefixLength,
});

const routeOn = (name: string, { family, destination, gateway, table }: ConfiguredRoute): SimRoute => ({
  interface: name,
  family,
  destination,
  ...(gateway === undefined ? {} : { gateway }),
  table,
});

const textOf = ({ address }: { readonly address: string }): string => address;
const destinationOf = ({ destination }: ConfiguredRoute): string => destination;
const nameOf = ({ name }: VlanInterface): string => name;
