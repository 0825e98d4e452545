/** Addresses with a MAC of their own, in the way of os/linux: on a macvlan that comes with the first and goes with the last. */
import { ok, refused, type Result } from "../base/result.js";
import type { KernelLink, MadeInterface, PlacedAddress } from "../model/kernel.js";
import type { StepProblem } from "../model/node-io.js";
import type { KernelAnswer, SimKernel } from "./kernel.js";

type MadePlace = PlacedAddress & { readonly made: MadeInterface };

const isMadePlace = (placed: PlacedAddress): placed is MadePlace => placed.made !== undefined;

/** An agent adds an address of a service. */
export function addOwnAddress(kernel: SimKernel, placed: PlacedAddress): KernelAnswer {
  if (!isMadePlace(placed)) return kernel.addAddress(placed, { isOurs: true });
  const made = makeInterface(kernel, placed);
  if (!made.ok) return made;
  kernel.sourceRules.add({ address: placed.address, linkIndex: made.value });
  return kernel.addAddress(placed, { isOurs: true, withoutRoute: true });
}

/** An agent, or its guard, takes one off. */
export function removeOwnAddress(kernel: SimKernel, placed: PlacedAddress): KernelAnswer {
  if (!isMadePlace(placed)) return kernel.removeAddress(placed, true);
  const link = ownLink(kernel, placed);
  kernel.sourceRules.remove(
    ({ address, linkIndex }) => address === placed.address && (linkIndex === link?.index || !kernel.hasLink(linkIndex)),
  );
  if (link === undefined) return noInterface(placed.interface);
  const removed = kernel.removeAddress(placed, true);
  if (kernel.addresses.every(({ linkIndex }) => linkIndex !== link.index)) kernel.deleteLink(placed.interface);
  return removed;
}

/** @returns its index */
function makeInterface(kernel: SimKernel, placed: MadePlace): Result<number, StepProblem> {
  const { interface: name, made } = placed;
  if (kernel.link(made.on) === undefined) return noInterface(made.on);
  const created = kernel.createMacvlan(made.on, name, made.mac);
  const link = ownLink(kernel, placed);
  const isTheOne = created.ok || kernel.lowerOf(name) === made.on;
  if (!isTheOne || link === undefined) {
    return refused({ code: "EBUSY", message: `there is another interface of the name ${name}` });
  }
  kernel.setUp(name, true);
  return ok(link.index);
}

/** The interface, if it is the one that was made for the address. */
function ownLink(kernel: SimKernel, { interface: name, made }: MadePlace): KernelLink | undefined {
  const link = kernel.link(name);
  return link?.kind === "macvlan" && link.mac === made.mac ? link : undefined;
}

const noInterface = (name: string): Result<never, StepProblem> =>
  refused({ code: "ENODEV", message: `there is no interface ${name}` });
