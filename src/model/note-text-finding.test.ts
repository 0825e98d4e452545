import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeName, nodeName, serviceName } from "./names.js";
import type { Finding, UnfitNode } from "./note.js";
import { noteText } from "./note-text.js";
import { findingAdvice } from "./note-text-advice.js";
import { findingSeverity, findingText } from "./note-text-finding.js";
import { programName } from "./program.js";
import { ruleName } from "./rule.js";
import type { UnfitReason } from "./unfit-reasons.js";

const node = nodeName("web1");
const web2 = nodeName("web2");
const service = serviceName("shop");

test("who finds a node that a rule drained is led to where the rule's reasons are known", () => {
  const drained: Finding = { kind: "node-drained", node: nodeName("web1"), by: ruleName("hot") };
  assert.match(findingAdvice(drained), /`locum rules hot` on web1 says what that is/);
});

test("a drained node that serves nothing may be switched off", () => {
  const drained: Finding = { kind: "node-drained", node };
  assert.equal(findingSeverity(drained), "notice");
  assert.equal(findingText(drained), "web1 is drained");
  assert.equal(findingAdvice(drained), "Run `locum resume web1` when the work there is done");
  assert.match(
    findingAdvice({ ...drained, services: [service] }),
    /^Let another node take shop first: `locum explain shop`/,
  );
});

test("what a program in trouble wrote is one command away", () => {
  const troubled: Finding = {
    kind: "program-troubled",
    node,
    service,
    program: programName("web"),
    problem: "it is slow",
  };
  assert.match(findingAdvice(troubled), /^Read what it wrote \(`locum logs shop\/web` on web1\)/);
});

test("what waits for a node that fell silent goes on with its fencing, or once that node is heard again", () => {
  const how = { isKnown: true, isSilent: true } as const;
  const waiting: Finding = { kind: "program-waiting", node, service, program: programName("web"), on: web2, ...how };
  assert.equal(findingText(waiting), "web of shop cannot begin on web1: it ran on web2 when that fell silent");
  assert.match(findingAdvice(waiting), /^It begins on web1 as soon as web2 is fenced.*`locum fence web2 --is-off`$/);
});

test("an address is contested by a stranger, whose MAC is hunted, or by a peer, who is known", () => {
  const stranger: Finding = { kind: "address-contested", address: "10.0.0.1", mac: "02:00:00:00:00:01" };
  assert.equal(findingText(stranger), "02:00:00:00:00:01 claims 10.0.0.1 too");
  assert.match(findingAdvice(stranger), /^Find the machine with MAC 02:00:00:00:00:01/);
  assert.doesNotMatch(findingAdvice({ ...stranger, node }), /MAC/);
  const { kind: _kind, ...heard } = { ...stranger, interface: "eth0", service, node };
  const text = "web1 (02:00:00:00:00:01) claims 10.0.0.1, which is on eth0 of web2";
  assert.equal(noteText({ code: "address.rival-heard", ...heard }, nodeName("web2")), text);
});

test("where the rival may be a node with another key, that is said besides", () => {
  const suspected: Finding = {
    kind: "address-contested",
    address: "10.0.0.1",
    mac: "02:00:00:00:00:01",
    suspect: node,
  };
  assert.equal(findingText(suspected), "02:00:00:00:00:01 claims 10.0.0.1 too");
  assert.equal(findingText({ ...suspected, node }), "web1 claims 10.0.0.1 too");
  const { suspect: _, ...plain } = suspected;
  const suspicion = "It may be web1: packets that claim to be from it are sealed with another key";
  assert.equal(findingAdvice(suspected), `${findingAdvice(plain)}. ${suspicion}`);
  assert.equal(findingAdvice({ ...suspected, node }), findingAdvice({ ...plain, node }));
});

test("what is advised about an impaired peer stream fits its cause", () => {
  const advised = (about: string, problem: string): string =>
    findingAdvice({ kind: "agent-impaired", what: `peer stream ${about}`, problem });
  const gone = "listen EADDRNOTAVAIL: address not available 10.1.1.1:7946";
  assert.match(advised("10.1.1.1", gone), /^Check with `ip address` that 10\.1\.1\.1 is in place/);
  assert.match(
    advised("10.1.1.1", "listen EADDRINUSE: address already in use 10.1.1.1:7946"),
    /^Stop the other program/,
  );
  assert.match(advised("web2", "it has another secret"), /^Compare the secret files/);
});

test("a missing standby names each node, and is only a notice where somebody ordered it", () => {
  const out = (node: NodeName, code: UnfitReason["code"]): UnfitNode => ({ node, reasons: [{ code }] });
  const services = ["shop", "mail", "files", "print", "chat"].map(serviceName);
  const told = (standbys: readonly UnfitNode[]): readonly string[] => {
    const finding: Finding = { kind: "no-standby", standbys, services };
    return [findingSeverity(finding), findingText(finding), findingAdvice(finding)];
  };
  const until = "until then nobody takes over if the holder of shop, mail, files and 2 more fails";
  assert.deepEqual(told([out(node, "node-down"), out(web2, "drained")]), [
    "warning",
    "No node stands by for shop, mail, files and 2 more: web1 (it is down) and web2 (it is drained)",
    `Run \`locum resume web2\` when the work there is done, or mend web1 soon: ${until}`,
  ]);
  assert.deepEqual(
    [
      [out(node, "node-down"), out(web2, "outranked")],
      [out(node, "no-room"), out(web2, "outranked")],
      [out(node, "no-room"), out(web2, "drained")],
      [out(node, "apart")],
      [out(node, "program-failed")],
    ].map((standbys) => told(standbys)[2]),
    [
      `Mend web1 soon: ${until}`,
      `Make room on one of web1 and web2, or add a node: ${until}`,
      "Run `locum resume web2` when the work there is done",
      `Add a node: ${until}`,
      `Mend web1 soon, then run \`locum start shop\`: ${until}`,
    ],
  );
  assert.equal(told([out(web2, "drained")])[0], "notice");
  assert.equal(told([out(web2, "node-leaving")])[2], "Run `systemctl start locum` on web2 when the work there is done");
});
