/** All processes of one run of a program, and of what it started, whatever they did to get away. */
export interface ProgramGroup {
  /** Files that a process writes `0` to, in order to become a member; empty: members are known by other marks. */
  readonly entries: readonly string[];
  /** What is asked for and can't be had on this machine, in words that follow a colon; empty: nothing. */
  readonly shortcomings: readonly string[];
  /**
   * To be called before something is started in it. Makes it anew where somebody has removed it: who may remove control groups
   * may do so while they are empty. After a kill, something may be born in it again.
   * @throws when the kernel refuses that.
   */
  restore(): void;
  /** Whether a living process is a member. */
  has(pid: number): boolean;
  /** Living processes, in no order. */
  members(): readonly number[];
  isPopulated(): boolean;
  /** Calls once when no process is left; never from within this call. */
  whenEmpty(callback: () => void): void;
  /**
   * SIGKILL to all of them. They end after that; what can't die is still there, and what was born in the same moment may be.
   * What is in it may start nothing any more, where the kernel knows of that.
   */
  kill(): void;
  /** How often the kernel has killed one of them for want of memory. */
  outOfMemoryKills(): number;
  /** How often a start of a process or thread was refused, because there may be no more in it. */
  refusedStarts(): number;
  /** To be called when it is empty. */
  remove(): void;
}

/** A process that one has started, and of which others may descend. */
export interface ProgramGroups {
  make(name: string, limits: GroupLimits): ProgramGroup;
  /** What is left of all of them is killed, and nothing of ours stays behind in the system. */
  clear(): void;
}

export interface GroupLimits {
  /** Bytes; undefined: no limit. */
  readonly memoryMax: number | undefined;
  /** Cores; undefined: no limit. */
  readonly cpuMax: number | undefined;
}
