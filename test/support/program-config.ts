/** Configurations of programs as a file without options would give them, and with changes. */
import { milliseconds, seconds } from "../../src/base/time.js";
import type { ServiceConfig } from "../../src/model/cluster.js";
import { type ProgramConfig, type ProgramsConfig, programName } from "../../src/model/program.js";

export const programConfig = (name: string, changes: Partial<ProgramConfig> = {}): ProgramConfig => ({
  name: programName(name),
  source: { kind: "command", command: [`/usr/bin/${name}`] },
  standby: false,
  ready: { kind: "notify", timeout: seconds(30) },
  health: undefined,
  stop: { signal: "SIGTERM", timeout: seconds(5) },
  restart: {
    delays: [milliseconds(0), seconds(1), seconds(5)],
    within: seconds(60),
    reset: seconds(600),
    exits: { "*": "restart" },
    exhausted: { kind: "move" },
  },
  onFail: "restart",
  onTrouble: "nothing",
  after: [],
  roleCommand: undefined,
  settings: { user: undefined, directory: undefined, environment: {}, memoryMax: undefined, cpuMax: undefined },
  ...changes,
});

/** All of them ready before the addresses go on. */
export const programsConfig = (
  list: readonly ProgramConfig[],
  changes: Partial<ProgramsConfig> = {},
): Pick<ServiceConfig, "programs"> => ({
  programs: { list, beforeAddresses: list.map(({ name }) => name), afterAddresses: [], ...changes },
});
