import type { ServiceName } from "./names.js";

/** A route to a service address that another node holds. */
interface ServiceRoute {
  readonly service: ServiceName;
  readonly address: string;
  /** An address of the holder. */
  readonly gateway: string;
  readonly interface: string;
}

/** What becomes of the routes of a node to service addresses that others hold. */
export type RouteNote =
  /** There was none, or it led elsewhere. */
  | ({ readonly code: "route.set" } & ServiceRoute)
  | ({ readonly code: "route.removed" } & ServiceRoute)
  /** Somebody else had removed it. */
  | ({ readonly code: "route.restored" } & ServiceRoute)
  | ({ readonly code: "route.refused"; readonly problem: string } & ServiceRoute);
