import type { Instant } from "../base/time.js";
import type { Note } from "../model/note.js";
import type { NodeName } from "../model/names.js";
import { lockForLife } from "../os/linux/file-lock.js";
import { bootClock } from "../os/linux/libc.js";
import type { AgentOptions } from "./agent-options.js";
import { Chronicle } from "./records/chronicle.js";
import { EventFile } from "./records/event-file.js";
import { EventRing } from "./records/event-ring.js";
import { Impairments } from "./impairments.js";
import type { Log } from "./log.js";
import { takeRuntimePlace, type RuntimePlace } from "./runtime-place.js";
import { StateDirectory } from "./records/state-directory.js";
import { WallClock } from "./wall-clock.js";

/** What stands before the first decision: places on disk, clocks, and somewhere to say what happens. */
export interface Foundation {
  readonly options: AgentOptions;
  readonly self: NodeName;
  readonly log: Log;
  readonly clock: () => Instant;
  readonly wall: WallClock;
  readonly place: RuntimePlace;
  readonly state: StateDirectory;
  readonly eventFile: EventFile;
  readonly history: EventRing;
  readonly chronicle: Chronicle;
  readonly impairments: Impairments;
}

/** @throws {LocumError} when another agent has the socket or the state directory. */
export function layFoundation(options: AgentOptions, self: NodeName, log: Log): Foundation {
  const early: Note[] = [];
  let say = (note: Note): void => void early.push(note);
  const place = takeRuntimePlace(options.socket, lockForLife);
  const impairments = new Impairments(bootClock, (note) => say(note));
  const state = new StateDirectory({ path: options.state, impairments, lock: lockForLife });
  const eventFile = new EventFile({ directory: options.state, program: options.program, impairments });
  const past = eventFile.read();
  const history = new EventRing(self, past.events, past.nextSequence);
  const chronicle = new Chronicle({ history, log, file: eventFile, wallMs: Date.now });
  say = (note) => chronicle.say(note);
  early.forEach(say);
  const wall = new WallClock(bootClock);
  return { options, self, log, clock: bootClock, wall, place, state, eventFile, history, chronicle, impairments };
}
