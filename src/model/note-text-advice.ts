/** What an operator does about a finding: the next step, in words that can be followed at three in the morning. */
import { type ProgramFinding, isOfProgram } from "./finding-kinds.js";
import { unreachable } from "../base/assert.js";
import type { NodeName } from "./names.js";
import type { Finding, ImpairedPart, NetworkFinding, Note, UnfitNode } from "./note.js";
import type { PathFinding } from "./path.js";
import { type RuleFinding, type SetupFinding, briefList, isOutByOrder, networksText } from "./note-text-finding.js";
import { reloadAdvice } from "./note-text-reason.js";
import { isOfOrder, isOfPlacement, isOfRoom } from "./unfit-reasons.js";

/** The next step, as one imperative sentence without a full stop. */
export function findingAdvice(finding: Finding): string {
  if (isOfProgram(finding)) return programAdvice(finding);
  switch (finding.kind) {
    case "cut-off":
      return cutOffAdvice(finding);
    case "node-down":
      return `Look at ${finding.node}'s console; if the machine runs, start its agent: \`systemctl start locum\``;
    case "node-unanswered":
      return `Run \`locum status\` on ${finding.node}: if it does not hear this node, let UDP packets through its firewall`;
    case "configuration-differs":
    case "configuration-refused":
    case "key-differs":
    case "not-known-to-peer":
    case "version-differs":
      return setupAdvice(finding);
    case "left-behind":
      return `Start ${finding.node}'s agent before \`locum unpause\``;
    case "service-unplaced":
      return `Mend on one of its nodes what \`locum explain ${finding.service}\` names`;
    case "service-waiting":
      return waitingAdvice(finding);
    case "interface-down":
      return `Check ${finding.interface} on ${finding.node}: its cable, its switch port, and that \`ip link\` says UP`;
    case "holder-unfit":
      return `Mend that, or another node that may hold it: \`locum explain ${finding.services[0] ?? ""}\` says what keeps each from it`;
    case "standby-unfit":
      return `Mend that on ${finding.node}: until then, one node less can take over`;
    case "no-standby":
      return standbyAdvice(finding);
    case "address-contested":
      return contestAdvice(finding);
    case "address-unstable":
      return `Tell whatever else manages ${finding.interface} (NetworkManager, networkd, a script) to leave ${finding.address} alone`;
    case "node-drained":
      return drainedAdvice(finding);
    case "node-banned":
      return `Find out why ${finding.node} keeps failing (\`locum events --since 1h\`); the ban ends by itself`;
    case "standby-path-down":
    case "path-group-down":
    case "path-group-flapping":
    case "address-unmoved":
    case "path-group-incomplete":
      return pathAdvice(finding);
    case "fence-failed":
      return `${finding.ordered === true ? `Take the order back with \`locum fence ${finding.node} --cancel\`, or switch` : "Switch"} ${finding.node} off by hand; when you are sure that it is off: \`locum fence ${finding.node} --is-off\``;
    case "identity-refused":
    case "route-refused":
      return refusedAdvice(finding);
    case "attributes-flooded":
    case "attributes-full":
    case "rule-suspended":
    case "rule-undone":
    case "rule-broken":
      return ruleAdvice(finding);
    case "agent-impaired":
      return impairedAdvice(finding);
    default:
      return networkAdvice(finding);
  }
}

function setupAdvice(finding: SetupFinding): string {
  switch (finding.kind) {
    case "configuration-differs":
      return `Copy the right cluster file to ${finding.node} and run \`systemctl reload locum\` there`;
    case "configuration-refused":
      return reloadAdvice(finding.refusal);
    case "key-differs":
      return `Copy the secret file of the other nodes to the one that differs, and run \`systemctl reload locum\` there`;
    case "not-known-to-peer":
      return `Copy this node's cluster file to ${finding.node} and run \`systemctl reload locum\` there, or stop this agent`;
    case "version-differs":
      return `Install the same version of Locum on ${finding.node} as here`;
  }
}

