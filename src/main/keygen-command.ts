import { resolve } from "node:path";
import type { Command } from "commander";
import { keygen, type KeygenOptions, SECRET_FILE_DEFAULT } from "../cli/keygen.js";
import { finish } from "../cli/output.js";
import { createSecretFile, promoteKey, retireKeys, stageKey } from "../os/node/secret-file.js";

const STORE = { create: createSecretFile, stage: stageKey, promote: promoteKey, retire: retireKeys };

/** `locum keygen`: makes the cluster's secret, and changes it without an outage. */
export function addKeygenCommand(program: Command): void {
  program
    .command("keygen")
    .description("make the cluster's secret, or change it in three steps without an outage")
    .argument("[file]", "the secret file", SECRET_FILE_DEFAULT)
    .option("--stage", "first step: add a new key, which is accepted but not yet used")
    .option("--promote", "second step: use the new key, and accept the old one still")
    .option("--retire", "third step: forget the old key")
    .action((file: string, { stage = false, promote = false, retire = false }: Partial<KeygenOptions>) =>
      finish(keygen({ file: resolve(file), stage, promote, retire }, STORE)),
    );
}
