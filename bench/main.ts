/**
 * `npm run bench`: what a client sees when things fail, beside keepalived in the same run; takeovers without cause under
 * load; what an idle agent costs. With `--write`, the results become docs/benchmarks.md.
 *
 *     npm run bench -- --runs 20 --minutes 10 --sections failover,calm,cost
 *
 * A whole run takes hours. With `--results FILE` what is measured is kept there as soon as it is, and a run that was broken
 * off, or is made in parts, goes on with what is missing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureCost } from "./cost.js";
import { type Sample, measureFailover } from "./failover.js";
import { KeepalivedSubject } from "./keepalived-subject.js";
import { LocumSubject } from "./locum-subject.js";
import { measureCalm } from "./overload.js";
import { measurePlacement } from "./placement.js";
import { PATH_FAULTS, type PathSample, measurePaths } from "./path-failover.js";
import { PROGRAM_CASES, type ProgramSample, measureProgramFailover } from "./program-failover.js";
import { measureProgramSpeed } from "./program-speed.js";
import { type Results, renderResults } from "./report.js";
import { measureRemoval } from "./removal.js";
import { measureStorm, STORM_POLICIES } from "./restart-storm.js";
import { measureSupervised } from "./supervised.js";
import { FAULTS, type Fault, type Subject } from "./subject.js";

const PAGE = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

const SECTIONS = ["failover", "removal", "paths", "calm", "cost", "placement", "programs", "storms"] as const;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    minutes: { type: "string", default: "10" },
    seconds: { type: "string", default: "30" },
    nodes: { type: "string", default: "2,8,32" },
    sections: { type: "string", default: SECTIONS.join(",") },
    faults: { type: "string", default: FAULTS.join(",") },
    subjects: { type: "string", default: "" },
    results: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

/** @throws if one of the names is unknown, which would measure nothing or something else without a word. */
function chosen<Name extends string>(what: string, names: string, known: readonly Name[]): readonly Name[] {
  return names.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw new Error(`there is no ${what} "${name}"; there are: ${known.join(", ")}`);
    return found;
  });
}

type Open = () => Promise<Subject>;

const results = earlierResults();

function earlierResults(): Results {
  const none: Results = {
    commands: [],
    parts: [],
    samples: [],
    removals: [],
    paths: [],
    calm: [],
    costs: [],
    programs: [],
    supervised: [],
    programSamples: [],
    storms: [],
    placement: [],
  };
  const { results: file } = values;
  return file === undefined || !existsSync(file)
    ? none
    : { ...none, ...(JSON.parse(readFileSync(file, "utf8")) as Results) };
}

const SUBJECTS: Readonly<Record<string, Open>> = {
  "locum-lan": () => LocumSubject.open({ profile: "lan" }),
  "locum-fast": () => LocumSubject.open({ profile: "fast" }),
  "static-arp-listen": () => LocumSubject.open({ profile: "lan", identity: "listen" }),
  "static-arp-mac": () => LocumSubject.open({ profile: "lan", identity: "mac" }),
  "keepalived-1000": () => KeepalivedSubject.open({ advertMs: 1_000 }),
  "keepalived-50": () => KeepalivedSubject.open({ advertMs: 50 }),
  "keepalived-10": () => KeepalivedSubject.open({ advertMs: 10 }),
  "keepalived-10-realtime": () => KeepalivedSubject.open({ advertMs: 10, realTime: true }),
};

const wanted =
  values.subjects === "" ? Object.keys(SUBJECTS) : chosen("subject", values.subjects, Object.keys(SUBJECTS));
const opens = Object.entries(SUBJECTS).filter(([name]) => wanted.includes(name));

async function withSubject<Result>(open: Open, measure: (subject: Subject) => Promise<Result>): Promise<Result> {
  const subject = await open();
  try {
    return await measure(subject);
  } finally {
    await subject.close();
  }
}

const showSample = ({ subject, fault, gapMs, lost }: Sample): void =>
  console.error(`${subject}  ${fault}  ${gapMs.toFixed(1)} ms, ${lost} lost`);

/** Measures one part, unless its results are there already. */
async function part(name: string, measure: () => Promise<void>): Promise<void> {
  if (results.parts.includes(name)) return;
  console.error(name);
  await measure();
  results.parts.push(name);
  if (values.results !== undefined) writeFileSync(values.results, JSON.stringify(results));
}

/** Only then does the other node answer for its MAC: a machine that is up keeps it. */
const LOSES_MAC: ReadonlySet<Fault> = new Set(["cable cut", "node frozen", "power off"]);

/** Each fault in a fresh lab, so that none inherits what another has left behind; the subjects in turn for each fault. */
async function failover(): Promise<void> {
  for (const fault of chosen("fault", values.faults, FAULTS)) {
    for (const [name, open] of opens) {
      if (name.startsWith("keepalived") && fault === "planned move") continue;
      if (name === "static-arp-listen" && !LOSES_MAC.has(fault)) continue;
      await part(`${name}: ${fault}`, async () => {
        const measure = (subject: Subject): Promise<readonly Sample[]> =>
          measureFailover(subject, fault, Number(values.runs), showSample);
        results.samples.push(...(await withSubject(open, measure)));
      });
    }
  }
}

