/** Where a service's addresses are or could go on the node that answers, and what the checks say of it. */
import { listText } from "../model/note-text-reason.js";
import type { ExplainDocument, PlaceDocument } from "../model/status-document-explain.js";
import type { Page } from "./page.js";
import type { Tone } from "./paint.js";
import { type Cell, cell, tableLines } from "./table.js";

/** So many addresses are named where all is well; of the others each is. */
const NAMES_SHOWN = 8;
const VERDICT_TONES: Readonly<Record<PlaceDocument["checks"][number]["verdict"], Tone>> = {
  yes: "good",
  no: "bad",
  unknown: "dim",
};

export function placesLines({ places, answeredBy }: ExplainDocument, checks: boolean, page: Page): readonly string[] {
  if (places.length === 0) return [];
  const rows = checks ? places.flatMap(checkRows) : placeRows(places);
  return ["", `Where its addresses can be on ${answeredBy}:`, ...tableLines([], rows, page)];
}

/** Addresses of which all is well stand together, by interface. */
function placeRows(places: readonly PlaceDocument[]): readonly (readonly Cell[])[] {
  const interfaces = [...new Set(places.map((place) => place.interface))];
  return interfaces.flatMap((name) => {
    const all = places.filter((place) => place.interface === name);
    const [here, elsewhere] = [true, false].map((isHere) =>
      all.filter((place) => place.eligible && place.here === isHere).map(({ address }) => address),
    );
    return [
      ...soundRow(name, cell("has", "good"), here ?? []),
      ...soundRow(name, cell("could get"), elsewhere ?? []),
      ...all.filter((place) => !place.eligible).map(unsoundRow),
    ];
  });
}

function soundRow(name: string, standing: Cell, addresses: readonly string[]): readonly (readonly Cell[])[] {
  const rest = addresses.length - NAMES_SHOWN;
  const names = rest > 0 ? `${addresses.slice(0, NAMES_SHOWN).join(", ")} and ${rest} more` : listText(addresses);
  return addresses.length === 0 ? [] : [[cell(name, "strong"), standing, cell(names)]];
}

const unsoundRow = ({ address, interface: name, here, reasons }: PlaceDocument): readonly Cell[] => [
  cell(name, "strong"),
  cell(here ? "has" : "cannot get", "warn"),
  cell(`${address}, ${here ? "although" : "because"} ${listText(reasons)}`, "warn"),
];

const checkRows = ({ address, interface: link, checks }: PlaceDocument): readonly (readonly Cell[])[] =>
  checks.map(({ check, verdict, text }, index) => [
    cell(index === 0 ? address : ""),
    cell(index === 0 ? link : "", "strong"),
    cell(check),
    cell(verdict, VERDICT_TONES[verdict]),
    cell(text),
  ]);
