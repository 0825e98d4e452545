import { archive, characterDevice, directory, program } from "./cpio.js";
import type { Kernel } from "./kernel.js";

/** What is done in the machine once it runs. */
export interface GuestOrder {
  readonly argv: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the machine finds the files of this computer, as qemu names them. */
export const HOST_FILES = "host";
/** The machine's serial lines: 0 is for the kernel. */
const [OUTPUT, STATUS] = ["/dev/ttyS1", "/dev/ttyS2"];

/**
 * The first files of the machine: just enough to reach those of this computer, which become its root, read-only. So it
 * has every program that the tests use, and nothing is packed or listed. What it writes goes to its own memory: `/run`,
 * and `/dev/shm` for temporary files, since the project itself may lie below `/tmp`.
 */
export function initialFiles({ busybox, modules }: Kernel, order: GuestOrder): Uint8Array {
  return archive([
    ...["dev", "proc", "bin", "modules", "root"].map(directory),
    characterDevice("dev/console", [5, 1]),
    program("bin/busybox", busybox),
    ...modules.map(({ name, content }) => program(`modules/${name}`, content)),
    program("init", Buffer.from(initScript(order))),
  ]);
}

const initScript = (order: GuestOrder): string => `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install /bin
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
echo "Linux $(uname -r) has started after $(cut -d ' ' -f 1 /proc/uptime) s" > ${OUTPUT}
for module in /modules/*; do insmod $module; done
mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,msize=524288,ro ${HOST_FILES} /root
for each in proc dev; do mount --move /$each /root/$each; done
exec switch_root /root /bin/sh -c ${quoted(mainScript(order))}
`;

const mainScript = ({ argv, workingDirectory, environment }: GuestOrder): string => `
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH TMPDIR=/dev/shm ${assignments(environment)}
mount --make-rshared /
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
ip link set lo up
cd ${quoted(workingDirectory)}
setsid ${argv.map(quoted).join(" ")} < /dev/null > ${OUTPUT} 2>&1
echo $? > ${STATUS}
echo o > /proc/sysrq-trigger
sleep 60
`;

const assignments = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(" ");

/** One word for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
