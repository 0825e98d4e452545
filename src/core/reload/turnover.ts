/** What a changed cluster file makes of the services: those that go on, changed or not, those that come, those that go. */
import type { Instant } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { Effects } from "../effects.js";
import type { Service } from "../services/service.js";

export interface Turnover {
  /** In the order of the file. */
  readonly services: readonly Service[];
  /** Those that the file lacks: everything of them is on its way off this machine. */
  readonly retired: readonly Service[];
}

export interface Change {
  readonly now: Instant;
  readonly before: readonly Service[];
  readonly next: readonly ServiceConfig[];
  /** A service that the file has and this node did not know. */
  readonly begin: (config: ServiceConfig) => Service;
}

export function turnOver({ now, before, next, begin }: Change, effects: Effects): Turnover {
  const known = new Map(before.map((service) => [service.config.name, service]));
  const names = new Set(next.map(({ name }) => name));
  passAddresses(before, next);
  const services = next.map((config) => {
    const service = known.get(config.name);
    if (service !== undefined && JSON.stringify(service.config) === JSON.stringify(config)) return service;
    service?.reconfigure(config, now, effects);
    const brought = service ?? begin(config);
    brought.introduce(now);
    return brought;
  });
  const retired = before.filter(({ config }) => !names.has(config.name));
  for (const service of retired) service.dismiss(now, effects);
  return { services, retired };
}

/** An address that goes from one service to another of those that this node holds is not taken off in between. */
function passAddresses(before: readonly Service[], next: readonly ServiceConfig[]): void {
  const held = before.filter((service) => service.holding !== undefined);
  const byAddress = new Map(
    held.flatMap((service) => service.config.addresses.map(({ address }) => [address, service])),
  );
  for (const { name, addresses } of next) {
    const to = held.find(({ config }) => config.name === name);
    for (const { address } of to === undefined ? [] : addresses) {
      const from = byAddress.get(address);
      if (to !== undefined && from !== undefined && from !== to) from.addresses.pass(address, to.addresses);
    }
  }
}
