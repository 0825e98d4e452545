/** What is wrong with the name of an interface that the kernel does not call any by. */
import type { KernelLink } from "../kernel.js";
import type { CheckProblem } from "./check-problem.js";

/**
 * Another name (`altname` in `ip link`) is none to go by: the kernel reports changes under the one alone, and the other may
 * go to another interface at any time.
 *
 * @param use what it is named for, and whether others must name it the same
 */
export function interfaceMissing(
  name: string,
  links: readonly KernelLink[],
  path: CheckProblem["path"],
  use?: { readonly text: string; readonly advice: string },
): CheckProblem {
  const called = links.find(({ altNames = [] }) => altNames.includes(name))?.name;
  const problem = { code: "interface-missing", severity: "error", path } as const;
  if (called === undefined) {
    const message = `This machine has no interface "${name}"${use === undefined ? "" : ` for ${use.text}`}`;
    return { ...problem, message, advice: `Correct the name;${use?.advice ?? ""} \`ip link\` shows the names` };
  }
  const message = `"${name}"${use === undefined ? "" : `, named for ${use.text},`} is another name of ${called} here`;
  return {
    ...problem,
    message,
    advice: `Write ${called}:${use?.advice ?? ""} Locum goes by the names that the kernel uses`,
  };
}
