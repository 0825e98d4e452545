import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { instant } from "../base/time.js";
import { nodeName } from "../model/names.js";
import type { NodeView } from "../model/status.js";
import type { ChangeDocument } from "../model/status-document-change.js";
import type { AgentPort } from "./agent-port.js";
import { ChangeFeed } from "./change-feed.js";

const EMPTY: NodeView = {
  cluster: "demo",
  node: nodeName("web1"),
  configHash: "00",
  paused: false,
  nodes: [],
  services: [],
  findings: [],
};

const ALL = { filter: { kinds: [], nodes: [], services: [] }, roundTrips: false } as const;

/** A feed over a view that the test changes, without the clock of the machine. */
function feedOf(): {
  readonly feed: ChangeFeed;
  readonly listeners: Set<() => void>;
  readonly show: (view: NodeView) => void;
} {
  let view = EMPTY;
  const listeners = new Set<() => void>();
  const port = {
    program: "0.1.0",
    clock: { toIso: () => "2026-03-01T12:00:00.000Z" },
    view: () => view,
    onViewChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const show = (next: NodeView): void => {
    view = next;
    for (const listener of listeners) listener();
  };
  return { feed: new ChangeFeed(port as unknown as AgentPort), listeners, show };
}

const withRoundTrip = (roundTripUs: number): NodeView => ({
  ...EMPTY,
  nodes: [
    {
      name: nodeName("web2"),
      state: "up",
      since: instant(0),
      networks: [{ network: "a", reachable: true, roundTripUs }],
    },
  ],
});

test("a storm of changes is told once, and readers that left are told nothing", (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { feed, show, listeners } = feedOf();
  const heard: ChangeDocument[] = [];
  const { unsubscribe } = feed.subscribe(ALL, (change) => heard.push(change));
  for (let count = 0; count < 100; count += 1) show({ ...EMPTY, paused: count % 2 === 0, configHash: String(count) });
  assert.equal(heard.length, 0);
  mock.timers.tick(1_000);
  assert.deepEqual(
    heard.map((change) => change.kind === "cluster" && change.value.configHash),
    ["99"],
  );
  unsubscribe();
  assert.equal(listeners.size, 0, "the agent is not asked to tell while nobody reads");
  show(EMPTY);
  mock.timers.tick(1_000);
  assert.equal(heard.length, 1);
});

test("a reader that comes between a change and its undoing hears both or neither", (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { feed, show } = feedOf();
  feed.subscribe(ALL, () => {});
  show({ ...EMPTY, paused: true });
  const heard: ChangeDocument[] = [];
  const { status } = feed.subscribe(ALL, (change) => heard.push(change));
  show(EMPTY);
  mock.timers.tick(1_000);
  assert.equal(status.paused, true);
  assert.deepEqual(
    heard.map((change) => change.kind === "cluster" && change.value.paused),
    [false],
  );
});

test("round trips are told to those who asked for them", (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { feed, show } = feedOf();
  show(withRoundTrip(100));
  const heard: string[] = [];
  feed.subscribe(ALL, () => heard.push("without"));
  feed.subscribe({ ...ALL, roundTrips: true }, () => heard.push("with"));
  show(withRoundTrip(200));
  mock.timers.tick(1_000);
  assert.deepEqual(heard, ["with"]);
});
