import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_PROGRAMS, NO_FILE, SOUND_MACHINE } from "../../../test/support/machine-facts.js";
import { ok } from "../../base/result.js";
import type { Cluster } from "../cluster.js";
import { nodeName } from "../names.js";
import { checkMachine } from "./machine-check.js";
import type { ExecutableFault, MachineFacts, ProgramFacts } from "./machine-facts.js";
import { userPathKey } from "./machine-programs.js";
import { parseCluster } from "./parse-cluster.js";

const PROGRAMS: ProgramFacts = {
  ...ALL_PROGRAMS,
  agents: new Map([["heartbeat:nfsserver", { required: ["nfs_ip"], known: ["nfs_ip", "nfs_shared_infodir"] }]]),
  hasSystemd: false,
};

const MACHINE: MachineFacts = {
  ...SOUND_MACHINE,
  kernel: ok({
    links: [{ index: 0, name: "eth0", mac: "02:00:00:00:00:01", up: true, carrier: true, mtu: 1500 }],
    addresses: [{ linkIndex: 0, family: 4, address: "10.1.1.1", prefixLength: 24, flags: 0 }],
  }),
  secret: ok(1),
};

function clusterWith(programs: string): Cluster {
  const text = `
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [10.1.1.100/24], nodes: [web1, web2], programs: ${programs} }
`;
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

test("what the programs of this node need of the machine, and it does not have", () => {
  const programs = `{
    db: { run: [/bin/db], user: nobody1, directory: /var/lib/db, health: { exec: [/bin/check] }, role: {},
      standby: on, caughtUp: { exec: [/bin/follows] } },
    web: { unit: nginx.service },
    nfs: { ocf: "heartbeat:nfsserver" },
    fs: { ocf: "heartbeat:Filesystem" } }`;
  const cluster = clusterWith(programs);
  const executables = new Map([
    ["/bin/check", NO_FILE],
    ["/bin/follows", NO_FILE],
  ]);
  const directories = new Map([["/var/lib/db", "it does not exist"]]);
  const facts = { ...MACHINE, programs: { ...PROGRAMS, executables, directories, unknownUsers: new Set(["nobody1"]) } };
  const found = checkMachine(cluster, nodeName("web1"), facts).map(
    ({ code, path }) => `${code} ${path.slice(3).join(".")}`,
  );
  assert.deepEqual(
    found.filter((each) => /executable|directory|user|systemd|agent/.test(each)),
    [
      "executable-missing db.health.exec.0",
      "executable-missing db.caughtUp.exec.0",
      "directory-missing db.directory",
      "user-missing db.user",
      "systemd-missing web.unit",
      "agent-parameter-missing nfs.params",
      "agent-missing fs.ocf",
    ],
  );
});

test("what is there, and cannot be run or not by the program's user, has advice of its own", () => {
  const programs = `{
    a: { run: [/opt/plain], directory: /root/x },
    b: { run: [/opt/dos], user: app, directory: /root/x },
    c: { run: [/root/run], user: app } }`;
  const cluster = clusterWith(programs);
  const executables = new Map<string, ExecutableFault>([
    ["/opt/plain", { kind: "forbidden", problem: "it may not be executed" }],
    ["/opt/dos", { kind: "interpreter", problem: "its first line names /bin/shh, and there is no such file" }],
  ]);
  const beyondUsers = new Set(["/root/x", "/root/run"].map((place) => userPathKey({ user: "app", place })));
  const facts = { ...MACHINE, programs: { ...PROGRAMS, executables, beyondUsers } };
  assert.deepEqual(
    checkMachine(cluster, nodeName("web1"), facts).map(({ path, message, advice }) => [
      path.slice(3).join("."),
      message,
      advice,
    ]),
    [
      ["a.run.0", "/opt/plain cannot be run on this machine: it may not be executed", "Run: chmod +x /opt/plain"],
      [
        "b.run.0",
        "/opt/dos cannot be run on this machine: its first line names /bin/shh, and there is no such file",
        "Correct that line, or install what it names",
      ],
      [
        "b.directory",
        'The user "app" may not start in /root/x on this machine',
        "`namei -l /root/x` shows which part of the way is shut",
      ],
      [
        "c.run.0",
        'The user "app" may not run /root/run on this machine',
        "`namei -l /root/run` shows which part of the way is shut",
      ],
    ],
  );
});

test("what a program needs may come with a disk that another one brings", () => {
  const programs = `{
    disk: { ocf: "heartbeat:nfsserver", params: { nfs_ip: 10.9.9.9 } },
    db: { run: [/srv/bin/db], directory: /srv/data, after: [disk] },
    web: { run: [/srv/bin/web], after: [db] },
    mail: { run: [/srv/bin/mail] } }`;
  const cluster = clusterWith(programs);
  const absent = ["db", "web", "mail"].map((name) => [`/srv/bin/${name}`, NO_FILE] as const);
  const facts = {
    ...PROGRAMS,
    executables: new Map(absent),
    directories: new Map([["/srv/data", "it does not exist"]]),
  };
  const found = checkMachine(cluster, nodeName("web1"), { ...MACHINE, programs: facts });
  assert.deepEqual(
    found.map(({ severity, path }) => `${severity} ${path.slice(3).join(".")}`),
    ["warning db.run.0", "warning db.directory", "warning web.run.0", "error mail.run.0"],
  );
  assert.match(found[0]?.advice ?? "", /unless another program brings that first$/);
});

test("a resource agent that does not describe itself is told", () => {
  const facts = { ...PROGRAMS, muteAgents: new Set(["heartbeat:nfsserver"]) };
  const cluster = clusterWith('{ nfs: { ocf: "heartbeat:nfsserver", params: { nfs_ip: 10.1.1.100 } } }');
  const found = (programs: ProgramFacts): readonly string[] =>
    checkMachine(cluster, nodeName("web1"), { ...MACHINE, programs }).map(
      ({ code, severity }) => `${severity} ${code}`,
    );
  assert.deepEqual(found(facts), ["warning agent-mute"]);
  assert.deepEqual(found(PROGRAMS), []);
});

test("a command in one word, and an agent that is like one of the machine, are told what was meant", () => {
  const executables = new Map([["/bin/sleep 1", NO_FILE]]);
  const facts = { ...PROGRAMS, executables, agentsHere: ["heartbeat:Filesystem", "heartbeat:redis"] };
  const cluster = clusterWith(`{ a: { run: ['/bin/sleep 1'] }, b: { ocf: "heartbeat:Filesytem" } }`);
  assert.deepEqual(
    checkMachine(cluster, nodeName("web1"), { ...MACHINE, programs: facts }).map(({ advice }) => advice),
    ['Write each word by itself: `[/bin/sleep, "1"]`', 'Did you mean "heartbeat:Filesystem"?'],
  );
});
