import assert from "node:assert/strict";
import { test } from "node:test";
import { EventPoll } from "./event-poll.js";
import { close, dup3, eventfd, write } from "./libc.js";

const ONE: Uint8Array = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

test("what has the number of a descriptor that was closed is not told of that one's event", async () => {
  const poll = new EventPoll();
  const [starter, first, second, quiet] = [eventfd(0, 0), eventfd(0, 0), eventfd(0, 0), eventfd(0, 0)] as const;
  const told: string[] = [];
  const batchIsOver = new Promise<void>((resolve) => {
    // Both are ready before the next wait begins, and come in one batch.
    poll.add(starter, () => {
      poll.remove(starter);
      for (const fd of [first, second]) write(fd, ONE);
    });
    poll.add(first, () => {
      told.push("first");
      for (const fd of [first, second]) poll.remove(fd);
      dup3(quiet, second, 0);
      poll.add(second, () => told.push("another with the second one's number"));
      setImmediate(resolve);
    });
    poll.add(second, () => told.push("second"));
  });
  write(starter, ONE);
  await batchIsOver;
  await poll.close();
  for (const fd of [starter, first, second, quiet]) close(fd);
  assert.deepEqual(told, ["first"]);
});
