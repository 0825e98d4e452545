import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { LocumError } from "../base/locum-error.js";
import { seconds } from "../base/time.js";
import { readInstalledUnit } from "../os/node/installed-unit.js";
import { install, type InstallOptions, type InstallSite, uninstall } from "./install.js";
import { unitText, type UnitOptions } from "./install-unit.js";

const UNIT: UnitOptions = {
  node: process.execPath,
  program: "/usr/lib/locum/bin/locum",
  config: "/etc/locum/cluster.yaml",
  hasPrivilegedPort: false,
  runsCommands: false,
};
const OPTIONS: InstallOptions = { ...UNIT, now: true };

let directory: string;
let calls: string[];
let site: InstallSite;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "locum-install-"));
  calls = [];
  const systemctl = (...args: readonly string[]) => void calls.push(args.join(" "));
  site = { unitDirectory: directory, isRoot: true, isBooted: true, isPaused: () => false, systemctl };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const unitPath = () => join(directory, "locum.service");

test("the unit is written for all to read, enabled and started; doing it again changes nothing", () => {
  assert.match(install(OPTIONS, site).said.join("\n"), /Wrote .*locum\.service/);
  assert.equal(statSync(unitPath()).mode & 0o777, 0o644);
  assert.deepEqual(calls, ["daemon-reload", "enable locum.service", "start locum.service"]);
  const before = statSync(unitPath()).mtimeMs;
  assert.match(install(OPTIONS, site).said.join("\n"), /is as it should be/);
  assert.equal(statSync(unitPath()).mtimeMs, before);
});

test("a unit that differs is replaced, and the running agent left alone", () => {
  writeFileSync(unitPath(), "[Unit]\n");
  const said = install({ ...OPTIONS, now: false }, site).said.join("\n");
  assert.match(said, /systemctl restart locum/);
  assert.equal(readFileSync(unitPath(), "utf8"), unitText(UNIT));
  assert.ok(!calls.includes("start locum.service"));
});

test("where systemd does not run, the unit is enabled for the next start", () => {
  assert.equal(install({ ...OPTIONS, now: false }, { ...site, isBooted: false }).isAsAsked, true);
  assert.equal(install(OPTIONS, { ...site, isBooted: false }).isAsAsked, false, "it was to run at once");
  assert.deepEqual(calls, ["enable locum.service", "enable locum.service"]);
});

test("taken away again, nothing of it is left; twice does no harm", () => {
  install(OPTIONS, site);
  calls.length = 0;
  uninstall(site);
  assert.deepEqual(calls, ["stop locum.service", "disable locum.service", "daemon-reload"]);
  assert.throws(() => statSync(unitPath()));
  assert.match(uninstall(site).join("\n"), /nothing to do/);
});

test("in a pause it is not taken away: what an agent leaves then is for the next one", () => {
  install(OPTIONS, site);
  calls.length = 0;
  assert.throws(
    () => uninstall({ ...site, isPaused: () => true }),
    (error) => error instanceof LocumError && /locum unpause/.test(error.failure.advice ?? ""),
  );
  assert.deepEqual(calls, []);
  statSync(unitPath());
});

test("somebody who is not root is told what to do, and nothing is touched", () => {
  for (const attempt of [
    () => install(OPTIONS, { ...site, isRoot: false }),
    () => uninstall({ ...site, isRoot: false }),
  ]) {
    assert.throws(
      attempt,
      (error) => error instanceof LocumError && /sudo locum install/.test(error.failure.advice ?? ""),
    );
  }
  assert.deepEqual(calls, []);
});

test("a directory that can't be written is refused in words", () => {
  assert.throws(() => install(OPTIONS, { ...site, unitDirectory: join(directory, "none") }), /Cannot write .*ENOENT/);
});

test("the command line survives blanks, specifiers and variables in paths", () => {
  const text = unitText({ ...UNIT, config: '/etc/my "own"/100%/$HOME.yaml', nodeName: "web1" });
  assert.match(text, /--config "\/etc\/my \\"own\\"\/100%%\/\$\$HOME\.yaml" --node web1$/m);
});

