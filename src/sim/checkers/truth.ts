import { type Duration, microseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import { type ServiceName, wireId } from "../../model/names.js";
import type { SimHost } from "../host.js";
import type { Pace } from "../pace.js";
import type { Site } from "../site.js";

/** Effects and answers of one decision, at most, that stand between an input and the next. */
const STEPS_MAX = 60;

/** Until a third one has streams to both again: it notices that one is broken, and dials anew. */
const STREAMS_MAX: Duration = seconds(3);
/** Until all three have noticed who hears whom no longer, and that it is not for a moment. */
const TELLING_TIMEOUTS = 4;

/** A node's claim that it holds a service, if it makes one: by its newest bulletin that left its decisions. */
export function claimOf(host: SimHost, service: ServiceName): ClaimBrief | undefined {
  const id = wireId(service);
  return host.agent?.claims.find(
    (each) => each.service === id && (each.state === "holding" || each.state === "offering"),
  );
}

/** The service's addresses that the machine has now. */
export const presentOf = (host: SimHost, service: ServiceConfig): readonly string[] =>
  service.addresses.map(({ address }) => address).filter((address) => isPresent(host, address));

export const isPresent = (host: SimHost, address: string): boolean =>
  host.isOn && host.kernel.addresses.some((each) => each.address === address);

export const serviceOf = (host: SimHost, name: ServiceName): ServiceConfig | undefined =>
  host.cluster.services.find((each) => each.name === name);

/** The longest that a machine takes from an event to all that its decisions make of it, when nothing holds it up. */
export const processingMax = (pace: Pace): Duration =>
  microseconds(3 * (pace.wakeUp + pace.hiccup) + pace.watch + STEPS_MAX * pace.step);

/**
 * The longest that a claim takes from one node's decisions to another's, over a working network: until the sender's
 * next round, on the way, and in both machines; a bulletin of several pages takes as many rounds.
 */
export function roundMax(site: Site, from: SimHost, to: SimHost): Duration {
  const { detection, services } = from.cluster;
  const pages = Math.ceil(services.length / site.plan.claimsPerPage);
  const delay = Math.max(...site.heartbeatSegments.map((segment) => site.segment(segment).delayMax));
  const processing = processingMax(from.plan.pace) + processingMax(to.plan.pace);
  return microseconds(Math.max(pages, 1) * detection.interval + delay + processing);
}

/** The longest that two nodes take to hear of each other again, once they can. */
export const meetingMax = (site: Site, a: SimHost, b: SimHost): Duration =>
  microseconds(3 * Math.max(roundMax(site, a, b), roundMax(site, b, a)));

/** The longest that a third one takes to tell two of each other, once it hears both and they do not hear each other. */
export const tellingMax = ({ cluster }: Site): Duration =>
  microseconds(STREAMS_MAX + TELLING_TIMEOUTS * cluster.detection.timeout);
