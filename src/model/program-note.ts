import type { Duration } from "../base/time.js";
import type { ServiceName } from "./names.js";
import type { ProgramExit, ProgramName, ProgramRole } from "./program.js";

/** What programs have to say; part of Note. */
export type ProgramNote = { readonly service: ServiceName; readonly program: ProgramName } & ProgramEvent;

/** What happened to a program, and what follows. */
export type ProgramEvent =
  | { readonly code: "program.starting"; readonly role: ProgramRole }
  | { readonly code: "program.ready"; readonly took: Duration }
  /** Why it is asked to end, and what follows when it has. */
  | { readonly code: "program.stopping"; readonly why: StopCause; readonly next: ProgramNext }
  | { readonly code: "program.stopped"; readonly took: Duration }
  /** By itself. */
  | {
      readonly code: "program.exited";
      readonly exit: ProgramExit;
      /** Since it was started. */
      readonly ranFor: Duration;
      readonly next: ProgramNext;
      /** It was so long before, when no agent was there. */
      readonly ago?: Duration;
      /** As its file has it: it has done its work. */
      readonly isDone?: true;
    }
  | { readonly code: "program.not-started"; readonly problem: string; readonly next: ProgramNext }
  /** It was not ready in time. */
  | { readonly code: "program.late"; readonly waited: Duration; readonly next: ProgramNext }
  | { readonly code: "program.troubled"; readonly problem: string; readonly next: ProgramNext }
  | { readonly code: "program.recovered" }
  /** It did not end in time: everything that it left gets SIGKILL. */
  | { readonly code: "program.killed"; readonly waited: Duration }
  /** SIGKILL at once: another node has begun to run it, or the guard has killed it while the agent was out. */
  | { readonly code: "program.killed-at-once"; readonly by: "rival" | "guard" }
  /** Not even that ended it. */
  /** `problem`: what its host says of that, as what SIGKILL did not end, or what its agent answered to `stop`. */
  | { readonly code: "program.stuck"; readonly waited: Duration; readonly problem?: string }
  | { readonly code: "program.role-told"; readonly role: ProgramRole }
  | {
      readonly code: "program.role-refused";
      readonly role: ProgramRole;
      readonly problem: string;
      readonly next: ProgramNext;
    }
  /** It outlived the agent, in a pause, and the next one goes on with it. */
  | { readonly code: "program.kept"; readonly role: ProgramRole; readonly ranFor: Duration }
  /** The process that watches the programs died, and they with it; so long before it was known what is left of them. */
  | { readonly code: "program.host-lost"; readonly next: ProgramNext; readonly ago?: Duration }
  /** An earlier such process left it, SIGKILL was sent to it, and it is not proved to have ended. */
  | { readonly code: "program.left"; readonly next: ProgramNext; readonly ago?: Duration }
  /** It runs although it must not, and was not started by this agent. */
  | { readonly code: "program.stray"; readonly isPromoted: boolean }
  /** Nothing runs of it, and nothing can: it is not installed, or not configured. */
  | { readonly code: "program.unusable"; readonly problem: string }
  /** Whether it runs could not be found out. */
  | { readonly code: "program.unprobed"; readonly problem: string };

/** `not-wanted`: its service is not held here. `order`: an operator restarts it. `changed`: so has its configuration. `stray`: it was not started by this agent. */
export type StopCause = "not-wanted" | "order" | "changed" | "stray";

/** What is done about a program that ended, or must. */
export type ProgramNext =
  /** `nth` of `of` in `within`. */
  | {
      readonly kind: "restart";
      readonly delay: Duration;
      readonly nth: number;
      readonly of: number;
      readonly within: Duration;
    }
  /** Beside all counting: it was not its fault. */
  | { readonly kind: "start-again" }
  /** `usedUp`: so many restarts were of no use. `again`: no other node can take the service, and it is tried again in so long. */
  | { readonly kind: "move"; readonly usedUp: number; readonly again?: Duration }
  | { readonly kind: "stop"; readonly usedUp: number }
  | { readonly kind: "retry"; readonly delay: Duration; readonly usedUp: number }
  | { readonly kind: "nothing" };
