import { unreachable } from "../base/assert.js";
import { parseIpAddress, sameSubnet } from "../base/ip-address.js";
import { microseconds, milliseconds } from "../base/time.js";
import type { Heartbeat } from "../model/heartbeat.js";
import { isMadeName, type PlacedAddress } from "../model/kernel.js";
import type { SimHost } from "./host.js";
import { type Trouble, nthAddress, nthProgram } from "./plan.js";
import type { Site } from "./site.js";

/** Makes an end to a trouble; undefined when there is nothing to put right. */
export type Remedy = (() => void) | undefined;

const RECORDED_MAX = 2_000;
const REPLAY_GAP = milliseconds(1);
const RIVAL_GAP = milliseconds(150);
const TAKE_GAP = milliseconds(300);
const TAKEN_OUT = milliseconds(200);
const BACK_FROM_MAINTENANCE = milliseconds(500);

/** Lets a trouble befall the site. */
export function begin(site: Site, trouble: Trouble): Remedy {
  switch (trouble.kind) {
    case "cable-pulled":
    case "switch-died":
    case "direction-cut":
    case "pair-cut":
    case "pair-parted":
    case "partitioned":
    case "disturbed":
    case "ping-targets-died":
    case "replayed":
    case "rival-announced":
      return beginOnNetwork(site, trouble);
    case "commanded":
      return void site.command(trouble.host, trouble.command);
    case "reconfigured":
      return void reconfigure(site, trouble);
    case "fencing-fails":
      return site.fencing.fail(trouble.how);
    default:
      return beginOnHost(site.host(trouble.host), trouble);
  }
}

type NetworkTrouble = Extract<
  Trouble,
  {
    readonly kind:
      | "cable-pulled"
      | "switch-died"
      | "direction-cut"
      | "pair-cut"
      | "pair-parted"
      | "partitioned"
      | "disturbed"
      | "ping-targets-died"
      | "replayed"
      | "rival-announced";
  }
>;

function beginOnNetwork(site: Site, trouble: NetworkTrouble): Remedy {
  switch (trouble.kind) {
    case "cable-pulled":
      return pullCable(site, trouble);
    case "switch-died":
      return killSwitch(site, trouble.segment);
    case "direction-cut":
      return cut(site, [[trouble.segment, trouble.from, trouble.to]]);
    case "pair-cut":
      return cut(site, pairCuts(trouble.hosts, trouble.segment));
    case "pair-parted": {
      const { hosts } = trouble;
      return cut(
        site,
        site.segments.flatMap((_, segment) => pairCuts(hosts, segment)),
      );
    }
    case "partitioned":
      return cut(site, partitionCuts(site, trouble));
    case "disturbed":
      site.segment(trouble.segment).disturb(trouble.quality);
      return () => site.segment(trouble.segment).calm(trouble.quality, site.world.now);
    case "ping-targets-died":
      return killTargets(site, trouble.segment);
    case "replayed":
      return recordAndReplay(site, trouble.host, trouble.segment);
    case "rival-announced":
      return void announceRival(site, trouble);
    default:
      return unreachable(trouble);
  }
}

function pullCable(site: Site, trouble: Extract<Trouble, { readonly kind: "cable-pulled" }>): Remedy {
  const host = site.host(trouble.host);
  const wire = site.segment(trouble.segment);
  const interfaces = host.interfacesOn(trouble.segment);
  const cable = trouble.interface === undefined ? 0 : interfaces.findIndex(({ name }) => name === trouble.interface);
  if (cable < 0) return undefined;
  wire.unplug(host.index, cable);
  site.showSignals(host);
  return () => {
    wire.plug(host.index, cable);
    site.showSignals(host);
  };
}

function killSwitch(site: Site, segment: number): Remedy {
  const showAll = (): void => {
    for (const host of site.hosts) if (host.isOn) site.showSignals(host);
  };
  site.segment(segment).killSwitch();
  showAll();
  return () => {
    site.segment(segment).reviveSwitch();
    showAll();
  };
}

type Cut = readonly [segment: number, from: number, to: number];

function cut(site: Site, cuts: readonly Cut[]): Remedy {
  for (const [segment, from, to] of cuts) site.segment(segment).cut(from, to);
  return () => {
    for (const [segment, from, to] of cuts) site.segment(segment).mend(from, to);
  };
}

const pairCuts = ([a, b]: readonly [number, number], segment: number): readonly Cut[] => [
  [segment, a, b],
  [segment, b, a],
];

function partitionCuts(site: Site, trouble: Extract<Trouble, { readonly kind: "partitioned" }>): readonly Cut[] {
  const { segments, side, withBeyond } = trouble;
  return segments.flatMap((segment) => {
    const { stations, beyond } = site.segment(segment);
    const isInside = (station: number): boolean => (station === beyond ? withBeyond : side.includes(station));
    const all = [...Array(stations).keys()];
    return all.flatMap((from) =>
      all.filter((to) => isInside(from) !== isInside(to)).map((to): Cut => [segment, from, to]),
    );
  });
}