const refusedAdvice = (finding: Finding & { readonly kind: "identity-refused" | "route-refused" }): string =>
  finding.kind === "identity-refused"
    ? `Let those clients resolve the address anew (delete their ARP entry), or mend ${finding.node} soon; docs/identity.md says what an interface must be able to do`
    : `Let \`locum check\` say which networks can carry host routes: the nodes' addresses must lie in one subnet`;

function ruleAdvice(finding: RuleFinding): string {
  switch (finding.kind) {
    case "attributes-flooded":
      return `Find what sets attributes of ${finding.node} without end: \`locum events --since 1m\` there shows which ones`;
    case "attributes-full":
      return `Unset one that nobody needs: \`locum attribute list\` shows them`;
    case "rule-suspended":
      return `See with \`locum events --since 1h\` what makes its condition true again after it acted, and change the rule: a changed one begins anew at a reload`;
    case "rule-undone":
      return `Mend what the rule found (\`locum rules ${finding.rule}\`), or run \`locum ${finding.did} ${finding.of}\` until then: the rule does nothing more before its condition was false`;
    case "rule-broken":
      return `Change the rule, or what sets the attribute that it compares: \`locum attribute list\``;
    default:
      return unreachable(finding);
  }
}

function drainedAdvice({ node, by, services }: Finding & { readonly kind: "node-drained" }): string {
  const resume = `\`locum resume ${node}\``;
  if (services !== undefined) {
    return `Let another node take ${briefList(services)} first: \`locum explain ${services[0] ?? ""}\` says what keeps each from it; or run ${resume}`;
  }
  return resumeAdvice(node, by);
}

const resumeAdvice = (node: NodeName, rule: string | undefined): string =>
  rule === undefined
    ? `Run \`locum resume ${node}\` when the work there is done`
    : `Mend what the rule found (\`locum rules ${rule}\` on ${node} says what that is, and on which node it acted), then run \`locum resume ${node}\``;

function contestAdvice({ address, mac, node, suspect }: Finding & { readonly kind: "address-contested" }): string {
  if (node !== undefined)
    return `Mend a network on which ${node} and this node hear each other; if they do, look on ${node} why ${address} stays there`;
  const search = `Find the machine with MAC ${mac} in the switch's forwarding table, and take ${address} off it`;
  return suspect === undefined
    ? search
    : `${search}. It may be ${suspect}: packets that claim to be from it are sealed with another key`;
}

function networkAdvice(finding: NetworkFinding): string {
  switch (finding.kind) {
    case "network-down":
      return `Check the power and the cables of the switch of network ${finding.network}`;
    case "link-down":
      return `Check ${finding.node}'s cable to network ${finding.network} and the switch port that it ends in`;
    case "one-way":
      return `Let UDP packets from ${finding.to} through to ${finding.from} on network ${finding.network}: check ${finding.from}'s firewall first`;
    case "pair-cut":
      return `Check the firewalls of ${finding.nodes.join(" and ")}, and the VLAN of their switch ports on network ${finding.network}`;
    case "pairs-cut":
      return `Check the firewall of ${finding.node} first, then the switches of network ${finding.network} and the load of the nodes`;
    case "network-split":
      return `Check what joins the switches of network ${finding.network}, and the VLAN of their ports`;
    case "ping-lost":
      return `Check the router and the uplink of network ${finding.network}: do its ping targets answer other machines?`;
    default:
      return unreachable(finding);
  }
}

function pathAdvice(finding: PathFinding & { readonly node: NodeName }): string {
  switch (finding.kind) {
    case "standby-path-down":
      return `Check ${finding.interface} of ${finding.node}, its cable and its switch before the other path fails: \`locum path show ${finding.group} --node ${finding.node}\``;
    case "path-group-down":
      return `Mend one of its paths: \`locum path show ${finding.group}\` says what is wrong with each`;
    case "path-group-flapping":
      return `Find out why its paths come and go (\`locum events --since 1h\`), or keep it where it is: \`locum path pause ${finding.group}\``;
    case "address-unmoved":
      return `Mend what \`locum events --since 1h\` gives as the reason, or move ${finding.address} by hand`;
    case "path-group-incomplete":
      return `See with \`locum events --since 1h\` what the kernel refuses, and mend that, or put another route in the place of one over another interface; Locum goes on by itself`;
    default:
      return unreachable(finding);
  }
}

