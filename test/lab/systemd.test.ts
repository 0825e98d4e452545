/*
 * The unit that `locum install` writes, run by the real systemd: the agent starts within its limits, the guard does its
 * work before systemd ends it, and an ordered stop leaves nothing behind.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { unitText } from "../../src/daemon/install-unit.js";
import { unitNeeds } from "../../src/model/configuration/unit-needs.js";
import { loadCluster } from "../../src/os/node/configuration-file.js";
import { programsMissing } from "../support/debian-programs.js";
import { runSystemdMachine, systemdMissing } from "../support/systemd-machine.js";

const LOCUM = fileURLToPath(new URL("../../../bin/locum", import.meta.url));
const missing = systemdMissing();
let directory: string;
let unit: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "locum-unit-"));
  writeFileSync(
    join(directory, "cluster.yaml"),
    `cluster: shop
secretFile: secret
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [192.168.1.1/24], nodes: [web1, web2] }
`,
  );
  writeFileSync(join(directory, "secret"), `locum1:${Buffer.alloc(32, 5).toString("base64url")}\n`, { mode: 0o600 });
  const config = join(directory, "cluster.yaml");
  const text = unitText({
    node: process.execPath,
    program: LOCUM,
    config,
    nodeName: "web1",
    hasPrivilegedPort: false,
    runsCommands: false,
  });
  // Time to see what the guard wrote, which the next agent takes away.
  unit = text.replace("RestartSec=1s", "RestartSec=3s");
});
after(() => rmSync(directory, { recursive: true, force: true }));

const PREPARE = `ip link add eth0 type veth peer name peer0
ip link set eth0 up
ip link set peer0 up
ip address add 192.168.1.11/24 dev eth0
ip address add 10.1.1.1/24 dev eth0`;

/** Shell: waits for a condition, a minute at most, and says whether it came. */
const HELPERS = `
served() { ip -brief address show eth0 | grep -q 192.168.1.1/; }
unserved() { ! served; }
agent() { systemctl show -p MainPID --value locum; }
until_true() { local end=$((SECONDS + 60)); while [ $SECONDS -lt $end ]; do if "$@"; then echo "$* yes"; return; fi; sleep 0.02; done; echo "$* no"; }
renewed() { [ "$(agent)" != "$1" ] && [ "$(agent)" != 0 ]; }
`;

/** Far longer than any of them takes. */
const SECONDS_MAX = 300;

const run = (script: string): Promise<string> =>
  runSystemdMachine({ unit, prepare: PREPARE, script: `${HELPERS}\n${script}`, secondsMax: SECONDS_MAX });

test("the agent gets what it needs and no more, and stops in order", { skip: missing }, async () => {
  const output = await run(`
until_true served
systemctl is-active locum
grep CapEff /proc/$(agent)/status
chrt -p $(pgrep locum-guard)
systemctl reload locum && echo reloaded
rm -f /run/locum/*fired
systemctl stop locum
until_true unserved
ls /run/locum
pgrep -c locum
systemctl show -p Result locum`);
  assert.match(output, /^served yes\nactive\n/);
  assert.match(output, /CapEff:\t0000000000807000\n/, "CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_SYS_NICE");
  assert.match(output, /SCHED_FIFO/);
  assert.match(output, /reloaded\nunserved yes\n/);
  assert.match(output, /agent\.sock\.ledger/, "kept for the next start");
  assert.doesNotMatch(output, /fired/, "the guard had nothing to do");
  assert.match(output, /\n0\nResult=success/);
});

test("when the agent is killed, the guard comes before systemd, every time", { skip: missing }, async () => {
  const output = await run(`
until_true served
for round in 1 2 3 4 5; do
  before=$(agent)
  kill -KILL $before
  until_true unserved
  until_true test -s /run/locum/agent.sock.guard-fired
  grep -o '"removed":[^]]*]' /run/locum/agent.sock.guard-fired
  until_true renewed $before
  until_true served
done`);
  assert.doesNotMatch(output, / no$/m, output);
  assert.equal(output.match(/"removed":\["192\.168\.1\.1"\]/g)?.length, 5, output);
});

test("systemd waits for a guard that is slow", { skip: missing }, async () => {
  const output = await run(`
until_true served
kill -STOP $(pgrep locum-guard)
kill -KILL $(agent)
until_true test -s /run/locum/agent.sock.guard-fired`);
  assert.doesNotMatch(output, / no$/m, output);
});

test("an agent that hangs is ended by the watchdog, and the guard does the rest", { skip: missing }, async () => {
  unit = unit.replace("WatchdogSec=10s", "WatchdogSec=3s");
  const output = await run(`
until_true served
before=$(agent)
guard=$(pgrep locum-guard)
kill -STOP $before
until_true test -s /run/locum/agent.sock.guard-fired
grep -o '"removed":[^]]*]' /run/locum/agent.sock.guard-fired
until_true renewed $before
test -d /proc/$guard || echo guard ended
until_true served`);
  assert.doesNotMatch(output, / no$/m, output);
  assert.match(output, /"removed":\["192\.168\.1\.1"\]\nrenewed \d+ yes\nguard ended\nserved yes/);
});

