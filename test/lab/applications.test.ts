/**
 * Applications that talk to Locum, as in examples/: a program of a service that reports on itself and has its service moved, and
 * one beside it that follows which address works. Real agents, real kernels.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Trial } from "../../src/main/trial/trial.js";
import type { ProgramDocument, StatusDocument } from "../../src/model/status-document.js";
import { eventually, eventsOf, rolesOf, skip, untilAgreed } from "./fixture.js";

const WORKER = fileURLToPath(new URL("../../examples/worker.js", import.meta.url));
const FOLLOW = fileURLToPath(new URL("../../../examples/follow.py", import.meta.url));
const SPOOL = "/run/spool";
const PYTHON = "/usr/bin/python3";
const missing: string | false = existsSync(PYTHON) ? skip : `there is no ${PYTHON}`;

const workerOn = ({ services }: StatusDocument, node: string): ProgramDocument | undefined =>
  services["shop"]?.programs.find((each) => each.node === node);

describe("applications that talk to Locum", { skip: missing }, () => {
  let trial: Trial;
  let told: readonly string[] = [];

  before(async () => {
    const run = [process.execPath, WORKER, SPOOL, "3"].map((word) => JSON.stringify(word)).join(", ");
    trial = await Trial.open({
      nodes: 3,
      services: `  shop:\n    addresses: [192.168.1.1/24]\n    nodes: [web1, web2]\n    programs:\n      worker: { run: [${run}], user: nobody, onTrouble: nothing }\n`,
    });
    for (const node of ["web1", "web2"]) await trial.host(node).run(["mkdir", "-m", "755", SPOOL]);
    await trial.startAgents();
    await untilAgreed(trial);
  });
  after(() => trial.close());

  it("a program says how it is, as its own user and for itself alone", async () => {
    const { holder } = await rolesOf(trial);
    await trial.until("web3", (status) => workerOn(status, holder)?.words === "0 jobs wait");
  });

  it("a program says that it is in trouble, and that it is well again", async () => {
    const { holder } = await rolesOf(trial);
    const jobs = ["a", "b", "c", "d"].map((name) => `${SPOOL}/${name}`);
    await trial.host(holder).run(["touch", ...jobs]);
    const status = await trial.until("web3", (each) => workerOn(each, holder)?.state === "troubled");
    assert.equal(workerOn(status, holder)?.words, "4 jobs wait");
    await trial.host(holder).run(["rm", ...jobs]);
    await trial.until("web3", (each) => workerOn(each, holder)?.state === "ready");
  });

  it("a program has its service moved, and another one follows the address that works", async () => {
    const { holder, other } = await rolesOf(trial, "shop", ["web1", "web2"]);
    const addresses: Readonly<Record<string, string>> = { web1: "1.1.1", web2: "1.1.2" };
    trial.lab.cut("web3", "lan");
    await trial.host("web3").spawn([PYTHON, FOLLOW, "service", "shop"], { onLine: (line) => (told = [...told, line]) });
    const untilTold = (address: string): Promise<void> =>
      eventually(
        () => told.at(-1) === address,
        () => `${address} shall be told, and it is ${told.join()}`,
      );
    await untilTold(`10.${addresses[holder]}`);
    await trial.host(holder).run(["rmdir", SPOOL]);
    await trial.untilHeldBy("shop", other, ["web3"]);
    await untilTold(`10.${addresses[other]}`);
    const asked = await eventsOf(trial, holder, ["command.received"]);
    assert.deepEqual(
      asked.map(({ data }) => data["command"]),
      [`move shop --to ${other}, asked by its program worker`],
    );
    trial.lab.hang("a");
    await untilTold(`20.${addresses[other]}`);
    assert.equal((await trial.locum("web3", "address", "shop")).trim(), `20.${addresses[other]}`);
  });
});
