import { setTimeout as pause } from "node:timers/promises";
import { hasItsNumber, identitiesOf, type ProcessIdentity, survivorsText } from "../../os/linux/process-state.js";
import { endOcfResource } from "../../os/node/ocf-agent.js";
import { showUnit, systemctl, systemdMissing } from "../../os/node/systemd-units.js";
import { isSameProgram, type ProgramId, type ProgramLeft } from "../../model/program.js";
import {
  killRecorded,
  recordedProcesses,
  type ProgramRecord,
  programsLeft,
  programsOf,
  RECORDED_STOP_TIMEOUT,
  type RecordedItem,
  removeRecorded,
} from "./program-record.js";
import { type HostedRun, RunEnd } from "./program-host-tools.js";

/** Killed processes are gone in milliseconds; nobody's start waits longer for what does not end. */
const MOMENT_MS = 200;
const MOMENT_POLL_MS = 5;
/** Process 1 takes the dead away at once; where it does not, that keeps programs from starting no longer than this. */
const DEAD_MS = 2_000;
/** How often what did not end in that time is looked at, and killed or asked again. */
const LOOK_MS = 250;
const ASK_AGAIN_MS = 1_000;

/**
 * What an earlier program host left on record: it is killed, or asked to end by whom it belongs to. What is not proved to
 * have ended stays on record and counts as running, since another run of it, here or elsewhere, would fight with it.
 */
export class Remains {
  readonly #record: ProgramRecord;
  readonly #items: Set<RecordedItem>;
  /** Killed, and not known to have been taken away: a program that finds the number of its last run in use does not start. */
  readonly #dying: readonly ProcessIdentity[];

  /** @param dying what others have killed already */
  constructor(record: ProgramRecord, dying: readonly ProcessIdentity[] = []) {
    this.#record = record;
    this.#dying = [...dying, ...identitiesOf(recordedProcesses(record.items))];
    this.#items = new Set(record.items);
  }

  /** Ends it, and waits for a moment until it has. */
  async end(): Promise<void> {
    for (const item of this.#items) void this.#dismiss(item);
    this.kill();
    for (let waited = 0; waited < MOMENT_MS && !this.#areGone(); waited += MOMENT_POLL_MS) await pause(MOMENT_POLL_MS);
    for (let waited = 0; waited < DEAD_MS && this.#areDeadThere(); waited += MOMENT_POLL_MS)
      await pause(MOMENT_POLL_MS);
  }

  kill(): void {
    killRecorded([...this.#items]);
  }

  /** Programs of which something may still run. */
  left(): readonly ProgramLeft[] {
    return programsLeft([...this.#items]);
  }

  /** Calls once, when nothing of the program is left. */
  whenGone(of: ProgramId, callback: () => void): void {
    const look = setInterval(() => {
      // What was on its way into its group in the first moment was not hit.
      this.kill();
      this.#areGone();
      if (this.left().some((each) => isSameProgram(each, of))) return;
      clearInterval(look);
      callback();
    }, LOOK_MS);
  }

  /** What lives still is waited for by those who need it gone. */
  #areDeadThere(): boolean {
    return this.#dying.some((each) => hasItsNumber(each) && survivorsText([each.pid]) === "");
  }

  #areGone(): boolean {
    for (const item of this.#items) {
      const hasEnded = item.kind === "group" ? removeRecorded([item]) : programsOf(item).length === 0;
      if (hasEnded) this.#drop(item);
    }
    return this.#items.size === 0;
  }

  #drop(item: RecordedItem): void {
    if (this.#items.delete(item)) this.#record.remove(item);
  }

  /** Units and resources are more than processes: whom they belong to is asked until it says that they have ended. */
  async #dismiss(item: RecordedItem): Promise<void> {
    if (item.kind !== "unit" && item.kind !== "ocf") return;
    while (
      !(await (item.kind === "unit"
        ? endUnit(item.unit)
        : endOcfResource(item.instance, item.isPromotable, RECORDED_STOP_TIMEOUT)))
    )
      await pause(ASK_AGAIN_MS);
    this.#drop(item);
  }
}

/** Stands for what is left of a program, until nothing is. */
export class RemainingRun implements HostedRun {
  readonly #remains: Remains;
  readonly #end = new RunEnd();

  constructor(remains: Remains, of: ProgramId, onGone: () => void) {
    this.#remains = remains;
    remains.whenGone(of, () => {
      onGone();
      this.#end.reach();
    });
  }

  begin(): void {}

  stop(): void {
    this.#remains.kill();
  }

  kill(): void {
    this.#remains.kill();
  }

  tellRole(): void {}

  watchBy(): void {}

  doorOpened(): void {}

  end(): Promise<void> {
    this.#remains.kill();
    return this.#end.reached;
  }
}

/** @returns whether it has ended. */
async function endUnit(unit: string): Promise<boolean> {
  if (systemdMissing() !== undefined) return true;
  await systemctl(["kill", "--signal=SIGKILL", "--", unit]);
  await systemctl(["stop", "--no-block", "--", unit]);
  const state = await showUnit(unit);
  return state !== undefined && (!state.isLoaded || state.activity === "inactive" || state.activity === "failed");
}
