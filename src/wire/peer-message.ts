import { z } from "zod";
import { canonicalIpAddress } from "../base/ip-address.js";
import type { Duration } from "../base/time.js";
import {
  type AttributeOrder,
  type AttributeValue,
  ATTRIBUTE_LIFETIME_MAX,
  ATTRIBUTES_PER_NODE_MAX,
  isAttributeValue,
  type NodeAttribute,
} from "../model/attribute.js";
import type { Command, CommandOutcome, CommandRefusal } from "../model/command.js";
import { LIMITS } from "../model/configuration/limits.js";
import {
  type Bulletin,
  type ClaimBrief,
  HANDOVER_CAUSES,
  type HandoverCause,
  type RelayedBulletin,
} from "../model/heartbeat.js";
import {
  BONDS_TOLD_MAX,
  STRAYS_TOLD_MAX,
  type Stray,
  type Bond,
  type FenceBrief,
  type FenceCancellation,
  type FenceCause,
} from "../model/fencing.js";
import type { HookName } from "../model/hook.js";
import { isStationMac, type TcpConnection } from "../model/kernel.js";
import type { Mover } from "../model/mover.js";
import { isInterfaceName, isName, NAME_PATTERN, type NodeName, type ServiceName } from "../model/names.js";
import { OWED_TOLD_MAX, type PathFinding, type PathGroupBrief, type PathGroupName } from "../model/path.js";
import {
  PROGRAM_STATES,
  type ProgramBrief,
  type ProgramExit,
  type ProgramId,
  type ProgramName,
  type ServiceHalt,
} from "../model/program.js";
import { type CarrierMac, type MoveReason, type NodeState, PATH_FINDINGS_TOLD_MAX } from "../model/node-state.js";
import type { PeerMessage } from "../model/peer-message.js";
import type { RuleName } from "../model/rule.js";
import { type UnfitReason, UNFIT_CODES } from "../model/unfit-reasons.js";

/*
 * What a peer may say, checked before anything believes it. A peer knows the secret, but may be of another version, or
 * mad: members that we do not know are left out, and of a reason that we do not know remains that there is one.
 */

/** Every code of a union; the compiler asks for a line when one is added. */
const everyOf = <Code extends string>(codes: Readonly<Record<Code, unknown>>): z.ZodType<Code> =>
  z.custom<Code>((value) => typeof value === "string" && Object.hasOwn(codes, value));

const node = z.custom<NodeName>(isName);
const service = z.custom<ServiceName>(isName);
const program = z.custom<ProgramName>(isName);
const hook = z.custom<HookName>(isName);
const group = z.custom<PathGroupName>(isName);
const link = z.string().refine(isInterfaceName);
const name = z.string().regex(NAME_PATTERN);
/** Interface names, versions, ids and texts for people. */
const text = z.string().max(1_024);
const count = z.int().min(0);
/** 32 bits: wire ids and digests. */
const word = z.int().min(0).max(0xffff_ffff);
const duration = z.custom<Duration>((value) => Number.isSafeInteger(value) && Number(value) >= 0);
const address = z.string().refine((value) => canonicalIpAddress(value) === value);
const stationMac = z.string().refine(isStationMac);
const port = z.int().min(0).max(65_535);

const rule = z.custom<RuleName>(isName);

const unfitCode = everyOf(UNFIT_CODES);

const reasons: z.ZodType<UnfitReason[]> = z.array(
  z.object({ code: unfitCode.catch("state-unknown"), detail: text.exactOptional() }),
);

const carrierMac: z.ZodType<CarrierMac> = z.object({ address, mac: stationMac, link: z.boolean() });

