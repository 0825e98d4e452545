import { unreachable } from "../base/assert.js";
import type { Eligibility, EligibilityResult } from "./eligibility.js";
import { listText } from "./note-text-reason.js";

type Place = Pick<Eligibility, "address" | "interface">;

/** The answer of one check, as one sentence without a full stop. */
export function eligibilityText(result: EligibilityResult, place: Place): string {
  switch (result.verdict) {
    case "yes":
      return yesText(result, place);
    case "no":
      return noText(result, place);
    case "unknown":
      return unknownText(result, place);
    default:
      return unreachable(result.verdict);
  }
}

/** What speaks against it, as what follows `because`. */
export const objectionsText = (results: readonly EligibilityResult[], place: Place): string =>
  listText(results.map((result) => noText(result, place)));

const aside = (detail: string | undefined): string => (detail === undefined ? "" : ` (${detail})`);

function yesText({ check, detail }: EligibilityResult, { address, interface: name }: Place): string {
  switch (check) {
    case "interface-present":
      return `${name} exists`;
    case "interface-up":
      return `${name} is switched on and has a carrier`;
    case "path-healthy":
      return `the path over ${name} is healthy`;
    case "same-network":
      return `${name} leads to the network of ${address}${aside(detail)}`;
    case "same-subnet":
      return `the subnet of ${address} is reached through ${name}${aside(detail)}`;
    case "vlan-available":
      return `${name} has, or can be given, the VLAN that ${address} needs${aside(detail)}`;
    case "free-in-cluster":
      return `no other node claims ${address}`;
    case "free-on-wire":
      return `nobody else was heard to announce ${address}`;
    case "room-for-address":
      return `${name} has room for the address${aside(detail)}`;
    case "room-for-mac":
      return `${name} has room for the MAC${aside(detail)}`;
    case "mtu":
      return `the MTU of ${name} suffices${aside(detail)}`;
    default:
      return unreachable(check);
  }
}

function noText({ check, detail }: EligibilityResult, { address, interface: name }: Place): string {
  switch (check) {
    case "interface-present":
      return `there is no interface ${name}`;
    case "interface-up":
      return detail === "switched off" ? `${name} is switched off` : `${name} has no carrier`;
    case "path-healthy":
      return `the path over ${name} is ${detail ?? "not healthy"}`;
    case "same-network":
      return `${name} leads to another network than ${address}, whose network is behind ${detail ?? "another interface"}`;
    case "same-subnet":
      return `the subnet of ${address} is on ${detail ?? "another interface"}, not on ${name}`;
    case "vlan-available":
      return `${name} lacks the VLAN${detail === undefined ? "" : ` ${detail}`} of ${address}`;
    case "free-in-cluster":
      return `${detail ?? "another node"} claims ${address}`;
    case "free-on-wire":
      return `${detail ?? "somebody else"} uses ${address} on the wire`;
    case "room-for-address":
      return `${name} has no room for another address${aside(detail)}`;
    case "room-for-mac":
      return `${name} has no room for another MAC${aside(detail)}`;
    case "mtu":
      return `the MTU of ${name} is too small${aside(detail)}`;
    default:
      return unreachable(check);
  }
}

function unknownText({ check, detail }: EligibilityResult, { address, interface: name }: Place): string {
  switch (check) {
    case "interface-present":
      return `it is not known whether there is an interface ${name}`;
    case "interface-up":
      return `it is not known whether ${name} has a carrier${aside(detail)}`;
    case "path-healthy":
      return `nothing watches the path over ${name}`;
    case "same-network":
      return `nothing tells which network ${name} leads to`;
    case "same-subnet":
      return `nothing tells whether the subnet of ${address} is reached through ${name}`;
    case "vlan-available":
      return `it is not known which VLANs ${name} can have`;
    case "free-in-cluster":
      return `it is not known whether another node claims ${address}`;
    case "free-on-wire":
      return `it is not known whether somebody else uses ${address} on the wire`;
    case "room-for-address":
      return `it is not known how many addresses ${name} has`;
    case "room-for-mac":
      return `it is not known how many MACs ${name} can have`;
    case "mtu":
      return detail === undefined
        ? `there is no MTU to compare that of ${name} with`
        : `the MTU of ${name} is smaller and has to be raised (${detail})`;
    default:
      return unreachable(check);
  }
}
