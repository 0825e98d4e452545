/** Programs that are ready when an address of their own service answers, which comes when they are ready. */
import { canonicalIpAddress } from "../../base/ip-address.js";
import type { HealthProbe } from "../program.js";
import { type LocatedNode, keyOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import { readTcpPlace } from "./program-readers.js";

/**
 * @param addresses of the service, in canonical form
 * @returns nothing for a program that the addresses do not wait for
 */
export function ownAddressProblems(
  program: LocatedNode,
  { addresses, waits }: { addresses: ReadonlySet<string>; waits: boolean },
): ConfigurationProblem[] {
  if (!waits) return [];
  return probesIn(program.children.get("ready")).flatMap(({ entry, host }) =>
    host === undefined || !addresses.has(host) ? [] : [waitsForItself(program, entry, host)],
  );
}

const waitsForItself = (program: LocatedNode, entry: LocatedNode, host: string): ConfigurationProblem =>
  problemAt(entry, {
    code: "program-cycle",
    message: `"${keyOf(program)}" is ready when ${host} answers, and that address comes when it is ready: it could never start`,
    advice:
      "Ask at 127.0.0.1, or at the node's own address; or start it when the address is there: `after: [addresses]`",
  });

const probesIn = (ready: LocatedNode | undefined): readonly { entry: LocatedNode; host: string | undefined }[] =>
  [...(ready?.children.values() ?? [])].flatMap((entry) => {
    if (keyOf(entry) === "http") return [{ entry, host: hostIn(String(entry.value)) }];
    const place = keyOf(entry) === "tcp" ? readTcpPlace(String(entry.value)) : undefined;
    return place !== undefined && "host" in place ? [{ entry, host: canonicalIpAddress(place.host) }] : [];
  });

/** The address that is asked; undefined: a name, or a command. */
export function probeHost(probe: HealthProbe): string | undefined {
  if (probe.kind === "http") return hostIn(probe.url);
  return probe.kind === "tcp" ? canonicalIpAddress(probe.host) : undefined;
}

function hostIn(url: string): string | undefined {
  const [, bracketed, plain = ""] = /^https?:\/\/(?:[^\s/?#]*@)?(?:\[([^\]]+)\]|([^\s/?#:]+))/.exec(url) ?? [];
  return canonicalIpAddress(bracketed ?? plain);
}
