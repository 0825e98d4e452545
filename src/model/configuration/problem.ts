import { LIMITS } from "./limits.js";
import { type LocatedNode, type Place, pathText } from "./located-node.js";

/**
 * What a cluster file can have wrong, by code. The codes are stable: programs may rely on them; the reference page
 * lists them with these words.
 */
export const CONFIGURATION_PROBLEMS = {
  "file-unreadable": "the file cannot be opened or read",
  "file-too-large": "the file is longer than any sensible cluster needs",
  "not-utf-8": "the file is not text in UTF-8",
  "yaml-syntax": "the text is no valid YAML",
  "nested-too-deeply": "maps and lists are nested deeper than any key of this file",
  "too-many-aliases": "YAML anchors and aliases unfold to more than any sensible cluster needs",
  "duplicate-key": "a map has the same key twice",
  "unknown-key": "a key that does not exist here",
  "missing-key": "a required key is not there",
  "wrong-type": "a value is of another kind than the key takes",
  "unknown-value": "a word that is none of the possible ones",
  "out-of-range": "a number is too small or too large",
  "too-few": "a list or map has fewer entries than it needs",
  "too-many": "a list or map has more entries than the limit",
  "bad-length": "a text is empty, or longer than the limit",
  "bad-name": "a name does not have the form of names, or means something else already",
  "name-collision": "two names have the same short form in heartbeats",
  "bad-path": "a file path is empty or has characters that no path has",
  "bad-duration": "a time is not written as a number with its unit",
  "duration-out-of-range": "a time is too short or too long",
  "bad-address": "an IP address is not written as one, or is of a kind that cannot be used here",
  "bad-prefix": "the prefix length behind an address is missing or out of range",
  "not-a-host-address": "the address is the network or broadcast address of its subnet",
  "bad-interface": "an interface name is not one that the kernel allows, or that of the loopback for a path",
  "interface-needed": "an address cannot be given an interface by its subnet and names none",
  "duplicate-address": "one address is used twice",
  "own-ping-target": "a ping target is an address of the cluster itself",
  "mixed-families": "one network has nodes with IPv4 and nodes with IPv6 addresses",
  "lonely-network": "only one node is on a network, so that nobody can be heard there",
  "unused-network": "a network is described, but no node is on it",
  "disconnected-nodes": "two nodes have no network in common",
  "unknown-node": "a service, a rule, a check, a hook or a method of fencing names a node that is not in the file",
  "duplicate-node": "a service names one node twice",
  "conflicting-keys": "two keys are given of which only one may be",
  "duplicate-interface": "an address names one interface twice",
  "bad-mac": "a MAC is not written as one, or is not that of one interface",
  "bad-share": "a share is not written as a number with `%`",
  "same-paths": "both paths of a group are the same interface",
  "overlapping-paths": "an interface belongs to more than one path",
  "unwatched-paths": "nothing tells whether a path of a group works",
  "ambiguous-name": "a path group has the name of an interface that the file uses",
  "unknown-path-group": "an address names a path group that a node of its service does not have",
  "warm-subnet": "the dummy address of a warm standby lies in the subnets of several networks",
  "bad-condition": "the condition of a rule cannot be evaluated, or takes too long, or an action does not fit the rule",
  "no-fencing": "a rule fences a node for which there is no method, or only the node itself could use the methods",
  "empty-service": "a service has neither addresses nor programs",
  "bad-command": "a command does not begin with the absolute path of a program, or has an argument that none can take",
  "bad-url": "the address of a web page is not written as one",
  "bad-amount": "an amount is not written as a number, with or without a unit of bytes",
  "unknown-program": "a program that comes after another names one that its service does not have",
  "program-cycle": "programs come after each other in a circle, so that none could start",
  "standby-waits": "a program that runs on standbys comes after something that is on the holder only",
  "unknown-service": "a rule, a service or a hook names a service, or a label, that is not in the file",
  "unknown-code": "a hook names a code of events that does not exist",
  "own-name": "a service names itself among those that it depends on",
  "ambiguous-label": "a label has the name of a service",
  "unknown-resource": "a service takes something that no node has a capacity of",
  "needs-cycle": "services need each other in a circle, so that none could be the first",
  "contradictory-relations": "services are to be together and apart at once",
  "no-room": "a service, or those that are to be together, can never fit on any of their nodes",
  "no-common-node": "services that are to be together have no node in common",
  "duplicate-mac": "two warm standbys have the same dummy MAC, two services the same MAC, or one of each",
  "no-host-route": "a service has routes from nodes that can have none, or none can lead to it",
} as const;

export type ConfigurationProblemCode = keyof typeof CONFIGURATION_PROBLEMS;

/** One thing wrong in a cluster file: where, what, and what to do about it. */
export interface ConfigurationProblem extends Place {
  readonly code: ConfigurationProblemCode;
  readonly message: string;
  /** Keys and list indices from the top, as in `services.shop.addresses[0]`; empty: the file as a whole. */
  readonly path: string;
  readonly advice: string;
}

/** Reading order: by place, then by code. */
export const byPlace = (a: Place & { readonly code: string }, b: Place & { readonly code: string }): number =>
  a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);

/** What is wrong, still without its place. */
export type PlainProblem = Pick<ConfigurationProblem, "code" | "message" | "advice">;

export const problemAt = (entry: LocatedNode, plain: PlainProblem): ConfigurationProblem => ({
  ...plain,
  ...entry.at,
  path: pathText(entry.path),
});

/** For what is wrong with an entry as a whole, or with its name. */
export const problemAtKey = (entry: LocatedNode, plain: PlainProblem): ConfigurationProblem => ({
  ...plain,
  ...entry.keyAt,
  path: pathText(entry.path),
});

export const fileTooLarge = (): ConfigurationProblem => ({
  code: "file-too-large",
  line: 1,
  column: 1,
  path: "",
  message: `The file is longer than ${LIMITS.fileBytes} bytes`,
  advice: "Check that this is the cluster file",
});
