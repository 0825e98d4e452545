import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, FRAME_MAX, FrameReader } from "./peer-frame.js";

const texts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });

test("frames come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), (wanted, piece) => {
      const stream = Buffer.concat(wanted.map((text) => encodeFrame(text) ?? assert.fail("short enough")));
      const reader = new FrameReader();
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += piece) {
        found.push(...(reader.push(stream.subarray(at, at + piece)) ?? assert.fail("well-formed")));
      }
      assert.deepEqual(
        found.map((text) => Buffer.from(text)),
        wanted.map((text) => Buffer.from(text)),
      );
    }),
  );
});

test("a length beyond the maximum ends the stream for good", () => {
  const reader = new FrameReader();
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, FRAME_MAX + 1);
  assert.equal(reader.push(header), undefined);
  assert.equal(reader.push(encodeFrame(Uint8Array.of(1)) ?? header), undefined);
});

test("a text that is too long has no frame", () => {
  assert.equal(encodeFrame(new Uint8Array(FRAME_MAX + 1)), undefined);
  assert.equal(encodeFrame(new Uint8Array(FRAME_MAX))?.length, FRAME_MAX + 4);
});

test("any bytes either give texts or end the stream, and hold no more than came", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
      const reader = new FrameReader();
      let out = 0;
      for (const piece of pieces) out += (reader.push(piece) ?? []).reduce((sum, { length }) => sum + length, 0);
      assert.ok(out <= pieces.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});
