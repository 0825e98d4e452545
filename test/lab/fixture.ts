import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Duration, seconds } from "../../src/base/time.js";
import type { EventDocument } from "../../src/client/client.js";
import type { Trial } from "../../src/main/trial/trial.js";
import type { Finding, NoteCode } from "../../src/model/note.js";
import type { FindingDocument, StatusDocument } from "../../src/model/status-document.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { gapAfter, type ProbeReport } from "../../lab/client/probe-report.js";
import type { UdpProbe } from "../../lab/measure.js";
import { whyNoLab } from "../../lab/privileges.js";
import { eventually } from "../support/eventually.js";

export { eventually };

/** What the lab tests have in common: words for what they ask of a trial, and for what must be so. */

export const skip: string | false = whyNoLab() ?? false;
export const LOCUM: string = fileURLToPath(new URL("../../../bin/locum", import.meta.url));
export const CONFIG = "/etc/locum/cluster.yaml";
export const SECRET = "/etc/locum/secret";
export const SWITCHES: readonly string[] = ["lan", "a", "b"];
/** Far above what a change of nodes or paths takes, and below what waiting for the next kind of timeout would. */
export const GAP_MAX: Duration = seconds(3);

/** Every address on the machine's interfaces, without prefix length, as the kernel has them now. */
export async function addressesOf(trial: Trial, node: string): Promise<readonly string[]> {
  return addressesIn(await trial.host(node).run(["ip", "-json", "address", "show"]));
}

/** The IPv4 addresses on one interface of a node. */
export async function addressesOn(trial: Trial, node: string, name: string): Promise<readonly string[]> {
  const text = await trial.host(node).run(["ip", "-json", "-4", "address", "show", "dev", name]);
  return addressesIn(text).toSorted();
}

function addressesIn(json: string): readonly string[] {
  const links = JSON.parse(json) as { addr_info?: { local?: string }[] }[];
  return links.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => local ?? []));
}

/** The nodes whose kernel has the address now, whatever their agents say. */
export async function kernelsWith(trial: Trial, address: string): Promise<readonly string[]> {
  const all = await Promise.all(trial.nodes.map((node) => addressesOf(trial, node)));
  return trial.nodes.filter((_node, index) => all[index]?.includes(address));
}

/** Waits until just these kernels have the address. */
export async function untilOn(trial: Trial, address: string, nodes: readonly string[]): Promise<void> {
  let found: readonly string[] = [];
  await eventually(
    async () => {
      found = await kernelsWith(trial, address);
      return found.join() === nodes.join();
    },
    () => `${address} shall be on ${nodes.join()}, and is on ${found.join()}`,
  );
}

export type FindingLike = Partial<Record<string, unknown>> & { readonly kind: Finding["kind"] };

/** A finding of this kind whose other fields are as given. */
export function findingIn({ findings }: StatusDocument, wanted: FindingLike): FindingDocument | undefined {
  const { kind, ...about } = wanted;
  return findings.find(
    (finding) =>
      finding.kind === kind &&
      Object.entries(about).every(([key, value]) => JSON.stringify(finding.about[key]) === JSON.stringify(value)),
  );
}

/** Waits until a node says that this is wrong. @returns its words. */
export async function untilFinding(trial: Trial, node: string, wanted: FindingLike): Promise<string> {
  const status = await trial.until(node, (each) => findingIn(each, wanted) !== undefined);
  return findingIn(status, wanted)?.text ?? "";
}

export async function untilNoFinding(trial: Trial, node: string, kind?: Finding["kind"]): Promise<void> {
  await trial.until(node, ({ findings }) => !findings.some((each) => kind === undefined || each.kind === kind));
}

/** Waits until all nodes hear each other, have each other's state and agree on every holder. */
export async function untilAgreed(trial: Trial, nodes: readonly string[] = trial.nodes): Promise<StatusDocument> {
  let said: readonly string[] = [];
  let last: StatusDocument | undefined;
  await eventually(
    async () => {
      const statuses = await Promise.all(nodes.map((node) => trial.client(node).status()));
      last = statuses[0];
      said = statuses.map(claimsIn);
      const allUp = statuses.every((status) => nodes.every((node) => status.nodes[node]?.state === "up"));
      const active = Object.values(last?.services ?? {}).every(({ state }) => state === "active");
      return allUp && active && statuses.every(knowsAll) && new Set(said).size === 1;
    },
    () => `the nodes shall agree, and say:\n${said.join("\n")}`,
  );
  return last ?? assert.fail("there is a node");
}

