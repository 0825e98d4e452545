import assert from "node:assert/strict";
import { test } from "node:test";
import { fenceMethod } from "../../../test/scenarios/fence-bench.js";
import { nodeName } from "../../model/names.js";
import { inputFor } from "./method-input.js";

const task = {
  node: nodeName("web1"),
  self: nodeName("web2"),
  cause: { kind: "operator" },
  addresses: { a: "10.1.1.1" },
} as const;

test("an agent is told by lines, the node and the action last, so that no parameter takes their place", () => {
  const parameters = { ip: "10.9.0.1", action: "status", plug: "a=b c" };
  const method = fenceMethod("ipmi", { speech: { kind: "agent", action: "off", parameters } });
  assert.equal(inputFor(method, task), "ip=10.9.0.1\naction=status\nplug=a=b c\nnodename=web1\naction=off\n");
});

test("any other program gets one line of JSON", () => {
  assert.equal(
    inputFor(fenceMethod("pdu"), task),
    '{"fence":"web1","method":"pdu","by":"web2","cause":{"kind":"operator"},"addresses":{"a":"10.1.1.1"}}\n',
  );
});
