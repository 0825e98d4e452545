/** A place in a text, counted from 1; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Keys and list indices from the top of a file. */
export type Path = readonly (string | number)[];

/** A value of the file together with where it stands; a tree, so that every part of a value is found with its place. */
export interface LocatedNode {
  readonly value: unknown;
  /** Where the value begins. */
  readonly at: Place;
  /** Where its key begins; for list entries and the top, where the value begins. */
  readonly keyAt: Place;
  readonly path: Path;
  /** Offsets in the file between which a text or number stands as it was written; undefined for what is neither. */
  readonly range?: readonly [start: number, end: number];
  /** Entries of a map by key, of a list by index, in the order of the file. */
  readonly children: ReadonlyMap<string | number, LocatedNode>;
}

/** The node at a path, or its nearest ancestor that exists. */
export function nearestNode(top: LocatedNode, path: Path): LocatedNode {
  let node = top;
  for (const step of path) {
    const child = node.children.get(step);
    if (child === undefined) return node;
    node = child;
  }
  return node;
}

/** The node at a path; undefined where the file has none. */
export function nodeAt(top: LocatedNode, path: Path): LocatedNode | undefined {
  const node = nearestNode(top, path);
  return node.path.length === top.path.length + path.length ? node : undefined;
}

/** The entries under a key of a map, in the order of the file; none when it is missing or no map or list. */
export const entriesOf = (parent: LocatedNode | undefined, key: string): readonly LocatedNode[] => [
  ...(parent?.children.get(key)?.children.values() ?? []),
];

/** The last step of a node's path: its key or index as text. */
export const keyOf = (node: LocatedNode): string => String(node.path.at(-1) ?? "");

/** Writes a path as in `services.shop.addresses[0]`. */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
