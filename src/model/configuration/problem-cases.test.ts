/**
 * One case at least for each code: a file in which `▸` marks every place where a problem is expected. Nothing else may
 * be reported. The words of all cases stand in test/corpus/configuration/messages.txt, for review.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseCluster } from "./parse-cluster.js";
import { CONFIGURATION_PROBLEMS, type ConfigurationProblem, type ConfigurationProblemCode } from "./problem.js";

const MESSAGES = fileURLToPath(new URL("../../../../test/corpus/configuration/messages.txt", import.meta.url));
const MARK = "▸";

const NODES = `nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }
`;
const TOP = `cluster: shop\n${NODES}`;
const service = (body: string): string => `${TOP}services:\n  shop: ${body}\n`;
const addresses = (list: string): string => service(`{ addresses: [${list}], nodes: [web1, web2] }`);
const programs = (list: string): string =>
  service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2], programs: { ${list} } }`);
const node = (networks: string): string => `${TOP}  web3: { networks: { ${networks} } }\n`;
/** Path groups of web1, and what follows. */
const paths = (groups: string, rest = ""): string =>
  `cluster: shop\nnodes:\n  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 }, paths: ${groups} }\n  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }\n${rest}`;
const group = (rest: string): string => paths(`{ lan: { primary: eth0, secondary: eth1, ${rest} } }`);
const warm = (rest: string): string => group(`standby: { warm: { ${rest} } }`);
const monitor = (rest: string): string => group(`monitor: { ${rest} }`);
const gateway = (address: string): string =>
  paths(
    `{ lan: { primary: eth0, secondary: eth1 } }`,
    `services: { shop: { addresses: [${address}], nodes: [web1, web2] } }\n`,
  );
const listOf = (count: number, entry: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => entry(index)).join(", ");

/** Services that share nodes with room for two each; `rest`: more services. */
const crowd = (shop: string, mail = "priority: 0", rest = ""): string => `cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 }, capacity: { slots: 2, memory: 4GiB } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 }, capacity: { slots: 2, memory: 4GiB } }
services:
  shop: { addresses: [10.9.9.1/24], nodes: [web1, web2], ${shop} }
  mail: { addresses: [10.9.9.2/24], nodes: [web1, web2], ${mail} }
${rest}`;
const single = (name: string, node: string, last: number, more = "priority: 0"): string =>
  `  ${name}: { addresses: [10.9.9.${last}/24], nodes: [${node}], ${more} }\n`;

/** A code and a file; where a file has several problems, the codes stand in their order. */
type Case = readonly [codes: ConfigurationProblemCode | readonly ConfigurationProblemCode[], text: string];

const rule = (when: string, action = "{ drain: web1 }"): string =>
  `${TOP}services: { mail: { addresses: [10.9.9.9/24], nodes: [web1] } }\nrules:\n  hot:\n    ${when}\n    do: [${action}]\n`;

const hook = (body: string): string =>
  `${TOP}services: { mail: { addresses: [10.9.9.9/24], nodes: [web1] } }\nnotify: { pager: { run: [/bin/page], ${body} } }\n`;