function waitingAdvice({ cause, services }: Finding & { readonly kind: "service-waiting" }): string {
  if (cause === "paused") return "End the pause: `locum unpause`";
  return `Bring back a node that is down or drained, or make room: \`locum explain ${services[0] ?? ""}\` says what each node lacks`;
}

function programAdvice(finding: ProgramFinding): string {
  const { node, service, program } = finding;
  const again = `\`locum restart ${service}/${program} --node ${node}\` starts it anew there`;
  switch (finding.kind) {
    case "program-failed":
      return `Mend that (\`locum logs ${service}/${program}\` and \`locum events --service ${service}\` on ${node} say more), then run \`locum start ${service}\``;
    case "program-troubled":
      return `Read what it wrote (\`locum logs ${service}/${program}\` on ${node}); ${again}`;
    case "program-behind":
      return `See what it lacks (\`locum logs ${service}/${program}\` on ${node}) before the holder of ${service} fails, which would lose that; ${again}`;
    case "program-stray":
      return `Locum ends it, in a pause when that is over; find out what started it on ${node}: its unit may be enabled (\`systemctl disable\`), another cluster manager may have it still, or somebody did by hand`;
    case "program-waiting":
      if (finding.isSilent === true) {
        return `It begins on ${node} as soon as ${finding.on} is fenced, or heard again and done with it; when you are sure that ${finding.on} is off: \`locum fence ${finding.on} --is-off\``;
      }
      return finding.isKnown
        ? `It begins on ${node} as soon as it has ended on ${finding.on}, where it must not run: look there what keeps it (\`locum events --service ${service}\`), or end it by hand`
        : `Look on ${finding.on} whether ${program} runs there, and mend what keeps ${finding.on} from answering that; without an answer, it begins on ${node} in a minute or two`;
    case "program-unprobed":
      return `Look on ${node} whether ${program} runs there, and mend what keeps ${node} from answering that`;
    case "program-stuck":
      return `${finding.problem === undefined ? "Reboot" : "Mend that, or reboot"} ${node}: what ${program} holds is not free, and nobody else may begin until its machine is down`;
  }
}

function cutOffAdvice({ unplugged, unanswered }: Finding & { readonly kind: "cut-off" }): string {
  const networks = networksText([...new Set([...unplugged, ...unanswered])]);
  const what = unanswered.length === 0 ? "cables" : "cables, switch ports and uplinks";
  return `Check this node's ${what} to ${networks}, and ask another node with \`locum status\` who serves`;
}

function standbyAdvice({ standbys, services }: Finding & { readonly kind: "no-standby" }): string {
  const out = standbys.find(isOutByOrder);
  const broken = standbys.filter((each) => !isOutByOrder(each) && !isKeptOffByOthers(each));
  const until = `until then nobody takes over if the holder of ${briefList(services)} fails`;
  if (broken.length === 0) return out === undefined ? `${roomAdvice(standbys)}: ${until}` : returnAdvice(out);
  const start = broken.some(hasFailedProgram) ? `, then run \`locum start ${services[0] ?? ""}\`` : "";
  const mending = `end ${anyOf(broken)} soon${start}: ${until}`;
  return out === undefined ? `M${mending}` : `${returnAdvice(out)}, or m${mending}`;
}

function returnAdvice({ node, reasons }: UnfitNode): string {
  const drain = reasons.find(isOfOrder);
  return drain === undefined
    ? `Run \`systemctl start locum\` on ${node} when the work there is done`
    : resumeAdvice(node, drain.detail);
}

/** Nothing is broken on these nodes: they have too little for all. */
function roomAdvice(standbys: readonly UnfitNode[]): string {
  const full = standbys.filter(({ reasons }) => reasons.some(isOfRoom));
  return full.length === 0 ? "Add a node" : `Make room on ${anyOf(full)}, or add a node`;
}