const moveReason: z.ZodType<MoveReason> = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("cluster-start") }),
    z.object({ kind: z.literal("holder-silent"), from: node }),
    z.object({ kind: z.literal("holder-left"), from: node }),
    z.object({ kind: z.literal("holder-crashed"), from: node }),
    z.object({ kind: z.literal("holder-fenced"), from: node }),
    z.object({ kind: z.literal("holder-unfit"), from: node, reasons }),
    z.object({ kind: z.literal("holder-drained"), from: node, by: rule.exactOptional() }),
    z.object({ kind: z.literal("placement"), from: node, reasons }),
    z.object({ kind: z.literal("operator"), from: node.exactOptional() }),
    z.object({ kind: z.literal("rule"), from: node.exactOptional(), by: rule.exactOptional() }),
    z.object({ kind: z.literal("program"), from: node.exactOptional(), by: program.exactOptional() }),
    z.object({ kind: z.literal("failback"), from: node }),
    z.object({ kind: z.literal("started"), by: rule.exactOptional() }),
    z.object({ kind: z.literal("vacant"), reasons, from: node.exactOptional() }),
    z.object({ kind: z.literal("lost-to-all"), reasons }),
    z.object({ kind: z.literal("adopted") }),
  ])
  .catch({ kind: "adopted" });

const mover: z.ZodType<Mover> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("rule"), name: rule }),
  z.object({ kind: z.literal("program"), name: program }),
]);

const owed = { owed: z.array(text).max(OWED_TOLD_MAX), more: count.exactOptional() };

const pathGroup: z.ZodType<PathGroupBrief> = z.object({
  group,
  active: z.literal(["primary", "secondary"]),
  switches: count,
  addresses: z.array(address),
  state: z.literal(["sound", "degraded", "switching", "failed"]),
});

const pathFinding: z.ZodType<PathFinding> = z.discriminatedUnion("kind", [
  z.object({ group, kind: z.literal(["standby-path-down", "path-group-down"]), interface: text }),
  z.object({ group, kind: z.literal("path-group-flapping") }),
  z.object({ group, kind: z.literal("address-unmoved"), address: text, interface: text }),
  z.object({ group, kind: z.literal("path-group-incomplete"), from: text, to: text, ...owed }),
]);

/** A later version may find something else to be wrong: that is left out. */
const pathFindings = z
  .array(z.unknown())
  .max(PATH_FINDINGS_TOLD_MAX)
  .transform((list) => list.flatMap((each) => pathFinding.safeParse(each).data ?? []));

const exit: z.ZodType<ProgramExit> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("status"), status: count }),
  z.object({ kind: z.literal("signal"), signal: text }),
  z.object({ kind: z.literal("out-of-memory") }),
  z.object({ kind: z.literal("not-running") }),
]);

const programId: z.ZodType<ProgramId> = z.object({ service, program });

const programState = everyOf(PROGRAM_STATES);

const programBrief: z.ZodType<ProgramBrief> = z.object({
  service,
  program,
  state: programState.catch("stopped"),
  role: z.literal(["holder", "standby"]),
  lasted: duration,
  restarts: count,
  lastExit: exit.exactOptional(),
  failing: z.literal(true).exactOptional(),
  troubled: z.literal(true).exactOptional(),
  found: z.literal(true).exactOptional(),
  stray: z.literal(true).exactOptional(),
  unprobed: z.literal(true).exactOptional(),
  awaits: z.object({ node, isKnown: z.boolean() }).exactOptional(),
  words: text.exactOptional(),
  retryIn: duration.exactOptional(),
  bannedFor: duration.exactOptional(),
});

const halt: z.ZodType<ServiceHalt> = z.object({
  service,
  halted: z.boolean(),
  revision: count,
  by: rule.exactOptional(),
});

const attributeName = z.custom<string>(isName);
const attributeValue = z.custom<AttributeValue>(isAttributeValue);
const attribute: z.ZodType<NodeAttribute> = z.object({ name: attributeName, value: attributeValue });
const attributeOrder: z.ZodType<AttributeOrder> = z.object({
  name: attributeName,
  value: attributeValue,
  lifetime: duration.refine((length) => length <= ATTRIBUTE_LIFETIME_MAX).exactOptional(),
});

