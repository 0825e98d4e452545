import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, boolean, constantFrom, nat, property, record } from "fast-check";
import type { Heartbeat } from "../../model/heartbeat.js";
import { PeerSession } from "./peer-session.js";

const OWN = 5;
const packet = record({
  incarnation: nat({ max: 3 }).map((number) => number + 1),
  network: nat({ max: 1 }),
  sequence: nat({ max: 12 }).map((number) => number + 1),
  goodbye: boolean(),
  echo: constantFrom(OWN, OWN - 1, undefined),
});
type Packet = typeof packet extends { generate: (...args: never[]) => { value: infer Value } } ? Value : never;

const heartbeatOf = ({ incarnation, network, sequence, goodbye, echo }: Packet): Heartbeat => ({
  sender: 2,
  incarnation,
  sequence,
  kind: goodbye ? "goodbye" : "alive",
  addressee: 1,
  network,
  sentAt: 0,
  echo: echo === undefined ? undefined : { incarnation: echo, sentAt: 0, heldFor: 0 },
  versions: { min: 1, max: 1 },
  configDigest: 0,
  topologyDigest: 0,
  hears: new Uint16Array(0),
  bulletin: { version: 0, stateDigest: 0, page: 0, pages: 1, claims: [] },
});

/** Remembers every packet that it took, and looks through all of them each time. */
class RememberingSession {
  readonly #seen: Packet[] = [];
  readonly #taken: Packet[] = [];

  admit(one: Packet): string {
    const newest = Math.max(0, ...this.#seen.map(({ incarnation }) => incarnation));
    this.#seen.push(one);
    if (one.incarnation < newest) return "old-incarnation";
    const session = this.#taken.filter(({ incarnation }) => incarnation === one.incarnation);
    if (session.some(({ goodbye }) => goodbye)) return one.goodbye ? "repeated" : "ended-incarnation";
    if (session.some(({ network, sequence }) => network === one.network && sequence >= one.sequence)) return "replayed";
    this.#taken.push(one);
    if (session.length === 0) return "begun";
    return one.echo === OWN && session.every(({ echo }) => echo !== OWN) ? "answered" : "continued";
  }
}

test("a session admits what one admits that remembers every packet", () => {
  check(
    property(array(packet, { maxLength: 60 }), (packets) => {
      const [session, dumb] = [new PeerSession(OWN), new RememberingSession()];
      for (const one of packets) assert.equal(session.admit(heartbeatOf(one)), dumb.admit(one));
    }),
    { numRuns: 500 },
  );
});