function killTargets(site: Site, segment: number): Remedy {
  site.deadTargets[segment] = (site.deadTargets[segment] ?? 0) + 1;
  return () => {
    site.deadTargets[segment] = (site.deadTargets[segment] ?? 0) - 1;
  };
}

/** Somebody records what a host sends, and at the end sends it once more: authentic, but old. */
function recordAndReplay(site: Site, host: number, segment: number): Remedy {
  const recorded: { readonly to: number; readonly heartbeat: Heartbeat }[] = [];
  const record = (to: number, on: number, heartbeat: Heartbeat): void => {
    const isMine = heartbeat.sender === site.nodeId(host) && on === segment;
    if (isMine && recorded.length < RECORDED_MAX) recorded.push({ to, heartbeat });
  };
  site.recordings.add(record);
  return () => {
    site.recordings.delete(record);
    for (const [index, { to, heartbeat }] of recorded.entries()) {
      site.world.planIn(microseconds(index * REPLAY_GAP), () => site.deliverHeartbeat(to, segment, heartbeat));
    }
  };
}

function announceRival(site: Site, trouble: Extract<Trouble, { readonly kind: "rival-announced" }>): void {
  const target = nthAddress(site.cluster, trouble.nth);
  if (target === undefined) return;
  for (let time = 0; time < trouble.times; time += 1) {
    site.world.planIn(microseconds(time * RIVAL_GAP), () => site.announceAsStranger(trouble.segment, target.address));
  }
}

/** The new file reaches each machine in its own time; one that is replaced before that is never read there. */
function reconfigure(site: Site, trouble: Extract<Trouble, { readonly kind: "reconfigured" }>): void {
  site.cluster = trouble.cluster;
  for (const host of site.hosts) {
    site.world.planIn(microseconds(trouble.delays[host.index] ?? 0), () => host.readConfiguration(site.cluster));
  }
}

function beginOnHost(
  host: SimHost,
  trouble: Exclude<Trouble, NetworkTrouble | { kind: "commanded" | "reconfigured" | "fencing-fails" }>,
): Remedy {
  switch (trouble.kind) {
    case "frozen":
      host.freeze(trouble.scope);
      return () => host.thaw(trouble.scope);
    case "agent-crashed":
      host.agent?.armCrash(trouble.afterEffects, trouble.guardToo);
      return () => host.restartAgent();
    case "agent-stopped":
      host.agent?.requestStop();
      return () => host.restartAgent();
    case "maintained":
      return maintain(host, trouble);
    case "powered-off":
      host.powerOff();
      return () => {
        host.powerOn();
        host.startAgent();
      };
    case "state-lost":
      return void host.loseState();
    case "wall-clock-set":
      return void host.setWallClock(trouble.by);
    case "path-died":
      host.killPath(trouble.interface);
      return () => host.revivePath(trouble.interface);
    case "interface-swapped":
      return swapInterface(host, trouble.interface);
    case "program-ended":
      return void host.programs.end(trouble.nth, trouble.exit);
    case "program-misbehaves":
      return misbehave(host, trouble);
    case "program-host-died":
      return void host.programs.killHost();
    case "units-unanswered":
      return host.programs.leaveUnanswered();
    case "unit-begun":
      host.crashAgent(false);
      return () => {
        beginUnit(host, trouble.nth);
        host.restartAgent();
      };
    default:
      return beginInKernel(host, trouble);
  }
}

/** What a program does when it is started, be it the next time. The rest befalls one that runs. */
const AT_START: ReadonlySet<string> = new Set(["does-not-start", "starts-late", "never-ready", "ends-early"]);

function misbehave(host: SimHost, { nth, how }: Extract<Trouble, { readonly kind: "program-misbehaves" }>): Remedy {
  const configured = nthProgram(host.site.plan.cluster, nth);
  const { running } = host.programs;
  const child = AT_START.has(how.kind) ? undefined : running[nth % Math.max(running.length, 1)]?.run;
  const target = child === undefined ? configured : { service: child.service, program: child.config.name };
  return target && host.programs.misbehave(target.service, target.program, how);
}

/** Only an agent that starts looks for it. */
function beginUnit(host: SimHost, nth: number): void {
  const programs = host.cluster.services.flatMap(({ name: service, programs: { list } = { list: [] } }) =>
    list.filter(({ source }) => source.kind === "unit").map((config) => ({ service, config })),
  );
  const unit = programs[nth % Math.max(programs.length, 1)];
  if (host.isOn && host.agent === undefined && unit !== undefined) host.programs.beginStray(unit.service, unit.config);
}

