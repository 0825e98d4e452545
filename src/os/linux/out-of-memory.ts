/** Whom the kernel ends when memory runs out: see proc_pid_oom_score_adj(5). */
import { writeFileSync } from "node:fs";

/** Makes the kernel end other programs first when memory runs out. @returns the refusal, as an errno name. */
export const avoidOutOfMemoryKiller = (): string | undefined => setOutOfMemoryScore(-1_000);

/** Makes this process and what it starts one like all others when memory runs out. @returns the refusal, as an errno name. */
export const acceptOutOfMemoryKiller = (): string | undefined => setOutOfMemoryScore(0);

function setOutOfMemoryScore(score: number): string | undefined {
  try {
    writeFileSync("/proc/self/oom_score_adj", String(score));
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "EIO";
  }
}
