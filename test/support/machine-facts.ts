import type { ExecutableFault, MachineFacts, ProgramFacts } from "../../src/model/configuration/machine-facts.js";

/** Of a path where nothing is. */
export const NO_FILE: ExecutableFault = { kind: "missing", problem: "there is no such file" };

/** A machine on which all is there that programs may need. */
export const ALL_PROGRAMS: ProgramFacts = {
  executables: new Map(),
  directories: new Map(),
  unknownUsers: new Set(),
  beyondUsers: new Set(),
  agents: new Map(),
  agentsHere: [],
  muteAgents: new Set(),
  notifiedAgents: new Set(),
  stopAdvice: new Map(),
  refusedResources: new Map(),
  hasSystemd: true,
  units: new Map(),
  controllers: new Set(["memory", "cpu"]),
};

/** A machine of which there is nothing to complain; its kernel and secret are each test's own. */
export const SOUND_MACHINE: Omit<MachineFacts, "kernel" | "secret"> = {
  portUsers: [],
  missingRights: [],
  programs: ALL_PROGRAMS,
  errandFiles: new Map(),
  isRoot: true,
};
