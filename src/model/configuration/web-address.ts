/** Whether a text is the address of something on a web server, as a client will take it. */
import { parseIpAddress } from "../../base/ip-address.js";

const PORT_MAX = 65_535;
/** User and password, host, port, and the rest from the first `/`, `?` or `#`. */
const ADDRESS = /^https?:\/\/(?:([^\s/?#@\\]*)@)?(?:\[([^\s[\]/?#@]*)\]|([^\s/?#@:[\]]+))(?::(\d{0,9}))?([/?#]\S*)?$/;
/** No part of any name of a host (the forbidden host code points of the URL standard). */
const NO_HOST = /[<>\\^|%"`{}]/;
/** A name whose last part is a number is read as an IPv4 address. */
const LIKE_IPV4 = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i;

/** With a user or without, and with a port that may be left empty. */
export function isWebAddress(text: string): boolean {
  const [whole, user = "", inBrackets, name = "", port = ""] = ADDRESS.exec(text) ?? [];
  if (whole === undefined || !isDecodable(user) || (port !== "" && !isPort(Number(port)))) return false;
  if (inBrackets !== undefined) return parseIpAddress(inBrackets)?.family === 6;
  if (LIKE_IPV4.test(name)) return parseIpAddress(name)?.family === 4;
  return !NO_HOST.test(name) && name.split(".").every((label, at, { length }) => label !== "" || at === length - 1);
}

/** Whether it says who asks: a user, a password or both before the host. */
export const namesUser = (text: string): boolean => /^https?:\/\/[^/?#]*@/.test(text);

/** What has percent signs without bytes of UTF-8 can't be sent. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const isPort = (port: number): boolean => port >= 1 && port <= PORT_MAX;