/** A later version may fence for other reasons. */
const fenceCause: z.ZodType<FenceCause> = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("operator") }),
    z.object({ kind: z.literal("rule"), rule }),
    z.object({ kind: z.literal("stuck"), service, program, found: z.literal(true).exactOptional() }),
  ])
  .catch({ kind: "operator" });

const fence: z.ZodType<FenceBrief> = z.object({
  node,
  incarnation: count,
  state: z.literal(["under-way", "done", "failed"]),
  cause: fenceCause,
  lasted: duration,
  method: text.exactOptional(),
  problem: text.exactOptional(),
});

const fenceCancellation: z.ZodType<FenceCancellation> = z.object({ node, count, lasted: duration });

const bond: z.ZodType<Bond> = z.object({
  node,
  service,
  program,
  epoch: count,
  incarnation: count,
  boot: text.exactOptional(),
});

const stray: z.ZodType<Stray> = z.object({
  node,
  service,
  program,
  incarnation: count,
  version: count,
  boot: text.exactOptional(),
});

const state: z.ZodType<NodeState> = z.object({
  node,
  incarnation: count,
  version: count,
  program: text,
  drained: z.boolean(),
  drainedBy: rule.exactOptional(),
  pause: z.object({ paused: z.boolean(), revision: count }),
  interfaces: z.array(z.object({ interface: text, mac: text })),
  tenures: z.array(
    z.object({
      service,
      epoch: count,
      heldFor: duration,
      reason: moveReason,
      condition: z.literal(["starting", "stopping", "failed"]).exactOptional(),
      byOrder: z.literal(true).exactOptional(),
      noticedAfter: duration.exactOptional(),
    }),
  ),
  fitness: z.array(z.object({ service, reasons, carriers: z.array(carrierMac).exactOptional() })),
  bans: z.array(z.object({ node, remaining: duration, failures: count })),
  carriers: z.array(z.object({ network: name, carrier: z.boolean(), interface: text.exactOptional() })),
  pings: z.array(z.object({ network: name, reachable: z.boolean() })),
  leftBehind: z.array(z.object({ node, service, epoch: count })).exactOptional(),
  paths: z.array(pathGroup).exactOptional(),
  pathFindings: pathFindings.exactOptional(),
  programs: z.array(programBrief).max(LIMITS.programs).exactOptional(),
  unlooked: z.array(programId).max(LIMITS.programs).exactOptional(),
  moves: z
    .array(z.object({ service, epoch: count, by: mover }))
    .max(LIMITS.services)
    .exactOptional(),
  halts: z.array(halt).max(LIMITS.services).exactOptional(),
  attributes: z.array(attribute).max(ATTRIBUTES_PER_NODE_MAX).exactOptional(),
  fences: z.array(fence).max(LIMITS.nodes).exactOptional(),
  fenceCancellations: z.array(fenceCancellation).max(LIMITS.nodes).exactOptional(),
  bonds: z.array(bond).max(BONDS_TOLD_MAX).exactOptional(),
  strays: z.array(stray).max(STRAYS_TOLD_MAX).exactOptional(),
  machine: z.object({ boot: text, remains: z.array(programId).max(LIMITS.programs).exactOptional() }).exactOptional(),
});