const isKeptOffByOthers = ({ reasons }: UnfitNode): boolean => reasons.every(isOfPlacement);

const hasFailedProgram = ({ reasons }: UnfitNode): boolean => reasons.some(({ code }) => code === "program-failed");

const anyOf = (nodes: readonly UnfitNode[]): string =>
  `${nodes.length > 1 ? "one of " : ""}${briefList(nodes.map(({ node }) => node))}`;

const PARTS: Readonly<
  Record<Exclude<ImpairedPart, `${string} on ${string}` | `peer stream ${string}` | `hook ${string}`>, string>
> = {
  "state directory": "Free space on its disk, or mend it, before this agent is restarted",
  "saved state": "Drain and pause again what shall be drained or paused: those marks are lost",
  "event history": "Free space on its disk, or mend it; the agent goes on meanwhile",
  "black box": "Free space on its disk, or mend it; the agent goes on meanwhile",
  ledger: "Make that file writable again: without it, a dead agent leaves its addresses behind",
  "path plans":
    "Make that file writable again: without it, an agent that dies in a failover of paths leaves it half done",
  "path snapshot": "Free space on its disk, or mend it: it is what moves if a failed interface can't be read",
  "host routes": "Delete what an earlier agent left: `ip route flush proto 0x4c`, and the same with `ip -6`",
  "route record": "Make that file writable again: without it, a dead agent leaves its host routes behind",
  "packet filters": "Delete what an earlier agent left: `nft delete table netdev locum`",
  engine: "Install a Node version that Locum was tried with: takeovers may be slower with this one",
  guard: "Read `journalctl -u locum` for the cause: without a guard, a dead agent leaves its addresses behind",
  "program host":
    "Read `journalctl -u locum` for the cause; where control groups are missing, let the agent make them below /sys/fs/cgroup",
  errands: "Read `journalctl -u locum` for the cause: commands of rules, checks and hooks do not run meanwhile",
  "heartbeat thread": "Read `journalctl -u locum` for the cause, and report it with the black box if it comes again",
  "watch thread": "Read `journalctl -u locum` for the cause, and report it with the black box if it comes again",
  configuration: "Run `locum check` here, mend the file, and run `systemctl reload locum`",
};

function impairedAdvice({ what, problem }: Finding & { readonly kind: "agent-impaired" }): string {
  if (isPart(what)) return PARTS[what];
  if (what.startsWith("hook "))
    return "Run its command by hand, or look at the server that its messages go to: what it missed is in `locum events`";
  return what.startsWith("heartbeats on ")
    ? "Check with `ip address` that this node's own address on that network is in place"
    : streamAdvice(what.slice("peer stream ".length), problem);
}

/** @param about the own address that peers are awaited at, or the peer */
function streamAdvice(about: string, problem: string): string {
  if (problem.includes("EADDRNOTAVAIL")) return `Check with \`ip address\` that ${about} is in place on this machine`;
  if (problem.includes("EADDRINUSE"))
    return `Stop the other program that listens on the cluster's port of ${about}: \`ss -tlnp\` names it`;
  return "Compare the secret files of both nodes, and check that TCP gets through on the cluster's port";
}

const isPart = (what: ImpairedPart): what is keyof typeof PARTS => Object.hasOwn(PARTS, what);

/** What to do about the thing that a note says; undefined where there is nothing to do. */
export function noteAdvice(note: Note): string | undefined {
  switch (note.code) {
    case "finding.raised":
    case "finding.changed":
      return findingAdvice(note.finding);
    case "configuration.refused":
      return reloadAdvice(note.refusal);
    case "node.crashed":
      return findingAdvice({ kind: "node-down", node: note.node });
    case "node.unanswered":
      return findingAdvice({ kind: "node-unanswered", node: note.node });
    case "node.banned":
      return findingAdvice({ kind: "node-banned", node: note.node, failures: note.failures });
    default:
      return undefined;
  }
}
