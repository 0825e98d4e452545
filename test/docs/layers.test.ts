/* The table of layers in ARCHITECTURE.md is what the compiler is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";

const folderOf = (layer: string): string => (layer === "lab" ? layer : join("src", layer));

/** The layers that a layer's `tsconfig.json` refers to. */
function referencesOf(layer: string): readonly string[] {
  const { references } = JSON.parse(readFileSync(join(folderOf(layer), "tsconfig.json"), "utf8")) as {
    readonly references?: readonly { readonly path: string }[];
  };
  return (references ?? []).map(({ path }) => basename(path)).toSorted();
}

/** The names in a cell, without what is said of them in brackets. */
const namesIn = (cell: string): readonly string[] =>
  cell
    .replaceAll(/\([^)]*\)/g, "")
    .split(",")
    .map((name) => name.replaceAll("`", "").trim());

test("each layer may import what the table of layers says", () => {
  const page = readFileSync("ARCHITECTURE.md", "utf8");
  const rows = [...page.matchAll(/^\| (`[^|]*`) +\|[^|]*\| ([^|]*)\|$/gm)].map(([, layers = "", cell = ""]) => ({
    layers: namesIn(layers),
    allowed: cell.trim(),
  }));
  const all = rows.flatMap(({ layers }) => layers);
  assert.ok(all.includes("core") && all.includes("lab"), "the table is there");
  for (const { layers, allowed } of rows) {
    for (const layer of layers) {
      const expected =
        allowed === "nothing"
          ? []
          : allowed === "all of these and lab"
            ? all.filter((each) => each !== layer)
            : namesIn(allowed);
      assert.deepEqual(referencesOf(layer), expected.toSorted(), layer);
    }
  }
});
