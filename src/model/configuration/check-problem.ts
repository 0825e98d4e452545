import { type LocatedNode, type Path, nearestNode, pathText } from "./located-node.js";
import type { ConfigurationProblem, ConfigurationProblemCode } from "./problem.js";

/** What a good file can still have wrong on a machine or by intent, by code; for the secret see below. */
export const CHECK_PROBLEMS = {
  "node-not-in-file": "the machine is none of the nodes",
  "machine-not-checked": "the machine is called like one of the nodes in another domain: only the file was checked",
  "file-open-to-others":
    "users other than root can change the cluster file, or put another one in its place, and so have commands run as root",
  "network-address-missing": "the node's own address on a network is on no interface of this machine",
  "network-address-refused": "another machine has the node's own address: the kernel found it on the wire",
  "network-link-down": "the interface with the node's address on a network is down or has no carrier",
  "host-route-beyond-router":
    "a node that may hold a service is in no subnet of this one, so that no host route can lead by it",
  "networks-share-interface": "two networks of the node use one interface, so that one cable cuts both",
  "interface-missing": "the file names an interface that this machine does not have",
  "no-interface-in-subnet": "no interface of this machine has an address in the subnet of a service address",
  "several-interfaces-in-subnet": "more than one interface has an address in the subnet of a service address",
  "prefix-differs": "a service address has another prefix length than the interface that it would go to",
  "interface-down": "the interface for a service address is down or has no carrier",
  "members-differ": "the members of a trunk belong to different masters, to none, or to another than its interface",
  "path-enslaved": "an interface of a path group belongs to a bond, team or bridge, so that it can have no addresses",
  "secondary-in-use":
    "the secondary path has an address of another subnet than the primary, so that it is no way there",
  "path-down": "an interface of a path group is down or has no carrier",
  "threshold-out-of-reach": "the threshold is more members than a trunk has, so that it never fails over",
  "addresses-over-limit":
    "a path group may get more addresses than one interface of it may carry: some would stay behind",
  "warm-mac-in-use": "the dummy MAC of a warm standby is that of another interface of this machine",
  "warm-address-in-use": "the dummy address of a warm standby lies in the subnet of another interface of this machine",
  "executable-missing": "a command of a program, rule, check or hook is not on this machine, or may not be executed",
  "directory-missing": "the directory that a program shall start in is not on this machine",
  "beyond-user":
    "the user that a program shall run as may not run its command on this machine, or start in its directory",
  "fence-file-unusable": "a file with secrets of a method of fencing cannot be used",
  "hook-file-unusable": "a file that a hook signs or trusts by cannot be used",
  "user-missing": "this machine does not have the user that a program shall run as",
  "limit-without-controller": "a program has a limit that this machine's control groups cannot hold it to",
  "systemd-missing": "a program is a unit, and this machine does not run systemd",
  "agent-missing": "this machine does not have the resource agent that a program is run by",
  "agent-parameter-missing": "a resource agent is not given a parameter that it requires",
  "stop-too-short":
    "the file gives a unit or a resource agent less time to stop than systemd (`TimeoutStopSec`) or the agent itself does",
  "agent-not-notified":
    "a resource agent with `standby: on` expects to be told of what it does on other nodes, which is not done",
  "agent-refuses":
    "a resource agent finds, by its own `validate-all`, that the program would not start on this machine",
  "agent-parameter-unknown": "a resource agent is given a parameter that it does not describe",
  "unit-missing": "this machine does not have the unit that a program is",
  "unit-masked": "systemd does not start the unit that a program is",
  "unit-enabled": "systemd starts the unit that a program is by itself, also where the service is not held",
  "unit-unsuitable": "the unit of systemd that runs the agent does not give it what the file asks for",
  "port-in-use": "another program has the port of heartbeats and peer streams",
  "right-missing": "this user lacks a right that the agent needs",
  "kernel-unreadable": "interfaces and addresses of this machine cannot be read",
  "single-network": "the cluster has one network only: a cut cable looks like a dead node",
  "address-of-other-network": "a node's address on a network looks like one of another network: were two exchanged?",
  "single-candidate": "a service has one node only, so that nothing can take it over",
  "without-place":
    "no node takes a service even when all nodes are up: services with more right to the nodes are in the way",
  "key-without-effect":
    "a key of a program does nothing: a unit and a resource agent have their own ways, or nothing leads to what it decides",
  "variable-hidden": "the environment of a program has a variable that Locum sets itself",
  "probe-of-holder":
    "a program that runs on standbys too is asked at an address of its service, where the holder's answers",
  "rule-without-effect":
    "a rule goes by what can never be, such as an attribute that its check never sets so, or moves a service to a node that is none of its nodes",
  "attribute-shared": "two checks set one attribute of a node: each undoes what the other says",
  "agent-mute": "a resource agent does not describe itself: its `meta-data` fails, or makes no sense",
  "clients-network-unwatched":
    "no network of the cluster is in the subnet of a service: if all networks fail, two nodes may both serve",
} as const;

export type CheckProblemCode = keyof typeof CHECK_PROBLEMS;

/** What can be wrong with the file of the secret, by code. */
export const SECRET_PROBLEMS = {
  "secret.missing": "there is no such file",
  "secret.refused": "this user may not read it, or it cannot be read",
  "secret.no-file": "it is a directory, a pipe or a device",
  "secret.too-large": "it is longer than any file of keys",
  "secret.readable-by-others": "others than its owner have access to it",
  "secret.foreign-owner": "it belongs to another user than root and the agent's",
  "secret.empty": "it has no key",
  "secret.bad-key": "a line is no key",
  "secret.duplicate-key": "a key is in it twice",
  "secret.too-many-keys": "it has more keys than a change of keys needs",
} as const;

export type SecretProblemCode = keyof typeof SECRET_PROBLEMS;

/** `error`: the agent could not do its work; `warning`: it could, but somebody should know. */
export interface CheckProblem {
  readonly code: CheckProblemCode | `secret.${string}`;
  readonly severity: "error" | "warning";
  /** The part of the file that it is about. */
  readonly path: Path;
  readonly message: string;
  readonly advice: string;
}

/** A problem of either kind as it is shown: with its place in the file. */
export interface PlacedProblem extends Omit<ConfigurationProblem, "code"> {
  readonly code: ConfigurationProblemCode | CheckProblem["code"];
  readonly severity: "error" | "warning";
}

export function placeProblem({ path, ...problem }: CheckProblem, top: LocatedNode): PlacedProblem {
  const { value, at, keyAt } = nearestNode(top, path);
  // What is wrong with a map is said at its name, not at its first entry.
  const place = typeof value === "object" && value !== null && !Array.isArray(value) ? keyAt : at;
  return { ...problem, ...place, path: pathText(path) };
}
