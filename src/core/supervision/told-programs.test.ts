import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import { LIMITS } from "../../model/configuration/limits.js";
import { nodeName, serviceName } from "../../model/names.js";
import { type ProgramBrief, programName } from "../../model/program.js";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import { toldPrograms } from "./told-programs.js";

const shop = serviceName("shop");
const brief = (name: string): ProgramBrief => ({
  service: shop,
  program: programName(name),
  state: "stuck",
  role: "holder",
  lasted: milliseconds(0),
  restarts: 0,
});

test("peers are told of as many programs as they take in, those of the present configuration first", () => {
  const failback = { kind: "never" } as const;
  const service = {
    name: shop,
    addresses: [],
    nodes: [nodeName("web1")],
    failback,
    ...programsConfig([programConfig("db")]),
  };
  const left = Array.from({ length: LIMITS.programs }, (_, index) => brief(`old${index}`));
  const told = toldPrograms([...left, brief("db")], [service]);
  assert.deepEqual([told.length, told[0]?.program, told[1]?.program], [LIMITS.programs, "db", "old0"]);
  assert.deepEqual(toldPrograms([...left.slice(1), brief("db")], [service]).at(-1)?.program, "db");
});