const CASES: readonly Case[] = [
  ["yaml-syntax", `cluster: shop\nnodes: ▸[web1\n`],
  ["yaml-syntax", `cluster: shop\n▸\tport: 1\n`],
  ["yaml-syntax", `${TOP}secretFile: ▸@none\n`],
  ["yaml-syntax", `cluster: "sh▸\\op"\n${NODES}`],
  ["yaml-syntax", `${TOP}▸--- \nport: 1\n`],
  ["yaml-syntax", `cluster: ▸!name shop\n${NODES}`],
  ["yaml-syntax", `${TOP}services: ▸*none\n`],
  ["nested-too-deeply", `cluster: ${"[".repeat(15)}▸[${"]".repeat(16)}\n`],
  ["too-many-aliases", `a: &a shop\nb: [${listOf(100, () => "*a")}, ▸*a]\n`],
  ["too-many-aliases", aliasBomb()],
  ["duplicate-key", `${TOP}port: 1\n▸port: 2\n`],
  ["duplicate-key", `${TOP}  ▸web1: { networks: { a: 10.1.1.3, b: 20.1.1.3 } }\n`],
  ["unknown-key", `${TOP}▸detecton: lan\n`],
  ["unknown-key", `${TOP}▸colour: red\n`],
  ["bad-name", `${TOP}▸__proto__: {}\n`],
  ["unknown-key", `${TOP}▸web3: { networks: { a: 10.1.1.3, b: 20.1.1.3 } }\n`],
  ["unknown-key", `${TOP}▸b: { ping: [10.1.1.9] }\n`],
  ["unknown-key", `${TOP}damping: { ▸banmax: 1h }\n`],
  ["unknown-key", addresses(`{ address: 10.9.9.9/24, ▸iface: eth0 }`)],
  ["unknown-key", service(`{ addresses: [10.9.9.9/24], nodes: [web1], failback: { ▸delay: 1s, after: 1s } }`)],
  ["missing-key", `▸${NODES}`],
  ["missing-key", `▸cluster: shop\n`],
  ["empty-service", service(`▸{ nodes: [web1] }`)],
  ["missing-key", service(`{ addresses: [10.9.9.9/24] }`).replace("shop: {", "▸shop: {")],
  ["missing-key", programs(`db: ▸{ ready: started }`)],
  ["missing-key", programs(`db: { run: [/bin/db], health: ▸{ interval: 1s } }`)],
  ["unknown-key", programs(`db: { run: [/bin/db], ▸restarts: 3 }`)],
  ["wrong-type", programs(`db: { run: ▸/bin/db }`)],
  ["wrong-type", programs(`db: { run: ▸/usr/sbin/nginx -g "daemon off;" }`)],
  ["wrong-type", programs(`db: { run: ▸/bin/sleep 1000 --until=12:00 }`)],
  ["wrong-type", programs(`db: { run: ▸/bin/db | /usr/bin/logger }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], standby: ▸yes }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], stop: { signal: ▸QUIT } }`)],
  ["wrong-type", service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2], failback: ▸5s }`)],
  ["unknown-node", service(`{ addresses: [10.9.9.9/24], nodes: [web1, ▸web3] }`)],
  ["bad-condition", rule(`when: nodes.web1.state ▸= "down"`)],
  ["bad-condition", rule(`when: nodes.web1.▸rttMs > 1.0`)],
  ["bad-condition", rule(`when: "!▸nodes.web1.networks.c.reachable"`)],
  ["bad-condition", rule(`when: ▸nodes.web1.paths["lan"].paused`)],
  ["bad-condition", rule(`when: nodes.exists(n, ▸n.state == "down")`)],
  ["bad-condition", rule(`when: size(services.mail.nodes▸`)],
  ["bad-condition", rule(`when: ▸double(nodes.web1.attributes.heat) == "5"`)],
  ["bad-condition", rule(`when: nodes.web1.holds.exists(s, s.▸state == "x")`)],
  [
    ["bad-condition", "unknown-key"],
    `${TOP}rules: { hot: { when: nodes.exists(n▸, ▸n == "web1"), do: [{ drain: web1 }] } }\n`,
  ],
  ["yaml-syntax", `${TOP}rules: { hot: { when: nodes.exists(n▸, nodes[n].banned), do: [{ drain: web1 }] } }\n`],
  ["yaml-syntax", `${TOP}rules: { hot: { when: nodes▸["web1"].banned, do: [{ drain: web1 }] } }\n`],
  ["bad-condition", rule(`when: nodes.web1.drained ▸and nodes.web2.drained`)],
  ["wrong-type", programs(`db: { run: [/bin/db], environment: { PORT: ▸80 } }`)],
  ["wrong-type", programs(`db: { run: [/bin/sleep, ▸1000] }`)],
  ["unknown-key", service(`{ ▸address: [10.9.9.9/24], nodes: [web1] }`)],
  ["unknown-key", service(`{ addresses: [10.9.9.9/24], ▸node: [web1] }`)],
  ["yaml-syntax", rule("when: ▸!has(nodes.web1.attributes.fit)")],
  [
    "yaml-syntax",
    `${TOP}rules: { hot: { when: ▸services.shop.programs.db.words == "a: b", do: [{ drain: web1 }] } }\n`,
  ],
  ["bad-address", node(`a: ▸127.0.0.1, b: 20.1.1.3`)],
  [["bad-address", "bad-address"], addresses(`▸127.0.0.5/8, ▸"::1/64"`)],
  ["unknown-value", programs(`db: { run: [/bin/db], onTrouble: ▸reboot }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], onFail: ▸stop }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], stop: { signal: ▸TERM } }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], restart: { exits: { ▸300: move } } }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], restart: { exits: { ▸SIGFOO: move } } }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], restart: { exits: { ▸TERM: move } } }`)],
  ["bad-command", programs(`db: { run: [▸postgres] }`)],
  ["bad-url", hook(`url: ▸"http://127.0.0.1:99999/x"`).replace("run: [/bin/page], ", "")],
  ["bad-url", hook(`url: ▸"http://user:word@127.0.0.1/x"`).replace("run: [/bin/page], ", "")],
  ["bad-url", programs(`db: { run: [/bin/db], ready: { http: ▸"http://user:50%@127.0.0.1/health" } }`)],
  ["bad-url", programs(`db: { run: [/bin/db], ready: { http: ▸localhost/health } }`)],
  ["bad-address", programs(`db: { run: [/bin/db], ready: { tcp: ▸"db:5432" } }`)],
  ["out-of-range", programs(`db: { run: [/bin/db], ready: { tcp: ▸70000 } }`)],
  ["bad-amount", programs(`db: { run: [/bin/db], limits: { memory: ▸2GB! } }`)],
  ["out-of-range", programs(`db: { run: [/bin/db], limits: { memory: ▸2 } }`)],
  ["bad-amount", programs(`db: { run: [/bin/db], limits: { memory: ▸2G } }`)],
  ["wrong-type", programs(`db: { run: [/bin/db], user: ▸1000 }`)],
  ["bad-name", programs(`db: { run: [/bin/db], user: ▸"1000" }`)],
  ["bad-name", programs(`db: { run: [/bin/db], environment: { ▸a-b: x } }`)],
  ["bad-name", programs(`db: { ocf: "heartbeat:db", params: { ▸a b: x } }`)],
  ["wrong-type", programs(`db: { ocf: "heartbeat:db", params: { port: 8080, umask: ▸0022, ratio: 1.5, on: true } }`)],
  ["wrong-type", `${TOP}fence: { methods: [{ agent: fence_apc, parameters: { plug: 1, port: ▸0x1F } }] }\n`],
  ["bad-name", programs(`db: { ocf: ▸"ocf:heartbeat:IPaddr2" }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], stop: { signal: ▸SIGSTOP } }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], stop: { signal: ▸SIGTREM } }`)],
  ["unknown-value", programs(`db: { run: [/bin/db], restart: { exits: { ▸oom: move } } }`)],
  ["unknown-program", programs(`db: { run: [/bin/db], after: [▸adresses] }`)],
  ["bad-share", programs(`db: { run: [/bin/db], limits: { cpu: ▸1.5 cores } }`)],
  ["bad-name", programs(`db: { run: [/bin/db], user: ▸no one }`)],
  ["bad-name", programs(`db: { run: [/bin/db], environment: { UID: ▸"7" } }`)],
  ["bad-name", programs(`db: { unit: ▸nginx }`)],
  ["bad-name", programs(`db: { ocf: ▸nfsserver }`)],
  ["bad-name", programs(`▸addresses: { run: [/bin/db] }`)],
  ["duration-out-of-range", programs(`db: { run: [/bin/db], health: { tcp: 1, timeout: 200ms, slow: ▸300ms } }`)],
  ["conflicting-keys", programs(`db: { run: [/bin/db], unit: ▸db.service }`)],
  ["conflicting-keys", programs(`db: { run: [/bin/db], params: ▸{ a: b } }`)],
  ["conflicting-keys", programs(`db: { unit: db.service, ready: ▸notify }`)],
  ["conflicting-keys", programs(`db: { ocf: "heartbeat:db", ready: ▸{ tcp: 1 } }`)],
  ["conflicting-keys", programs(`db: { ocf: "heartbeat:db", health: ▸{ tcp: 1 } }`)],
  ["conflicting-keys", programs(`db: { unit: db.service, watchdog: ▸10s }`)],
  ["conflicting-keys", programs(`db: { run: [/bin/db], role: ▸{ wait: true } }`)],
  ["conflicting-keys", programs(`db: { run: [/bin/db], caughtUp: ▸{ tcp: 1 } }`)],
  ["conflicting-keys", programs(`db: { ocf: "heartbeat:db", standby: on, caughtUp: ▸{ tcp: 1 } }`)],
  ["missing-key", programs(`db: { run: [/bin/db], standby: on, caughtUp: ▸{ interval: 1s } }`)],
  ["conflicting-keys", programs(`db: { run: [/bin/db], ready: ▸{ tcp: 1, exec: [/bin/true] } }`)],
  ["unknown-program", programs(`db: { run: [/bin/db], after: [▸web] }`)],
  [
    "unknown-program",
    service(
      `{ addresses: { list: [10.9.9.9/24], after: [▸bd] }, nodes: [web1], programs: { db: { run: [/bin/db] } } }`,
    ),
  ],
  ["program-cycle", programs(`db: { run: [/bin/db], after: [web] }, web: { run: [/bin/web], after: [▸db] }`)],
  ["program-cycle", programs(`db: { run: [/bin/db], after: [▸db] }`)],
  [
    "program-cycle",
    service(
      `{ addresses: { list: [10.9.9.9/24], after: [db] }, nodes: [web1], programs: { db: { run: [/bin/db], after: [▸addresses] } } }`,
    ),
  ],
  ["program-cycle", programs(`db: { run: [/bin/db], ready: { tcp: ▸"10.9.9.9:5432" } }`)],
  ["program-cycle", programs(`db: { run: [/bin/db], ready: { http: ▸"http://10.9.9.9:80/up" } }`)],
  ["standby-waits", programs(`db: { run: [/bin/db] }, web: { run: [/bin/web], standby: on, after: [▸db] }`)],
  ["standby-waits", programs(`db: { run: [/bin/db], standby: on, after: [▸addresses] }`)],
  ["missing-key", `${TOP}▸detection: { interval: 25ms }\n`],
  ["missing-key", `${TOP}  ▸web3: {}\n`],
  ["wrong-type", `▸just words\n`],
  ["wrong-type", `▸\n`],
  ["wrong-type", `cluster: shop\nnodes: ▸[web1, web2]\n`],
  ["wrong-type", `${TOP}port: ▸high\n`],
  ["wrong-type", `${TOP}port: ▸4994.5\n`],
  ["wrong-type", `${TOP}detection: ▸25\n`],
  ["wrong-type", `${TOP}detection: { interval: ▸25, timeout: 100ms }\n`],
  ["wrong-type", `${TOP}secretFile: ▸[]\n`],
  ["wrong-type", `cluster: ▸true\n${NODES}`],
  ["wrong-type", `${TOP}▸services:\n`],
  ["wrong-type", service(`{ addresses: ▸10.9.9.9/24, nodes: [web1] }`)],
  ["wrong-type", `${TOP}networks: { a: { ping: ▸10.1.1.254 } }\n`],
  ["wrong-type", service(`\n    addresses: ▸-10.9.9.9/24\n    nodes: [web1]`)],
  [["wrong-type", "unknown-key"], `${TOP}▸services:\n▸shop:\n  addresses: [10.9.9.9/24]\n  nodes: [web1]\n`],
  [
    ["wrong-type", "wrong-type"],
    service(
      `{ failback: { after: 1s }, addresses: [10.9.9.9/24], nodes: [web1] }\n  nodes: ▸[web1]\n  addresses: ▸[10.9.9.8/24]`,
    ),
  ],
  ["wrong-type", service(`{ addresses: [▸7], nodes: [web1] }`)],
  ["wrong-type", service(`{ addresses: [10.9.9.9/24], nodes: [▸1] }`)],
  ["wrong-type", service(`{ addresses: [10.9.9.9/24], nodes: ▸web1 }`)],
  ["unknown-value", service(`{ addresses: [10.9.9.9/24], nodes: ▸al }`)],
  ["wrong-type", service(`{ addresses: [10.9.9.9/24], nodes: [web1], failback: ▸yes }`)],
  ["unknown-value", `${TOP}detection: ▸lam\n`],
  ["unknown-value", `${TOP}detection: ▸quickly\n`],
  ["out-of-range", `${TOP}port: ▸0\n`],
  ["out-of-range", `${TOP}port: ▸65536\n`],
  ["out-of-range", `${TOP}damping: { failures: ▸101 }\n`],
  ["too-few", service(`{ addresses: ▸[], nodes: [web1] }`)],
  ["too-few", service(`{ addresses: [10.9.9.9/24], nodes: ▸[] }`)],
  ["too-few", `${TOP}  ▸web3: { networks: {} }\n`],
  ["too-few", `cluster: shop\n▸nodes: {}\n`],
  ["too-few", `cluster: shop\n▸nodes:\n  web1: { networks: { a: 10.1.1.1 } }\n`],
  ["too-many", `${TOP}networks: { a: { ping: ▸[${listOf(9, (index) => `10.1.1.${100 + index}`)}] } }\n`],
  [
    "too-many",
    service(`{ addresses: ▸[${listOf(257, (index) => `fd00::1:${index.toString(16)}/64`)}], nodes: [web1] }`),
  ],
  ["too-many", `cluster: shop\n▸nodes:\n${many(65, (index) => `n${index}: { networks: { a: 10.1.1.${index + 1} } }`)}`],
  [
    "too-many",
    `${TOP}▸services:\n${many(1001, (index) => `s${index}: { addresses: ["fd00::1:${index.toString(16)}/64"], nodes: [web1] }`)}`,
  ],
  [
    "too-many",
    `cluster: shop\n▸nodes:\n${many(2, (index) => `n${index}: { networks: { ${listOf(9, (net) => `n${net}: 10.1.${net}.${index + 1}`)} } }`)}`,
  ],
  ["too-many", `${TOP}services: ▸{ ${listOf(2049, (index) => `s${index}: 1`)} }\n`],
  ["bad-name", `cluster: ▸my shop\n${NODES}`],
  ["bad-name", `cluster: ▸shop"\n${NODES}`],
  ["bad-name", `cluster: ▸“shop”\n${NODES}`],
  ["bad-name", node(`▸a:10.1.1.3, b: 20.1.1.3`)],
  ["bad-name", service(`{ addresses: [10.9.9.9/24], nodes: [▸web1 web2] }`)],
  ["bad-prefix", addresses(`▸10.9.9.8/24 10.9.9.9/24`)],
  ["bad-name", `cluster: ▸""\n${NODES}`],
  ["bad-name", `${TOP}  ▸-web3: { networks: { a: 10.1.1.3, b: 20.1.1.3 } }\n`],
  ["bad-name", `${TOP}  ▸__proto__: { networks: { a: 10.1.1.3, b: 20.1.1.3 } }\n`],
  ["bad-name", `cluster: ▸${"n".repeat(64)}\n${NODES}`],
  ["bad-name", service(`{ addresses: [10.9.9.9/24], nodes: [▸web/1] }`)],
  [
    "name-collision",
    `${TOP}services:\n  s6rnw: { addresses: [10.9.9.8/24], nodes: [web1] }\n  ▸snpba: { addresses: [10.9.9.9/24], nodes: [web1] }\n`,
  ],
  ["name-collision", `${TOP}services:\n  ▸aazkh8gy: { addresses: [10.9.9.9/24], nodes: [web1] }\n`],
  ["bad-path", `${TOP}secretFile: ▸""\n`],
  ["bad-path", `${TOP}secretFile: ▸keys/\n`],
  ["bad-duration", `${TOP}detection: { interval: ▸25 ms, timeout: 100ms }\n`],
  ["bad-duration", service(`{ addresses: [10.9.9.9/24], nodes: [web1], failback: { after: ▸soon } }`)],
  ["duration-out-of-range", `${TOP}detection: { interval: ▸100us, timeout: 100ms }\n`],
  ["duration-out-of-range", `${TOP}detection: { interval: 25ms, timeout: ▸1h }\n`],
  ["duration-out-of-range", `${TOP}detection: { interval: 60ms, timeout: ▸100ms }\n`],
  ["duration-out-of-range", `${TOP}damping: { ban: 2m, banMax: ▸1m }\n`],
  ["duration-out-of-range", `${TOP}damping: ▸{ ban: 2h }\n`],
  ["bad-address", node(`a: ▸10.1.1.300`)],
  ["bad-address", node(`a: ▸web3.example`)],
  ["bad-address", node(`a: ▸10.1.1.3/24`)],
  ["bad-address", node(`a: ▸224.0.0.18`)],
  ["bad-address", node(`a: ▸255.255.255.255`)],
  ["bad-address", node(`a: ▸0.0.0.0`)],
  ["bad-address", `${TOP}networks: { a: { ping: [▸router] } }\n`],
  ["bad-address", addresses(`▸10.1.1/24`)],
  ["bad-address", addresses(`▸fe80::1%eth0/64`)],
  ["bad-address", addresses(`▸ff02::1/64`)],
  ["bad-address", addresses(`▸"::/64"`)],
  ["bad-address", addresses(`▸"::ffff:10.1.1.9/120"`)],
  ["bad-address", ipv6Nodes(`▸fe80::2`)],
  ["bad-prefix", addresses(`▸192.168.1.1`)],
  ["bad-prefix", addresses(`▸192.168.1.1/33`)],
  ["bad-prefix", addresses(`▸192.168.1.1/255.255.255.0`)],
  ["bad-prefix", addresses(`▸fd00::5/129`)],
  ["bad-prefix", addresses(`▸fd00::5`)],
  ["bad-prefix", addresses(`{ address: ▸192.168.1.1/0, interface: eth0 }`)],
  ["not-a-host-address", addresses(`▸192.168.1.0/24`)],
  ["not-a-host-address", addresses(`▸192.168.1.127/25`)],
  ["not-a-host-address", addresses(`▸"fd00:1::/64"`)],
  ["bad-interface", addresses(`{ address: 192.168.1.1/24, interface: ▸"eth0:1" }`)],
  ["bad-interface", addresses(`{ address: 192.168.1.1/24, interface: ▸name-of-16-signs }`)],
  ["interface-needed", addresses(`▸fe80::5/64`)],
  ["duplicate-address", node(`a: ▸10.1.1.1, b: 20.1.1.3`)],
  ["duplicate-address", addresses(`10.9.9.9/24, ▸10.9.9.9/16`)],
  ["duplicate-address", addresses(`▸10.1.1.2/24`)],
  ["duplicate-address", addresses(`"fd00::0:1/64", ▸"FD00::1/64"`)],
  [
    "duplicate-address",
    `${service(`{ addresses: [10.9.9.9/24], nodes: [web1] }`)}  mail: { addresses: [▸10.9.9.9/24], nodes: [web1] }\n`,
  ],
  ["duplicate-address", `${TOP}networks: { a: { ping: [10.1.1.9, ▸10.1.1.9] } }\n`],
  ["own-ping-target", `${TOP}networks: { a: { ping: [▸10.1.1.1] } }\n`],
  ["own-ping-target", `${addresses("10.9.9.9/24")}networks: { a: { ping: [▸10.9.9.9] } }\n`],
  ["mixed-families", node(`a: ▸fd00::3, b: 20.1.1.3`)],
  ["lonely-network", node(`a: 10.1.1.3, b: 20.1.1.3, ▸c: 30.1.1.3`)],
  ["unused-network", `${TOP}networks: { ▸c: {} }\n`],
  [
    "disconnected-nodes",
    `${TOP}  ▸web3: { networks: { c: 30.1.1.3 } }\n  web4: { networks: { c: 30.1.1.4, a: 10.1.1.4 } }\n`,
  ],
  ["unknown-node", service(`{ addresses: [10.9.9.9/24], nodes: [web1, ▸wbe2] }`)],
  ["unknown-node", service(`{ addresses: [10.9.9.9/24], nodes: [web1, ▸mail.example] }`)],
  ["unknown-node", service(`{ addresses: [10.9.9.9/24], nodes: [▸all] }`)],
  ["duplicate-node", service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2, ▸web1] }`)],
  ["unknown-key", paths(`{ lan: { primary: eth0, secondary: eth1, ▸treshold: 50% } }`)],
  ["unknown-key", monitor(`▸timeout: 1s`)],
  ["missing-key", paths(`{ ▸lan: { primary: eth0 } }`)],
  ["missing-key", paths(`{ lan: { primary: ▸{}, secondary: eth1 } }`)],
  ["missing-key", `${TOP}  ▸web3: { paths: { lan: { primary: eth0, secondary: eth1 } } }\n`],
  ["wrong-type", paths(`{ lan: { primary: ▸[eth0, eth2], secondary: eth1 } }`)],
  ["wrong-type", paths(`{ lan: { primary: { members: ▸eth0 }, secondary: eth1 } }`)],
  ["wrong-type", group(`threshold: ▸0.5`)],
  ["wrong-type", group(`standby: ▸[]`)],
  ["wrong-type", monitor(`carrier: ▸maybe`)],
  ["unknown-value", group(`standby: ▸hot`)],
  ["unknown-value", group(`mac: ▸steal`)],
  ["unknown-value", monitor(`need: ▸most, ping: [10.1.1.254]`)],
  ["out-of-range", group(`threshold: ▸0%`)],
  ["out-of-range", group(`threshold: ▸101%`)],
  ["out-of-range", group(`threshold: { bandwidth: ▸0.0% }`)],
  ["out-of-range", group(`threshold: ▸0`)],
  ["out-of-range", group(`threshold: ▸17`)],
  [
    "out-of-range",
    paths(`{ lan: { primary: { members: [a, b, c] }, secondary: { members: [d, e] }, threshold: ▸3 } }`),
  ],
  ["out-of-range", group(`addressesMax: ▸0`)],
  ["bad-share", group(`threshold: ▸50`.replace("50", `"50"`))],
  ["bad-share", group(`threshold: ▸half`)],
  ["too-few", paths(`{ lan: { primary: { members: ▸[] }, secondary: eth1 } }`)],
  ["too-many", monitor(`ping: ▸[${listOf(9, (index) => `10.1.1.${100 + index}`)}]`)],
  ["too-many", addresses(`{ address: 10.9.9.9/24, interfaces: ▸[eth0, eth1, eth2] }`)],
  [
    "too-many",
    paths(`{ ${listOf(17, (index) => `g${index}: { primary: a${index}, secondary: b${index} }`)} }`).replace(
      "paths:",
      "▸paths:",
    ),
  ],
  ["bad-name", paths(`{ ▸name-of-16-signs: { primary: eth0, secondary: eth1 } }`)],
  ["bad-interface", paths(`{ lan: { primary: ▸"eth0:1", secondary: eth1 } }`)],
  ["bad-interface", paths(`{ lan: { primary: eth0, secondary: ▸lo } }`)],
  ["bad-duration", group(`settleDelay: ▸soon`)],
  ["duration-out-of-range", monitor(`ping: [10.1.1.254], interval: 100ms, downFor: ▸99ms`)],
  ["duration-out-of-range", group(`monitor: ▸{ interval: 100ms }`)],
  ["bad-address", monitor(`ping: [▸router]`)],
  ["bad-address", monitor(`ping: [▸10.1.1.0/24]`)],
  ["own-ping-target", monitor(`ping: [10.1.1.2, ▸10.1.1.1]`)],
  ["own-ping-target", group(`standby: { warm: { address: 129.1.1.5/24 } }, monitor: { ping: [▸129.1.1.5] }`)],
  [
    "own-ping-target",
    paths(
      `{ lan: { primary: eth0, secondary: eth1, monitor: { ping: [10.9.9.8, ▸10.9.9.9] } } }`,
      `services: { a: { addresses: [10.9.9.8/24], nodes: [web2] }, b: { addresses: [10.9.9.9/24], nodes: [web2, web1] } }\n`,
    ),
  ],
  ["duplicate-address", monitor(`ping: [10.1.1.254, ▸10.1.1.254]`)],
  ["duplicate-address", warm(`address: ▸10.1.1.2/24`)],
  [
    "duplicate-address",
    paths(
      `{ lan: { primary: eth0, secondary: eth1, standby: { warm: { address: ▸10.9.9.9/24 } } } }`,
      `services: { a: { addresses: [10.9.9.9/24], nodes: [web1, web2] } }\n`,
    ),
  ],
  ["bad-prefix", warm(`address: ▸129.1.1.5`)],
  ["not-a-host-address", warm(`address: ▸129.1.1.0/24`)],
  ["warm-subnet", warm(`address: ▸10.1.1.5/1`).replaceAll("20.1.1", "11.1.1")],
  ["bad-mac", warm(`mac: ▸08:a0:20:cd:10`)],
  ["bad-mac", warm(`mac: ▸00:00:00:00:00:00`)],
  ["bad-mac", warm(`mac: ▸01:00:5e:00:00:01`)],
  ["bad-mac", warm(`mac: ▸FF-FF-FF-FF-FF-FF`)],
  [
    "duplicate-mac",
    paths(
      `{ x: { primary: a, secondary: b, standby: { warm: { mac: 02:00:00:00:00:05 } } }, y: { primary: c, secondary: d, standby: { warm: { mac: ▸02-00-00-00-00-05 } } } }`,
    ),
  ],
  [
    "duplicate-mac",
    `${warm("mac: ▸02:00:00:00:00:05")}services:\n  shop: { addresses: [10.9.9.9/24], nodes: [web1], identity: { mac: 02:00:00:00:00:05 } }\n`,
  ],
  ["same-paths", paths(`{ lan: { primary: eth0, secondary: ▸eth0 } }`)],
  ["same-paths", paths(`{ lan: { primary: { interface: eth0 }, secondary: { interface: ▸eth0, members: [eth1] } } }`)],
  ["overlapping-paths", paths(`{ lan: { primary: eth0, secondary: { interface: bond0, members: [eth1, ▸eth0] } } }`)],
  ["overlapping-paths", paths(`{ lan: { primary: { members: [eth0, eth1] }, secondary: ▸eth1 } }`)],
  ["overlapping-paths", paths(`{ lan: { primary: { members: [eth0, ▸eth0] }, secondary: eth1 } }`)],
  ["overlapping-paths", paths(`{ x: { primary: eth0, secondary: eth1 }, y: { primary: eth2, secondary: ▸eth1 } }`)],
  ["overlapping-paths", gateway(`{ address: 10.9.9.9/24, interfaces: [eth2, ▸eth1] }`)],
  ["unwatched-paths", monitor(`carrier: ▸false`)],
  ["ambiguous-name", paths(`{ ▸eth2: { primary: eth0, secondary: eth1 }, lan: { primary: eth2, secondary: eth3 } }`)],
  ["ambiguous-name", paths(`{ ▸eth0: { primary: eth0, secondary: eth1 } }`)],
  ["unknown-path-group", gateway(`{ address: 10.9.9.9/24, interface: ▸lan }`)],
  ["unknown-path-group", gateway(`{ address: 10.9.9.9/24, interfaces: [eth3, ▸lan] }`)],
  ["bad-amount", crowd("size: { memory: ▸2Gib }")],
  ["bad-amount", crowd("size: { memory: ▸2 GiB }")],
  ["out-of-range", crowd("size: { slots: ▸-1 }")],
  ["wrong-type", crowd("size: { slots: ▸true }")],
  ["out-of-range", crowd("priority: ▸1001")],
  ["conflicting-keys", crowd("spread: true, failback: ▸true")],
  ["unknown-service", crowd("with: [▸mial]")],
  [
    ["bad-address", "needs-cycle", "unknown-key"],
    crowd("needs: [mail]", "needs: ▸[shop], ▸prioritty: 3").replace("10.9.9.2/24]", "10.9.9.2/24, ▸10.9.9.300/24]"),
  ],
  [["no-room", "wrong-type"], `${crowd("size: ▸{ slots: 3 }")}notify: ▸[]\n`],
  [
    "unknown-node",
    crowd("needs: [mail]", "needs: [shop]").replace(
      "nodes: [web1, web2], needs: [mail]",
      "nodes: [web1, ▸web3], needs: [mail]",
    ),
  ],
  ["wrong-type", crowd("needs: [mail]", "needs: ▸shop")],
  ["unknown-service", crowd("labels: [front], needs: [▸front]")],
  ["unknown-service", crowd("apart: [mail, ▸nobody]")],
  ["own-name", crowd("needs: [▸shop]")],
  ["ambiguous-label", crowd("labels: [▸mail]")],
  ["unknown-resource", crowd("size: { ▸memroy: 1GiB }")],
  ["needs-cycle", crowd("needs: [mail]", "needs: ▸[shop]")],
  ["contradictory-relations", crowd("with: [mail]", "apart: ▸[shop]")],
  ["contradictory-relations", crowd("with: [mail], labels: [front], apart: ▸[front]", "labels: [front]")],
  [
    "contradictory-relations",
    crowd("priority: 0", "priority: 0", single("a", "web1", 3) + single("b", "web1", 4, "apart: ▸[a]")),
  ],
  ["no-room", crowd("size: ▸{ memory: 5GiB }")],
  ["no-room", crowd("size: { slots: 2 }, with: [mail]", "with: ▸[shop]")],
  [
    "no-common-node",
    crowd("priority: 0", "priority: 0", single("a", "web1", 3, "with: ▸[b]") + single("b", "web2", 4)),
  ],
  ["too-many", everyoneApart()],
  ["conflicting-keys", addresses(`{ address: 10.9.9.9/24, interface: eth0, interfaces: ▸[eth0, eth1] }`)],
  ["duplicate-interface", addresses(`{ address: 10.9.9.9/24, interfaces: [eth0, ▸eth0] }`)],
  ["conflicting-keys", addresses(`{ address: "fd00::9/64", interface: eth0, label: ▸web }`)],
  ["bad-name", addresses(`{ address: 10.9.9.9/24, interface: eth0, label: ▸shop-of-all-kinds }`)],
  ["bad-condition", rule('when: ▸nodes.web9.state == "up"')],
  ["bad-condition", rule("when: paused && ▸pausd")],
  ["unknown-service", rule("when: paused", "{ move: ▸shop }")],
  ["bad-condition", rule(`when: services.mail.state == ▸"aktive"`)],
  [["unknown-code", "unknown-code"], hook("codes: [node, service.active, ▸service.activ, ▸foo]")],
  ["unknown-service", hook("services: [mail, ▸mial]")],
  ["unknown-node", hook("nodes: [web2, ▸web7]")],
  ["unknown-node", `${TOP}checks: { disk: { run: [/bin/df], nodes: [▸wbe1] } }\n`],
  ["no-fencing", rule("when: paused", "{ fence: ▸web1 }")],
  ["no-fencing", `${TOP}fence: { methods: [▸{ run: [/bin/off], nodes: [web1] }] }\n`],
  ["unknown-node", `${TOP}fence: { methods: [{ run: [/bin/off], nodes: [▸wbe1, web2, web1] }] }\n`],
  ["bad-command", `${TOP}fence: { methods: [{ agent: ▸ipmilan }] }\n`],
  ["conflicting-keys", `${TOP}fence: { methods: [{ run: [/bin/off], action: ▸off }] }\n`],
  ["missing-key", `${TOP}fence: { methods: [▸{ timeout: 2s }] }\n`],
  ["bad-name", `${TOP}fence: { methods: [{ run: [/bin/off], name: ▸operator }] }\n`],
  ["bad-name", `${TOP}fence: { methods: [{ run: ▸[/usr/local/sbin/operator] }] }\n`],
  ["bad-command", rule("when: paused", "{ run: [▸logger] }")],
  ["unknown-key", rule("when: paused", "{ drain: web1, ▸form: web2 }")],
  ["bad-url", `${TOP}notify: { pager: { url: ▸example.org } }\n`],
  ["unknown-value", service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2], identity: ▸listne }`)],
  ["bad-mac", service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2], identity: { mac: ▸03:00:00:00:00:05 } }`)],
  [
    "duplicate-mac",
    `${TOP}services:\n  a: { addresses: [10.9.9.9/24], nodes: [web1], identity: { mac: 02:00:00:00:00:05 } }\n  b: { addresses: [10.9.9.8/24], nodes: [web1], identity: { mac: ▸02-00-00-00-00-05 } }\n`,
  ],
  ["no-host-route", service(`{ addresses: ["fd00::9/64"], nodes: [web1, web2], hostRoutes: ▸true }`)],
  ["no-host-route", service(`{ programs: { db: { run: [/bin/db] } }, nodes: [web1, web2], hostRoutes: ▸true }`)],
  ["wrong-type", service(`{ addresses: [10.9.9.9/24], nodes: [web1, web2], hostRoutes: ▸maybe }`)],
  [["duplicate-key", "bad-address", "unknown-node", "unknown-key"], everywhere()],
  ["bad-length", rule(`when: ▸${"paused || ".repeat(100)}paused`)],
  ["bad-length", rule("when: paused", `{ notify: ▸"" }`)],
  ["bad-length", rule("when: paused", `{ notify: ▸${"n".repeat(501)} }`)],
  ["bad-length", rule("when: paused", `{ run: [/bin/logger, ▸${"n".repeat(4_097)}] }`)],
  ["bad-length", `${TOP}checks: { disk: { run: [/bin/df, ▸${"n".repeat(4_097)}] } }\n`],
  ["unknown-code", hook(`codes: [node, ▸${"n".repeat(501)}]`)],
  ["bad-length", `${TOP}notify: { pager: { url: ▸"https://example.org/${"n".repeat(4_076)}" } }\n`],
  ["bad-length", `${TOP}fence: { methods: [{ agent: fence_ipmilan, parameters: { ip: ▸${"n".repeat(4_097)} } }] }\n`],
  ["wrong-type", `${TOP}checks: { disk: { run: ▸/bin/df ${"n".repeat(4_097)} } }\n`],
  ["wrong-type", rule("when: paused", `{ notify: ▸[${listOf(501, () => "n")}] }`)],
];

function many(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `  ${line(index)}\n`).join("");
}

function ipv6Nodes(second: string): string {
  return `cluster: shop\nnodes:\n  web1: { networks: { a: "fd00::1" } }\n  web2: { networks: { a: ${second} } }\n`;
}

/** Each line repeats the one before nine times; the mark is at the alias that goes beyond the limit. */
function aliasBomb(): string {
  const level = (index: number): string => `k${index}: &k${index} [${listOf(9, () => `*k${index - 1}`)}]`;
  const lines = ["k0: &k0 [x, x, x, x, x, x, x, x, x]", ...[1, 2, 3, 4, 5].map(level)];
  return lines.join("\n").replace("*k4, *k4", "*k4, ▸*k4");
}

function everyoneApart(): string {
  const names = Array.from({ length: 150 }, (_, index) => `s${index}`);
  const entries = names.map(
    (name, index) => `  ${name}: { addresses: [10.9.8.${index + 1}/24], nodes: [web1], labels: [all], apart: [all] }\n`,
  );
  return `${TOP}▸services:\n${entries.join("")}`;
}

function everywhere(): string {
  return `cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  ▸web1: { networks: { a: 10.1.1.2 } }
  web2: { networks: { a: ▸10.1.1 } }
