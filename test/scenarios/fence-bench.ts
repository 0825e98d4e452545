/** The devices of a scenario that cut nodes off: each does what it is told to be like, in the scenario's own time. */
import { type Instant, milliseconds } from "../../src/base/time.js";
import type { ErrandEffect, ErrandInput } from "../../src/model/errand.js";
import type { FenceConfig, FenceMethod } from "../../src/model/fencing.js";
import type { NodeName } from "../../src/model/names.js";
import type { ScenarioBench } from "./bench.js";

export interface Device {
  /** Until it answers. */
  readonly ms: number;
  /** `cuts`: the node has lost its power by then. `lies`: it says so, and nothing has happened. `fails`: it says no. */
  readonly does: "cuts" | "lies" | "fails";
}

interface Around {
  readonly now: () => Instant;
  readonly say: (line: string) => void;
  readonly powerOff: (node: NodeName) => void;
  readonly answer: (node: NodeName, input: ErrandInput) => void;
}

/** The agent is killed, and another one starts at once on the same machine. */
export function restartAgent(bench: ScenarioBench, name: string): void {
  const member = bench.member(name);
  const left = bench.programs.inherit(member.name);
  bench.start(name);
  bench.input(member, left.length > 0 ? { kind: "program-host-lost", left } : { kind: "no-programs-left" });
}

type FenceErrand = Extract<ErrandEffect, { readonly kind: "run-errand" }>;

export class BenchFencing {
  /** By the name of the method, which is that of its program. */
  readonly devices: Map<string, Device> = new Map();
  readonly #around: Around;
  readonly #coming: { readonly at: number; readonly happen: () => void }[] = [];

  constructor(around: Around) {
    this.#around = around;
  }

  get nextAt(): number {
    return Math.min(...this.#coming.map(({ at }) => at));
  }

  happen(): void {
    const next = this.#coming.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) return;
    this.#coming.splice(this.#coming.indexOf(next), 1);
    next.happen();
  }

  order(by: NodeName, { errand, command }: FenceErrand): void {
    if (errand.kind !== "fence") return;
    const [program = ""] = command;
    const method = program.slice(program.lastIndexOf("/") + 1);
    const { ms, does } = this.devices.get(method) ?? { ms: 1_000, does: "fails" };
    this.#around.say(`${by} runs ${method} against ${errand.node}`);
    this.later(ms, () => {
      if (does === "cuts") this.#around.powerOff(errand.node);
      const problem = does === "fails" ? "it ended with status 1: no answer" : undefined;
      const outcome = { problem, output: "", took: milliseconds(ms) };
      this.#around.answer(by, { kind: "errand-ended", errand, outcome });
    });
  }

  /** What happens by itself after a while. */
  later(ms: number, happen: () => void): void {
    this.#coming.push({ at: this.#around.now() + ms * 1_000, happen });
  }
}

export const fenceMethod = (name: string, changes: Partial<FenceMethod> = {}): FenceMethod => ({
  name,
  command: [`/sbin/${name}`],
  speech: { kind: "json" },
  secretFile: undefined,
  timeout: milliseconds(60_000),
  nodes: [],
  ...changes,
});

export const fenceConfig = (names: readonly string[], changes: Partial<FenceConfig> = {}): FenceConfig => ({
  methods: names.map((name) => fenceMethod(name)),
  origin: "cluster",
  when: ["stuck"],
  delay: milliseconds(2_000),
  attempts: 2,
  retry: milliseconds(30_000),
  rest: milliseconds(600_000),
  ...changes,
});
