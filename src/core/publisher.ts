/**
 * What the others, the disk and the guard must know, put together after every decision and sent only when it changed.
 */
import { hashText } from "../base/random.js";
import { type Instant, between } from "../base/time.js";
import { BONDS_TOLD_MAX, STRAYS_TOLD_MAX } from "../model/fencing.js";
import type { Bulletin, ClaimBrief } from "../model/heartbeat.js";
import { LIMITS } from "../model/configuration/limits.js";
import { type NodeName, byName } from "../model/names.js";
import type { LedgerEntry, NodeEffect } from "../model/node-io.js";
import { type KeptService, type NodeState, PATH_FINDINGS_TOLD_MAX, type ServiceFitness } from "../model/node-state.js";
import type { ProgramId } from "../model/program.js";
import type { Effects } from "./effects.js";
import { carrierMacs } from "./identity/carrier-macs.js";
import type { Knowledge } from "./knowledge.js";
import type { Service } from "./services/service.js";
import { drainedBy } from "./standing.js";
import { toldPrograms } from "./supervision/told-programs.js";

export class Publisher {
  readonly #program: string;
  #bulletin: Bulletin = { version: 0, stateDigest: 0, claims: [] };
  #publishedText = "";
  #claimsText = "";
  #stateText = "";
  #stateVersion = 0;
  #savedText = "";
  /** Nothing yet: what an earlier run left on record must not outlive the addresses. */
  #ledger: readonly LedgerEntry[] | undefined;
  #guarded = true;

  constructor(program: string) {
    this.#program = program;
  }

  /** A new incarnation starts from an empty bulletin, which everybody must hear. Versions go on: they never step back. */
  restart(): void {
    const { version } = this.#bulletin;
    this.#bulletin = { version, stateDigest: 0, claims: [] };
    this.#claimsText = "";
    this.#stateText = "";
  }

  publish(now: Instant, incarnation: number, knowledge: Knowledge, told: Told, effects: Effects): void {
    const [services, retired] = told;
    this.#publishState(now, incarnation, knowledge, told, effects);
    // Another node's file may have it still: it must not begin while something of it is left here.
    this.#publishBulletin([...services, ...retired.filter(({ holding }) => holding !== undefined)], effects);
    this.#save(knowledge, services, effects);
  }

