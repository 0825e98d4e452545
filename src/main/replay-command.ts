import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Command } from "commander";
import { EXIT } from "../cli/exit-code.js";
import { print } from "../cli/output.js";

interface ReplayFlags {
  readonly trace?: boolean;
  readonly save?: string;
}

const DEFAULT_PATH = "/var/lib/locum/black-box";

/** `locum replay`: makes the decisions of a recorded run again. */
export function addReplayCommand(program: Command): void {
  program
    .command("replay")
    .description("make the decisions of a recorded run again and compare; or read what happened")
    .argument("[file]", "a black box file, or a directory with some: its newest run", DEFAULT_PATH)
    .option("--trace", "print every input and what it leads to")
    .option("--save <file>", "put the recording into one packed file, to go with a report of a defect")
    .action((path: string, flags: ReplayFlags) => run(path, flags));
}

/** Loaded only here: no other command needs the decisions. */
async function run(path: string, { trace = false, save }: ReplayFlags): Promise<void> {
  const { readBoxText, readRecording } = await import("../daemon/records/recording.js");
  const { contentText, recordingText, resultText, stepText } = await import("../daemon/records/replay-text.js");
  const { replay } = await import("../daemon/records/replay.js");
  const recording = readRecording(path);
  print([recordingText(recording)]);
  if (save !== undefined) {
    writeFileSync(save, gzipSync(readBoxText(path)), { mode: 0o600 });
    print([`Saved as ${save}. ${contentText(recording).join(" ")}`]);
  }
  const onStep = trace ? (step: Parameters<typeof stepText>[0]) => print(stepText(step, recording)) : () => {};
  const result = replay(recording, { onStep, goOn: trace });
  print(resultText(result, recording));
  process.exitCode = result.kind === "same" ? EXIT.done : EXIT.failed;
}
