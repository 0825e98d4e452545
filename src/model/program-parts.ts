/**
 * What the file says of a program, key by key, and which of that its process is made from: where such a key says otherwise, a
 * program that runs begins anew. All else is taken in while it runs.
 */
import { stableText } from "../base/stable-text.js";
import { byName, type NodeName } from "./names.js";
import type { Cluster } from "./cluster.js";
import type { ProgramConfig, ProgramId, ProgramSource } from "./program.js";
import type { ProgramChange } from "./reload.js";

/** One key of a program in the file. */
export interface ProgramPart {
  readonly key: string;
  /** The same for the same meaning, and for no other. */
  readonly text: string;
  /** Its process is made from that. */
  readonly isOfProcess: boolean;
}

/** A program of a file, as far as is needed to tell it from that of another file. */
export interface ProgramInFile extends ProgramId {
  readonly parts: readonly ProgramPart[];
}

interface Said {
  readonly key: string;
  readonly value: unknown;
  readonly isOfProcess?: true;
}

const made = (key: string, value: unknown): Said => ({ key, value, isOfProcess: true });

/** Whatever a configuration has stands for some key of the file. */
const SAID: { readonly [Key in keyof Required<ProgramConfig>]: (config: ProgramConfig) => readonly Said[] } = {
  name: () => [],
  source: ({ source }) => saidOfSource(source),
  // A resource is another one for its agent where it has a role, and is told how many there are of it then.
  standby: ({ source, standby }) =>
    source.kind === "ocf" ? [made("standby", standby)] : [{ key: "standby", value: standby }],
  copies: ({ source, standby, copies }) => (source.kind === "ocf" && standby ? [made("nodes", copies ?? 1)] : []),
  ready: ({ ready }) => [
    { key: "ready", value: { ...ready, timeout: undefined } },
    { key: "start", value: ready.timeout },
  ],
  health: ({ health }) => [{ key: "health", value: health }],
  monitor: ({ monitor }) => [{ key: "health", value: monitor }],
  caughtUp: ({ caughtUp }) => [{ key: "caughtUp", value: caughtUp }],
  watchdog: ({ watchdog }) => [made("watchdog", watchdog)],
  stop: ({ stop }) => [{ key: "stop", value: stop }],
  restart: ({ restart }) => [{ key: "restart", value: restart }],
  onFail: ({ onFail }) => [{ key: "onFail", value: onFail }],
  onTrouble: ({ onTrouble }) => [{ key: "onTrouble", value: onTrouble }],
  after: ({ after }) => [{ key: "after", value: after }],
  roleCommand: ({ roleCommand }) => [made("role.command", roleCommand)],
  awaitsRole: ({ awaitsRole }) => [{ key: "role.wait", value: awaitsRole }],
  roleTimeout: ({ roleTimeout }) => [{ key: "role.timeout", value: roleTimeout }],
  settings: ({ settings: { user, directory, environment, memoryMax, cpuMax } }) => [
    made("user", user),
    made("directory", directory),
    made("environment", environment),
    made("limits", [memoryMax, cpuMax]),
  ],
};

function saidOfSource(source: ProgramSource): readonly Said[] {
  switch (source.kind) {
    case "command":
      return [made("run", source.command)];
    case "unit":
      return [made("unit", source.unit)];
    case "ocf":
      return [made("ocf", [source.provider, source.type]), made("params", source.parameters)];
  }
}

const saidOf = (config: ProgramConfig): readonly Said[] => Object.values(SAID).flatMap((each) => each(config));

/** What a run is made from, and was told: by anything else than that it begins anew. The same of whatever build read the file. */
export const processOf = (config: ProgramConfig): string =>
  stableText(saidOf(config).filter(({ isOfProcess }) => isOfProcess));

/** What of this machine it needs: its process, and what asks how that is. */
export const needsOf = (config: ProgramConfig): string =>
  stableText([
    processOf(config),
    { ...config.ready, timeout: undefined },
    config.health?.probe,
    config.caughtUp?.probe,
  ]);

/**
 * Of the services that a node may have.
 * @param textOf what stands for a value, where that itself is not to be told
 */
export const programsInFile = (
  { services }: Cluster,
  node: NodeName,
  textOf: (text: string) => string = (text) => text,
): readonly ProgramInFile[] =>
  services
    .filter(({ nodes }) => nodes.includes(node))
    .flatMap(({ name: service, programs }) =>
      (programs?.list ?? []).map((config) => ({
        service,
        program: config.name,
        parts: saidOf(config)
          .filter(({ value }) => value !== undefined)
          .map(({ key, value, isOfProcess = false }) => ({ key, text: textOf(stableText(value)), isOfProcess })),
      })),
    );

/** What becomes of programs that run by the first file when the second one takes force, in the order of the first. */
export const programChanges = (
  before: readonly ProgramInFile[],
  next: readonly ProgramInFile[],
): readonly ProgramChange[] =>
  before.flatMap(({ service, program, parts }): readonly ProgramChange[] => {
    const then = next.find((each) => each.service === service && each.program === program);
    if (then === undefined) return [{ service, program, how: "ends", keys: [] }];
    const others = [...partsLacking(then.parts, parts), ...partsLacking(parts, then.parts)];
    if (others.length === 0) return [];
    const ofProcess = others.filter(({ isOfProcess }) => isOfProcess);
    return ofProcess.length > 0
      ? [{ service, program, how: "begins-anew", keys: keysOf(ofProcess) }]
      : [{ service, program, how: "goes-on", keys: keysOf(others) }];
  });

const partsLacking = (parts: readonly ProgramPart[], from: readonly ProgramPart[]): readonly ProgramPart[] =>
  parts.filter(({ key, text }) => !from.some((each) => each.key === key && each.text === text));

const keysOf = (parts: readonly ProgramPart[]): readonly string[] =>
  [...new Set(parts.map(({ key }) => key))].toSorted(byName);
