import type { Command } from "commander";

/** `locum demo`: a cluster on this machine that is broken on purpose. Exit code 0 when the client was always served. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("build a cluster on this machine, break it, and show what a client saw")
    .action(async () => {
      const { enterUserNamespace } = await import("../../../lab/privileges.js");
      enterUserNamespace();
      const { playDemo } = await import("./demo.js");
      const served = await playDemo((line) => void process.stdout.write(`${line}\n`));
      process.exitCode = served ? 0 : 1;
    });
}
