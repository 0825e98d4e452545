import { LocumError } from "../src/base/locum-error.js";
import { type Cable, isNamed, type Port, portsOf } from "./cable.js";

/** The way that frames take through a switch: in by one of these ports, out by one of those; any where none is named. */
export interface Route {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

/** Traffic that is lost although every carrier is there. */
export interface Impairment {
  /** What is impaired, in the words of the lab's map: `web1 -> web2 over a`. */
  readonly name: string;
  readonly routes: readonly Route[];
  /** Which part of the frames is lost, more than 0, at most 1. */
  readonly loss: number;
}

/** nftables compares a random number with this many steps. */
const LOSS_STEPS = 10_000;

/**
 * The routes from one thing to another: between a host and a switch its cable, from the one side; between hosts every
 * switch that both are connected to, or those given.
 * @throws {LocumError} when nothing connects them.
 */
export function routesBetween(
  cables: readonly Cable[],
  from: string,
  to: string,
  on?: readonly string[],
): readonly Route[] {
  const routes = [...direct(cables, from, to), ...acrossSwitches(cables, from, to)]
    .filter(({ through }) => on === undefined || on.includes(through))
    .map(({ route }) => route);
  if (routes.length === 0) throw noRoute(`${from} and ${to}`, on);
  return routes;
}

export function noRoute(ends: string, on: readonly string[] | undefined): LocumError {
  return new LocumError({
    code: "lab.no-route",
    message: `Nothing connects ${ends}${on === undefined ? "" : ` over ${on.join(", ")}`} through a single switch or cable`,
    advice: "Name hosts on one switch, a host and its switch, or two connected switches.",
  });
}

/** The routes from one group of hosts to another; none where no switch connects them. */
export function routesBetweenGroups(
  cables: readonly Cable[],
  {
    from,
    to,
    on,
  }: { readonly from: readonly string[]; readonly to: readonly string[]; readonly on?: readonly string[] },
): readonly Route[] {
  const portsAt = (hosts: readonly string[]): readonly Port[] =>
    cables
      .filter(({ near }) => near.kind === "interface" && hosts.includes(near.host))
      .map(({ far }) => far.port)
      .filter((port) => on === undefined || on.includes(port.switch));
  const [sources, targets] = [portsAt(from), portsAt(to)];
  const isConnected = sources.some((source) => targets.some((target) => target.switch === source.switch));
  // A frame comes in and goes out at one switch, so ports of different switches may stand in one rule.
  return isConnected ? [{ from: sources.map(({ name }) => name), to: targets.map(({ name }) => name) }] : [];
}

/** The nftables rules for all impairments. */
export const filterRules = (impairments: readonly Impairment[]): readonly string[] =>
  impairments.flatMap(({ routes, loss }) => routes.map((route) => `${match(route)}${chance(loss)} drop`));

const match = ({ from, to }: Route): string =>
  [from === undefined ? "" : `iifname ${setOf(from)}`, to === undefined ? "" : `oifname ${setOf(to)}`].join(" ").trim();

const setOf = (ports: readonly string[]): string => `{ ${ports.map((port) => `"${port}"`).join(", ")} }`;

const chance = (loss: number): string =>
  loss >= 1 ? "" : ` numgen random mod ${LOSS_STEPS} < ${Math.round(loss * LOSS_STEPS)}`;

interface Passage {
  readonly through: string;
  readonly route: Route;
}

/** A frame on a cable passes the filter where it enters a switch by this cable or leaves it by this cable. */
function direct(cables: readonly Cable[], from: string, to: string): readonly Passage[] {
  return cables.flatMap(({ near, far }): readonly Passage[] => {
    const through = far.port.switch;
    if (isNamed(near, from) && isNamed(far, to))
      return [{ through, route: near.kind === "port" ? { to: [near.port.name] } : { from: [far.port.name] } }];
    if (isNamed(far, from) && isNamed(near, to)) return [{ through, route: { to: [far.port.name] } }];
    return [];
  });
}

function acrossSwitches(cables: readonly Cable[], from: string, to: string): readonly Passage[] {
  const sources = cables.filter(({ near }) => near.kind === "interface" && isNamed(near, from));
  const targets = cables.filter(({ near }) => near.kind === "interface" && isNamed(near, to));
  return sources.flatMap((source) =>
    targets
      .filter((target) => target !== source && target.far.port.switch === source.far.port.switch)
      .map((target) => ({
        through: source.far.port.switch,
        route: { from: [source.far.port.name], to: [target.far.port.name] },
      })),
  );
}

/** Everything that comes into a switch. */
export const routesInto = (cables: readonly Cable[], name: string): readonly Route[] =>
  cables.flatMap((cable) =>
    portsOf(cable)
      .filter((port) => port.switch === name)
      .map((port) => ({ from: [port.name] })),
  );

/** Everything that a host sends or is sent. */
export const routesOfHost = (cables: readonly Cable[], host: string): readonly Route[] =>
  cables
    .filter(({ near }) => near.kind === "interface" && near.host === host)
    .flatMap(({ far }) => [{ from: [far.port.name] }, { to: [far.port.name] }]);
