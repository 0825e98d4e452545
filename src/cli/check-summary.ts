/** What a good file means, at a glance. */
import { formatDuration } from "../base/time.js";
import { known } from "../base/assert.js";
import type { Cluster, Failback, NodeConfig, ServiceAddress, ServiceConfig } from "../model/cluster.js";
import type { PathGroupConfig } from "../model/path.js";
import { pathText } from "../model/path-link.js";
import { listText } from "../model/note-text-reason.js";
import type { PlaceDocument } from "../model/status-document-explain.js";
import { shortHash } from "../model/short-hash.js";
import { programChangeText } from "../model/program-change-text.js";
import type { ProgramChange } from "../model/reload.js";
import type { CheckReport, ReloadPreview } from "./check.js";
import { plain } from "./paint.js";
import { cell, type TableLayout, tableLines } from "./table.js";

/** Nothing is wrapped or coloured: the lines stay whole for tools that look for them. */
const PLAIN: TableLayout = { width: Infinity, paint: plain };

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  tableLines(
    heading,
    rows.map((row) => row.map((text) => cell(text))),
    PLAIN,
  );

const NAMES_SHOWN = 8;

export function summaryText(report: CheckReport): string {
  const cluster = known(report.cluster, "a summary is made of a file without errors");
  const { interval, timeout } = cluster.detection;
  return [
    `${report.file} is right: cluster ${cluster.name}, configuration ${shortHash(cluster.hash)}`,
    `A node that is silent for ${formatDuration(timeout)} is dead (packets every ${formatDuration(interval)}, port ${cluster.port}).`,
    "",
    ...table(
      ["NODE", "ADDRESSES", "STARTS WITH"],
      cluster.nodes.map((node) => nodeRow(node, report)),
    ),
    "",
    ...pathLines(cluster),
    ...serviceLines(report, cluster),
    "",
    ...moveLines(report),
    ...reloadLines(report.reload),
    checkedAs(report),
    "",
  ].join("\n");
}

function nodeRow({ name, networks }: NodeConfig, { start }: CheckReport): string[] {
  const own = start.filter(({ node }) => node === name).map(({ service }) => service);
  return [name, networks.map(({ network, address }) => `${network} ${address}`).join(", "), some(own) || "nothing"];
}

function pathLines({ nodes }: Cluster): readonly string[] {
  const rows = nodes.flatMap((node) => node.paths.map((group) => pathRow(node.name, group)));
  return rows.length === 0
    ? []
    : [...table(["PATHS", "NODE", "PRIMARY", "SECONDARY", "STANDBY", "FAILBACK"], rows), ""];
}

const pathRow = (node: string, { name, primary, secondary, standby, failback }: PathGroupConfig): string[] => [
  name,
  node,
  pathText(primary),
  pathText(secondary),
  standby.kind,
  failbackText(failback),
];

const serviceLines = (report: CheckReport, { services }: Cluster): readonly string[] =>
  services.length === 0
    ? ["There are no services yet."]
    : table(
        ["SERVICE", "NODES IN ORDER", "FAILBACK", "ADDRESSES"],
        services.map((service) => serviceRow(service, report)),
      );

function serviceRow(service: ServiceConfig, report: CheckReport): string[] {
  const addresses = service.addresses.map((address) => addressText(address, service, report));
  return [service.name, service.nodes.join(", "), failbackText(service.failback), some(addresses)];
}

/** What ends or begins anew comes first. */
function reloadLines(reload: ReloadPreview | undefined): readonly string[] {
  if (reload === undefined) return [];
  const { node, isInForce, programs } = reload;
  if (isInForce) return [`The agent of ${node} goes by this file already.`, ""];
  if (programs.length === 0) return [`When the agent of ${node} reads it, all of its programs run on.`, ""];
  const [goOn, others] = [programs.filter(isKept), programs.filter((each) => !isKept(each))];
  const lines = [...others, ...goOn].map((each) => `  ${programChangeText(each)}`);
  return [`When the agent of ${node} reads it:`, ...lines, ""];
}

const isKept = ({ how }: ProgramChange): boolean => how === "goes-on";

/** Addresses that could change paths stand together; of the others each check is named that speaks against it. */
function moveLines({ moves }: CheckReport): readonly string[] {
  const eligible = moves.filter((move) => move.eligible);
  const interfaces = [...new Set(eligible.map((move) => move.interface))];
  const rows = [
    ...interfaces.map((name) => {
      const addresses = eligible.filter((move) => move.interface === name).map(({ address }) => address);
      return [name, some(addresses), "yes"];
    }),
    ...moves
      .filter((move) => !move.eligible)
      .map(({ interface: name, address, checks }) => [name, address, `no: ${listText(objectionsIn(checks))}`]),
  ];
  return rows.length === 0 ? [] : [...table(["OTHER PATH", "ADDRESSES", "COULD GO THERE"], rows), ""];
}

const objectionsIn = (checks: PlaceDocument["checks"]): readonly string[] =>
  checks.filter(({ verdict }) => verdict === "no").map(({ check, text }) => `${text} (${check})`);

function addressText(address: ServiceAddress, service: ServiceConfig, { places }: CheckReport): string {
  const place = places.find((one) => one.service === service.name && one.address === address.address);
  const link = place?.interface ?? address.interface ?? address.interfaces?.join(" or ");
  return `${address.address}/${address.prefixLength}${link === undefined ? "" : ` on ${link}`}`;
}

function failbackText(failback: Failback): string {
  if (failback.kind === "never") return "no";
  return failback.delay === 0 ? "at once" : `after ${formatDuration(failback.delay)}`;
}

const some = (names: readonly string[]): string =>
  names.length <= NAMES_SHOWN
    ? names.join(", ")
    : `${names.slice(0, NAMES_SHOWN).join(", ")} and ${names.length - NAMES_SHOWN} more`;

function checkedAs({ node, hostName }: CheckReport): string {
  if (node !== undefined) return `Checked for this machine as node ${node}.`;
  return `Only the file was checked: this machine, ${hostName}, is none of the nodes (name one with --node).`;
}
