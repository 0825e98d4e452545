import { inSeconds } from "../base/time.js";
import { type UnitNeeds, unitStopMax } from "../model/configuration/unit-needs.js";
import { UNIT_NAME } from "../os/node/installed-unit.js";

/** What the unit depends on: where the program is, what `locum agent` is to be told, and what the cluster file asks for. */
export interface UnitOptions extends UnitNeeds {
  /** Path of Node. */
  readonly node: string;
  /** Path of `bin/locum`. */
  readonly program: string;
  readonly config: string;
  /** Unless this machine's host name is the node's. */
  readonly nodeName?: string;
}

const CAPABILITIES = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_NICE", "CAP_IPC_LOCK"];
/** Directories that a hardened unit hides or empties, unless the program itself is there. */
const HIDDEN_FROM_PROGRAMS: readonly { readonly setting: string; readonly roots: readonly string[] }[] = [
  { setting: "ProtectHome=yes", roots: ["/home/", "/root/", "/run/user/"] },
  { setting: "PrivateTmp=yes", roots: ["/tmp/", "/var/tmp/"] },
];

/**
 * The systemd unit that runs the agent. Its comments say why a line is there, for whoever wants to change it.
 *
 * Programs of services, and commands of rules, checks, hooks and fencing, inherit what the unit shuts and limits, so for
 * a node that has some it leaves them what a unit of their own would have.
 */
export const unitText = (options: UnitOptions): string =>
  [
    HEAD,
    serviceText(options),
    LIFE,
    MACHINE,
    ...(runsOthers(options) ? [OPEN] : [LIMITS, hardeningText(options)]),
    ...(options.programsStopMax === undefined ? [] : [GROUPS]),
    TAIL,
  ].join("\n");

const runsOthers = ({ programsStopMax, runsCommands }: UnitNeeds): boolean =>
  programsStopMax !== undefined || runsCommands;

const HEAD = `# Made by \`locum install\`, which writes it anew. Put changes into
# /etc/systemd/system/${UNIT_NAME}.d/NAME.conf: they stay.

[Unit]
Description=Locum, high availability of service addresses
# Not network-online.target: that may wait for a cable. The agent takes networks as they come.
# It stops before the network does, so that it can hand over and say goodbye.
After=network.target
# Never given up: the peers see to it that a node which keeps failing is left alone.
StartLimitIntervalSec=0
`;

const serviceText = (options: UnitOptions): string => `[Service]
Type=notify
ExecStart=${commandLine(options)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1s
TimeoutStartSec=30s
# In order: what is held goes to a peer${options.programsStopMax === undefined ? "" : ", and programs have their time to end"}.
TimeoutStopSec=${Math.ceil(inSeconds(unitStopMax(options)))}s
`;

const LIFE = `# The guard is a second process of this service. It outlives a killed agent by some milliseconds, takes the
# service addresses off, and ends. It ignores the signal below, so systemd waits for it; with KillMode=mixed it
# would get SIGKILL at once when the agent has died, and with KillMode=process nobody would look after it.
KillMode=control-group
KillSignal=SIGTERM
# The main thread did not run for so long. A signal that the guard ignores, and that dumps no core: while a core
# is written, the agent's pipes stay open, and the guard would not see that it is dead.
WatchdogSec=10s
WatchdogSignal=SIGUSR2
OOMPolicy=continue

# The ledger of addresses must survive a stop; /run is empty after a boot, as the interfaces are.
RuntimeDirectory=locum
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
StateDirectory=locum
StateDirectoryMode=0700
UMask=0077
`;

const MACHINE = `# On a busy machine, a node that does not run looks dead. (No CPUWeight=: where the kernel shares out real time by
# groups, it would take the real-time priority away that heartbeats and guard have.)
IOWeight=1000
MemorySwapMax=0
OOMScoreAdjust=-1000
`;

const LIMITS = `LimitRTPRIO=99
LimitMEMLOCK=infinity
LimitNOFILE=16384
TasksMax=256
`;

/** No setting here makes a mount namespace, or implies NoNewPrivileges=. */
const OPEN = `# The cluster file has programs of services here, or commands of rules, checks, hooks or fencing, and they inherit what
# is said in this unit. They are run unchanged: as other users, by root for what needs it, with files anywhere, mounting
# what all shall see. So there is no NoNewPrivileges=, no Protect*=, no Private*= (each a view of the file system that
# nobody else shares), no SystemCallFilter=, no TasksMax=, and no Limit*= for what the agent may do by its rights anyway.
# What a program shall not do, say by its \`user\` and \`limits\`, or run it as a \`unit\` with settings of its own.
# The clock, the power switch and the policy of the machine are no matter of a service.
CapabilityBoundingSet=~CAP_SYS_TIME CAP_SYS_BOOT CAP_MAC_ADMIN CAP_MAC_OVERRIDE
LimitNOFILE=16384:524288
`;

const GROUPS = `# Programs have control groups of their own, made beside those of systemd, which is to keep what limits them switched on.
# (Not cpu: see CPUWeight= above.)
Delegate=memory pids
# In a pause they outlive the agent: the process that watches them then leaves this unit, and comes back afterwards.
`;

const hardeningText = (options: UnitOptions): string => `# No more than it needs.
CapabilityBoundingSet=${capabilitiesOf(options)}
NoNewPrivileges=yes
ProtectSystem=strict
${hidingSettings(options)}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged @keyring
SystemCallErrorNumber=EPERM
`;

const TAIL = `[Install]
WantedBy=multi-user.target
`;

function commandLine({ node, program, config, nodeName }: UnitOptions): string {
  const words = [node, program, "agent", "--config", config, ...(nodeName === undefined ? [] : ["--node", nodeName])];
  return words.map(quoted).join(" ");
}

/** As systemd.service(5) reads a command line: `%` begins a specifier, `$` a variable. */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[^\s"'\\;]+$/.test(word)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

const capabilitiesOf = ({ hasPrivilegedPort }: UnitOptions): string =>
  [...CAPABILITIES, ...(hasPrivilegedPort ? ["CAP_NET_BIND_SERVICE"] : [])].join(" ");

function hidingSettings({ node, program, config }: UnitOptions): string {
  const isNeeded = (root: string): boolean => [node, program, config].some((path) => path.startsWith(root));
  return HIDDEN_FROM_PROGRAMS.map(({ setting, roots }) =>
    roots.some(isNeeded) ? `# not ${setting}: the program is there` : setting,
  ).join("\n");
}
