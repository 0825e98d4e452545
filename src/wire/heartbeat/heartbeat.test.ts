import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, constantFrom, nat, option, property, record, uint8Array } from "fast-check";
import {
  BULLETIN_PAGES_MAX,
  HANDOVER_CAUSES,
  HEARTBEAT_VERSIONS,
  type HandoverCause,
  HEARS_MAX,
  type Heartbeat,
  type PacketRefusal,
} from "../../model/heartbeat.js";
import { LIMITS } from "../../model/configuration/limits.js";
import { aesGcm } from "../../os/node/aead.js";
import type { SecretKey } from "./cipher.js";
import { HeartbeatReader } from "./reader.js";
import { PACKET_SIZE_MAX, WIRE_VERSION, claimsPerPage } from "./v1.js";
import { HeartbeatWriter } from "./writer.js";

const CLUSTER = 0xc1;
const SENDER = 0xa1;
const secretKey = (fill: number): SecretKey => {
  const bytes = new Uint8Array(32).fill(fill);
  return { id: aesGcm.identify(bytes), bytes };
};
const KEY = secretKey(1);
const SALT = Uint8Array.from({ length: 16 }, (_, index) => index);
const session = { cluster: CLUSTER, sender: SENDER, key: KEY, salt: SALT };

const writer = (changes: Partial<typeof session> = {}): HeartbeatWriter =>
  new HeartbeatWriter({ ...session, ...changes }, aesGcm);
const reader = (keys: readonly SecretKey[] = [KEY]): HeartbeatReader =>
  new HeartbeatReader({ cluster: CLUSTER, keys, senders: [SENDER] }, aesGcm);

const BEAT: Heartbeat = {
  sender: SENDER,
  incarnation: 0x0123_4567_89ab,
  sequence: 0x0102_0304_0506,
  kind: "alive",
  addressee: 0xb2,
  network: 0x77,
  sentAt: 0xdead_beef,
  echo: { incarnation: 99, sentAt: 5, heldFor: 6 },
  versions: { min: 1, max: 2 },
  configDigest: 0x11,
  topologyDigest: 0x22,
  hears: Uint16Array.of(3, 0xffff),
  bulletin: {
    version: 7,
    stateDigest: 8,
    page: 0,
    pages: 1,
    claims: [{ service: 0x55, epoch: 12, state: "offering", target: 0xb2, cause: "operator" }],
  },
};

const uint32 = nat({ max: 2 ** 32 - 1 });
const uint48 = nat({ max: 2 ** 48 - 1 });
const uint8 = nat({ max: 255 });

const PLAIN = { noNullPrototype: true };
const anyClaim = record(
  {
    service: uint32,
    epoch: uint48,
    state: constantFrom("holding", "offering", "released", "declined"),
    target: uint32,
    cause: constantFrom(...HANDOVER_CAUSES),
  },
  PLAIN,
);
const anyPage = record(
  {
    version: uint48,
    stateDigest: uint32,
    page: nat({ max: BULLETIN_PAGES_MAX - 1 }),
    claims: array(anyClaim, { maxLength: claimsPerPage(40) }),
  },
  PLAIN,
).map((page) => ({ ...page, pages: Math.min(BULLETIN_PAGES_MAX, page.page + 2) }));
const anyBeat = record(
  {
    sender: constantFrom(SENDER),
    incarnation: uint48,
    sequence: uint48,
    kind: constantFrom("alive", "goodbye"),
    addressee: uint32,
    network: uint32,
    sentAt: uint32,
    echo: option(record({ incarnation: uint48, sentAt: uint32, heldFor: uint32 }, PLAIN), { nil: undefined }),
    versions: record({ min: uint8, max: uint8 }, PLAIN),
    configDigest: uint32,
    topologyDigest: uint32,
    hears: array(nat({ max: 0xffff }), { maxLength: 40 }).map((ages) => Uint16Array.from(ages)),
    bulletin: anyPage,
  },
  PLAIN,
);

const refusalOf = (bytes: Uint8Array, by: HeartbeatReader = reader()): PacketRefusal | undefined => {
  const answer = by.read(bytes);
  return answer.ok ? undefined : answer.problem.refusal;
};

test("a packet gives back the heartbeat that was put in", () => {
  const [send, receive] = [writer(), reader()];
  check(
    property(anyBeat, (beat) => {
      const answer = receive.read(send.write(beat).slice());
      assert.deepEqual(answer, { ok: true, value: beat });
    }),
  );
});

test("packets that share their matrix and bulletin with the one before are whole", () => {
  const [send, receive] = [writer(), reader()];
  check(
    property(
      array(anyBeat, { minLength: 2, maxLength: 2 }),
      array(nat({ max: 1 }), { maxLength: 8 }),
      (beats, picks) => {
        for (const pick of picks) {
          const beat = { ...(beats[0] ?? BEAT), hears: beats[pick]?.hears ?? BEAT.hears };
          assert.deepEqual(receive.read(send.write(beat).slice()), { ok: true, value: beat });
        }
      },
    ),
  );
});

