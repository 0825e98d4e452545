import { hashText } from "../base/random.js";

/** Names from the configuration. They match {@link NAME_PATTERN}; brands keep one kind from standing in for another. */
export type NodeName = string & { readonly __name: "node" };
export type NetworkName = string & { readonly __name: "network" };
export type ServiceName = string & { readonly __name: "service" };

/** Letters, digits, `-`, `_` and `.`, at most 63, the first a letter or digit. */
export const NAME_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export const isName = (value: unknown): value is string => typeof value === "string" && NAME_PATTERN.test(value);

/** The kernel's own rule for interface names (`dev_valid_name`), without the names `.` and `..`. */
export const isInterfaceName = (text: string): boolean =>
  /^[^\s/:\p{Cc}]{1,15}$/u.test(text) && text !== "." && text !== "..";

export const nodeName = (text: string): NodeName => text as NodeName;
export const networkName = (text: string): NetworkName => text as NetworkName;
export const serviceName = (text: string): ServiceName => text as ServiceName;

/** The 32-bit form of a name in heartbeats; the configuration check refuses two names with one id. */
export const wireId = (name: NodeName | NetworkName | ServiceName): number => hashText(name);

/** Orders names for output and tie-breaks; the same on every machine, whatever its locale. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