services:
  shop: { addresses: [10.9.9.9/24], nodes: [▸web9] }
  mail: { addresses: [10.9.9.8/24], nodes: [web2] }
▸ports: 4994
`;
}

function unmark(text: string): { readonly text: string; readonly places: readonly string[] } {
  const places: string[] = [];
  let plain = "";
  for (const part of text.split(MARK)) {
    if (plain !== "" || places.length > 0 || text.startsWith(MARK)) places.push(placeAtEnd(plain));
    plain += part;
  }
  return { text: plain, places: text.startsWith(MARK) ? places.slice(1) : places };
}

function placeAtEnd(text: string): string {
  const lines = text.split("\n");
  return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
}

function problemsOf(text: string): readonly ConfigurationProblem[] {
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "" });
  return parsed.ok ? [] : parsed.problem;
}

for (const [codes, marked] of CASES) {
  const expected = typeof codes === "string" ? [codes] : codes;
  const title = `${expected.join(", ")}: ${marked.split("\n").find((line) => line.includes(MARK)) ?? ""}`;
  test(title.slice(0, 120), () => {
    const { text, places } = unmark(marked);
    const problems = problemsOf(text);
    const found = problems.map(({ code, line, column }) => `${line}:${column} ${code}`);
    assert.deepEqual(
      found,
      expected.map((code, index) => `${places[index] ?? "?"} ${code}`),
    );
  });
}

test("every code has a case", () => {
  const cased = new Set<string>(CASES.flatMap(([codes]) => codes));
  const fromDisk = new Set(["file-unreadable", "not-utf-8", "file-too-large"]);
  const missing = Object.keys(CONFIGURATION_PROBLEMS).filter((code) => !cased.has(code) && !fromDisk.has(code));
  assert.deepEqual(missing, []);
});

test("a file beyond the limit is refused unread", () => {
  assert.deepEqual(
    problemsOf(`#${"x".repeat(524_288)}`).map(({ code }) => code),
    ["file-too-large"],
  );
});

test("the words are those that were reviewed (LOCUM_UPDATE=1 rewrites them)", () => {
  const words = CASES.flatMap(([, marked]) => problemsOf(unmark(marked).text).map(wordsOf)).join("\n");
  if (process.env["LOCUM_UPDATE"] === "1") writeFileSync(MESSAGES, words);
  assert.equal(words, readFileSync(MESSAGES, "utf8"));
});

const wordsOf = ({ code, path, message, advice }: ConfigurationProblem): string =>
  `[${code}] ${message.slice(0, 300)}\n    ${advice}\n    at ${path === "" ? "the file" : path.slice(0, 80)}\n`;
