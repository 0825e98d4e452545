import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.js";
import { freeze, freezerMissing } from "../../../test/support/freezer.js";
import { keepingBenches } from "../../../test/support/keeping-bench.js";
import { isAlive, shell } from "../../../test/support/program-bench.js";
import { known } from "../../base/assert.js";
import { after, seconds } from "../../base/time.js";
import { type ProgramConfig, programName } from "../../model/program.js";
import { bootClock } from "../../os/linux/libc.js";
import { endingFile, keeperSocket, programRecordFile } from "./program-protocol.js";

/** The host of an earlier agent with which the next one can't go on: it is waited for, or killed. */

const place = keepingBenches();

/** Takes its time to end: until a file is there. */
const slow = (name: string): Partial<ProgramConfig> => ({
  name: programName(name),
  stop: { signal: "SIGTERM", timeout: seconds(600) },
  source: shell(
    `trap "while [ ! -e ${place().directory}/enough ]; do sleep 0.05; done; echo asked >${place().directory}/${name}.end; exit 0" TERM; echo $$ >${place().directory}/${name}.pid; while :; do sleep 0.05; done`,
  ),
});

/** A host of another version has begun to end its program. */
async function endsSlowly(): Promise<number> {
  const before = place().bench();
  before.link.keep(true);
  await before.heard("program-ready", before.start(slow("p")));
  await place().isUp("p");
  await before.link.close();
  await place().hello(99);
  return place().pidOf("p");
}

const enough = (): void => writeFileSync(join(place().directory, "enough"), "");

test("an agent that starts waits until nothing is left of what a host of another version ends", async () => {
  const pid = await endsSlowly();
  const next = place().bench();
  let isOver = false;
  const resuming = next.resume().then((kept) => {
    isOver = true;
    return kept;
  });
  await eventually(() => next.waits.length > 0, "it waits");
  assert.ok(known(next.waits[0], "it waits") > after(bootClock(), seconds(600)), "for as long as the program may take");
  assert.ok(isAlive(pid) && !isOver);
  enough();
  assert.equal(await resuming, undefined);
  assert.ok(place().wasAsked("p") && !isAlive(pid));
  assert.ok(
    !next.link.mayHaveRemains || !existsSync(programRecordFile(place().socket)),
    "and knows that nothing is left",
  );
  assert.equal(next.hostsKilled, 0);
});

test("one that does not come to an end in its time is killed, with what it had", async () => {
  const pid = await endsSlowly();
  writeFileSync(endingFile(place().socket), JSON.stringify({ until: 0 }));
  const next = place().bench();
  assert.equal(await next.resume(), undefined);
  assert.equal(next.hostsKilled, 1);
  const run = next.start(place().tracked("q"));
  await next.heard("program-ready", run);
  assert.ok(!isAlive(pid), "nothing is left of it when the next one starts");
});

test("a host that kept programs and stands still is killed, with what it had", async () => {
  const host = await place().hostLeftAlone();
  process.kill(host, "SIGSTOP");
  const next = place().bench();
  assert.equal(await next.resume(100), undefined);
  assert.equal(next.hostsKilled, 1);
  const run = next.start(place().tracked("q"));
  await next.heard("program-ready", run);
  assert.ok(!isAlive(host) && !isAlive(place().pidOf("p")));
});

test(
  "one that a disk gives nothing is waited for, which is said, and then given up",
  { skip: freezerMissing() },
  async () => {
    const host = await place().hostLeftAlone();
    const thaw = await freeze(host);
    const next = place().bench();
    try {
      const resuming = next.resume(100);
      await eventually(() => next.waits.length > 0, "who starts the agent can be told that it waits");
      assert.equal(next.hostsKilled, 0);
      assert.equal(await resuming, undefined);
      assert.deepEqual([next.waitsFor, next.hostsKilled], [["answer"], 1]);
      assert.match(next.survivors.join(), new RegExp(`did not end process ${host} .*state D`));
      await eventually(() => !isAlive(place().pidOf("p")), "what it had does not wait for it");
    } finally {
      await thaw();
    }
    await next.heard("program-ready", next.start(place().tracked("q")));
    assert.ok(!isAlive(host));
  },
);

test("one that ends by itself just when it is to be killed is gone", async (t) => {
  const host = await place().hostLeftAlone();
  process.kill(host, "SIGSTOP");
  const kill = process.kill.bind(process);
  t.mock.method(process, "kill", (pid: number, signal?: NodeJS.Signals | number) => {
    kill(pid, signal);
    if (pid !== host) return true;
    const gone = new Error("kill ESRCH");
    throw Object.assign(gone, { code: "ESRCH" });
  });
  const next = place().bench();
  assert.equal(await next.resume(100), undefined);
  await next.heard("program-ready", next.start(place().tracked("q")));
  assert.ok(!isAlive(host) && !isAlive(place().pidOf("p")));
});

test("outside of a pause, nobody waits for the host of an agent before", async () => {
  const before = place().bench();
  await before.heard("program-ready", before.start(place().tracked("p")));
  await place().isUp("p");
  const next = place().bench();
  assert.equal(await next.resume(), undefined);
  assert.deepEqual([next.waits, next.hostsKilled], [[], 0]);
  assert.ok(isAlive(place().pidOf("p")), "though it is at work");
});

test("programs that end in order have all their time, however often the next host gives up waiting", async () => {
  const pid = await endsSlowly();
  const next = place().bench({ predecessorMsMax: 20 });
  const run = next.start(place().tracked("q"));
  await eventually(() => next.troubles.length > 1, "it gave up twice");
  assert.ok(isAlive(pid));
  enough();
  await next.heard("program-ready", run);
  assert.ok(place().wasAsked("p") && !isAlive(pid));
});

test("an agent that ends meanwhile, in a pause still, leaves them that time", async () => {
  const pid = await endsSlowly();
  const next = place().bench();
  next.link.keep(true);
  next.link.start();
  await next.link.close();
  assert.ok(isAlive(pid));
  enough();
  await place().hostIsGone();
  assert.ok(place().wasAsked("p"));
});

for (const [answer, protocols] of [
  ['{"kind":"other-protocol","protocol":7}', [7]],
  ["nonsense", []],
  ["[1]", []],
  ['{"kind":"welcome"}', []],
] as const) {
  test(`whoever answers an agent with ${answer} keeps nothing for it`, async () => {
    writeFileSync(programRecordFile(place().socket), "[]");
    const server = createServer((channel) => channel.end(`${answer}\n`)).listen(keeperSocket(place().socket));
    await once(server, "listening");
    const next = place().bench();
    assert.equal(await next.resume(), undefined);
    assert.deepEqual(next.protocols, protocols);
    server.close();
    rmSync(programRecordFile(place().socket));
  });
}
