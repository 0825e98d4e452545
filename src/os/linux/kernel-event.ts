import type { NodeInput } from "../../model/node-io.js";
import type { Route } from "../../wire/rtnetlink-route.js";

/** What the kernel and the network report unasked. */
export type KernelEvent =
  | Extract<
      NodeInput,
      { readonly kind: "link-changed" | "link-removed" | "address-added" | "address-removed" | "announcement-heard" }
    >
  | { readonly kind: "route-added"; readonly route: Route }
  | { readonly kind: "route-removed"; readonly route: Route }
  /** The kernel had more to report than there was room for: only reading all of it again tells what it has now. */
  | { readonly kind: "events-lost" };
