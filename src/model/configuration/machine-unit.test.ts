import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../cluster.js";
import type { CheckProblem } from "./check-problem.js";
import { machineUnitProblems } from "./machine-unit.js";
import { parseCluster } from "./parse-cluster.js";

const FILE = `
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [10.1.1.100/24], nodes: [web1, web2] }
`;

function clusterOf(text: string): Cluster {
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

const problemsOf = (cluster: Cluster, unit: string | undefined): readonly CheckProblem[] =>
  machineUnitProblems(cluster, cluster.nodes[0] ?? assert.fail(), unit);

test("a unit that was written for another file does not suit this one", () => {
  const stop = "{ timeout: 20s }";
  const programs = `{ db: { run: [/bin/db], stop: ${stop} }, web: { run: [/bin/web], stop: ${stop} } }`;
  const withPrograms = clusterOf(FILE.replace("nodes: [web1, web2] }", `nodes: [web1, web2], programs: ${programs} }`));
  const withPort = clusterOf(FILE.replace("cluster: shop", "cluster: shop\nport: 700"));
  const withCommands = (more: string): Cluster => clusterOf(`${FILE}${more}\n`);
  const SHUT = "CapabilityBoundingSet=CAP_NET_ADMIN\nNoNewPrivileges=yes\nTimeoutStopSec=10s\n";
  const OPEN = "NoNewPrivileges=no\nCapabilityBoundingSet=\nCapabilityBoundingSet=~CAP_SYS_TIME";
  const LACKING =
    "NoNewPrivileges=yes, CapabilityBoundingSet= (CAP_CHOWN CAP_DAC_OVERRIDE CAP_KILL CAP_SETGID CAP_SETUID)";
  const complaints = (cluster: Cluster, unit?: string): readonly string[] =>
    problemsOf(cluster, unit).map(({ severity, message }) => `${severity}: ${message}`);
  assert.deepEqual(complaints(withPrograms), []);
  assert.deepEqual(complaints(clusterOf(FILE), SHUT), []);
  assert.deepEqual(complaints(withPrograms, SHUT), [
    `warning: The unit of the agent shuts what programs of services may need: ${LACKING}`,
    "warning: The unit of the agent is killed 10 s after it was told to stop; its programs may need 2 min 40 s",
  ]);
  assert.deepEqual(complaints(withPrograms, `${SHUT}\n${OPEN}\nTimeoutStopSec=160s`), []);
  const ofCommands = [
    `warning: The unit of the agent shuts what commands of rules, checks, hooks and fencing may need: ${LACKING}`,
  ];
  for (const commands of [
    "rules: { full: { when: paused, do: [{ notify: x }, { run: [/bin/clean-up] }] } }",
    "checks: { disk: { run: [/bin/df] } }",
    "notify: { pager: { run: [/bin/page] } }",
    "fence: { methods: [{ run: [/bin/off] }] }",
  ]) {
    assert.deepEqual(complaints(withCommands(commands), SHUT), ofCommands, commands);
    assert.deepEqual(complaints(withCommands(commands), `${SHUT}\n${OPEN}`), []);
  }
  for (const others of [
    "checks: { disk: { run: [/bin/df], nodes: [web2] } }",
    'notify: { chat: { url: "https://example.org/" } }',
    "rules: { full: { when: paused, do: [{ notify: x }] } }",
  ])
    assert.deepEqual(complaints(withCommands(others), SHUT), [], others);
  assert.deepEqual(complaints(withPort, SHUT), ["warning: The unit of the agent does not let it use port 700"]);
  assert.deepEqual(complaints(withPort, "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE"), []);
  assert.deepEqual(complaints(withPort, "CapabilityBoundingSet=~CAP_SYS_TIME"), []);
});

test("whatever keeps commands from what root may do on the machine is named; what a drop-in leaves them is not", () => {
  const cluster = clusterOf(`${FILE}checks: { disk: { run: [/bin/df] } }\n`);
  const OPEN = "CapabilityBoundingSet=~CAP_SYS_TIME CAP_SYS_BOOT\nLimitNOFILE=16384:524288\n";
  const named = (...dropIn: readonly string[]): string | undefined =>
    problemsOf(cluster, [OPEN, ...dropIn].join("\n"))[0]?.message.replace(/^.*: /, "");
  for (const [dropIn, expected] of [
    [[], undefined],
    [["ProtectSystem=strict"], "ProtectSystem=strict"],
    [["ProtectSystem=strict", "ReadWritePaths=/srv"], undefined],
    [["ProtectSystem=full", "PrivateTmp=yes", "PrivateTmp=no"], "ProtectSystem=full"],
    [["ProtectSystem=no", "PrivateTmp=yes", "ProtectHome=tmpfs"], "PrivateTmp=yes, ProtectHome=tmpfs"],
    [["PrivateDevices=yes", "PrivateNetwork=true"], "PrivateDevices=yes, PrivateNetwork=true"],
    [
      ["RestrictAddressFamilies=AF_UNIX AF_NETLINK", "RestrictAddressFamilies=AF_INET"],
      "RestrictAddressFamilies= (AF_INET6)",
    ],
    [["RestrictAddressFamilies=~AF_PACKET"], undefined],
    [["RestrictAddressFamilies=none"], "RestrictAddressFamilies= (AF_UNIX AF_INET AF_INET6)"],
    [["RestrictAddressFamilies=AF_UNIX", "RestrictAddressFamilies="], undefined],
    // It adds to what the unit leaves, and takes nothing away.
    [["CapabilityBoundingSet=CAP_NET_ADMIN"], undefined],
    [["CapabilityBoundingSet=~CAP_KILL"], "CapabilityBoundingSet= (CAP_KILL)"],
    [["CapabilityBoundingSet=", "CapabilityBoundingSet=~CAP_SYS_TIME"], undefined],
    [["CapabilityBoundingSet="], "CapabilityBoundingSet= (CAP_CHOWN CAP_DAC_OVERRIDE CAP_KILL CAP_SETGID CAP_SETUID)"],
    // Of those nothing follows for most commands.
    [["ProtectClock=yes", "LockPersonality=yes", "SystemCallArchitectures=native"], undefined],
  ] as const)
    assert.equal(named(...dropIn), expected, dropIn.join());
});
