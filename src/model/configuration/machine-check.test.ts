import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PROGRAMS, NO_FILE, SOUND_MACHINE } from "../../../test/support/machine-facts.js";
import { ok, refused } from "../../base/result.js";
import type { Cluster } from "../cluster.js";
import type { KernelAddress, KernelLink, KernelSnapshot } from "../kernel.js";
import { nodeName } from "../names.js";
import type { CheckProblem } from "./check-problem.js";
import { clusterAdvice } from "./cluster-advice.js";
import { pathText } from "./located-node.js";
import { checkMachine, nodeNotInFile } from "./machine-check.js";
import type { MachineFacts, ProgramFacts } from "./machine-facts.js";
import { resourceKey } from "./machine-programs.js";
import { addressPlaces } from "./machine-services.js";
import { parseCluster } from "./parse-cluster.js";

const FILE = `
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }
services:
  shop: { addresses: [10.1.1.100/24, { address: "fd00::5/64", interface: eth1 }], nodes: [web1, web2] }
  other: { addresses: [172.16.0.1/24], nodes: [web2] }
`;

function clusterOf(text: string): Cluster {
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

const link = (index: number, change: Partial<KernelLink> = {}): KernelLink => ({
  index,
  name: `eth${index}`,
  mac: `02:00:00:00:00:0${index}`,
  up: true,
  carrier: true,
  mtu: 1500,
  ...change,
});

const address = (linkIndex: number, text: string, change: Partial<KernelAddress> = {}): KernelAddress => ({
  linkIndex,
  family: text.includes(":") ? 6 : 4,
  address: text,
  prefixLength: 24,
  flags: 0,
  ...change,
});

const KERNEL: KernelSnapshot = {
  links: [link(0), link(1)],
  addresses: [address(0, "10.1.1.1"), address(1, "20.1.1.1")],
};

const PROGRAMS: ProgramFacts = {
  ...ALL_PROGRAMS,
  agents: new Map([["heartbeat:nfsserver", { required: ["nfs_ip"], known: ["nfs_ip", "nfs_shared_infodir"] }]]),
  hasSystemd: false,
  units: new Map(),
  controllers: new Set(["cpu"]),
};
const GOOD: MachineFacts = { ...SOUND_MACHINE, kernel: ok(KERNEL), secret: ok(1), programs: PROGRAMS };

const withKernel = (change: Partial<KernelSnapshot>): MachineFacts => ({
  ...GOOD,
  kernel: ok({ ...KERNEL, ...change }),
});

const brief = (problems: readonly CheckProblem[]): string[] =>
  problems.map(({ severity, code, path }) => `${severity} ${code} ${pathText(path)}`);

const found = (facts: MachineFacts, { file = FILE, node = "web1" } = {}): string[] =>
  brief(checkMachine(clusterOf(file), nodeName(node), facts));

test("a machine that fits has no problems, and each address its interface", () => {
  assert.deepEqual(found(GOOD), []);
  const cluster = clusterOf(FILE);
  const [config] = cluster.nodes;
  assert.ok(config !== undefined);
  assert.deepEqual(addressPlaces({ cluster, config, kernel: KERNEL }), [
    { service: "shop", address: "10.1.1.100", interface: "eth0" },
    { service: "shop", address: "fd00::5", interface: "eth1" },
  ]);
});

const WHOLE_NAMES = clusterOf(`cluster: shop
nodes:
  web1.example.org: { networks: { a: 10.1.1.1 } }
  web2.example.org: { networks: { a: 10.1.1.2 } }
`);

test("a node that is not in the file", () => {
  assert.deepEqual(found(GOOD, { node: "web3" }), ["error node-not-in-file nodes"]);
  assert.deepEqual(
    ["web1.exmple.org", "web2", "WEB2.example.org", "wbe1", "desk"].map(
      (name) => nodeNotInFile(WHOLE_NAMES, name).advice,
    ),
    [
      "Did you mean --node web1.example.org?",
      "Did you mean --node web2.example.org?",
      "Did you mean --node web2.example.org?",
      "Name one of them with --node, or add this machine",
      "Name one of them with --node, or add this machine",
    ],
  );
});

test("an own address that the machine has not; another node's address says which it is, or that two were exchanged", () => {
  const adviceWith = (b: string): string => {
    const facts = withKernel({ addresses: [address(0, "10.1.1.2"), address(1, b)] });
    const [problem] = checkMachine(clusterOf(FILE), nodeName("web1"), facts);
    assert.equal(problem?.code, "network-address-missing");
    return problem.advice;
  };
  assert.match(adviceWith("20.1.1.2"), /is it --node web2/);
  assert.match(adviceWith("20.1.1.1"), /^This machine has 10\.1\.1\.2 \(eth0\), which the file gives to "web2"/);
});

test("an own address that another machine has, too", () => {
  const facts = withKernel({ addresses: [address(0, "10.1.1.1", { flags: 0x08 }), address(1, "20.1.1.1")] });
  assert.deepEqual(found(facts), ["error network-address-refused nodes.web1.networks.a"]);
});

test("interfaces that are down or without carrier", () => {
  const facts = withKernel({ links: [link(0, { carrier: false }), link(1, { up: false, carrier: false })] });
  assert.deepEqual(found(facts), [
    "warning network-link-down nodes.web1.networks.a",
    "warning network-link-down nodes.web1.networks.b",
    "warning interface-down services.shop.addresses[0]",
    "warning interface-down services.shop.addresses[1]",
  ]);
});

test("two networks on one interface", () => {
  const facts = withKernel({ addresses: [address(0, "10.1.1.1"), address(0, "20.1.1.1")] });
  assert.deepEqual(found(facts), ["warning networks-share-interface nodes.web1.networks.b"]);
});

test("host routes by a node that is beyond a router on every network", () => {
  const file = FILE.replace(`nodes: [web2]`, `nodes: [web2], hostRoutes: true`);
  assert.ok(!found(GOOD, { file }).some((line) => line.includes("hostRoutes")));
  const far = file.replace("a: 10.1.1.2, b: 20.1.1.2", "a: 10.1.2.2, b: 20.1.2.2");
  assert.deepEqual(found(GOOD, { file: far }), ["warning host-route-beyond-router services.other.hostRoutes"]);
});

test("a service address outside every subnet, whose own presence is no sign of a subnet", () => {
  const file = FILE.replace("10.1.1.100/24", "192.168.1.1/24");
  const facts = withKernel({ addresses: [...KERNEL.addresses, address(1, "192.168.1.1")] });
  assert.deepEqual(found(GOOD, { file }), ["error no-interface-in-subnet services.shop.addresses[0]"]);
  assert.deepEqual(found(facts, { file }), ["error no-interface-in-subnet services.shop.addresses[0]"]);
});

test("only the services of the node count", () => {
  assert.ok(!found(GOOD).some((line) => line.includes("services.other")));
  assert.ok(found(GOOD, { node: "web2" }).includes("error no-interface-in-subnet services.other.addresses[0]"));
});

test("a named interface that is missing", () => {
  const facts = withKernel({ links: [link(0), link(1, { name: "lan1" })] });
  assert.deepEqual(found(facts), ["error interface-missing services.shop.addresses[1]"]);
});

test("another name of an interface is told with the one to write", () => {
  const facts = withKernel({ links: [link(0), link(1, { name: "lan1", altNames: ["enp1s0", "eth1"] })] });
  const complaints = (file?: string): readonly string[] =>
    checkMachine(clusterOf(file ?? FILE), nodeName("web1"), facts)
      .filter(({ code }) => code === "interface-missing")
      .map(({ message, advice }) => `${message}. ${advice}`);
  const [ofService = ""] = complaints();
  assert.match(
    ofService,
    /^"eth1", named for .*, is another name of lan1 here\. Write lan1: it must be the same on all/,
  );
  const [ofPath = ""] = complaints(withGroup("", "primary: eth0, secondary: enp1s0"));
  assert.equal(
    ofPath,
    '"enp1s0" is another name of lan1 here. Write lan1: Locum goes by the names that the kernel uses',
  );
});

test("two interfaces in the subnet, and another prefix length", () => {
  const facts = withKernel({
    addresses: [address(0, "10.1.1.1", { prefixLength: 16 }), address(1, "20.1.1.1"), address(1, "10.1.1.77")],
  });
  assert.deepEqual(found(facts), [
    "warning several-interfaces-in-subnet services.shop.addresses[0]",
    "warning prefix-differs services.shop.addresses[0]",
  ]);
});

/** web1 has a path group on eth2 and eth3. */
const withGroup = (rest = "", pair = "primary: eth2, secondary: eth3"): string =>
  FILE.replace("b: 20.1.1.1 }", `b: 20.1.1.1 }, paths: { lan: { ${pair}${rest} } }`);

const FOUR = [link(0), link(1), link(2), link(3)];
const BOND = link(8, { name: "bond0" });

const groupFound = (file: string, change: Partial<KernelSnapshot> = {}): string[] =>
  found(withKernel({ links: FOUR, ...change }), { file });

test("a path group whose interfaces are there has no problems", () => {
  assert.deepEqual(groupFound(withGroup()), []);
  const trunk = withGroup(", threshold: 2", "primary: { members: [eth2, eth3] }, secondary: bond1");
  const bond1 = link(9, { name: "bond1" });
  const ports = [link(5, { master: 9 }), link(6, { master: 9 })];
  const links = [link(0), link(1), link(2, { master: 8 }), link(3, { master: 8 }), BOND, bond1, ...ports];
  assert.deepEqual(groupFound(trunk, { links }), []);
});

test("interfaces and members that are missing", () => {
  assert.deepEqual(groupFound(withGroup(), { links: FOUR.slice(0, 3) }), [
    "error interface-missing nodes.web1.paths.lan.secondary.interface",
  ]);
  const trunk = withGroup("", "primary: { interface: bond0, members: [eth2, eth7] }, secondary: eth3");
  assert.deepEqual(
    groupFound(trunk, { links: [...FOUR.filter(({ index }) => index !== 2), BOND, link(2, { master: 8 })] }),
    ["error interface-missing nodes.web1.paths.lan.primary.members[1]"],
  );
});

test("members of no trunk, of two, and of another than the path's interface", () => {
  const trunk = withGroup("", "primary: { members: [eth4, eth5] }, secondary: eth3");
  const links = (a: Partial<KernelLink>, b: Partial<KernelLink>): Partial<KernelSnapshot> => ({
    links: [...FOUR, link(4, a), link(5, b), BOND, link(9, { name: "bond1" })],
  });
  const differ = ["error members-differ nodes.web1.paths.lan.primary.members"];
  assert.deepEqual(groupFound(trunk, links({}, {})), differ);
  assert.deepEqual(groupFound(trunk, links({ master: 8 }, { master: 9 })), differ);
  assert.deepEqual(groupFound(trunk, links({ master: 8 }, { master: 8 })), []);
  const named = withGroup("", "primary: { interface: bond1, members: [eth4, eth5] }, secondary: eth3");
  assert.deepEqual(groupFound(named, links({ master: 8 }, { master: 8 })), differ);
});

test("a path that belongs to a bridge itself", () => {
  const links = [link(0), link(1), link(2), link(3, { master: 8 }), link(8, { name: "br0" })];
  assert.deepEqual(groupFound(withGroup(), { links }), ["error path-enslaved nodes.web1.paths.lan.secondary"]);
});

test("a secondary that is on another network; after a failover the primary is the empty one", () => {
  const pair = "primary: eth0, secondary: eth1";
  const inUse = ["error secondary-in-use nodes.web1.paths.lan.secondary"];
  assert.deepEqual(groupFound(withGroup("", pair)), inUse);
  const moved = [address(1, "20.1.1.1"), address(1, "10.1.1.1")];
  assert.deepEqual(
    groupFound(withGroup("", pair), { addresses: moved }).filter((line) => line.includes("paths")),
    [],
  );
  const both = [...KERNEL.addresses, address(2, "30.1.1.1"), address(3, "30.1.1.2")];
  assert.deepEqual(groupFound(withGroup(), { addresses: both }), []);
  const other = [...KERNEL.addresses, address(2, "30.1.1.1"), address(3, "31.1.1.1"), address(3, "fe80::3")];
  assert.deepEqual(groupFound(withGroup(), { addresses: other }), inUse);
  const local = [...KERNEL.addresses, address(2, "30.1.1.1"), address(3, "fe80::3"), address(3, "10.1.1.100")];
  assert.deepEqual(groupFound(withGroup(), { addresses: local }), []);
});

test("a cold standby that is down is told, a warm one is meant to be", () => {
  const links = [link(0), link(1), link(2), link(3, { up: false, carrier: false })];
  const down = (role: string): string => `warning path-down nodes.web1.paths.lan.${role}`;
  assert.deepEqual(groupFound(withGroup(), { links }), [down("secondary")]);
  assert.deepEqual(groupFound(withGroup(", standby: warm"), { links }), []);
  const unplugged = [link(0), link(1), link(2, { carrier: false }), link(3, { carrier: false })];
  assert.deepEqual(groupFound(withGroup(", standby: warm"), { links: unplugged }), [
    down("primary"),
    down("secondary"),
  ]);
});

test("more members lost than a trunk has", () => {
  const links = [...FOUR, link(4, { master: 2 }), link(5, { master: 2 })];
  assert.deepEqual(groupFound(withGroup(", threshold: 2"), { links }), []);
  assert.deepEqual(groupFound(withGroup(", threshold: 3"), { links }), [
    "error threshold-out-of-reach nodes.web1.paths.lan.threshold",
  ]);
});

test("more addresses than one interface of a group may carry, by the file or with what this machine has", () => {
  const over = "warning addresses-over-limit nodes.web1.paths.lan.addressesMax";
  const onGroup = (limit: number): string => {
    const services =
      "services:\n  many: { addresses: [{ address: 30.1.1.7/24, interface: lan }, { address: 30.1.1.8/24, interface: lan }], nodes: [web1] }\n";
    return withGroup(`, addressesMax: ${limit}`).replace(/services:[^]*/, services);
  };
  const advice = (limit: number): string[] =>
    brief(clusterAdvice(clusterOf(onGroup(limit)))).filter((line) => line.includes("over-limit"));
  const onMachine = (limit: number): string[] =>
    groupFound(onGroup(limit), { addresses: [...KERNEL.addresses, address(2, "30.1.1.1")] });
  assert.deepEqual([advice(1), onMachine(1)], [[over], []], "the file tells it");
  assert.deepEqual([advice(2), onMachine(2)], [[], [over]], "the node's own address is there too");
  assert.deepEqual([advice(3), onMachine(3)], [[], []]);
});

test("dummy parameters that this machine has elsewhere", () => {
  const warm = (rest: string): string => withGroup(`, standby: { warm: { ${rest} } }`);
  assert.deepEqual(groupFound(warm('mac: "02:00:00:00:00:01"')), [
    "error warm-mac-in-use nodes.web1.paths.lan.standby.warm.mac",
  ]);
  assert.deepEqual(groupFound(warm('mac: "02:00:00:00:00:03"')), []);
  assert.deepEqual(groupFound(warm("address: 20.1.1.5/24")), [
    "error warm-address-in-use nodes.web1.paths.lan.standby.warm.address",
  ]);
  const dummy = [...KERNEL.addresses, address(2, "30.1.1.1"), address(3, "129.1.1.5")];
  assert.deepEqual(groupFound(warm("address: 129.1.1.5/24"), { addresses: dummy }), []);
});

test("a service address on a path group, and on interfaces of its own", () => {
  const onGroup = withGroup().replace("10.1.1.100/24", "{ address: 30.1.1.100/24, interface: lan }");
  const single = onGroup.replace("nodes: [web1, web2]", "nodes: [web1]");
  assert.deepEqual(groupFound(single), []);
  const own = FILE.replace("10.1.1.100/24", "{ address: 30.1.1.100/24, interfaces: [eth7, eth2] }");
  assert.deepEqual(groupFound(own), ["error interface-missing services.shop.addresses[0]"]);
  assert.deepEqual(placesOf(single, FOUR), ["30.1.1.100 eth2", "fd00::5 eth1"]);
  const two = own.replace("eth7", "eth3");
  assert.deepEqual(placesOf(two, FOUR), ["30.1.1.100 eth3", "fd00::5 eth1"]);
  assert.deepEqual(placesOf(two, [...FOUR.slice(0, 3), link(3, { carrier: false })]), [
    "30.1.1.100 eth2",
    "fd00::5 eth1",
  ]);
});

test("a dummy address is no sign that a subnet is there", () => {
  const file = withGroup(", standby: { warm: { address: 30.1.1.5/24 } }").replace("10.1.1.100/24", "30.1.1.100/24");
  const addresses = [...KERNEL.addresses, address(3, "30.1.1.5")];
  assert.deepEqual(groupFound(file, { addresses }), ["error no-interface-in-subnet services.shop.addresses[0]"]);
});

function placesOf(file: string, links: readonly KernelLink[]): string[] {
  const cluster = clusterOf(file);
  const [config] = cluster.nodes;
  assert.ok(config !== undefined);
  return addressPlaces({ cluster, config, kernel: { ...KERNEL, links } }).map(
    (place) => `${place.address} ${place.interface}`,
  );
}

test("the secret's own code and advice", () => {
  const secret = refused({ code: "secret.missing", message: "Cannot read it", advice: "Make one" });
  const [problem] = checkMachine(clusterOf(FILE), nodeName("web1"), { ...GOOD, secret });
  assert.deepEqual(problem, {
    code: "secret.missing",
    severity: "error",
    path: ["secretFile"],
    message: "Cannot read it",
    advice: "Make one",
  });
});

test("a used port: an error with the program, a warning without, nothing for the agent itself", () => {
  const user = { protocol: "udp", address: "0.0.0.0" } as const;
  const by = (commandLine: string) => ({ ...GOOD, portUsers: [{ ...user, program: { processId: 7, commandLine } }] });
  assert.deepEqual(found(by("/usr/bin/python3 x.py")), ["error port-in-use port"]);
  assert.deepEqual(found({ ...GOOD, portUsers: [user] }), ["warning port-in-use port"]);
  assert.deepEqual(found(by("node /opt/locum/bin/locum agent --config /etc/locum/cluster.yaml")), []);
});

test("a missing right is an error for root only, as another user may run the agent", () => {
  const missingRights = [{ capability: "CAP_NET_ADMIN", purpose: "add addresses", isVital: true }];
  const slower = [{ capability: "CAP_SYS_NICE", purpose: "run first", isVital: false }];
  assert.deepEqual(found({ ...GOOD, missingRights }), ["error right-missing "]);
  assert.deepEqual(found({ ...GOOD, missingRights, isRoot: false }), ["warning right-missing "]);
  assert.deepEqual(found({ ...GOOD, missingRights: slower }), ["warning right-missing "]);
});

test("a machine that does not tell its interfaces", () => {
  assert.deepEqual(found({ ...GOOD, kernel: refused("EPERM") }), ["error kernel-unreadable nodes"]);
});

test("what is allowed, yet seldom meant", () => {
  const single = FILE.replaceAll(/, b: 20\.1\.1\.\d/g, "");
  assert.deepEqual(brief(clusterAdvice(clusterOf(single))), [
    "warning single-network nodes",
    "warning single-candidate services.other.nodes",
    "warning clients-network-unwatched services.other.addresses",
  ]);
});

test("addresses of a node that were given under each other's network, or twice under one", () => {
  const web3 = (networks: string): string[] =>
    brief(
      clusterAdvice(clusterOf(FILE.replace("services:", `  web3: { networks: { ${networks} } }\nservices:`))),
    ).filter((line) => line.includes("other-network"));
  const of = (network: string): string => `warning address-of-other-network nodes.web3.networks.${network}`;
  assert.deepEqual(web3("a: 10.1.1.3, b: 20.1.1.3"), []);
  assert.deepEqual(web3("a: 20.1.1.3, b: 10.1.1.3"), [of("a"), of("b")]);
  assert.deepEqual(web3("a: 10.1.1.3, b: 10.1.1.4"), [of("b")]);
  assert.deepEqual(web3("a: 10.1.2.3, b: 20.1.2.3"), [], "nodes may be in subnets of their own");
});

test("of two nodes of which one mixes up its networks, one is named", () => {
  const file = FILE.replace("a: 10.1.1.2, b: 20.1.1.2", "a: 20.1.1.2, b: 10.1.1.2");
  const [first, ...more] = clusterAdvice(clusterOf(file)).filter(({ code }) => code === "address-of-other-network");
  assert.equal(
    first?.message,
    '"web1" has 10.1.1.1 on the network "a", where "web2" has 20.1.1.2; beside it is 10.1.1.2, which "web2" has on "b"',
  );
  assert.deepEqual(brief(more), ["warning address-of-other-network nodes.web1.networks.b"]);
});

const unwatched = (services: string): string[] =>
  brief(clusterAdvice(clusterOf(`${FILE.slice(0, FILE.indexOf("services:"))}services:\n${services}`)));

test("clients in a subnet that heartbeats do not use: one warning for each such subnet", () => {
  const nodes = "nodes: [web1, web2]";
  assert.deepEqual(
    unwatched(`  x: { addresses: [10.9.9.1/24], ${nodes} }
  y: { addresses: [10.9.9.2/24], ${nodes} }
  z: { addresses: [10.8.8.1/24], ${nodes} }`),
    [
      "warning clients-network-unwatched services.x.addresses",
      "warning clients-network-unwatched services.z.addresses",
    ],
  );
});

test("clients in a subnet that cannot be held against the nodes' networks", () => {
  const nodes = "nodes: [web1, web2]";
  assert.deepEqual(
    unwatched(`  sameInterface: { addresses: [10.1.1.100/24, 10.9.9.1/24], ${nodes} }
  otherFamily: { addresses: ["fd00::1/64"], ${nodes} }
  hostRoute: { addresses: [{ address: 10.9.9.2/32, interface: eth0 }], ${nodes} }`),
    [],
  );
});

test("a limit holds where the machine has control groups for it", () => {
  const programs = "{ db: { run: [/bin/db], limits: { memory: 1GiB, cpu: 50% } } }";
  const cluster = clusterOf(FILE.replace("nodes: [web1, web2] }", `nodes: [web1, web2], programs: ${programs} }`));
  assert.deepEqual(
    checkMachine(cluster, nodeName("web1"), GOOD).map(({ severity, path }) => `${severity} ${path.slice(3).join(".")}`),
    ["warning db.limits.memory"],
  );
});

test("a unit must be there, and started by nobody else; a parameter must be one that the agent describes", () => {
  const programs = `{
    one: { unit: one.service }, two: { unit: two.service }, three: { unit: three.service }, four: { unit: four.service },
    nfs: { ocf: "heartbeat:nfsserver", params: { nfs_ip: 10.9.9.9, nfs_shared_infodri: /srv } } }`;
  const cluster = clusterOf(FILE.replace("nodes: [web1, web2] }", `nodes: [web1, web2], programs: ${programs} }`));
  const units = new Map([
    ["one.service", "missing"],
    ["two.service", "masked"],
    ["three.service", "enabled"],
  ] as const);
  const found = checkMachine(cluster, nodeName("web1"), {
    ...GOOD,
    programs: { ...PROGRAMS, hasSystemd: true, units },
  });
  assert.deepEqual(
    found.map(({ severity, code, path }) => `${severity} ${code} ${path.slice(3).join(".")}`),
    [
      "error unit-missing one.unit",
      "error unit-masked two.unit",
      "warning unit-enabled three.unit",
      "warning agent-parameter-unknown nfs.params.nfs_shared_infodri",
    ],
  );
  assert.equal(found[3]?.advice, 'Did you mean "nfs_shared_infodir"?');
});

test("what a resource agent has against a resource is said at its parameters, and no more than a warning", () => {
  const programs = `{
    good: { ocf: "heartbeat:nfsserver", params: { nfs_ip: 10.9.9.9 } },
    bad: { ocf: "heartbeat:nfsserver", params: { nfs_ip: nonsense } } }`;
  const cluster = clusterOf(FILE.replace("nodes: [web1, web2] }", `nodes: [web1, web2], programs: ${programs} }`));
  const bad = { kind: "ocf", provider: "heartbeat", type: "nfsserver", parameters: { nfs_ip: "nonsense" } } as const;
  const refusedResources = new Map([[resourceKey(bad), "status 2 (wrong parameters for this machine) no address"]]);
  const problems = checkMachine(cluster, nodeName("web1"), { ...GOOD, programs: { ...PROGRAMS, refusedResources } });
  const found = problems.filter(({ code }) => code === "agent-refuses");
  assert.deepEqual(
    found.map(({ severity, path }) => `${severity} ${path.slice(3).join(".")}`),
    ["warning bad.params"],
  );
  assert.match(found[0]?.message ?? "", /heartbeat:nfsserver .* no address/);
});

test("a resource agent that expects to be told of other nodes is warned of where it runs on standbys", () => {
  const programs = `{
    alone: { ocf: "heartbeat:redis" },
    both: { ocf: "heartbeat:redis", standby: on },
    other: { ocf: "heartbeat:Stateful", standby: on } }`;
  const cluster = clusterOf(FILE.replace("nodes: [web1, web2] }", `nodes: [web1, web2], programs: ${programs} }`));
  const agents = new Map(
    ["redis", "Stateful"].map((type) => [`heartbeat:${type}`, { required: [], known: undefined }]),
  );
  const facts = { ...PROGRAMS, agents, notifiedAgents: new Set(["heartbeat:redis"]) };
  const problems = checkMachine(cluster, nodeName("web1"), { ...GOOD, programs: facts });
  const found = problems.filter(({ code }) => code.startsWith("agent-"));
  assert.deepEqual(
    found.map(({ code, severity, path }) => `${severity} ${code} ${path.slice(3).join(".")}`),
    ["warning agent-not-notified both.standby"],
  );
});

test("what rules, checks and hooks run here, and the files that hooks need", () => {
  const file = `${FILE}
rules: { hot: { when: paused, do: [{ notify: hot }, { run: [/bin/cool] }] } }
checks:
  disk: { run: [/bin/df] }
  elsewhere: { run: [/bin/cool], nodes: [web2] }
notify:
  pager: { run: [/bin/page] }
  chat: { url: "https://chat.example.org/x", secretFile: chat-secret, caFile: /etc/ca }
  away: { run: [/bin/cool], nodes: [web2] }
`;
  const absent = ["/bin/cool", "/bin/df", "/bin/page"].map((path) => [path, NO_FILE] as const);
  const facts: MachineFacts = {
    ...GOOD,
    programs: { ...PROGRAMS, executables: new Map(absent) },
    errandFiles: new Map([
      ["/etc/locum/chat-secret", "it does not exist"],
      ["/etc/ca", "it does not exist"],
    ]),
  };
  assert.deepEqual(found(facts, { file }), [
    "error executable-missing rules.hot.do[1].run[0]",
    "error executable-missing checks.disk.run[0]",
    "error executable-missing notify.pager.run[0]",
    "error hook-file-unusable notify.chat.secretFile",
    "error hook-file-unusable notify.chat.caFile",
  ]);
});