const command: z.ZodType<Command> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("move"), service, to: node, by: mover.exactOptional() }),
  z.object({ kind: z.literal(["drain", "resume"]), node, by: rule.exactOptional() }),
  z.object({ kind: z.literal("fence"), node, by: rule.exactOptional(), isOff: z.literal(true).exactOptional() }),
  z.object({ kind: z.literal("cancel-fence"), node }),
  z.object({ kind: z.literal("pause") }),
  z.object({ kind: z.literal(["stop-service", "start-service"]), service }),
  z.object({ kind: z.literal("restart-service"), service, program: program.exactOptional() }),
  z.object({ kind: z.literal("unpause"), force: z.boolean().exactOptional() }),
  z.object({ kind: z.literal("path-switch"), node, group, to: link }),
  z.object({ kind: z.literal(["path-pause", "path-resume"]), node, group }),
  z.object({ kind: z.literal(["path-detach", "path-attach"]), node, interface: link }),
  z.object({ kind: z.literal("set-attribute"), node, attribute: attributeOrder }),
  z.object({ kind: z.literal("unset-attribute"), node, name: attributeName }),
]);

const refusal = everyOf<CommandRefusal>({
  "unknown-service": true,
  "unknown-node": true,
  "unknown-path-group": true,
  "unknown-interface": true,
  "unknown-program": true,
  "unknown-attribute": true,
  "too-many-attributes": true,
  "not-a-candidate": true,
  "not-eligible": true,
  paused: true,
  "serves-on": true,
  "left-behind": true,
  "no-holder": true,
  "no-fencing": true,
  "node-unreachable": true,
  "timed-out": true,
  stopping: true,
  busy: true,
});

const outcome: z.ZodType<CommandOutcome> = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), message: text }),
  z.object({ ok: z.literal(false), code: refusal.catch("not-eligible"), message: text }),
]);

const connection: z.ZodType<TcpConnection> = z.object({
  family: z.union([z.literal(4), z.literal(6)]),
  localAddress: address,
  localPort: port,
  remoteAddress: address,
  remotePort: port,
});

const hello = z.object({
  kind: z.literal("hello"),
  node,
  versions: z.object({ min: count, max: count }),
  incarnation: count,
  program: text,
  configHash: text,
});

const claimState = everyOf<ClaimBrief["state"]>({ holding: true, offering: true, released: true, declined: true });
const cause = z.custom<HandoverCause>((value) => HANDOVER_CAUSES.some((known) => known === value));

const claim: z.ZodType<ClaimBrief> = z.object({
  service: word,
  epoch: count,
  state: claimState,
  target: word,
  cause: cause.catch("none"),
});

const bulletin: z.ZodType<Bulletin> = z.object({
  version: count,
  stateDigest: word,
  claims: z.array(claim).max(LIMITS.services),
});

const relayed: z.ZodType<RelayedBulletin> = z.object({ node, incarnation: count, configDigest: word, bulletin });

const SCHEMAS: Readonly<Record<PeerMessage["kind"], z.ZodType<PeerMessage>>> = {
  hello,
  membership: z.object({ kind: z.literal("membership"), isMember: z.boolean() }),
  state: z.object({ kind: z.literal("state"), state }),
  connections: z.object({ kind: z.literal("connections"), service, connections: z.array(connection) }),
  "relayed-bulletin": z.object({ kind: z.literal("relayed-bulletin"), relayed }),
  "relayed-state": z.object({ kind: z.literal("relayed-state"), state }),
  command: z.object({ kind: z.literal("command"), id: text, command }),
  "command-outcome": z.object({ kind: z.literal("command-outcome"), id: text, outcome }),
  "hook-told": z.object({ kind: z.literal("hook-told"), hook, key: text }),
};

/** `unknown`: of a kind that a later version may have added. `malformed`: nothing that any version says. */
export type ParsedMessage =
  | { readonly kind: "understood"; readonly message: PeerMessage }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" };

/** Checks what came as JSON. */
export function parsePeerMessage(value: unknown): ParsedMessage {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (typeof kind !== "string") return { kind: "malformed" };
  if (!isKnownKind(kind)) return { kind: "unknown" };
  const parsed = SCHEMAS[kind].safeParse(value);
  return parsed.success ? { kind: "understood", message: parsed.data } : { kind: "malformed" };
}

const isKnownKind = (kind: string): kind is PeerMessage["kind"] => Object.hasOwn(SCHEMAS, kind);
