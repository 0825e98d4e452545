import assert from "node:assert/strict";
import { test } from "node:test";
import { interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { CollectedEffects } from "../../../test/support/path-bench.js";
import { type Instant, instant } from "../../base/time.js";
import { pathGroupName } from "../../model/path.js";
import { PathRegister } from "./path-register.js";
import { SnapshotKeeper } from "./snapshot-keeper.js";

const at = (ms: number): Instant => instant(ms * 1_000);

test("an interface is read at once at first, and a second after its addresses began to change", () => {
  const keeper = new SnapshotKeeper(pathGroupName("mether0"), new PathRegister([], []));
  const effects = new CollectedEffects();
  keeper.notice(at(0), ["10.0.0.1"]);
  assert.equal(keeper.due, at(0));
  keeper.take(at(0), "eth0", effects);
  assert.equal(keeper.due, undefined);
  keeper.taken(interfaceNamed("eth0"), effects);
  keeper.notice(at(100), ["10.0.0.1"]);
  assert.equal(keeper.due, at(60_000), "whatever else changes on it, nobody tells");
  keeper.notice(at(200), ["10.0.0.1", "10.0.0.2"]);
  keeper.notice(at(300), ["10.0.0.1"]);
  assert.equal(keeper.due, at(1_200));
});

test("an interface that went down while it was read has lost what it must be remembered for", () => {
  const register = new PathRegister([], []);
  const keeper = new SnapshotKeeper(pathGroupName("mether0"), register);
  const effects = new CollectedEffects();
  keeper.take(at(0), "eth0", effects);
  keeper.taken(interfaceNamed("eth0", { up: false }), effects);
  assert.equal(register.snapshot("eth0"), undefined);
});
