/**
 * What a plan that was carried out has made of its interfaces. It is put down at once, since the kernel's own word of it is a
 * while on its way, and the next decision may fall before.
 */
import type { InterfaceChange } from "../../model/interface-configuration.js";
import type { KernelLink } from "../../model/kernel.js";
import type { FailoverPlan } from "../../model/path.js";
import type { KernelTable } from "../addresses/kernel-table.js";

export function putDownLinks({ steps }: Pick<FailoverPlan, "steps">, kernel: KernelTable): void {
  for (const step of steps) {
    const link = kernel.linkNamed(step.interface);
    if (link !== undefined) kernel.setLink(changed(link, step));
  }
}

/** Whether the interface may begin anew because of the plan, and be without carrier for a while. */
export const isReset = ({ steps }: Pick<FailoverPlan, "steps">, interfaceName: string): boolean =>
  steps.some((step) => (step.kind === "set-mac" || step.kind === "set-mtu") && step.interface === interfaceName);

/** Whether an interface that was switched on finds a carrier, only the kernel knows. */
function changed(link: KernelLink, change: InterfaceChange): KernelLink {
  switch (change.kind) {
    case "disable":
      return { ...link, up: false, carrier: false };
    case "enable":
      return { ...link, up: true };
    case "set-mac":
      return { ...link, mac: change.mac };
    case "set-mtu":
      return { ...link, mtu: change.mtu };
    default:
      return link;
  }
}