  /** The order to write the ledger down, when what must be on record changed. */
  ledger(entries: readonly LedgerEntry[], guarded: boolean): NodeEffect | undefined {
    if (guarded === this.#guarded && this.#ledger !== undefined && areSame(entries, this.#ledger)) return undefined;
    this.#ledger = entries;
    this.#guarded = guarded;
    return { kind: "write-ledger", entries, guarded };
  }

  #publishState(now: Instant, incarnation: number, knowledge: Knowledge, told: Told, effects: Effects): void {
    const content = contentOf(now, incarnation, this.#program, knowledge, told);
    const text = JSON.stringify(content, (key, value: unknown) => (PASSING.has(key) ? 0 : value));
    if (text === this.#stateText) return;
    this.#stateText = text;
    this.#stateVersion += 1;
    this.#bulletin = { ...this.#bulletin, stateDigest: hashText(text) };
    effects.push({ kind: "publish-state", state: { ...content, version: this.#stateVersion } });
    for (const note of knowledge.holdNews.told(knowledge.self, content.tenures)) effects.note(note);
  }

  #publishBulletin(services: readonly Service[], effects: Effects): void {
    const claims = services.flatMap((service): ClaimBrief | [] => service.brief() ?? []);
    const claimsText = JSON.stringify(claims);
    const text = `${this.#bulletin.stateDigest} ${claimsText}`;
    if (text === this.#publishedText) return;
    const urgent = claimsText !== this.#claimsText;
    this.#publishedText = text;
    this.#claimsText = claimsText;
    this.#bulletin = { ...this.#bulletin, version: this.#bulletin.version + 1, claims };
    effects.push({ kind: "publish-bulletin", bulletin: this.#bulletin, urgent });
  }

  #save(knowledge: Knowledge, services: readonly Service[], effects: Effects): void {
    const epochs = services.map((service) => ({ service: service.config.name, epoch: service.knownEpoch }));
    const held = services.map((service) => ({ service: service.config.name, epoch: heldUnseen(service, knowledge) }));
    const isOne = ({ epoch }: { readonly epoch: number }): boolean => epoch > 0;
    const saved = knowledge.saved({ epochs: epochs.filter(isOne), held: held.filter(isOne) });
    const text = JSON.stringify(saved);
    if (text === this.#savedText) return;
    this.#savedText = text;
    effects.push({ kind: "save", saved });
  }
}

/** This is asked after every input, of perhaps a thousand entries. */
const areSame = (some: readonly LedgerEntry[], others: readonly LedgerEntry[]): boolean =>
  some.length === others.length &&
  some.every((entry, at) => {
    const other = others[at];
    return (
      entry.address === other?.address &&
      entry.prefixLength === other.prefixLength &&
      entry.interface === other.interface &&
      entry.service === other.service &&
      entry.epoch === other.epoch
    );
  });

/** With which this node holds it in a pause, or did before its agent began anew; 0: it does not, or addresses show it. */
const heldUnseen = ({ config, holding, heldBefore }: Service, { paused }: Knowledge): number =>
  !paused || config.addresses.length > 0 ? 0 : (holding?.epoch ?? heldBefore ?? 0);

/** Of the configuration, and those that it does not have any more while something of them is left here. */
type Told = readonly [services: readonly Service[], retired: readonly Service[]];

/** Members that time alone changes. */
const PASSING: ReadonlySet<string> = new Set(["heldFor", "remaining", "lasted", "retryIn", "bannedFor"]);

function contentOf(
  now: Instant,
  incarnation: number,
  program: string,
  knowledge: Knowledge,
  [services, retired]: Told,
): Omit<NodeState, "version"> {
  const left = retired.flatMap(({ programs }) =>
    programs.briefs(now).filter(({ state, found }) => state === "stuck" || found === true),
  );
  const briefs = [...services.flatMap((service) => service.programs.briefs(now)), ...left];
  const programs = toldPrograms(briefs, knowledge.cluster.services);
  const unlooked = unlookedOf(services, knowledge.self);
  const halts = knowledge.halts.all(knowledge.cluster.services);
  const moves = services.flatMap((service) => service.orderedMove(now) ?? []);
  const attributes = knowledge.attributes.all();
  const pathFindings = knowledge.paths.findings(now).slice(0, PATH_FINDINGS_TOLD_MAX);
  const leftBehind = [...leftAlone(knowledge, services), ...knowledge.leftBehind.seen];
  return {
    node: knowledge.self,
    incarnation,
    program,
    drained: knowledge.standing.drained,
    ...drainedBy(knowledge.standing),
    pause: knowledge.standing.pause,
    interfaces: [...knowledge.kernel.links()]
      .filter((link) => link.mac !== "" && link.name !== "lo")
      .map((link) => ({ interface: link.name, mac: link.mac }))
      .sort((a, b) => byName(a.interface, b.interface)),
    fitness: services
      .filter((service) => service.config.nodes.includes(knowledge.self))
      .map((service) => ({
        service: service.config.name,
        reasons: [...knowledge.ownFitness(service.config), ...service.experience(now, knowledge.self, knowledge.self)],
        ...identityOf(service, knowledge),
      })),
    tenures: services.flatMap((service) => {
      const { holding } = service;
      if (holding === undefined) return [];
      const { epoch, since, reason } = holding;
      const { condition } = service;
      const tenure = { service: service.config.name, epoch, heldFor: between(since, now), reason };
      const byOrder = condition === "starting" && service.programs.restartedByOrder;
      if (condition === undefined) return [tenure];
      const { noticedAfter } = service.programs;
      const late = noticedAfter === undefined ? {} : { noticedAfter };
      return [{ ...tenure, condition, ...(byOrder ? { byOrder } : {}), ...late }];
    }),
    bans: knowledge.bans(now),
    carriers: knowledge.carriers(),
    pings: knowledge.pings.readings(),
    ...(leftBehind.length === 0 ? {} : { leftBehind }),
    ...(knowledge.paths.isEmpty ? {} : { paths: knowledge.paths.briefs() }),
    ...(pathFindings.length === 0 ? {} : { pathFindings }),
    ...(programs.length === 0 ? {} : { programs }),
    ...(unlooked.length === 0 ? {} : { unlooked }),
    ...(moves.length === 0 ? {} : { moves }),
    ...(halts.length === 0 ? {} : { halts }),
    ...(attributes.length === 0 ? {} : { attributes }),
    ...(knowledge.fencing.isConfigured ? fencingOf(now, knowledge) : {}),
  };
}

/** Those that no service of the file has here are asked about by nobody. */
const unlookedOf = (services: readonly Service[], self: NodeName): readonly ProgramId[] =>
  services
    .filter(({ config }) => config.nodes.includes(self))
    .flatMap(({ config: { name: service }, programs }) => programs.unlooked.map((program) => ({ service, program })))
    .slice(0, LIMITS.programs);

/** What this node found in place and does not hold, since nothing moves in a pause. */
const leftAlone = ({ self, paused }: Knowledge, services: readonly Service[]): readonly KeptService[] =>
  services.flatMap(({ config, holding, found, knownEpoch }) =>
    paused && holding === undefined && found ? [{ node: self, service: config.name, epoch: knownEpoch }] : [],
  );

function fencingOf(
  now: Instant,
  { fencing, remains, membership }: Knowledge,
): Pick<NodeState, "fences" | "fenceCancellations" | "bonds" | "strays" | "machine"> {
  const [bonds, machine] = [fencing.bonds.all().slice(0, BONDS_TOLD_MAX), remains.brief()];
  // Of those that are heard, everybody hears himself.
  const strays = fencing.strays.filter(({ node }) => !membership.isUp(node)).slice(0, STRAYS_TOLD_MAX);
  const cancelled = fencing.cancellations.briefs(now);
  return {
    fences: fencing.briefs(now),
    ...(cancelled.length === 0 ? {} : { fenceCancellations: cancelled }),
    ...(bonds.length === 0 ? {} : { bonds }),
    ...(strays.length === 0 ? {} : { strays }),
    ...(machine === undefined ? {} : { machine }),
  };
}

/** Clients may come to know this node by these MACs; the peers are told for the time when it is gone. */
function identityOf({ config }: Service, knowledge: Knowledge): Pick<ServiceFitness, "carriers"> {
  return config.identity?.kind === "listen" ? { carriers: carrierMacs(config, knowledge) } : {};
}
