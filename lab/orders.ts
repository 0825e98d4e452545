import { z } from "zod";
import { LocumError } from "../src/base/locum-error.js";
import type { Instant } from "../src/base/time.js";
import type { Host } from "./host.js";
import type { Lab, RouteOptions } from "./lab.js";
import { drawMap } from "./map.js";

/** What another process may ask of a running lab. */
export type Order =
  | { readonly do: "cut" | "restore"; readonly a: string; readonly b: string }
  | ({ readonly do: "block" | "unblock" } & Way)
  | ({ readonly do: "lose"; readonly loss: number } & Way)
  | { readonly do: "partition"; readonly groups: readonly string[][]; readonly on?: readonly string[] | undefined }
  | { readonly do: SingleOrder; readonly name: string }
  | { readonly do: "entry"; readonly name: string; readonly workingDirectory: string }
  | { readonly do: "heal" | "show" | "down" };

/** Orders that concern one host or switch. */
export type SingleOrder = "freeze" | "thaw" | "kill" | "hang" | "unhang" | "off" | "on";

interface Way {
  readonly from: string;
  readonly to: string;
  readonly on?: readonly string[] | undefined;
  readonly bothWays: boolean;
}

const way = { from: z.string(), to: z.string(), on: z.array(z.string()).optional(), bothWays: z.boolean() };
const singleOrder = z.enum(["freeze", "thaw", "kill", "hang", "unhang", "off", "on"]);

const schema: z.ZodType<Order> = z.discriminatedUnion("do", [
  z.object({ do: z.enum(["cut", "restore"]), a: z.string(), b: z.string() }),
  z.object({ do: z.enum(["block", "unblock"]), ...way }),
  z.object({ do: z.literal("lose"), ...way, loss: z.number().gt(0).max(1) }),
  z.object({ do: z.literal("partition"), groups: z.array(z.array(z.string())), on: z.array(z.string()).optional() }),
  z.object({ do: singleOrder, name: z.string() }),
  z.object({ do: z.literal("entry"), name: z.string(), workingDirectory: z.string() }),
  z.object({ do: z.enum(["heal", "show", "down"]) }),
]);

/** When it took effect, or the answer in lines. */
export interface Done {
  readonly at?: Instant;
  readonly lines?: readonly string[];
}

/** Carries an order out. @throws {LocumError} when the lab has nothing by that name. */
export async function carryOut(lab: Lab, order: Order): Promise<Done> {
  switch (order.do) {
    case "show":
      return { lines: drawMap(lab) };
    case "entry":
      return { lines: entry(lab.host(order.name), order.workingDirectory) };
    case "down":
      // Who has opened the lab closes it; until then the answer is on its way.
      return {};
    case "cut":
    case "restore":
      return { at: lab[order.do](order.a, order.b) };
    case "block":
    case "unblock":
      return { at: lab[order.do](order.from, order.to, routeOptions(order)) };
    case "lose":
      return { at: lab.lose(order.from, order.to, order.loss, routeOptions(order)) };
    case "partition":
      return { at: lab.partition(order.groups, order.on === undefined ? {} : { on: order.on }) };
    case "heal":
      return { at: lab.heal() };
    default:
      return { at: await single(lab, order.do, order.name) };
  }
}

/** A command starts where it was typed, unless the host has something else there. */
const entry = (host: Host, directory: string): readonly string[] =>
  host.entry(host.hasOwn(directory) ? "/" : directory);

async function single(lab: Lab, what: SingleOrder, name: string): Promise<Instant> {
  if (what === "off") return lab.powerOff(name);
  if (what === "on") return lab.powerOn(name);
  return lab[what](name);
}

const routeOptions = ({ on, bothWays }: Way): RouteOptions => ({ bothWays, ...(on === undefined ? {} : { on }) });

/** @throws {LocumError} when it is no order. */
export function parseOrder(text: string): Order {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new LocumError({ code: "lab.bad-order", message: `${text} is no order for a lab` }, parsed.error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
