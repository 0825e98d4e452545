import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../base/time.js";
import { nodeName, serviceName } from "./names.js";
import { noteText } from "./note-text.js";

const [web1, web2, service] = [nodeName("web1"), nodeName("web2"), serviceName("shop")];
const rival = { code: "service.rival", service, rival: web1, rivalEpoch: 7 } as const;
const gone = { code: "service.rival-gone", service, rival: web1, overlap: milliseconds(5_500) } as const;

test("of two holders, who keeps the service is said", () => {
  const texts = [
    noteText({ ...rival, epoch: 8 }, web2),
    noteText({ ...rival, epoch: 7 }, web2),
    noteText({ ...gone, hasPrograms: false }, web2),
    noteText({ ...gone, hasPrograms: true }, web2),
  ];
  assert.deepEqual(texts, [
    "web2 (epoch 8) and web1 (epoch 7) both hold shop: the later epoch wins",
    "web2 (epoch 7) and web1 (epoch 7) both hold shop: the preferred node keeps it",
    "web1 has let go of shop: for up to 5.5 s both held it",
    "web1 has let go of shop: for up to 5.5 s both held it and may have run its programs",
  ]);
});

test("what a node claimed before it was silent is told as such", () => {
  const texts = [
    noteText({ ...rival, epoch: 8, isOld: true }, web2),
    noteText({ ...gone, hasPrograms: false, isOld: true }, web2),
    noteText({ ...gone, hasPrograms: true, isOld: true }, web2),
  ];
  assert.deepEqual(texts, [
    "web1 held shop (epoch 7) when it was last heard, and web2 holds it now (epoch 8): the later epoch wins",
    "web1 has let go of shop: for up to 5.5 s both may have held it",
    "web1 has let go of shop: for up to 5.5 s both may have held it and run its programs",
  ]);
});
