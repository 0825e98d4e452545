/** What each kind of step of a change of paths does, and how it is taken when one is refused: a row a kind. */
import type { InterfaceChange, InterfaceChangeKind } from "../../model/interface-configuration.js";

interface Traits {
  readonly does: Deed;
  readonly what: Thing;
  /** Where traffic flows without it, if not as well. */
  readonly spared: "everywhere" | "where-left" | "nowhere";
  /** Of what can't be taken off one interface, or put on the other, it must not say or do more. */
  readonly depends: boolean;
  /** With it, the kernel takes from the interface a part of what is on it, or makes it come to life only then. */
  readonly sweeps: boolean;
}

type Deed =
  /** What it puts there is missed where it has no place. */
  | "puts-on"
  | "takes-off"
  /** It sets something of the interface itself. */
  | "sets"
  /** It leaves nothing behind that could be missed. */
  | "passes";

type Thing =
  /** What carries the traffic. */
  | "carriers"
  /**
   * Routes and neighbours, of which there may be thousands: of a batch that is refused, what could be done is done. What the
   * interface refuses to which they belong now has no way back, and is owed to it.
   */
  | "link-parts"
  | "link";

const TRAITS: Readonly<Record<InterfaceChangeKind, Traits>> = {
  enable: { does: "sets", what: "link", spared: "where-left", depends: false, sweeps: true },
  disable: { does: "sets", what: "link", spared: "nowhere", depends: false, sweeps: true },
  "set-mac": { does: "sets", what: "link", spared: "nowhere", depends: true, sweeps: true },
  "set-mtu": { does: "sets", what: "link", spared: "everywhere", depends: false, sweeps: false },
  "add-addresses": { does: "puts-on", what: "carriers", spared: "where-left", depends: true, sweeps: false },
  "remove-addresses": { does: "takes-off", what: "carriers", spared: "nowhere", depends: false, sweeps: false },
  "create-vlans": { does: "puts-on", what: "carriers", spared: "where-left", depends: true, sweeps: false },
  "delete-vlans": { does: "takes-off", what: "carriers", spared: "nowhere", depends: false, sweeps: false },
  "add-routes": { does: "puts-on", what: "link-parts", spared: "nowhere", depends: true, sweeps: false },
  "remove-routes": { does: "takes-off", what: "link-parts", spared: "nowhere", depends: false, sweeps: false },
  "add-neighbours": { does: "puts-on", what: "link-parts", spared: "nowhere", depends: true, sweeps: false },
  "remove-neighbours": { does: "takes-off", what: "link-parts", spared: "nowhere", depends: false, sweeps: false },
  "forget-neighbours": { does: "passes", what: "link", spared: "everywhere", depends: false, sweeps: false },
  "announce-addresses": { does: "passes", what: "link", spared: "everywhere", depends: true, sweeps: false },
};

type Kind = Pick<InterfaceChange, "kind">;

/** What it puts there is missed where it has no place. */
export const putsOn = ({ kind }: Kind): boolean => TRAITS[kind].does === "puts-on";

export const takesOff = ({ kind }: Kind): boolean => TRAITS[kind].does === "takes-off";

/** It leaves nothing behind that could be missed. */
export const isPassing = ({ kind }: Kind): boolean => TRAITS[kind].does === "passes";

/** It puts there what carries the traffic. */
export const putsCarriersOn = (change: Kind): boolean => putsOn(change) && TRAITS[change.kind].what === "carriers";

/** It puts routes or neighbours there. */
export const putsLinkPartsOn = (change: Kind): boolean => putsOn(change) && TRAITS[change.kind].what === "link-parts";

/** A forced change goes on without what is refused of it. */
export const isBearable = (change: Kind): boolean => putsOn(change) || TRAITS[change.kind].what === "link-parts";

/** Traffic flows without it, if not as well. @param isLeft its interface is the one that the traffic leaves */
export const isSpared = ({ kind }: Kind, isLeft: boolean): boolean =>
  TRAITS[kind].spared === "everywhere" || (isLeft && TRAITS[kind].spared === "where-left");

/** Of what can't be taken off one interface, or put on the other, it must not say or do more. */
export const isDependent = ({ kind }: Kind): boolean => TRAITS[kind].depends;

/** With it, the kernel takes from the interface a part of what is on it, or makes it come to life only then. */
export const isSweeping = ({ kind }: Kind): boolean => TRAITS[kind].sweeps;
