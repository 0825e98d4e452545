import { availableParallelism, release, totalmem } from "node:os";
import type { Cost } from "./cost.js";
import type { Sample } from "./failover.js";
import type { Calm } from "./overload.js";
import type { ProgramSpeed } from "./program-speed.js";
import { median, quantile } from "./statistics.js";
import { PROGRAM_CASES, type ProgramSample } from "./program-failover.js";
import type { StormCost } from "./restart-storm.js";
import type { SupervisedCost } from "./supervised.js";
import { PATH_FAULTS, type PathSample } from "./path-failover.js";
import type { Removal } from "./removal.js";
import type { PlacementCost } from "./placement.js";
import { FAULTS, type Fault } from "./subject.js";

/** What was measured so far. */
export interface Results {
  /** Each command that added to it. */
  readonly commands: string[];
  /** What is done, by the names that are shown while it is measured. */
  readonly parts: string[];
  readonly samples: Sample[];
  readonly removals: Removal[];
  readonly paths: PathSample[];
  readonly calm: Calm[];
  readonly costs: Cost[];
  /** Absent in results of earlier versions. */
  placement?: readonly PlacementCost[];
  readonly programs: ProgramSpeed[];
  readonly supervised: SupervisedCost[];
  readonly programSamples: ProgramSample[];
  readonly storms: StormCost[];
}

type Row = readonly (string | number)[];

/** The page, as Markdown. */
export function renderResults(results: Results): string {
  const {
    samples,
    removals,
    paths,
    calm,
    costs,
    programs,
    supervised,
    programSamples,
    storms,
    placement = [],
  } = results;
  return [
    "# Benchmarks",
    "",
    `Made on a machine with ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}.`,
    "All hosts are network namespaces of that machine, so that both programs share its noise; compare within a run.",
    "",
    "```",
    ...new Set(results.commands),
    "```",
    ...(samples.length > 0 ? failoverPart(samples) : []),
    ...(removals.length > 0 ? removalPart(removals) : []),
    ...(paths.length > 0 ? pathPart(paths) : []),
    ...(calm.length > 0 ? calmPart(calm) : []),
    ...(costs.length > 0 ? costPart(costs) : []),
    ...(placement.length > 0 ? placementPart(placement) : []),
    ...(programSamples.length > 0 ? programFailoverPart(programSamples) : []),
    ...(programs.length > 0 ? programPart(programs) : []),
    ...(supervised.length > 0 ? supervisedPart(supervised) : []),
    ...(storms.length > 0 ? stormPart(storms) : []),
    "",
  ].join("\n");
}

function failoverPart(samples: readonly Sample[]): readonly string[] {
  const groups = groupSamples(samples);
  const rows = [...groups.values()].map((group): Row => {
    const gaps = group.map(({ gapMs }) => gapMs);
    const [first] = group;
    const lost = median(group.map((sample) => sample.lost));
    return [
      first?.subject ?? "",
      group.length,
      ms(median(gaps)),
      ms(quantile(gaps, 0.99)),
      ms(Math.max(...gaps)),
      lost,
    ];
  });
  const titles = [...groups.keys()].map((key) => key.split("|")[0] ?? "");
  return [
    "",
    "## What the client sees",
    "",
    "A client sends a datagram every millisecond. The gap is the time between the last request that was answered before the",
    "fault and the first that was answered after it; 0 means that none was lost.",
    ...FAULTS.flatMap((fault) => {
      const own = rows.filter((_row, index) => titles[index] === fault);
      return own.length === 0 ? [] : ["", `**${fault}**`, ...noteOn(fault), "", ...table(HEADS.failover, own)];
    }),
  ];
}

/** What the figures of a fault do not say. */
function noteOn(fault: Fault): readonly string[] {
  if (fault !== "agent kill -9") return [];
  return [
    "",
    "A killed keepalived leaves the address on its node while the other one takes it too. 0 means that the network still",
    "led to the old one; where it changed its mind later, both were at fault for as long as the maximum says.",
  ];
}

const removalPart = (removals: readonly Removal[]): readonly string[] => [
  "",
  "## When an agent is killed",
  "",
  "From `kill -9` of the serving node's agent until the kernel says there that the service address is gone: the guard took it off.",
  "Most of it goes by before the guard can know: the kernel frees the memory of a killed process before it closes its files. The",
  "address answers meanwhile, so that the client's gap is shorter.",
  "",
  ...table(
    HEADS.removal,
    [...new Set(removals.map(({ profile }) => profile))].map((profile): Row => {
      const spans = removals.filter((each) => each.profile === profile).map((each) => each.ms);
      return [profile, spans.length, ms(median(spans)), ms(quantile(spans, 0.99)), ms(Math.max(...spans))];
    }),
  ),
];

/** Two interfaces of one node to the clients' network, as a path group. */
const pathPart = (samples: readonly PathSample[]): readonly string[] => [
  "",
  "## When a path fails within a node",
  "",
  "The serving node has two interfaces to the clients' network; what fails is the one that its traffic is on.",
  "",
  ...table(
    HEADS.paths,
    PATH_FAULTS.flatMap((fault) => pathRows(samples.filter((each) => each.fault === fault))),
  ),
];

