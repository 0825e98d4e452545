import type { InterfaceChange, InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import { pathGroupName, type FailoverPlan } from "../../src/model/path.js";

/** struct rtmsg and attributes of `default via 10.0.0.254 metric 50 mtu 1400`, as a kernel described it. */
const DEFAULT_ROUTE = "AgAAAP4DAAEAAAAACAAPAP4AAAAIAAYAMgAAAAwACAAIAAIAeAUAAAgABQAKAAD+CAAEAAMAAAA=";

const CONFIGURATION: Omit<InterfaceConfiguration, "vlans"> = {
  interface: "eth0",
  mac: "02:00:00:00:00:01",
  mtu: 1_500,
  up: true,
  addresses: [
    {
      family: 4,
      address: "10.0.0.1",
      prefixLength: 24,
      broadcast: "10.0.0.255",
      labelSuffix: ":one",
      scope: 0,
      flags: 0x200,
      metric: 77,
    },
    {
      family: 6,
      address: "fd00::1",
      prefixLength: 64,
      peer: "fd00::2",
      scope: 0,
      flags: 0,
      validSeconds: 1_000,
      preferredSeconds: 0,
      protocol: 0x4c,
    },
  ],
  routes: [
    { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, metric: 50, description: DEFAULT_ROUTE },
  ],
  neighbours: [
    { family: 4, address: "10.0.0.254", mac: "02:00:00:00:00:fe", isProxy: false },
    { family: 6, address: "fd00::77", mac: "", isProxy: true },
    { family: 6, address: "fd00::fe", mac: "02:00:00:00:00:fe", isProxy: false, isRouter: true },
  ],
  sourced: [
    {
      interface: "eth2",
      routes: [
        { family: 4, destination: "default", table: 100, source: "10.0.0.1", leads: true, description: DEFAULT_ROUTE },
      ],
    },
  ],
  immovable: ["a macvlan interface mv0 on eth0"],
};

/** An interface with everything that can be on one. */
export const FULL_INTERFACE: InterfaceConfiguration = {
  ...CONFIGURATION,
  vlans: [
    {
      name: "eth0.5",
      id: 5,
      protocol: "802.1Q",
      flags: 1,
      master: "br0",
      priorityMaps: { egress: "AAAA" },
      configuration: { ...CONFIGURATION, interface: "eth0.5", mac: "" },
    },
    {
      name: "storage",
      id: 7,
      protocol: "802.1ad",
      flags: 0,
      configuration: { ...CONFIGURATION, interface: "storage" },
    },
  ],
};

const { addresses, routes, neighbours, vlans } = FULL_INTERFACE;

/** A change of each kind. */
export const EVERY_CHANGE: readonly InterfaceChange[] = [
  { kind: "disable", interface: "eth0" },
  { kind: "enable", interface: "eth1" },
  { kind: "set-mac", interface: "eth1", mac: "02:00:00:00:00:01" },
  { kind: "set-mtu", interface: "eth1", mtu: 1_400 },
  { kind: "add-addresses", interface: "eth1", addresses },
  { kind: "remove-addresses", interface: "eth0", addresses },
  { kind: "add-routes", interface: "eth1", routes },
  { kind: "remove-routes", interface: "eth0", routes },
  { kind: "add-neighbours", interface: "eth1", neighbours },
  { kind: "remove-neighbours", interface: "eth0", neighbours },
  { kind: "create-vlans", interface: "eth1", vlans },
  { kind: "delete-vlans", interface: "eth0", vlans },
  { kind: "forget-neighbours", interface: "eth1" },
  { kind: "announce-addresses", interface: "eth1", addresses, vlans },
];

export const FULL_PLAN: FailoverPlan = {
  group: pathGroupName("mether0"),
  from: "eth0",
  to: "eth1",
  reason: { kind: "targets-silent", targets: ["10.0.0.254"] },
  moved: FULL_INTERFACE,
  replaced: { ...CONFIGURATION, interface: "eth1", addresses: [], routes: [], neighbours: [], vlans: [] },
  steps: EVERY_CHANGE,
  undo: EVERY_CHANGE.toReversed(),
  direction: "forward",
};
