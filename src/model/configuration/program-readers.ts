/** From the text of one field of a program to its value, or to what is wrong with it. */
import { parseIpAddress, formatIpAddress } from "../../base/ip-address.js";
import { nearest } from "../../base/nearest.js";
import { ENDING_SIGNALS } from "../exit-text.js";
import { clip } from "./clip.js";
import type { Advised } from "./field-readers.js";
import { LIMITS } from "./limits.js";
import { isWebAddress } from "./web-address.js";

/** A place that answers TCP. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
/** POSIX portable user names, and those that useradd makes. */
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;
const UNIT = /^[A-Za-z0-9:_.\\@-]{1,247}\.service$/;
const OCF = /^[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_.-]{1,64}$/;
const STATUS_MAX = 255;
/** What others call them. */
const EXIT_CALLED: Readonly<Record<string, string>> = { oom: "out-of-memory", "oom-kill": "out-of-memory" };
const OTHER_EXITS: readonly string[] = ["out-of-memory", "not-running", "*"];

/** A command is found by its path alone: what PATH is for the agent, nobody knows in advance. */
export function readExecutable(text: string): string | Advised {
  if (text.startsWith("/") && text.length <= LIMITS.pathLength && !text.includes("\0")) return text;
  return {
    code: "bad-command",
    message: `"${clip(text)}" is no absolute path of a program`,
    advice: `Write where it is, as \`command -v ${clip(text)}\` says`,
  };
}

export function readArgument(text: string): string | Advised {
  if (text.length <= LIMITS.textLength && !text.includes("\0")) return text;
  return { code: "bad-command", message: "An argument is too long, or has a NUL", advice: "Put it in a file" };
}

export function readUser(text: string): string | Advised {
  if (USER.test(text)) return text;
  const advice = /^\d+$/.test(text) ? userOfNumber(text) : "Give the name that `id` shows";
  return { code: "bad-name", message: `"${clip(text)}" is no user name`, advice };
}

/** A number means another user on another machine; a name is looked up on each. */
export const userOfNumber = (uid: number | string): string => `Write the name that \`getent passwd ${uid}\` shows`;

export function readVariableName(text: string): string | Advised {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return text;
  return {
    code: "bad-name",
    message: `"${clip(text)}" is no name of a variable`,
    advice: "Use letters, digits and `_`, and begin with no digit",
  };
}

export function readParameterName(text: string): string | Advised {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(text)) return text;
  return {
    code: "bad-name",
    message: `"${clip(text)}" is no name of a parameter`,
    advice: "Use letters, digits, `_` and `-`, and begin with a letter, as the agent's own description has it",
  };
}

export function readUnit(text: string): string | Advised {
  if (UNIT.test(text)) return text;
  const advice = text.includes(".")
    ? "Only services can be run: name a unit that ends in .service"
    : `Write ${clip(text)}.service`;
  return { code: "bad-name", message: `"${clip(text)}" is no name of a service unit`, advice };
}

export function readOcfName(text: string): { readonly provider: string; readonly type: string } | Advised {
  const [provider = "", type = ""] = text.split(":");
  if (OCF.test(text)) return { provider, type };
  return {
    code: "bad-name",
    message: `"${clip(text)}" is no name of a resource agent`,
    advice: OCF.test(text.replace(/^ocf:/, ""))
      ? `Write ${text.replace(/^ocf:/, "")}, without \`ocf:\``
      : "Write provider and agent as in `heartbeat:nfsserver`",
  };
}

/** A port of this machine, or `address:port`. */
export function readTcpPlace(text: string): TcpPlace | Advised {
  const [, host = "", port = ""] = /^(?:\[(.+)\]|([^[\]]+)):(\d{1,5})$/.exec(text)?.flatMap((part) => part ?? []) ?? [];
  const address = parseIpAddress(host);
  if (address !== undefined && Number(port) >= 1 && Number(port) <= PORT_MAX) {
    return { host: formatIpAddress(address.bytes), port: Number(port) };
  }
  return {
    code: "bad-address",
    message: `"${clip(text)}" is no port, and no address with a port`,
    advice: "Write a port of this machine as in 5432, or an address and port as in 10.1.1.1:5432 or [fd00::1]:5432",
  };
}

export function readUrl(text: string): string | Advised {
  if (isWebAddress(text) && text.length <= LIMITS.textLength) return text;
  return {
    code: "bad-url",
    message: `"${clip(text)}" is no address of a web page`,
    advice: "Write it as in http://127.0.0.1:8080/health",
  };
}

/** Cores: `150%` is one and a half. */
export function readCpu(text: string): number | Advised {
  const [, percent] = /^(\d{1,6}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) > 0) return Number(percent) / 100;
  return {
    code: "bad-share",
    message: `"${clip(text)}" is no share of processors`,
    advice: "Write per cent of one processor, as in `150%` for one and a half",
  };
}

export function readExitKey(text: string): string | Advised {
  const isStatus = /^\d{1,3}$/.test(text) && Number(text) <= STATUS_MAX;
  const words = [...ENDING_SIGNALS, ...OTHER_EXITS];
  if (isStatus || words.includes(text)) return text;
  const meant = EXIT_CALLED[text.toLowerCase()] ?? (words.includes(`SIG${text}`) ? `SIG${text}` : nearest(text, words));
  return {
    code: "unknown-value",
    message: `"${clip(text)}" is no way for a program to end`,
    advice:
      meant === undefined || meant === "*"
        ? "Write an exit status such as 78, a signal such as SIGSEGV, out-of-memory, not-running, or * for all others"
        : `Did you mean "${meant}"?`,
  };
}