/** A node that was heard but has not sent its state yet can be given nothing. */
const knowsAll = ({ services }: StatusDocument): boolean =>
  Object.values(services).every(({ candidates }) =>
    candidates.every(({ codes }) => !codes.includes("state-unknown") && !codes.includes("node-unknown")),
  );

const claimsIn = ({ services }: StatusDocument): string =>
  Object.entries(services)
    .map(([name, { holder, epoch, state }]) => `${name} ${holder} ${epoch} ${state}`)
    .join(", ");

export interface Roles {
  readonly holder: string;
  readonly other: string;
  readonly epoch: number;
}

/** Who holds a service, and the first node that does not. */
export async function rolesOf(trial: Trial, service = "shop", nodes = trial.nodes): Promise<Roles> {
  const { services } = await untilAgreed(trial, nodes);
  const { holder = "", epoch = 0 } = services[service] ?? {};
  return { holder: holder ?? "", other: nodes.find((name) => name !== holder) ?? "", epoch };
}

/** The number of a node's latest event: what comes after it is new. */
export async function latestEvent(trial: Trial, node: string): Promise<number> {
  const events = await eventsOf(trial, node);
  return events.at(-1)?.sequence ?? 0;
}

export async function eventsOf(
  trial: Trial,
  node: string,
  codes: readonly (NoteCode | "service" | "address")[] = [],
  since = 0,
): Promise<readonly EventDocument[]> {
  const events: EventDocument[] = [];
  for await (const event of trial.client(node).events({ codes })) if (event.sequence > since) events.push(event);
  return events;
}

/** Waits for an event of a node that is so. */
export async function untilEvent(
  trial: Trial,
  node: string,
  code: NoteCode,
  isWished: (event: EventDocument) => boolean = () => true,
  since = 0,
): Promise<EventDocument> {
  let found: EventDocument | undefined;
  await eventually(
    async () => {
      found = (await eventsOf(trial, node, [code], since)).find(isWished);
      return found !== undefined;
    },
    () => `${node} shall say ${code}, and says:\n${trial.agent(node).tail()}`,
  );
  return found ?? assert.fail("the event was found");
}

/** Fails when a service changed hands on one of the nodes since then. */
export async function assertNothingMoved(trial: Trial, since: ReadonlyMap<string, number>): Promise<void> {
  for (const [node, sequence] of since) {
    const moves = await eventsOf(trial, node, ["service.claimed", "service.released", "service.moved"], sequence);
    assert.deepEqual(
      moves.map(({ text }) => text),
      [],
      `nothing shall move, says ${node}`,
    );
  }
}

/** The latest event of each node, for {@link assertNothingMoved}. */
export async function presentEvents(trial: Trial, nodes = trial.nodes): Promise<ReadonlyMap<string, number>> {
  const latest = await Promise.all(nodes.map(async (node) => [node, await latestEvent(trial, node)] as const));
  return new Map(latest);
}

/** What a fault on the holder does to the client: served by the other node again, after how long. */
export async function takeover(probe: UdpProbe, to: string, fault: () => void): Promise<void> {
  await probe.report();
  const at = bootClock();
  fault();
  await probe.servedBy(to, at);
  const gap = gapAfter(await probe.report(), at, seconds(10));
  assert.ok(gap === undefined || gap.duration < GAP_MAX, `the client was not served for ${gap?.duration} us`);
}

/** Does something that a client must not notice. */
export async function unnoticed(probe: UdpProbe, act: () => Promise<unknown>): Promise<ProbeReport> {
  await probe.report();
  await act();
  const report = await probe.report();
  assert.ok(report.sent > 0, "the client asked");
  assert.deepEqual(report.gaps, [], "the client lost no request");
  return report;
}

/** Changes a node's copy of the cluster file. Its agent does not know yet. */
export function editConfiguration(trial: Trial, node: string, edit: (text: string) => string): void {
  const before = readFileSync(trial.host(node).outside(CONFIG), "utf8");
  const text = edit(before);
  assert.notEqual(text, before, "the edit changes the file");
  trial.host(node).writeFile(CONFIG, text);
}

/** Has an agent read its files again, and waits until it has a configuration with another hash. */
export async function reload(trial: Trial, node: string): Promise<void> {
  const { configHash } = await trial.client(node).status();
  trial.agent(node).signal("SIGHUP");
  await trial.until(node, (status) => status.configHash !== configHash);
}