/** Maintenance as it should not be done: the pause is to end while an agent is stopped. */
function maintain(host: SimHost, trouble: Extract<Trouble, { readonly kind: "maintained" }>): Remedy {
  const { world } = host.site;
  host.site.command(trouble.by, { kind: "pause" });
  world.planIn(microseconds(trouble.stopAfter), () => host.agent?.requestStop());
  world.planIn(microseconds(trouble.unpauseAfter), () => host.site.command(trouble.by, { kind: "unpause" }));
  return () => {
    host.restartAgent();
    world.planIn(BACK_FROM_MAINTENANCE, () => host.site.command(trouble.by, { kind: "unpause" }));
  };
}

/** The interface is taken out a while after the order to detach it, whatever became of that. */
function swapInterface(host: SimHost, name: string): Remedy {
  const node = host.plan.name;
  host.site.command(host.index, { kind: "path-detach", node, interface: name });
  host.site.world.planIn(TAKEN_OUT, () => host.kernel.deleteLink(name));
  return () => {
    host.plugIn(name);
    host.site.command(host.index, { kind: "path-attach", node, interface: name });
  };
}

type KernelTrouble = Extract<
  Trouble,
  {
    readonly kind:
      | "interface-down"
      | "interface-deleted"
      | "service-address-taken"
      | "service-address-put"
      | "foreign-address-put"
      | "kernel-refuses"
      | "kernel-events-lost";
  }
>;

function beginInKernel(host: SimHost, trouble: KernelTrouble): Remedy {
  switch (trouble.kind) {
    case "interface-down":
      host.kernel.setUp(trouble.interface, false);
      return () => host.bringUp(trouble.interface);
    case "interface-deleted":
      host.kernel.deleteLink(trouble.interface);
      return () => host.plugIn(trouble.interface);
    case "service-address-taken":
      return void takeServiceAddress(host, trouble.nth, trouble.times);
    case "service-address-put":
      return putServiceAddress(host, trouble.nth);
    case "foreign-address-put": {
      const placed = foreignOn(trouble.interface);
      host.order("stranger", "add", placed);
      return () => void host.order("stranger", "remove", placed);
    }
    case "kernel-refuses":
      return host.refuse(trouble.order, trouble.code);
    case "kernel-events-lost":
      host.beginLosingEvents();
      return () => host.endLosingEvents();
    default:
      return unreachable(trouble);
  }
}

/** An address of another program, in a subnet that only services use on that interface. */
const foreignOn = (name: string): PlacedAddress => ({
  interface: name,
  address: `192.0.${name.replace(/[a-z]+/, "")}.250`,
  family: 4,
  prefixLength: 24,
});

/** Another program removes a service address wherever it is on this machine, several times in a row. */
function takeServiceAddress(host: SimHost, nth: number, times: number): void {
  const address = nthAddress(host.cluster, nth)?.address;
  const placed = host.kernel.placed().find((each) => each.address === address);
  if (placed !== undefined) host.order("stranger", "remove", placed);
  if (times > 1) host.site.world.planIn(TAKE_GAP, () => takeServiceAddress(host, nth, times - 1));
}

/** Somebody adds a service address by hand, where it would belong, and takes it back unless it is the agent's by then. */
function putServiceAddress(host: SimHost, nth: number): Remedy {
  const address = nthAddress(host.cluster, nth)?.address;
  const config = host.cluster.services.flatMap(({ addresses }) => addresses).find((each) => each.address === address);
  const name = config?.interface ?? interfaceFor(host, address ?? "");
  if (config === undefined || name === undefined) return undefined;
  const { family, prefixLength } = config;
  const placed: PlacedAddress = { interface: name, address: config.address, family, prefixLength };
  if (!host.order("stranger", "add", placed).ok) return undefined;
  return () => {
    // A change of paths may have taken it along; where the agent has it on the other path, the one here is a copy.
    const places = host.kernel
      .placed()
      .filter((each) => each.address === placed.address && !isMadeName(each.interface));
    const there = places.find((each) => each.interface === name) ?? places[0];
    const isRecorded = host.ledger.some((entry) => entry.address === placed.address && entry.made === undefined);
    const isTaken = isRecorded && places.length === 1;
    if (!isTaken && there !== undefined) host.order("stranger", "remove", there);
  };
}

/** The interface of the machine that has an address in the same subnet, by plan. */
function interfaceFor(host: SimHost, address: string): string | undefined {
  const wanted = parseIpAddress(address);
  const isNear = (own: { readonly address: string; readonly prefixLength: number }): boolean => {
    const parsed = parseIpAddress(own.address);
    return parsed !== undefined && wanted !== undefined && sameSubnet(parsed.bytes, wanted.bytes, own.prefixLength);
  };
  return host.plan.interfaces.find(({ addresses }) => addresses.some(isNear))?.name;
}
