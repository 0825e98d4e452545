import { existsSync } from "node:fs";
import type { ProbedProgram, ProgramId, ProgramProbe, ProgramSource } from "../../model/program.js";
import { canPromote } from "../../wire/ocf-metadata.js";
import { ocfStatusText } from "../../model/exit-text.js";
import { commandProblem } from "../../os/node/program-process.js";
import { askMetadata, OCF_STATUS, ocfAgentFile, ocfMeta, runningRole, runOcfAction } from "../../os/node/ocf-agent.js";
import { showUnit, systemdMissing } from "../../os/node/systemd-units.js";
import { ocfActionTimeout, ocfInstanceOf } from "./ocf-run.js";
import type { HostTools } from "./program-host-tools.js";

/** A machine that comes up has other things to do as well. */
const AT_ONCE = 4;

type OcfSource = Extract<ProgramSource, { readonly kind: "ocf" }>;

/**
 * Whether units and resources run that nobody asked this host to start. Some at a time, each within the time that systemd, or
 * its agent, has for that; one that is started meanwhile is not asked for any more, since its agent does one thing at a time.
 */
export class ProgramProbes {
  readonly #tools: Pick<HostTools, "options" | "say">;
  readonly #waiting: ProgramProbe[] = [];
  readonly #asked = new Map<ProgramProbe, AbortController>();

  constructor(tools: Pick<HostTools, "options" | "say">) {
    this.#tools = tools;
  }

  ask(probe: ProgramProbe): void {
    this.#waiting.push(probe);
    this.#next();
  }

  /** It is started, or the one that asks is gone. @param of undefined: of all */
  drop(of?: ProgramId): void {
    const isMeant = ({ service, config }: ProgramProbe): boolean =>
      of === undefined || (service === of.service && config.name === of.program);
    const left = this.#waiting.filter((each) => !isMeant(each));
    this.#waiting.splice(0, this.#waiting.length, ...left);
    for (const [probe, abort] of this.#asked) if (isMeant(probe)) abort.abort();
  }

  #next(): void {
    const probe = this.#asked.size < AT_ONCE ? this.#waiting.shift() : undefined;
    if (probe === undefined) return;
    const abort = new AbortController();
    this.#asked.set(probe, abort);
    void this.#answerTo(probe, abort.signal).then((answer) => {
      this.#asked.delete(probe);
      const { service, config } = probe;
      const of = { service, program: config.name };
      if (!abort.signal.aborted) this.#tools.say({ kind: "program-probed", probe: probe.probe, ...of, answer });
      this.#next();
    });
    this.#next();
  }

  #answerTo(probe: ProgramProbe, signal: AbortSignal): Promise<ProbedProgram> {
    const { source } = probe.config;
    if (source.kind === "unit") return probeUnit(source.unit);
    if (source.kind === "ocf") return this.#probeResource(probe, source, signal);
    return Promise.resolve({ kind: "unknown", problem: "nobody can be asked about a command" });
  }

  async #probeResource(probe: ProgramProbe, source: OcfSource, signal: AbortSignal): Promise<ProbedProgram> {
    const { options } = this.#tools;
    const bare = ocfInstanceOf(probe, source, options);
    const file = ocfAgentFile(bare);
    const missing = commandProblem([file], undefined);
    if (missing !== undefined) return { kind: existsSync(file) ? "unknown" : "unusable", problem: missing };
    const metadata = await askMetadata(bare);
    if (metadata === undefined) return { kind: "unknown", problem: `${file} does not say what it is (meta-data)` };
    if (signal.aborted) return { kind: "unknown", problem: "it was started" };
    const meta = ocfMeta(probe.config, options.node, probe.config.standby && canPromote(metadata));
    const timeout = probe.config.monitor?.timeout ?? ocfActionTimeout(metadata, "monitor");
    const status = await runOcfAction({ ...bare, meta }, "monitor", timeout, signal);
    return readOcfProbe(status);
  }
}

/** @param status of a monitor that asks once, of what was not started; undefined: there was none in time. */
function readOcfProbe(status: number | undefined): ProbedProgram {
  const role = runningRole(status);
  if (role !== undefined) return { kind: "runs", isPromoted: role === "promoted" };
  if (status === OCF_STATUS.notRunning) return { kind: "not-running" };
  if (status === undefined) return { kind: "unknown", problem: "monitor did not answer in time" };
  const problem = `monitor answers with ${ocfStatusText(status)}`;
  return { kind: UNUSABLE.has(status) ? "unusable" : "unknown", problem };
}

const UNUSABLE: ReadonlySet<number> = new Set([OCF_STATUS.notInstalled, OCF_STATUS.notConfigured]);

async function probeUnit(unit: string): Promise<ProbedProgram> {
  const missing = systemdMissing();
  if (missing !== undefined) return { kind: "unusable", problem: missing };
  const state = await showUnit(unit);
  if (state === undefined) return { kind: "unknown", problem: "systemd does not answer" };
  if (state.activity === "inactive" || state.activity === "failed")
    return state.isLoaded ? { kind: "not-running" } : { kind: "unusable", problem: `systemd has no unit ${unit}` };
  return { kind: "runs", isPromoted: false };
}
