import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceName } from "../../model/names.js";
import type { ServiceHalt } from "../../model/program.js";
import { Halts } from "./halts.js";

const services = [{ name: serviceName("shop") }];
const halt = (name: string): ServiceHalt => ({ service: serviceName(name), halted: true, revision: 1 });

test("of services that the configuration has not, the latest few orders are kept: a file may come that has them", () => {
  const halts = new Halts([]);
  halts.heard([halt("shop")], services);
  for (let round = 0; round < 50; round += 1) {
    halts.heard(
      Array.from({ length: 100 }, (_, index) => halt(`s${round}-${index}`)),
      services,
    );
  }
  assert.equal(halts.has(serviceName("shop")), true);
  const told = Array.from({ length: 50 }, (_, round) =>
    Array.from({ length: 100 }, (_each, index) => ({ name: serviceName(`s${round}-${index}`) })),
  ).flat();
  assert.equal(halts.all(told).length, 100);
  assert.equal(halts.has(serviceName("s49-99")), true);
});
