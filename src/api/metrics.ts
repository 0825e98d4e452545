import { exitKey } from "../model/exit-text.js";
import type { AgentPort, Measurement, WallClock } from "./agent-port.js";
import type { NoteCounter } from "./note-counter.js";
import type { Finding, Severity } from "../model/note.js";
import type { PathRole } from "../model/path.js";
import type { ProgramState } from "../model/program.js";
import type { NodeView, PathGroupView, ProgramView } from "../model/status.js";
import { findingSeverity } from "../model/note-text-finding.js";

/** The figures of one node in the text format of Prometheus. */
export function metricsText(port: AgentPort, notes: NoteCounter): string {
  const view = port.view();
  const all = [
    ...clusterMeasurements(view, port.program),
    ...nodeMeasurements(view),
    ...pathMeasurements(view),
    ...serviceMeasurements(view),
    ...programMeasurements(view, port.clock),
    ...countedNotes(notes),
    ...port.measurements(),
  ];
  return families(all).flatMap(familyLines).join("\n").concat("\n");
}

/** Figures of one name belong together, in the order in which each name came first. */
function families(all: readonly Measurement[]): readonly (readonly Measurement[])[] {
  const byName = new Map<string, Measurement[]>();
  for (const each of all) {
    const family = byName.get(each.name) ?? [];
    family.push(each);
    byName.set(each.name, family);
  }
  return [...byName.values()];
}

const gauge = (
  name: string,
  help: string,
  value: number | boolean,
  labels: Readonly<Record<string, string>>,
): Measurement => ({ name, help, kind: "gauge", value: Number(value), labels });

function clusterMeasurements(view: NodeView, version: string): readonly Measurement[] {
  const { cluster, node, configHash } = view;
  return [
    gauge("info", "Always 1; says who answers.", 1, { cluster, node, version, config_hash: configHash }),
    gauge("paused", "1 while nothing moves.", view.paused, {}),
    ...findingCounts(view).map(({ kind, severity, count }) =>
      gauge("findings", "Things that are wrong now, by kind.", count, { kind, severity }),
    ),
  ];
}

interface FindingCount {
  readonly kind: Finding["kind"];
  readonly severity: Severity;
  readonly count: number;
}

/** One for each kind and severity. */
function findingCounts(view: NodeView): readonly FindingCount[] {
  const counts = new Map<string, FindingCount>();
  for (const { finding } of view.findings) {
    const { kind } = finding;
    const severity = findingSeverity(finding);
    const before = counts.get(`${kind} ${severity}`)?.count ?? 0;
    counts.set(`${kind} ${severity}`, { kind, severity, count: before + 1 });
  }
  return [...counts.values()];
}

const nodeMeasurements = (view: NodeView): readonly Measurement[] =>
  view.nodes.flatMap(({ name: node, state, networks }) => [
    gauge("node_up", "1 while the node is heard.", state === "up" || state === "drained", { node }),
    gauge("node_drained", "1 while the node is out of service.", state === "drained", { node }),
    ...networks.flatMap(({ network, reachable, roundTripUs }) => [
      gauge("network_reachable", "1 while this node hears the node there.", reachable, { node, network }),
      ...(roundTripUs === undefined
        ? []
        : [gauge("round_trip_seconds", "The latest round trip to the node.", roundTripUs / 1e6, { node, network })]),
    ]),
  ]);

const pathMeasurements = (view: NodeView): readonly Measurement[] =>
  view.nodes.flatMap(({ name: node, paths = [] }) =>
    paths.flatMap((group) => {
      const labels = { node, group: group.name };
      return [
        gauge("path_group_up", "1 while the group has a path that works.", group.state !== "failed", labels),
        gauge("path_group_switches", "Failovers since the agent's start.", group.switches, labels),
        ...ROLES.flatMap((role) => pathGauges(group, role, labels)),
      ];
    }),
  );

const ROLES: readonly PathRole[] = ["primary", "secondary"];

function pathGauges(group: PathGroupView, role: PathRole, of: Readonly<Record<string, string>>): Measurement[] {
  const { interface: link, health } = group[role];
  const labels = { ...of, role, interface: link };
  return [
    gauge("path_active", "1 for the path that carries the group's traffic.", group.active === role, labels),
    ...(health === undefined ? [] : [gauge("path_healthy", "1 while the path works.", health === "healthy", labels)]),
  ];
}

const serviceMeasurements = (view: NodeView): readonly Measurement[] =>
  view.services.flatMap(({ name: service, epoch, state, holder, candidates }) => [
    gauge("service_active", "1 while the service is served.", state === "active", { service }),
    gauge("service_epoch", "Counts the holders of the service.", epoch, { service }),
    ...candidates.flatMap(({ node, eligible }) => [
      gauge("service_holder", "1 for the node that holds the service.", node === holder, { service, node }),
      gauge("service_eligible", "1 for each node that could hold the service.", eligible, { service, node }),
    ]),
  ]);

const programMeasurements = (view: NodeView, clock: WallClock): readonly Measurement[] =>
  view.services.flatMap(({ name: service, programs }) =>
    programs.flatMap((each) => programFigures(each, { service, program: each.program, node: each.node }, clock)),
  );

function programFigures(
  { state, since, restarts, lastExit }: ProgramView,
  labels: Readonly<Record<string, string>>,
  clock: WallClock,
): readonly Measurement[] {
  const sinceSeconds = Date.parse(clock.toIso(since)) / 1_000;
  return [
    gauge("program_ready", "1 while the program runs and has become ready.", isRunning(state), labels),
    gauge("program_state", "1 for the state that the program is in.", 1, { ...labels, state }),
    gauge("program_state_since_seconds", "When that state began, in seconds since 1970.", sinceSeconds, labels),
    {
      name: "program_restarts_total",
      help: "Restarts that its policy led to, since the start of its node's agent.",
      kind: "counter",
      labels,
      value: restarts,
    },
    ...(lastExit === undefined
      ? []
      : [gauge("program_last_exit", "1 for how it last ended by itself.", 1, { ...labels, exit: exitKey(lastExit) })]),
  ];
}

const isRunning = (state: ProgramState): boolean => state === "ready" || state === "troubled";

const countedNotes = (counter: NoteCounter): readonly Measurement[] => [
  ...counter.takes().map(({ service, reason, count }): Measurement => ({
    name: "takes_total",
    help: "How often this node took the service, by reason.",
    kind: "counter",
    labels: { service, reason },
    value: count,
  })),
  ...counter.notes().map(({ code, severity, count }): Measurement => ({
    name: "events_total",
    help: "Events of this node by code.",
    kind: "counter",
    labels: { code, severity },
    value: count,
  })),
];

function familyLines(family: readonly Measurement[]): readonly string[] {
  const [first] = family;
  if (first === undefined) return [];
  const name = `locum_${first.name}`;
  return [
    `# HELP ${name} ${first.help}`,
    `# TYPE ${name} ${first.kind}`,
    ...family.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`),
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
