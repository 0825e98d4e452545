/* Needs root, for network namespaces. Two nodes on two networks, in namespaces with a cable for each network. */
import { type TestContext, test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { networkName, wireId } from "../../model/names.js";
import { HeartbeatProbe, probeCluster } from "../../../test/support/heartbeat-probe.js";
import { cabledHosts, type Cable, ip, Namespace, namespacesMissing } from "../../../test/support/namespaces.js";

const skip = namespacesMissing();
const [A, B] = [wireId(networkName("a")), wireId(networkName("b"))];

const clusterOf = (port: number): Cluster =>
  probeCluster({
    nodes: 2,
    timeout: milliseconds(400),
    port,
    addresses: { a: "10.1.1.", b: "10.2.2." },
  });

/** `near0`, `far0` are network a, `near1`, `far1` network b. What is off its own cable could go over the other. */
function twoCables(): Cable {
  const cable = cabledHosts();
  cable.near.enter();
  ip("link add near1 type veth peer name far1");
  ip(`link set far1 netns ${cable.far.path}`);
  for (const [host, name, number] of [
    [cable.far, "far", 2],
    [cable.near, "near", 1],
  ] as const) {
    host.enter();
    ip(`link set ${name}1 up`);
    ip(`address add 10.1.1.${number}/24 dev ${name}0`);
    ip(`address add 10.2.2.${number}/24 dev ${name}1`);
    ip(`route add default dev ${name}1`);
  }
  return cable;
}

/**
 * Both interfaces of both hosts in one switch. Linux then answers for each address of a host on both of its interfaces,
 * and whichever answer comes first is believed: here, that of the other interface.
 */
function oneSegment(): Cable {
  const [far, near] = [new Namespace(), new Namespace()];
  const middle = new Namespace();
  ip("link add segment type bridge");
  ip("link set segment up");
  const macOf = (number: number, port: number): string => `02:00:00:00:0${number}:0${port}`;
  const hosts = [
    [far, "far", 2],
    [near, "near", 1],
  ] as const;
  for (const [host, name, number] of hosts) {
    const other = 3 - number;
    for (const port of [0, 1]) {
      middle.enter();
      const inHost = `name ${name}${port} address ${macOf(number, port)} netns ${host.path}`;
      ip(`link add p-${name}${port} master segment type veth peer ${inHost}`);
      ip(`link set p-${name}${port} up`);
      host.enter();
      ip(`link set ${name}${port} up`);
      const subnet = ["10.1.1.", "10.2.2."][port];
      ip(`address add ${subnet}${number}/24 dev ${name}${port}`);
      ip(`neighbour add ${subnet}${other} lladdr ${macOf(other, 1 - port)} dev ${name}${port}`);
    }
  }
  return { near, far };
}

/** Both cables of network a, which end in one switch. */
function twoWays(): Cable {
  const cable = cabledHosts();
  cable.near.enter();
  ip("link add near1 type veth peer name far1");
  ip(`link set far1 netns ${cable.far.path}`);
  ip("link set near1 up");
  ip("address add 10.1.1.1/24 dev near0");
  cable.far.enter();
  ip("link add lan type bridge");
  for (const port of ["far0", "far1"]) ip(`link set ${port} master lan up`);
  ip("link set lan up");
  ip("address add 10.1.1.2/24 dev lan");
  return cable;
}

class Pair {
  readonly cable: Cable;
  readonly near: HeartbeatProbe;
  readonly far: HeartbeatProbe;

  constructor(context: TestContext, port: number, cable = twoCables()) {
    this.cable = cable;
    this.cable.far.enter();
    this.far = new HeartbeatProbe(context, clusterOf(port), 2);
    this.cable.near.enter();
    this.near = new HeartbeatProbe(context, clusterOf(port), 1);
  }

  /** Waits until both nodes hear each other on the networks, or both do not. */
  async hearing(isHeard: boolean, ...networks: readonly number[]): Promise<void> {
    for (const network of networks) {
      for (const probe of [this.near, this.far]) {
        await probe.report(
          "hearing-changed",
          (report) => report.observer === probe.id && report.network === network && report.heard === isHeard,
        );
      }
    }
    this.near.forget();
    this.far.forget();
  }
}

test("a network whose interfaces are down is not heard through another one", { skip }, async (context) => {
  const pair = new Pair(context, 17_300);
  await pair.hearing(true, A, B);
  pair.cable.far.enter();
  ip("link set far0 down");
  pair.cable.near.enter();
  ip("link set near0 down");
  await pair.hearing(false, A);
  ip("link set near0 up");
  pair.cable.far.enter();
  ip("link set far0 up");
  await pair.hearing(true, A);
});

test("heartbeats follow their address: renamed, pulled out and put in again, moved", { skip }, async (context) => {
  const pair = new Pair(context, 17_301);
  await pair.hearing(true, A);
  pair.cable.near.enter();
  ip("link set near0 down");
  await pair.hearing(false, A);
  ip("link set near0 name lan0");
  ip("link set lan0 up");
  await pair.hearing(true, A);

  ip("link del lan0");
  await pair.hearing(false, A);
  ip(`link add near0 type veth peer name far0 netns ${pair.cable.far.path}`);
  ip("link set near0 up");
  ip("address add 10.1.1.1/24 dev near0");
  pair.cable.far.enter();
  ip("address add 10.1.1.2/24 dev far0");
  ip("link set far0 up");
  await pair.hearing(true, A);

  for (const [host, name, number] of [
    [pair.cable.far, "far", 2],
    [pair.cable.near, "near", 1],
  ] as const) {
    host.enter();
    ip(`address del 10.1.1.${number}/24 dev ${name}0`);
    if (number === 1) await pair.hearing(false, A);
  }
  for (const [host, name, number] of [
    [pair.cable.far, "far", 2],
    [pair.cable.near, "near", 1],
  ] as const) {
    host.enter();
    ip(`address add 10.1.1.${number}/24 dev ${name}1`);
  }
  await pair.hearing(true, A);
});

test("interfaces in one segment: heartbeats count on whichever of them they arrive", { skip }, async (context) => {
  const pair = new Pair(context, 17_302, oneSegment());
  await pair.hearing(true, A, B);
});

test("an address that goes to another interface takes its heartbeats along", { skip }, async (context) => {
  const pair = new Pair(context, 17_303, twoWays());
  await pair.hearing(true, A);
  pair.cable.far.enter();
  ip("link set far0 down");
  // The near host may go on hearing: it answers ARP on its other interface too, and takes what comes in there.
  await heardByFar(pair, false);
  pair.cable.near.enter();
  ip("address del 10.1.1.1/24 dev near0");
  ip("address add 10.1.1.1/24 dev near1");
  pair.cable.far.enter();
  ip("neighbour flush dev lan");
  await heardByFar(pair, true);
});

async function heardByFar({ far }: Pair, isHeard: boolean): Promise<void> {
  await far.report(
    "hearing-changed",
    (report) => report.observer === far.id && report.network === A && report.heard === isHeard,
  );
}
