import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, array, nat, property } from "fast-check";
import type { Bulletin } from "../../model/heartbeat.js";
import { BulletinAssembly, paginate } from "./bulletin-pages.js";

const bulletin = (version: number, services: number): Bulletin => ({
  version,
  stateDigest: version * 3,
  claims: Array.from({ length: services }, (_, service) => ({
    service,
    epoch: version,
    state: "holding",
    target: 0,
    cause: "none",
  })),
});

test("whatever order pages arrive in, only whole bulletins come out, each once and ever newer", () => {
  const bulletins = [0, 1, 2, 3].map((version) => bulletin(version, version * 2));
  const pages = bulletins.flatMap((whole) => paginate(whole, 2));
  check(
    property(array(nat({ max: pages.length - 1 }), { maxLength: 60 }), (order) => {
      const assembly = new BulletinAssembly();
      let version = -1;
      for (const index of order) {
        const whole = assembly.add(pages[index] ?? { ...bulletin(0, 0), page: 0, pages: 1 });
        if (whole === undefined) continue;
        assert.deepEqual(whole, bulletins[whole.version]);
        assert.ok(whole.version > version);
        version = whole.version;
      }
    }),
  );
});

test("pages that disagree about their number complete nothing", () => {
  const assembly = new BulletinAssembly();
  assert.equal(assembly.add({ ...bulletin(1, 0), page: 0, pages: 2 }), undefined);
  assert.equal(assembly.add({ ...bulletin(1, 0), page: 1, pages: 3 }), undefined);
  assert.notEqual(assembly.add({ ...bulletin(1, 0), page: 1, pages: 2 }), undefined);
});
