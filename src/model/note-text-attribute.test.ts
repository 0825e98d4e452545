import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName } from "./names.js";
import { attributeNoteText } from "./note-text-attribute.js";

test("a change of an attribute says of how many before it nothing was said", () => {
  const text = (untold: number): string =>
    attributeNoteText({ code: "attribute.unset", attribute: "disk", untold }, nodeName("web2"));
  assert.equal(text(1), "web2 has no attribute disk any more (1 change before it was not told)");
  assert.equal(text(59), "web2 has no attribute disk any more (59 changes before it were not told)");
});
