import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type ServiceName, serviceName } from "../model/names.js";
import { ConnectionReader } from "./connection-reader.js";

/** What a reader answers within some time, when each reading takes so long; a service asks again after each answer. */
function served(options: { readonly services: number; readonly readingMs: number; readonly forMs: number }) {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  let spent = 0;
  const answers = new Map<ServiceName, number>();
  const reader = new ConnectionReader({
    clock: () => now,
    read: () => {
      now += options.readingMs;
      spent += options.readingMs;
      return [];
    },
    onInput: (input) => {
      assert.equal(input.kind, "connections-read");
      if (input.kind !== "connections-read") return;
      answers.set(input.service, (answers.get(input.service) ?? 0) + 1);
      reader.read(input.service, []);
    },
  });
  for (let each = 0; each < options.services; each += 1) reader.read(serviceName(`s${each}`), []);
  for (let ms = 0; ms < options.forMs; ms += 1) {
    now += 1;
    mock.timers.tick(1);
  }
  reader.close();
  mock.timers.reset();
  return { share: spent / now, counts: [...answers.values()] };
}

test("reading takes no more than its share of the time, however many services ask", () => {
  const { share, counts } = served({ services: 20, readingMs: 2, forMs: 10_000 });
  assert.ok(share > 0.01 && share <= 0.0205, `${share}`);
  assert.equal(counts.length, 20);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, "each has its turn");
});

test("a service that asks twice before it was answered is answered once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const answered: string[] = [];
  const onInput = (): unknown => answered.push("answer");
  const reader = new ConnectionReader({ clock: () => 0, read: () => [], onInput });
  reader.read(serviceName("shop"), ["10.0.0.1"]);
  reader.read(serviceName("shop"), ["10.0.0.1"]);
  mock.timers.tick(1_000);
  mock.timers.reset();
  assert.deepEqual(answered, ["answer"]);
});
