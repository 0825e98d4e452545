/**
 * `npm run bench`: what a client sees when things fail, beside keepalived in the same run; takeovers without cause under
 * load; what an idle agent costs. Writes docs/benchmarks.md with the command that made it.
 *
 *     npm run bench -- --runs 20 --minutes 10 --sections failover,calm,cost
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Cost, measureCost } from "./cost.js";
import { type Sample, measureFailover } from "./failover.js";
import { KeepalivedSubject } from "./keepalived-subject.js";
import { LocumSubject } from "./locum-subject.js";
import { type Calm, measureCalm } from "./overload.js";
import { PATH_FAULTS, type PathSample, measurePaths } from "./path-failover.js";
import { type Results, renderResults } from "./report.js";
import { FAULTS, type Fault, type Subject } from "./subject.js";

const PAGE = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    minutes: { type: "string", default: "10" },
    seconds: { type: "string", default: "30" },
    nodes: { type: "string", default: "2,8,32" },
    sections: { type: "string", default: "failover,paths,calm,cost" },
    faults: { type: "string", default: FAULTS.join(",") },
    subjects: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});

type Open = () => Promise<Subject>;

const SUBJECTS: Readonly<Record<string, Open>> = {
  "locum-lan": () => LocumSubject.open("lan"),
  "locum-fast": () => LocumSubject.open("fast"),
  "keepalived-1000": () => KeepalivedSubject.open({ advertMs: 1_000 }),
  "keepalived-50": () => KeepalivedSubject.open({ advertMs: 50 }),
  "keepalived-10": () => KeepalivedSubject.open({ advertMs: 10 }),
  "keepalived-10-realtime": () => KeepalivedSubject.open({ advertMs: 10, realTime: true }),
};

const wanted = values.subjects === "" ? Object.keys(SUBJECTS) : values.subjects.split(",");
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

/** Each fault in a fresh lab, so that none inherits what another has left behind. */
async function failover(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, open] of opens) {
    for (const fault of values.faults.split(",") as readonly Fault[]) {
      if (name.startsWith("keepalived") && fault === "planned move") continue;
      const measure = (subject: Subject): Promise<readonly Sample[]> =>
        measureFailover(subject, fault, Number(values.runs), showSample);
      samples.push(...(await withSubject(open, measure)));
    }
  }
  return samples;
}

/** One address, and as many as a host that serves many names has. */
const ADDRESS_COUNTS = [1, 200];

async function paths(): Promise<readonly PathSample[]> {
  const samples: PathSample[] = [];
  for (const fault of PATH_FAULTS) {
    for (const addresses of ADDRESS_COUNTS) {
      samples.push(...(await measurePaths(fault, addresses, Number(values.runs), showPathSample)));
    }
  }
  return samples;
}

const showPathSample = ({ fault, addresses, gapMs, lost }: PathSample): void =>
  console.error(`paths, ${addresses} addresses  ${fault}  ${gapMs.toFixed(1)} ms, ${lost} lost`);

async function calm(): Promise<readonly Calm[]> {
  const found: Calm[] = [];
  for (const [name, open] of opens.filter(([each]) => each !== "keepalived-1000")) {
    console.error(`${name} for ${values.minutes} minutes with all cores overbooked`);
    found.push(await withSubject(open, (subject) => measureCalm(subject, Number(values.minutes))));
  }
  return found;
}

async function cost(): Promise<readonly Cost[]> {
  const found: Cost[] = [];
  for (const nodes of values.nodes.split(",").map(Number)) {
    for (const profile of nodes === 2 ? ["lan", "fast"] : ["lan"]) {
      console.error(`${nodes} idle agents, ${profile}`);
      found.push(await measureCost(profile, nodes, Number(values.seconds)));
    }
  }
  return found;
}

const sections = values.sections.split(",");
const results: Results = {
  command: `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim(),
  samples: sections.includes("failover") ? await failover() : [],
  paths: sections.includes("paths") ? await paths() : [],
  calm: sections.includes("calm") ? await calm() : [],
  costs: sections.includes("cost") ? await cost() : [],
};
const page = renderResults(results);
console.log(page);
if (values.write) writeFileSync(PAGE, page);
