/** Programs that are asked at an address of their own service: it comes when they are ready, and is the holder's alone. */
import { canonicalIpAddress } from "../../base/ip-address.js";
import { type LocatedNode, keyOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import { readTcpPlace } from "./program-readers.js";

/** What is asked of a program at one place. */
interface Probe {
  readonly key: "ready" | "health";
  readonly entry: LocatedNode;
  readonly host: string;
}

/**
 * @param addresses of the service, in canonical form
 * @param waits whether the addresses wait for the program
 */
export function ownAddressProblems(
  program: LocatedNode,
  { addresses, waits, isStandby }: { addresses: ReadonlySet<string>; waits: boolean; isStandby: boolean },
): ConfigurationProblem[] {
  return probesOf(program)
    .filter(({ host }) => addresses.has(host))
    .flatMap(({ key, entry, host }) => {
      if (isStandby) return [asksHolder(program, entry, host)];
      return key === "ready" && waits ? [waitsForItself(program, entry, host)] : [];
    });
}

const ADVICE = "Ask at 127.0.0.1, or at the node's own address";

const waitsForItself = (program: LocatedNode, entry: LocatedNode, host: string): ConfigurationProblem =>
  problemAt(entry, {
    code: "program-cycle",
    message: `"${keyOf(program)}" is ready when ${host} answers, and that address comes when it is ready: it could never start`,
    advice: `${ADVICE}; or start it when the address is there: \`after: [addresses]\``,
  });

const asksHolder = (program: LocatedNode, entry: LocatedNode, host: string): ConfigurationProblem =>
  problemAt(entry, {
    code: "standby-waits",
    message: `"${keyOf(program)}" runs on standbys too, and there ${host} is the holder's: that one would be asked instead`,
    advice: ADVICE,
  });

const probesOf = (program: LocatedNode): readonly Probe[] =>
  (["ready", "health"] as const).flatMap((key) => {
    const probe = program.children.get(key);
    return (["tcp", "http"] as const).flatMap((way) => {
      const entry = probe?.children.get(way);
      const host = entry === undefined ? undefined : HOST_OF[way](entry.value);
      return entry === undefined || host === undefined ? [] : [{ key, entry, host }];
    });
  });

const HOST_OF = {
  tcp: (value: unknown): string | undefined => {
    const place = readTcpPlace(String(value));
    return "host" in place ? canonicalIpAddress(place.host) : undefined;
  },
  http: (value: unknown): string | undefined => {
    const [, bracketed, plain = ""] =
      /^https?:\/\/(?:[^\s/?#]*@)?(?:\[([^\]]+)\]|([^\s/?#:]+))/.exec(String(value)) ?? [];
    return canonicalIpAddress(bracketed ?? plain);
  },
} as const;