async function removal(): Promise<void> {
  for (const profile of ["lan", "fast"]) {
    await part(`${profile}: the address is gone after kill -9`, async () => {
      results.removals.push(
        ...(await measureRemoval(profile, Number(values.runs), ({ ms }) =>
          console.error(`${profile}: off its node after ${ms.toFixed(1)} ms`),
        )),
      );
    });
  }
}

/** One address, and as many as a host that serves many names has. */
const ADDRESS_COUNTS = [1, 200];

async function paths(): Promise<void> {
  for (const fault of PATH_FAULTS) {
    for (const addresses of ADDRESS_COUNTS) {
      await part(`path group, ${addresses} addresses: ${fault}`, async () => {
        results.paths.push(...(await measurePaths(fault, addresses, Number(values.runs), showPathSample)));
      });
    }
  }
}

const showPathSample = ({ fault, addresses, gapMs, lost }: PathSample): void =>
  console.error(`paths, ${addresses} addresses  ${fault}  ${gapMs.toFixed(1)} ms, ${lost} lost`);

/** All programs beside each other, so that each is under the same load at the same time. */
async function calm(): Promise<void> {
  const beside = opens.filter(([name]) => !name.startsWith("static-arp"));
  await part(
    `${beside.map(([name]) => name).join(", ")}: ${values.minutes} minutes with all cores overbooked`,
    async () => {
      const subjects: Subject[] = [];
      try {
        for (const [, open] of beside) subjects.push(await open());
        results.calm.push(...(await measureCalm(subjects, Number(values.minutes))));
      } finally {
        for (const subject of subjects) await subject.close();
      }
    },
  );
}

/**
 * So many packets a second go between the agents that one machine can stand in for all of theirs only where they are few,
 * or heartbeats rare: 32 nodes on two networks at 25 ms are 79,360 packets a second, each sealed once and opened once.
 */
const COST_PROFILES: ReadonlyMap<number, readonly string[]> = new Map([
  [2, ["lan", "fast", "wan"]],
  [8, ["lan", "wan"]],
  [32, ["wan"]],
]);

/** As many as the largest of sets that operators keep. */
const RULES = 100;

async function cost(): Promise<void> {
  for (const nodes of values.nodes.split(",").map(Number)) {
    for (const profile of COST_PROFILES.get(nodes) ?? ["lan"]) {
      await part(`${nodes} idle agents, ${profile}`, async () => {
        results.costs.push(await measureCost(profile, nodes, 0, Number(values.seconds)));
      });
    }
  }
  await part(`2 idle agents, lan, ${RULES} rules`, async () => {
    results.costs.push(await measureCost("lan", 2, RULES, Number(values.seconds)));
  });
}

async function placement(): Promise<void> {
  await part("1,000 services on 100 nodes", async () => {
    results.placement = measurePlacement();
  });
}

/** As many programs as a host with many small services has. */
const PROGRAMS = 200;

async function programs(): Promise<void> {
  for (const what of PROGRAM_CASES) {
    await part(`program kill -9: ${what}`, async () => {
      results.programSamples.push(...(await measureProgramFailover(what, Number(values.runs), showProgramSample)));
    });
  }
  await part("starts and ends of a program", async () => {
    results.programs.push(await measureProgramSpeed(Number(values.runs)));
  });
  await part(`${PROGRAMS} programs with a check each second`, async () => {
    results.supervised.push(await measureSupervised(PROGRAMS, Number(values.seconds)));
  });
}

async function storms(): Promise<void> {
  for (const policy of STORM_POLICIES) {
    await part(`a program that ends at once, restart: ${policy}`, async () => {
      results.storms.push(await measureStorm(policy, Number(values.seconds)));
    });
  }
}

const showProgramSample = ({ case: what, gapMs, lost }: ProgramSample): void =>
  console.error(`program kill -9  ${what}  ${gapMs.toFixed(1)} ms, ${lost} lost`);

const sections = chosen("section", values.sections, SECTIONS);
const given = process.argv.slice(2).map((word) => (word.includes(" ") ? `"${word}"` : word));
results.commands.push(["npm run bench --", ...given].join(" "));
if (sections.includes("failover")) await failover();
if (sections.includes("removal")) await removal();
if (sections.includes("paths")) await paths();
if (sections.includes("calm")) await calm();
if (sections.includes("cost")) await cost();
if (sections.includes("placement")) await placement();
if (sections.includes("programs")) await programs();
if (sections.includes("storms")) await storms();
const page = renderResults(results);
console.log(page);
if (values.write) writeFileSync(PAGE, page);
