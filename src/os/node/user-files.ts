import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where systemd has users of its own (nss-systemd(8), systemd-homed(8)). */
const OF_SYSTEMD: readonly ((name: string) => string)[] = [
  (name) => `/etc/userdb/${name}.user`,
  (name) => `/run/userdb/${name}.user`,
  (name) => `/run/host/userdb/${name}.user`,
  (name) => `/usr/lib/userdb/${name}.user`,
  (name) => `/var/lib/systemd/home/${name}.identity`,
];

/**
 * Whether this machine has a user, by its files alone: `unclear` where others would have to be asked, as with LDAP.
 * @param root before the paths, for tests
 */
export function userByFiles(name: string, root = "/"): "known" | "unknown" | "unclear" {
  const isListed = textOf(join(root, "/etc/passwd"))
    .split("\n")
    .some((line) => line.startsWith(`${name}:`));
  if (isListed || OF_SYSTEMD.some((file) => existsSync(join(root, file(name))))) return "known";
  return sourcesOfUsers(root).every((source) => BY_FILES.has(source)) ? "unknown" : "unclear";
}

const BY_FILES: ReadonlySet<string> = new Set(["files", "systemd"]);

/** As nsswitch.conf(5) has them; without a word of that, there are only the files. */
function sourcesOfUsers(root: string): readonly string[] {
  const [, sources = ""] = /^[ \t]*passwd[ \t]*:(.*)$/m.exec(textOf(join(root, "/etc/nsswitch.conf"))) ?? [];
  const words = sources.replaceAll(/#.*|\[[^\]]*\]/g, " ");
  return words.split(/\s+/).filter((word) => word !== "");
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
