import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { LAB_DIRECTORY } from "./places.js";
import { requireTool, TOOL_PATH } from "./tool.js";

/**
 * Takes a lab down, as a shell script, so that it needs neither Node nor the owner. Every step may find its work done:
 * the script is run again for labs that were left half removed. The record goes last: as long as something is left,
 * the next lab finds it and tries again. A control group can't be removed before the last process in it is quite gone, which
 * takes its time where they are many and have little of the processor.
 */
const TEAR_DOWN = `
id=$1 directory=$2/$1
for path in /run/netns/locum-"$id"-*; do
  [ -e "$path" ] || continue
  name=\${path##*/}
  round=0
  while pids=$(ip netns pids "$name") && [ -n "$pids" ] && [ $round -lt 100 ]; do
    kill -9 $pids 2>/dev/null
    round=$((round + 1))
    [ $round -lt 3 ] || sleep 0.02
  done
  ip netns del "$name"
done
left=
for group in /sys/fs/cgroup/locum-lab-"$id" /sys/fs/cgroup/*/locum-lab-"$id"; do
  round=0
  while [ -d "$group" ] && [ $round -lt 25 ]; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
    round=$((round + 1))
    [ ! -d "$group" ] || sleep 0.02
  done
  [ ! -d "$group" ] || left=yes
done
umount -l "$directory" 2>/dev/null
rmdir "$directory" 2>/dev/null
rm -f "$directory.sock"
[ -n "$left" ] || rm -f "$directory.json"
exit 0
`;

const argv = (script: string, id: string): [string, ...string[]] => [
  "sh",
  "-c",
  script,
  "lab-reaper",
  id,
  LAB_DIRECTORY,
];

/** Takes down a lab whose owner is gone. */
export async function tearDown(id: string): Promise<void> {
  await requireTool(argv(TEAR_DOWN, id));
}

/**
 * A small process that waits for its owner's end, however it comes about: the kernel closes the pipe between them,
 * even after `kill -9`. It takes the lab down then, and also when the owner closes the lab in order: one way out,
 * taken every time.
 */
export class Reaper {
  readonly #child: ChildProcess;
  readonly #lifeline: Writable;
  readonly #done: Promise<void>;

  constructor(id: string) {
    const [program, ...rest] = argv(`read -r nothing\n${TEAR_DOWN}`, id);
    // Detached, so that Ctrl-C on the owner's terminal does not reach it.
    const child = spawn(program, rest, {
      detached: true,
      cwd: "/",
      env: { ...process.env, PATH: TOOL_PATH },
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#child = child;
    this.#lifeline = child.stdin;
    this.#done = new Promise((resolve) => child.on("close", () => resolve()));
    child.unref();
  }

  /** Lets it take the lab down and waits until that is done. */
  async finish(): Promise<void> {
    this.#child.ref();
    this.#lifeline.end();
    await this.#done;
  }
}
