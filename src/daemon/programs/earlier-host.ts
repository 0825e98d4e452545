/*
 * The program host of an earlier agent, as the next one finds it at its start. One that kept programs in a pause is gone on
 * with. One that still ends them is waited for, before anything is decided or said to peers: until then they count this
 * machine as one that keeps its services, and nobody may begin elsewhere. Outside of a pause nobody is waited for.
 */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Duration, type Instant, after, instant, milliseconds, seconds } from "../../base/time.js";
import { isLocked } from "../../os/linux/file-lock.js";
import { type ProcessLoad, readProcessLoad } from "../../os/linux/process-load.js";
import { survivorsText } from "../../os/linux/process-state.js";
import { signalIfThere } from "../../os/node/signal-if-there.js";
import { isJsonObject, parseJson } from "../records/stored-json.js";
import { HostPulse } from "./host-pulse.js";
import { ANSWER_MS_MAX, findHost, type FoundHost } from "./host-process.js";
import { endingFile, hostLockFile, programRecordFile } from "./program-protocol.js";
import { killRecorded, readProgramRecord } from "./program-record.js";

/** A host that was asked so often in vain does not run any more; it may be a moment less each time. */
const SILENT_TRIES_MAX = 3 - 0.5;
/** As often in vain is one asked that a disk gives nothing: half a minute, if all is as usual. */
const STUCK_TRIES_MAX = 6;
/** Of one that does not say how long it needs. */
const ENDING_MAX: Duration = seconds(600);
/** A busy machine may need more time than it said. */
const MARGIN: Duration = seconds(10);
const LOOK_MS = 20;
/** What SIGKILL does not end in that time, nothing does. */
const KILL_MAX: Duration = seconds(5);
/** As the kernel cuts it off. */
const HOST_COMMAND = "locum-program-host".slice(0, 15);

export interface EarlierHostOptions {
  readonly socket: string;
  readonly clock: () => Instant;
  /** How long it may take to answer, unless as usual. */
  readonly answerMsMax?: number;
  /** It kept programs, and speaks another version: it ends them in order. */
  readonly onOtherProtocol: (protocol: number) => void;
  /** It is waited for, until then at most: until it ends, as it is about to, or until it answers, which it does not. */
  readonly onWait: (until: Instant, what: "answer" | "end") => void;
  /**
   * It gave no sign of life, or did not end in time: it was killed, with what it had.
   * @param survivor says what it is in where even SIGKILL did not end it yet, and no host begins before it has; else empty.
   */
  readonly onKilled: (survivor: string) => void;
}

/** Whether there may be one: an agent before this has had programs, and no other has seen to what it left. */
export const mayHaveHost = (socket: string): boolean => existsSync(programRecordFile(socket));

/** Finds the host to go on with; when there is another, resolves only after its end. Never rejects. */
export async function findEarlierHost(options: EarlierHostOptions): Promise<FoundHost> {
  const { socket, clock, answerMsMax = ANSWER_MS_MAX } = options;
  if (!mayHaveHost(socket)) return { kind: "none" };
  const interval = milliseconds(answerMsMax);
  const patience = milliseconds(answerMsMax * SILENT_TRIES_MAX);
  const pulse = new HostPulse(clock(), { interval, patience, stuckMax: milliseconds(answerMsMax * STUCK_TRIES_MAX) });
  const giveUpAt = after(clock(), ENDING_MAX);
  let isAwaited = false;
  for (;;) {
    const found = await findHost(socket, answerMsMax);
    if (found.kind === "found") return found;
    if (found.kind === "other-protocol") options.onOtherProtocol(found.protocol);
    if (!isLocked(hostLockFile(socket))) return found;
    const until = endingUntil(socket);
    if (found.kind === "silent" && until === undefined) {
      const isHung = pulse.feel(clock(), () => loadOf(socket)) === "hangs";
      if (isHung || clock() >= giveUpAt) {
        await killHost(options);
        return found;
      }
      if (!isAwaited) options.onWait(giveUpAt, "answer");
      isAwaited = true;
      continue;
    }
    if (found.kind === "none" && until === undefined) return found;
    await awaitEnd(until ?? after(options.clock(), ENDING_MAX), options);
    return found;
  }
}

async function awaitEnd(announced: Instant, options: EarlierHostOptions): Promise<void> {
  const until = after(announced, MARGIN);
  options.onWait(until, "end");
  if (!(await hasEnded(until, options))) await killHost(options);
}

/** @returns false when it has not by then. */
async function hasEnded(until: Instant, { socket, clock }: EarlierHostOptions): Promise<boolean> {
  while (isLocked(hostLockFile(socket))) {
    if (clock() >= until) return false;
    await pause(LOOK_MS);
  }
  return true;
}

/** The next host sees to it that what is on record has ended, as it does when one dies by itself. */
async function killHost(options: EarlierHostOptions): Promise<void> {
  const { socket, clock } = options;
  const pid = holderOf(hostLockFile(socket));
  if (pid === undefined) return;
  signalIfThere(pid, "SIGKILL");
  const isGone = await hasEnded(after(clock(), KILL_MAX), options);
  killRecorded(readProgramRecord(socket));
  options.onKilled(isGone ? "" : survivorsText([pid]));
}

/** The process that has the lock; undefined when that is not known for sure. */
function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    const command = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    return command === HOST_COMMAND && isLocked(file) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function loadOf(socket: string): ProcessLoad | undefined {
  const pid = holderOf(hostLockFile(socket));
  return pid === undefined ? undefined : readProcessLoad(pid);
}

function endingUntil(socketPath: string): Instant | undefined {
  try {
    const said = parseJson(readFileSync(endingFile(socketPath), "utf8"));
    const until = isJsonObject(said) ? said["until"] : undefined;
    return typeof until === "number" && Number.isSafeInteger(until) ? instant(until) : undefined;
  } catch {
    return undefined;
  }
}