const pathRows = (samples: readonly PathSample[]): readonly Row[] =>
  [...new Set(samples.map(({ addresses }) => addresses))].map((addresses) => {
    const group = samples.filter((each) => each.addresses === addresses);
    const gaps = group.map(({ gapMs }) => gapMs);
    const lost = median(group.map((each) => each.lost));
    return [group[0]?.fault ?? "", addresses, group.length, ms(median(gaps)), ms(Math.max(...gaps)), lost];
  });

function groupSamples(samples: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.fault}|${sample.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return groups;
}

const calmPart = (calm: readonly Calm[]): readonly string[] => [
  "",
  "## Takeovers without cause",
  "",
  "Nothing fails, but every core runs four busy processes beside the programs, which all run at the same time.",
  "",
  ...table(
    HEADS.calm,
    calm.map(({ subject, minutes, takeovers }): Row => [subject, minutes, takeovers, (takeovers * 60) / minutes]),
  ),
];

const costPart = (costs: readonly Cost[]): readonly string[] => [
  "",
  "## What an idle agent costs",
  "",
  "Medians over all agents of the cluster, all of them on this one machine, from one minute after the start on. The guard is a",
  "second process of the same program: PSS counts a page that they share by its share, RSS counts it in both. More nodes at",
  "25 ms than in the table would measure this machine, which opens all of their packets, and not an agent.",
  "",
  ...table(
    HEADS.cost,
    costs.map((cost): Row => [
      cost.profile,
      cost.nodes,
      cost.rules ?? 0,
      `${cost.cpu.toFixed(2)} %`,
      `${cost.agentRssMb.toFixed(0)} MB`,
      `${cost.guardRssMb.toFixed(0)} MB`,
      `${cost.pssMb.toFixed(0)} MB`,
    ]),
  ),
];

const placementPart = (placement: readonly PlacementCost[]): readonly string[] => [
  "",
  "## Giving all services their nodes",
  "",
  "1,000 services on 100 nodes, in the agent's decision; it is made only when something that it rests on has changed.",
  "",
  ...table(
    HEADS.placement,
    placement.map((each): Row => [each.case, each.ms.length, ms(median(each.ms)), ms(Math.max(...each.ms))]),
  ),
];

const programFailoverPart = (samples: readonly ProgramSample[]): readonly string[] => [
  "",
  "## When a program is killed",
  "",
  "The program that answers the client gets SIGKILL, and its policy is the one named. It starts in a few milliseconds, or",
  "waits 20 ms before it serves.",
  "",
  ...table(
    HEADS.programFailover,
    PROGRAM_CASES.flatMap((what): readonly Row[] => {
      const group = samples.filter((each) => each.case === what);
      const gaps = group.map(({ gapMs }) => gapMs);
      const lost = median(group.map((each) => each.lost));
      return group.length === 0 ? [] : [[what, group.length, ms(median(gaps)), ms(Math.max(...gaps)), lost]];
    }),
  ),
];

const programPart = (programs: readonly ProgramSpeed[]): readonly string[] => [
  "",
  "## Programs",
  "",
  "A start is from the agent's order until the program runs; an end is from its SIGKILL until the agent knows.",
  "",
  ...table(
    HEADS.programs,
    programs.map(({ starts, startMs, exitMs }): Row => [
      starts,
      `${ms(startMs.median)} / ${ms(startMs.p99)}`,
      `${ms(exitMs.median)} / ${ms(exitMs.p99)}`,
    ]),
  ),
];

const supervisedPart = (supervised: readonly SupervisedCost[]): readonly string[] => [
  "",
  "## Many programs",
  "",
  "Each has a TCP check once a second. Agent, guard and program host together, without what the programs themselves use.",
  "",
  ...table(
    HEADS.supervised,
    supervised.map(({ programs, cpu, pssMb }): Row => [programs, `${cpu.toFixed(1)} %`, `${pssMb.toFixed(0)} MB`]),
  ),
];

const stormPart = (storms: readonly StormCost[]): readonly string[] => [
  "",
  "## A program that ends at once",
  "",
  "Its policy has it started again and again; measured only while it does so, in several rounds where the restarts are used up sooner. Agent, guard and program host together, without what the program itself uses.",
  "",
  ...table(
    HEADS.storms,
    storms.map(({ policy, restartsPerSecond, cpu }): Row => [
      `\`restart: ${policy}\``,
      restartsPerSecond.toFixed(1),
      `${cpu.toFixed(1)} %`,
    ]),
  ),
];

const HEADS = {
  placement: ["since all had their nodes", "runs", "median", "max"],
  failover: ["program", "runs", "median", "p99", "max", "requests lost (median)"],
  removal: ["profile", "runs", "median", "p99", "max"],
  paths: ["fault", "addresses", "runs", "median", "max", "requests lost (median)"],
  calm: ["program", "minutes", "takeovers", "per hour"],
  programFailover: ["policy", "runs", "median", "max", "requests lost (median)"],
  programs: ["starts", "start, median / p99", "end noticed, median / p99"],
  supervised: ["programs", "CPU of one core", "memory (PSS)"],
  storms: ["policy", "restarts per second", "CPU of one core"],
  cost: [
    "profile",
    "nodes",
    "rules",
    "CPU of one core, agent and guard",
    "RSS agent",
    "RSS guard",
    "PSS agent and guard",
  ],
} as const;

const ms = (value: number): string => `${value.toFixed(1)} ms`;

const table = (head: readonly string[], rows: readonly Row[]): readonly string[] => [
  `| ${head.join(" | ")} |`,
  `|${head.map(() => "---").join("|")}|`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];