const NGINX_UNIT = "/lib/systemd/system/nginx.service";
/** Where the nginx of Debian keeps what it writes; the machine's own shall not have it. */
const NGINX_PLACES = `mkdir /var/lib/nginx
mount -t tmpfs tmpfs /var/log/nginx`;

test("a unit of Debian is a service's program", { skip: missing || programsMissing("/usr/sbin/nginx") }, async () => {
  const config = join(directory, "units.yaml");
  const text = readFileSync(join(directory, "cluster.yaml"), "utf8");
  writeFileSync(
    config,
    text.replace("nodes: [web1, web2] }", "nodes: [web1, web2], programs: { web: { unit: nginx.service } } }"),
  );
  const output = await runSystemdMachine({
    unit: unitFor(config),
    units: { "nginx.service": readFileSync(NGINX_UNIT, "utf8") },
    prepare: `${PREPARE}\n${NGINX_PLACES}`,
    script: `${HELPERS}
web() { systemctl show -p MainPID --value nginx; }
is_other() { [ "$(web)" != "$1" ] && [ "$(web)" != 0 ]; }
is_down() { ! systemctl is-active --quiet nginx; }
locum() { ${process.execPath} ${LOCUM} "$@"; }
until_true served
systemctl is-active nginx
before=$(web)
kill -KILL $before
until_true is_other $before
until_true systemctl is-active --quiet nginx
until_true served
locum stop shop >/dev/null
until_true is_down
until_true unserved
locum start shop >/dev/null
until_true served
systemctl is-active nginx
systemctl stop locum
systemctl is-active nginx
pgrep -c nginx`,
    secondsMax: SECONDS_MAX,
  });
  assert.match(
    output,
    /^served yes\nactive\nis_other \d+ yes\n.* yes\nserved yes\nis_down yes\nunserved yes\nserved yes\nactive\n(?:inactive|failed)\n0\n/,
    output,
  );
});

/** A program that shows what it inherits, and takes longer to end than an agent without programs. */
const PROGRAM = `#!/bin/sh
trap 'sleep 6; echo "ended well" >> DIRECTORY/seen; exit 0' TERM
{ id -un; grep -E "NoNewPrivs|^Seccomp:" /proc/self/status; ulimit -r; } > DIRECTORY/seen
touch /var/tmp/locum-unit-test && rm /var/tmp/locum-unit-test && echo "writes" >> DIRECTORY/seen
grep -o "/locum/.*" /proc/self/cgroup | head -n 1 | cut -d / -f 2 >> DIRECTORY/seen
touch DIRECTORY/up
while :; do sleep 0.1; done
`;

test("a program of a service runs as its user, and has its time to end", { skip: missing }, async () => {
  const config = join(directory, "programs.yaml");
  const program = join(directory, "program");
  writeFileSync(program, PROGRAM.replaceAll("DIRECTORY", join(directory, "open")), { mode: 0o755 });
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, "open"));
  chmodSync(join(directory, "open"), 0o777);
  const programs = `programs: { web: { run: [${program}], user: nobody, limits: { memory: 64MiB }, stop: { timeout: 30s } } }`;
  const text = readFileSync(join(directory, "cluster.yaml"), "utf8");
  writeFileSync(config, text.replace("nodes: [web1, web2] }", `nodes: [web1, web2], ${programs} }`));
  const output = await runSystemdMachine({
    unit: unitFor(config),
    prepare: PREPARE,
    script: `${HELPERS}
until_true served
chrt -p $(pgrep locum-guard)
until_true test -e ${directory}/open/up
systemctl stop locum
cat ${directory}/open/seen
pgrep -c locum
systemctl show -p Result locum`,
    secondsMax: SECONDS_MAX,
  });
  assert.match(output, /^served yes\n.*SCHED_FIFO/);
  assert.match(output, /\nnobody\nNoNewPrivs:\t0\nSeccomp:\t0\n0\nwrites\nlocum\nended well\n0\nResult=success/);
});

/** A socket of another user and group, as daemons have for their command lines. */
const DAEMON = `import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
mkdirSync("/run/daemon");
createServer((client) => client.end()).listen("/run/daemon/socket", () => {
  chmodSync("/run/daemon/socket", 0o770);
  chownSync("/run/daemon/socket", 65534, 65534);
});
`;
/** Talks to the daemon, and notes in a file that it could. */
const COMMAND = `import { appendFileSync } from "node:fs";
import { connect } from "node:net";
const [, , who, file] = process.argv;
connect("/run/daemon/socket", () => {
  appendFileSync(file, who + "\\n");
  process.exit(0);
});
`;

