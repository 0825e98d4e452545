/** What the file says of path groups, picked out entry by entry; see survey.ts. */
import { isInterfaceName } from "../names.js";
import type { PathRole } from "../path.js";
import { type LocatedNode, entriesOf, keyOf } from "./located-node.js";

export interface SurveyedGroup {
  readonly node: string;
  readonly name: string;
  readonly entry: LocatedNode;
  /** In the order of the file. */
  readonly uses: readonly InterfaceUse[];
}

/** An interface that a path group names. */
export interface InterfaceUse {
  readonly group: string;
  readonly role: PathRole;
  readonly as: "path" | "member";
  readonly interface: string;
  readonly entry: LocatedNode;
}

const ROLES: readonly PathRole[] = ["primary", "secondary"];

export const surveyedGroup = (node: string, entry: LocatedNode): SurveyedGroup => ({
  node,
  name: keyOf(entry),
  entry,
  uses: ROLES.flatMap((role) => usesOf(entry, role)),
});

function usesOf(group: LocatedNode, role: PathRole): InterfaceUse[] {
  const path = group.children.get(role);
  if (path === undefined) return [];
  const use = (as: InterfaceUse["as"], entry: LocatedNode): InterfaceUse[] =>
    typeof entry.value === "string" && isInterfaceName(entry.value)
      ? [{ group: keyOf(group), role, as, interface: entry.value, entry }]
      : [];
  return [
    ...use("path", path.children.get("interface") ?? path),
    ...entriesOf(path, "members").flatMap((member) => use("member", member)),
  ];
}

/** What a warm standby is given under a key, if anything. */
export const warmValue = ({ entry }: SurveyedGroup, key: "address" | "mac"): LocatedNode | undefined =>
  entry.children.get("standby")?.children.get("warm")?.children.get(key);

export const targetsOf = ({ entry }: SurveyedGroup): readonly LocatedNode[] =>
  entriesOf(entry.children.get("monitor"), "ping");
