/** What a command that only looks and reports has to say, and its exit code (0 done, 1 no, 2 wrong usage or configuration). */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}