test("the bytes of wire version 1 stay as they are", () => {
  assert.equal(
    Buffer.from(writer().write(BEAT)).toString("hex"),
    "4c4f4301000000c1000000a108a752b7000102030405060708090a0b0c0d0e0f010203040506ebf0bc09702e4c8234a4a154f348cad75d66c7506a6da9e9ca5934b5535b105fdc4ed6f1e09f4551ab87e4b8467f822ce6bc49baee17f68e6062cbe784727fb7ddae5ff59f09c9bb32c5ec5a8c426d5b05e55a1a96a5a6c60882fd79652fd4d9",
  );
});

test("a claim with a cause that a later version has added is a claim: its sender lives", () => {
  const claims = [{ service: 0x55, epoch: 12, state: "released", target: 0, cause: "later" as HandoverCause }] as const;
  const answer = reader().read(
    writer()
      .write({ ...BEAT, bulletin: { ...BEAT.bulletin, claims } })
      .slice(),
  );
  assert.deepEqual(answer.ok ? answer.value.bulletin.claims : answer, [{ ...claims[0], cause: "none" }]);
});

test("a full page of claims beside the largest matrix fits one packet", () => {
  for (const pairs of [0, 1, 62, HEARS_MAX]) {
    const claims = Array.from({ length: claimsPerPage(pairs) }, (_, service) => ({
      service,
      epoch: 1,
      state: "holding" as const,
      target: 0,
      cause: "none" as const,
    }));
    const beat = { ...BEAT, hears: new Uint16Array(pairs), bulletin: { ...BEAT.bulletin, claims } };
    assert.ok(writer().write(beat).length <= PACKET_SIZE_MAX);
  }
});

test("the largest cluster that the configuration permits fits its heartbeats", () => {
  assert.equal((LIMITS.nodes - 1) * LIMITS.networks, HEARS_MAX);
  assert.ok(claimsPerPage(HEARS_MAX) * BULLETIN_PAGES_MAX >= LIMITS.services);
});

test("a changed bit anywhere is refused", () => {
  const packet = writer().write(BEAT).slice();
  for (let bit = 0; bit < packet.length * 8; bit += 1) {
    const changed = packet.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.notEqual(refusalOf(changed), undefined, `bit ${bit}`);
  }
});

test("every refusal names its reason, and the node when it is one of ours", () => {
  const packet = writer().write(BEAT).slice();
  const changed = (offset: number): Uint8Array => packet.map((byte, index) => (index === offset ? byte ^ 1 : byte));
  const cases: readonly [PacketRefusal, Uint8Array, number][] = [
    ["not-a-heartbeat", new Uint8Array(0), 0],
    ["not-a-heartbeat", changed(0), SENDER],
    ["not-a-heartbeat", packet.subarray(0, 40), SENDER],
    ["unknown-version", changed(3), SENDER],
    ["wrong-cluster", changed(4), SENDER],
    ["unknown-sender", changed(8), 0],
    ["unknown-key", changed(12), SENDER],
    ["forged", changed(16), SENDER],
    ["forged", changed(37), SENDER],
    ["forged", changed(packet.length - 1), SENDER],
    ["forged", packet.subarray(0, packet.length - 1), SENDER],
  ];
  for (const [refusal, bytes, sender] of cases) {
    assert.deepEqual(reader().read(bytes.slice()), { ok: false, problem: { refusal, sender } });
  }
});

test("authentic nonsense is malformed, not believed", () => {
  const page = { ...BEAT.bulletin, page: 3, pages: 2 };
  assert.equal(refusalOf(writer().write({ ...BEAT, bulletin: page })), "malformed");
});

test("either key of two opens; the number of the key chooses it", () => {
  const [old, young] = [secretKey(3), secretKey(4)];
  const both = reader([old, young]);
  for (const key of [old, young]) assert.equal(both.read(writer({ key }).write(BEAT)).ok, true);
  assert.equal(refusalOf(writer({ key: old }).write(BEAT), reader([young])), "unknown-key");
});

test("forged packets do not push out the session of the genuine sender", () => {
  const derived: string[] = [];
  const counting = new HeartbeatReader(
    { cluster: CLUSTER, keys: [KEY], senders: [SENDER] },
    {
      ...aesGcm,
      derive(secret, salt, info) {
        derived.push(info);
        return aesGcm.derive(secret, salt, info);
      },
    },
  );
  const genuine = writer();
  assert.equal(counting.read(genuine.write(BEAT)).ok, true);
  for (let salt = 1; salt < 50; salt += 1) {
    const forged = genuine.write(BEAT).slice();
    forged[16] = salt;
    assert.equal(refusalOf(forged, counting), "forged");
  }
  const before = derived.length;
  assert.equal(counting.read(genuine.write(BEAT)).ok, true);
  assert.equal(derived.length, before);
});

