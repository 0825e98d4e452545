/**
 * Since when each service is not served, as this node knows it: whichever node holds it meanwhile, and whether that is just
 * starting it or has given it up. Of one that never was, since one of its nodes was there to serve it.
 */
import type { Instant } from "../../base/time.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { Knowledge } from "../knowledge.js";
import type { Service } from "../services/service.js";

/** How a service stands at one moment. */
export interface Attendance {
  readonly service: ServiceName;
  /** All of it is there for its clients, or it is not known that it is not. */
  readonly isServed: boolean;
  /** One of its nodes is up. */
  readonly isStaffed: boolean;
}

export function attendanceOf(services: readonly Service[], knowledge: Knowledge): readonly Attendance[] {
  const { self, membership, kept } = knowledge;
  const isThere = (node: NodeName): boolean => node === self || membership.isUp(node);
  return services.map((service) => {
    const { name, nodes } = service.config;
    const isKept = kept.some((each) => each.service === name);
    return { service: name, isServed: isKept || isServed(service, knowledge), isStaffed: nodes.some(isThere) };
  });
}

/** Who takes it over says so only when all of it is there: until then the one before serves it. */
const isServed = (service: Service, knowledge: Knowledge): boolean =>
  (service.active && service.condition === undefined) || knowledge.isServedByPeer(service);

export class UnservedWatch {
  readonly #since = new Map<ServiceName, Instant>();
  readonly #wereServed = new Set<ServiceName>();

  /** @param attendance of all services */
  update(now: Instant, attendance: readonly Attendance[]): void {
    const names = new Set(attendance.map(({ service }) => service));
    for (const name of [...this.#since.keys(), ...this.#wereServed]) if (!names.has(name)) this.#forget(name);
    for (const { service, isServed: served, isStaffed } of attendance) {
      if (served) {
        this.#wereServed.add(service);
        this.#since.delete(service);
      } else if (!this.#since.has(service) && (isStaffed || this.#wereServed.has(service))) {
        this.#since.set(service, now);
      }
    }
  }

  /** Undefined: it is served, or nobody was there yet who could. */
  since(service: ServiceName): Instant | undefined {
    return this.#since.get(service);
  }

  #forget(service: ServiceName): void {
    this.#since.delete(service);
    this.#wereServed.delete(service);
  }
}