test("commands of checks, hooks and rules write files and talk to other programs", { skip: missing }, async () => {
  const place = join(directory, "commands");
  mkdirSync(place);
  writeFileSync(join(place, "daemon.mjs"), DAEMON);
  writeFileSync(join(place, "command.mjs"), COMMAND);
  const command = (who: string): string =>
    `run: ["${process.execPath}", ${place}/command.mjs, ${who}, ${place}/seen-by-${who}]`;
  const config = join(directory, "commands.yaml");
  writeFileSync(
    config,
    `${readFileSync(join(directory, "cluster.yaml"), "utf8")}
checks: { daemon: { ${command("check")}, every: 1s } }
notify: { daemon: { ${command("hook")}, codes: [service.active] } }
rules: { served: { when: 'services.shop.holder == "web1"', do: [{ ${command("rule")} }] } }
`,
  );
  const output = await runSystemdMachine({
    unit: unitFor(config),
    prepare: `${PREPARE}
${process.execPath} ${place}/daemon.mjs &
until [ "$(stat -c %a:%u /run/daemon/socket 2>/dev/null)" = 770:65534 ]; do sleep 0.02; done`,
    script: `${HELPERS}
seen() { test -s ${place}/seen-by-$1; }
until_true served
for who in check hook rule; do
  until_true seen $who
done
stat -c "mode %a" ${place}/seen-by-hook
systemctl stop locum
pgrep -c locum
systemctl show -p Result locum`,
    secondsMax: SECONDS_MAX,
  });
  assert.match(
    output,
    /^served yes\nseen check yes\nseen hook yes\nseen rule yes\nmode 644\n0\nResult=success/,
    output,
  );
});

/** As `locum install` writes it for web1 with that file. */
function unitFor(config: string): string {
  const cluster = loadCluster(config);
  assert.ok(cluster.ok, JSON.stringify(cluster));
  const place = { node: process.execPath, program: LOCUM, config, nodeName: "web1" };
  return unitText({ ...place, ...unitNeeds(cluster.value, "web1") });
}

/** A program that says which of its kind it is, and how it was ended. */
const LASTING = `#!/bin/sh
trap 'echo "asked" >> DIRECTORY/ended; exit 0' TERM
echo $$ > DIRECTORY/pid
while :; do sleep 0.1; done
`;

/** As on a machine of its own: control groups of version 2 are seen from where systemd has its own. */
const OWN_CONTROL_GROUPS = `
for at in /sys/fs/cgroup /sys/fs/cgroup/unified; do [ ! -e $at/cgroup.controllers ] || { umount $at; mount -t cgroup2 cgroup2 $at; }; done`;

/** A machine whose service has that program, with a shell function for `locum` and some that look at the program and its host. */
async function withLastingProgram(name: string, script: string): Promise<string> {
  const place = join(directory, name);
  mkdirSync(place);
  const program = join(place, "program");
  writeFileSync(program, LASTING.replaceAll("DIRECTORY", place), { mode: 0o755 });
  const config = join(directory, `${name}.yaml`);
  const text = readFileSync(join(directory, "cluster.yaml"), "utf8");
  const programs = `programs: { web: { run: [${program}], stop: { timeout: 30s } } }`;
  writeFileSync(config, text.replace("nodes: [web1, web2] }", `nodes: [web1, web2], ${programs} }`));
  return runSystemdMachine({
    unit: unitFor(config),
    prepare: `${PREPARE}${OWN_CONTROL_GROUPS}`,
    script: `${HELPERS}
locum() { ${process.execPath} ${LOCUM} "$@"; }
program() { cat ${place}/pid; }
started() { test -s ${place}/pid; }
kept() { [ "$(locum events --json 2>/dev/null | grep -c '"program.kept"')" = "$1" ]; }
still() { [ "$(program)" = "$1" ] && [ -d /proc/$1 ] && [ ! -e ${place}/ended ]; }
ended() { grep -qs asked ${place}/ended && [ ! -d /proc/$1 ]; }
host() { pgrep locum-program; }
sheltered() { grep -q "^0::.*/locum/keeper-$1$" /proc/$1/cgroup; }
at_home() { grep -q "^0::.*/locum.service$" /proc/$1/cgroup; }
inactive() { [ "$(systemctl is-active locum)" = inactive ]; }
none() { ! pgrep locum > /dev/null; }
until_true served
until_true started
web=$(program)
host=$(host)
locum pause > /dev/null
until_true sheltered $host
${script}`,
    secondsMax: SECONDS_MAX,
  });
}

test("programs run through whatever systemd does with the agent in a pause", { skip: missing }, async () => {
  const output = await withLastingProgram(
    "lasting",
    `systemctl restart locum
until_true kept 1
until_true still $web
systemctl stop locum
until_true inactive
until_true still $web
until_true sheltered $host
systemctl start locum
until_true kept 2
before=$(agent)
kill -KILL $before
until_true renewed $before
until_true kept 3
until_true still $web
until_true served
locum unpause > /dev/null
until_true at_home $host
systemctl stop locum
until_true ended $web
until_true inactive
until_true none`,
  );
  assert.doesNotMatch(output, / no$/m, output);
  assert.equal(output.match(/ yes$/gm)?.length, 17, output);
});

test("when the machine goes down in a pause, programs have their time to end", { skip: missing }, async () => {
  const output = await withLastingProgram(
    "going-down",
    `systemctl start --no-block shutdown.target
until_true ended $web
until_true inactive
until_true none`,
  );
  assert.doesNotMatch(output, / no$/m, output);
  assert.equal(output.match(/ yes$/gm)?.length, 6, output);
});