test("a flood of forged sessions is cut off, and costs a known sender nothing", () => {
  const receive = reader();
  const genuine = writer();
  const flood = (): Map<PacketRefusal | undefined, number> => {
    const counts = new Map<PacketRefusal | undefined, number>();
    for (let salt = 1; salt <= 200; salt += 1) {
      const forged = genuine.write(BEAT).slice();
      forged[16] = salt;
      const refusal = refusalOf(forged, receive);
      counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
    }
    return counts;
  };
  assert.equal(receive.read(genuine.write(BEAT)).ok, true);
  assert.equal(flood().get("forged"), 63);
  assert.equal(receive.read(genuine.write(BEAT)).ok, true);
  assert.equal(refusalOf(writer({ salt: new Uint8Array(16).fill(9) }).write(BEAT), receive), "too-many-sessions");
  receive.allowMore();
  assert.equal(receive.read(writer({ salt: new Uint8Array(16).fill(9) }).write(BEAT)).ok, true);
});

test("no bytes make the reader throw", () => {
  const receive = reader();
  check(property(uint8Array({ maxLength: 1_600 }), (bytes) => assert.equal(receive.read(bytes).ok, false)));
});

test("no sealed body makes the reader throw, and what it takes is a heartbeat in every part", () => {
  // A key holder that writes nonsense: seal random bytes under a genuine header.
  const receive = reader();
  const cipher = aesGcm.derive(KEY.bytes, SALT, `locum heartbeat 1 ${CLUSTER} ${SENDER}`);
  const genuine = writer().write(BEAT).slice(0, 38);
  const opened = writer().write(BEAT).slice();
  cipher.open(opened, nonceOf(BEAT.sequence), 38);
  check(
    property(
      uint8Array({ maxLength: 1_400 }),
      array(record({ at: nat({ max: 140 }), byte: uint8 })),
      (noise, changes) => {
        for (const body of [noise, mutate(opened.slice(38, -16), changes)]) {
          const packet = new Uint8Array(38 + body.length + 16);
          packet.set(genuine);
          packet.set(body, 38);
          cipher.seal(packet, nonceOf(BEAT.sequence), 38);
          const answer = receive.read(packet);
          if (answer.ok) assertSound(answer.value);
          else assert.ok(["malformed", "not-a-heartbeat"].includes(answer.problem.refusal));
        }
      },
    ),
    { numRuns: 500 },
  );
});

function assertSound({ kind, bulletin }: Heartbeat): void {
  assert.ok(["alive", "goodbye"].includes(kind));
  assert.ok(bulletin.page < bulletin.pages && bulletin.pages <= BULLETIN_PAGES_MAX);
  for (const claim of bulletin.claims) {
    assert.ok(["holding", "offering", "released", "declined"].includes(claim.state));
    assert.ok(HANDOVER_CAUSES.includes(claim.cause));
  }
}

test("a kind, a flag and a state of a claim that nobody knows are malformed", () => {
  const cipher = aesGcm.derive(KEY.bytes, SALT, `locum heartbeat 1 ${CLUSTER} ${SENDER}`);
  const nonce = nonceOf(BEAT.sequence);
  const changed = (at: number, byte: number): Uint8Array => {
    const packet = writer().write(BEAT).slice();
    cipher.open(packet, nonce, 38);
    packet[at] = byte;
    cipher.seal(packet, nonce, 38);
    return packet;
  };
  const state = 84 + BEAT.hears.length * 2 + 14 + 10;
  assert.equal(refusalOf(changed(state, 2)), undefined, "it is changed in the right place");
  for (const [at, byte] of [
    [44, 0],
    [44, 9],
    [45, 2],
    [state, 0],
    [state, 5],
  ] as const)
    assert.equal(refusalOf(changed(at, byte)), "malformed", `${byte} at ${at}`);
});

function mutate(body: Uint8Array, changes: readonly { readonly at: number; readonly byte: number }[]): Uint8Array {
  for (const { at, byte } of changes) if (at < body.length) body[at] = byte;
  return body;
}

function nonceOf(sequence: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint16(6, Math.floor(sequence / 2 ** 32));
  view.setUint32(8, sequence % 2 ** 32);
  return nonce;
}

test("the version that is written is among those that are said to be spoken", () => {
  assert.ok(HEARTBEAT_VERSIONS.min <= WIRE_VERSION && WIRE_VERSION <= HEARTBEAT_VERSIONS.max);
});