test("a right is there only when it is needed, and a directory hidden only when the program is elsewhere", () => {
  assert.doesNotMatch(unitText(UNIT), /BIND_SERVICE/);
  assert.match(unitText({ ...UNIT, hasPrivilegedPort: true }), /CapabilityBoundingSet=.*CAP_NET_BIND_SERVICE/);
  assert.match(unitText(UNIT), /^ProtectHome=yes$/m);
  assert.doesNotMatch(unitText({ ...UNIT, program: "/home/me/locum/bin/locum" }), /^ProtectHome/m);
  assert.doesNotMatch(unitText({ ...UNIT, program: "/tmp/locum/bin/locum" }), /^PrivateTmp/m);
});

const INHERITED =
  /^(NoNewPrivileges|Protect|Private|Restrict[A-Z]|SystemCall|LockPersonality|Tasks|LimitRTPRIO|LimitMEMLOCK)/m;
const WITH_PROGRAMS: UnitOptions = { ...UNIT, programsStopMax: seconds(20) };

test("programs of services inherit nothing that would cripple them, and have their time to end", () => {
  const text = unitText(WITH_PROGRAMS);
  assert.doesNotMatch(text, INHERITED);
  assert.match(unitText(UNIT), INHERITED);
  assert.match(text, /^TimeoutStopSec=60s$/m);
  assert.match(unitText(UNIT), /^TimeoutStopSec=10s$/m);
  assert.match(text, /^CapabilityBoundingSet=~(?!.*(SETUID|SYS_ADMIN|NET_BIND))/m);
});

test("commands of rules, checks, hooks and fencing inherit nothing that would cripple them either, and need no groups", () => {
  const text = unitText({ ...UNIT, runsCommands: true });
  assert.doesNotMatch(text, INHERITED);
  assert.match(text, /^TimeoutStopSec=10s$/m);
  assert.match(text, /^CapabilityBoundingSet=~(?!.*(DAC_OVERRIDE|SETUID|SYS_ADMIN|NET_BIND))/m);
  assert.doesNotMatch(text, /^Delegate/m);
});

test("installed again after the file got programs, the unit is another one", () => {
  install(OPTIONS, site);
  assert.match(
    install({ ...OPTIONS, ...WITH_PROGRAMS }, site).said.join("\n"),
    /Wrote .*\n[^]*systemctl restart locum/,
  );
  assert.equal(readFileSync(unitPath(), "utf8"), unitText(WITH_PROGRAMS));
});

test("the unit is read with its drop-ins in order, and what is not there is nothing", () => {
  assert.equal(readInstalledUnit(directory), undefined);
  install(OPTIONS, site);
  mkdirSync(`${unitPath()}.d`);
  writeFileSync(`${unitPath()}.d/20.conf`, "TimeoutStopSec=20");
  writeFileSync(`${unitPath()}.d/10.conf`, "TimeoutStopSec=10");
  writeFileSync(`${unitPath()}.d/30.conf.old`, "TimeoutStopSec=30");
  assert.equal(readInstalledUnit(directory), `${unitText(UNIT)}\nTimeoutStopSec=10\nTimeoutStopSec=20`);
});

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
const analyze = (...args: readonly string[]) => spawnSync("systemd-analyze", args, { encoding: "utf8" });

test(
  "systemd finds no mistake in it, and little that could be shut further",
  { skip: hasAnalyze ? false : "needs systemd-analyze" },
  () => {
    for (const options of [WITH_PROGRAMS, { ...UNIT, runsCommands: true }, UNIT]) {
      // As it would be in its place, with a program that exists.
      writeFileSync(unitPath(), unitText({ ...options, program: process.execPath }));
      const verified = analyze("verify", "--man=no", unitPath());
      assert.equal(`${verified.stdout}${verified.stderr}`, "");
      assert.equal(verified.status, 0);
    }
    const secured = analyze("security", "--offline=true", "--no-pager", "--threshold=32", unitPath());
    assert.equal(secured.status, 0, secured.stdout);
  },
);
