import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { known } from "../src/base/assert.js";
import { addLabCommand } from "./command.js";
import { readLines } from "./lines.js";
import { whyNoLab } from "./privileges.js";
import { loadTopology } from "./topology-file.js";
import { eventually } from "../test/support/eventually.js";

const PROGRAM = fileURLToPath(new URL("testing/lab-program.js", import.meta.url));
const NOBODY = 65_534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"];

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands of one user, on one lab that this test has named. */
class Operator {
  readonly id: string = `t${process.pid.toString(36)}`;
  readonly #prefix: readonly string[];
  readonly lines: string[] = [];
  #up: ChildProcess | undefined;

  constructor(prefix: readonly string[] = []) {
    this.#prefix = prefix;
  }

  lab(...args: readonly string[]): Answer {
    const [program = "", ...rest] = [...this.#prefix, process.execPath, PROGRAM, "lab", "--lab", this.id, ...args];
    return spawnSync(program, rest, { encoding: "utf8", input: "", env: { ...process.env, HOME: "/" } });
  }

  async up(...args: readonly string[]): Promise<ChildProcess> {
    const [program = "", ...rest] = [...this.#prefix, process.execPath, PROGRAM, "lab", "up", "--id", this.id, ...args];
    const up = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
    this.#up = up;
    readLines(known(up.stdout ?? undefined, "its output is read here"), (line) => this.lines.push(line));
    await eventually(() => this.lines.includes("Ctrl-C ends the lab") || up.exitCode !== null, "the lab is up");
    assert.equal(up.exitCode, null, "the lab is up");
    return up;
  }

  end(): void {
    this.#up?.kill("SIGKILL");
  }
}

describe("the lab's commands", { skip: whyNoLab() ?? false }, () => {
  const operator = new Operator();
  const directory = mkdtempSync(join(tmpdir(), "locum-lab-test-"));
  const file = join(directory, "lab.yaml");
  before(async () => {
    writeFileSync(file, TOPOLOGY);
    await operator.up(file);
  });
  after(() => {
    operator.end();
    rmSync(directory, { recursive: true });
  });

  it("show the map and what is broken", () => {
    assert.equal(operator.lab("cut", "web1", "a").status, 0);
    assert.equal(operator.lab("lose", "web1", "web2", "25", "--on", "b").status, 0);
    const map = operator.lab("show").stdout;
    assert.match(map, /web1:eth1 {2}10\.1\.1\.1\/24 {2}CUT/);
    assert.match(map, /web1 -> web2 over b: 25 % lost/);
    assert.equal(operator.lab("restore", "web1", "a").status, 0);
    assert.equal(operator.lab("heal").status, 0);
    assert.doesNotMatch(operator.lab("show").stdout, /faults/);
  });

  it("list the lab with its hosts", () => {
    assert.match(operator.lab("list").stdout, new RegExp(`^${operator.id} .*web1 web2`, "m"));
  });

  it("run a command on a host, with its output and exit code", () => {
    const answer = operator.lab("exec", "web2", "--", "sh", "-c", "hostname; pwd; exit 7");
    assert.deepEqual([answer.stdout, answer.status], [`web2\n${process.cwd()}\n`, 7]);
  });

  it("start what the file says, and tell what it says", async () => {
    await eventually(() => operator.lines.includes("web1: hello from web1"), "the host's program has spoken");
  });

  it("say what is wrong with an order", () => {
    const answer = operator.lab("cut", "web1", "lan2");
    assert.equal(answer.status, 1);
    assert.match(answer.stderr, /No cable connects web1 and lan2/);
  });

  it("say where a topology file is wrong", () => {
    const wrong = join(directory, "wrong.yaml");
    writeFileSync(wrong, TOPOLOGY.replace("gateway", "gatewey"));
    assert.match(
      operator.lab("up", wrong).stderr,
      /wrong\.yaml:\d+:\d+: hosts\.web1 has the key gatewey, which does not exist there/,
    );
    writeFileSync(wrong, TOPOLOGY.replace("addresses: [10.1.1.2/24]", "addresses: 10.1.1.2/24"));
    assert.match(operator.lab("up", wrong).stderr, /addresses is not a list of addresses, as in \[10\.1\.1\.1\/24\]/);
    writeFileSync(wrong, TOPOLOGY.replace("10.1.1.2/24", "10.1.1.2"));
    assert.match(operator.lab("up", wrong).stderr, /web2:eth1 has the address 10\.1\.1\.2: write it with its prefix/);
    assert.match(operator.lab("up", join(directory, "missing.yaml")).stderr, /Cannot read the topology file/);
  });

  it("end the lab, when all is gone", () => {
    assert.equal(operator.lab("down").status, 0);
    assert.ok(!existsSync(`/run/netns/locum-${operator.id}-web1`));
    assert.match(operator.lab("show").stderr, /No lab .* runs/);
  });
});

describe("an ordinary user's lab", { skip: whyNotAsNobody() }, () => {
  const operator = new Operator(AS_NOBODY);
  const record = `/tmp/locum-lab-${NOBODY}/${operator.id}.json`;
  before(async () => void (await operator.up()));
  after(() => {
    operator.end();
    rmSync(dirname(record), { recursive: true, force: true });
  });

  it("has hosts that see each other, and faults", () => {
    const ping = ["exec", "web1", "--", "ping", "-c1", "-w30", "10.1.1.2"] as const;
    assert.equal(operator.lab(...ping).status, 0);
    operator.lab("block", "web1", "web2");
    assert.equal(operator.lab("exec", "web1", "--", "ping", "-c1", "-W0.3", "10.1.1.2").status, 1);
    operator.lab("heal");
    assert.equal(operator.lab(...ping).status, 0);
  });

  it("gives its hosts directories of their own", () => {
    assert.equal(operator.lab("exec", "web1", "--", "sh", "-c", "hostname > /etc/locum/name").status, 0);
    assert.equal(operator.lab("exec", "web1", "--", "cat", "/etc/locum/name").stdout, "web1\n");
    assert.equal(operator.lab("exec", "web2", "--", "ls", "/etc/locum").stdout, "");
  });

  it("leaves nothing behind when its owner is killed with -9", async () => {
    const { owner } = JSON.parse(readFileSync(record, "utf8")) as { owner: number };
    const pid = Number(operator.lab("exec", "web1", "--", "sh", "-c", "sleep 1000 > /dev/null 2>&1 & echo $!").stdout);
    assert.ok(existsSync(`/proc/${pid}`));
    process.kill(owner, "SIGKILL");
    await eventually(() => !existsSync(record) && !existsSync(`/proc/${pid}`), "the reaper has finished");
  });

  it("is refused in words where the kernel does not permit it", () => {
    const directory = mkdtempSync(join(tmpdir(), "locum-lab-test-"));
    writeFileSync(join(directory, "unshare"), "#!/bin/sh\necho unshare failed: No space left >&2; exit 1\n", {
      mode: 0o755,
    });
    const refusing = new Operator([...AS_NOBODY, "env", `PATH=${directory}:${process.env["PATH"]}`]);
    spawnSync("chmod", ["755", directory]);
    const { stderr } = refusing.lab("up");
    rmSync(directory, { recursive: true });
    assert.match(stderr, /Cannot build a lab as an ordinary user: unshare failed: No space left/);
  });
});

describe("the lab's page for operators", () => {
  const page = readFileSync(new URL("../../docs/lab.md", import.meta.url), "utf8");
  const program = new Command("locum").exitOverride().configureOutput({ writeErr: () => undefined });
  addLabCommand(program);
  const commands = new Map(program.commands[0]?.commands.map((command) => [command.name(), command]));

  it("names commands that exist, with options that exist", () => {
    const uses = [...page.matchAll(/locum lab (?:--lab \S+ )?([a-z]+)([^`\n]*)/g)];
    assert.ok(uses.length > 20);
    for (const [use, name = "", rest = ""] of uses) {
      const command = commands.get(name);
      assert.ok(command, `${use} names no command`);
      const flags = rest.split(" -- ")[0]?.match(/--[a-z]+/g) ?? [];
      for (const flag of flags)
        assert.ok(
          command.options.some(({ long }) => long === flag),
          `${use} has no ${flag}`,
        );
    }
  });

  it("explains every command", () => {
    for (const name of commands.keys()) assert.match(page, new RegExp(`\\b${name}\\b`));
  });

  it("shows a topology that can be built", () => {
    const [, yaml] = /```yaml topology\n(.*?)```/s.exec(page) ?? [];
    const directory = mkdtempSync(join(tmpdir(), "locum-lab-test-"));
    const file = join(directory, "lab.yaml");
    writeFileSync(file, known(yaml, "the page shows a topology"));
    const topology = loadTopology(file);
    rmSync(directory, { recursive: true });
    assert.deepEqual(Object.keys(topology.hosts), ["client", "web1"]);
  });
});

/** Root tests it as another user, who must be able to read the program. */
function whyNotAsNobody(): string | false {
  if (process.getuid?.() !== 0) return "needs root to become an ordinary user";
  const [program = "", ...rest] = [...AS_NOBODY, "unshare", "-Urnm", process.execPath, PROGRAM, "--help"];
  const attempt = spawnSync(program, rest, { encoding: "utf8" });
  return attempt.status === 0
    ? false
    : `needs user namespaces and a readable program: ${attempt.stderr.split("\n")[0]}`;
}

const TOPOLOGY = `
switches: [lan, a, b]
trunks: [[a, b]]
hosts:
  web1:
    gateway: 192.168.1.254
    interfaces:
      eth0: { switch: lan, addresses: [192.168.1.11/24] }
      eth1: { switch: a, addresses: [10.1.1.1/24] }
      eth2: { switch: b }
    run: [echo hello from $(hostname)]
  web2:
    parameters: { ipv4/conf/all/arp_ignore: 1 }
    interfaces:
      eth1: { switch: a, addresses: [10.1.1.2/24] }
      eth2: { switch: b, mac: "02:00:00:00:00:02" }
`;
