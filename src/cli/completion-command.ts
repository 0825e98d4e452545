import type { Argument, Command, Option } from "commander";
import type { StatusDocument } from "../model/status-document.js";
import { clientOf, print } from "./output.js";

/** `locum completion`: a script that teaches a shell the commands, their options, and the names in the cluster. */
export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print a completion script: source <(locum completion bash)")
    .argument("<shell>", "bash or zsh")
    .action((shell: string, _flags: object, command: Command) => {
      if (shell === "bash") print(bashScript(program));
      else if (shell === "zsh") print(["autoload -U +X bashcompinit && bashcompinit", ...bashScript(program)]);
      else command.error(`error: there is no completion for "${shell}": bash and zsh are known`);
    });
  addNamesCommand(program);
}

/** What the completion script asks while one types; silent when no agent answers. */
function addNamesCommand(program: Command): void {
  program
    .command("names", { hidden: true })
    .argument("<kind>")
    .action(async (kind: string, _flags: object, command: Command) => {
      const status = await clientOf(command)
        .status()
        .catch(() => undefined);
      print(status === undefined ? [] : namesOfKind(kind, status));
    });
}

function namesOfKind(kind: string, { node, nodes, services }: StatusDocument): readonly string[] {
  const groups = nodes[node]?.paths ?? {};
  switch (kind) {
    case "service":
      return Object.keys(services);
    case "name":
      return [...Object.keys(services), ...Object.keys(nodes)];
    case "service/program":
      return Object.entries(services).flatMap(([service, { programs }]) =>
        programs.length === 0 ? [] : [service, ...programs.map(({ program }) => `${service}/${program}`)],
      );
    case "group":
      return Object.keys(groups);
    case "interface":
      return Object.values(groups).flatMap(({ primary, secondary }) => [primary.interface, secondary.interface]);
    default:
      return Object.keys(nodes);
  }
}

function bashScript(program: Command): readonly string[] {
  const commands = program.commands.filter((each) => each.name() !== "names");
  return [
    "_locum() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" words="" command="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || { command=$word; break; }; done',
    '  case "$previous" in',
    '    --socket|--config) COMPREPLY=($(compgen -f -- "$current")); return ;;',
    "    --to) if [[ $command == path ]]; then words=$(locum names interface 2>/dev/null)",
    "      else words=$(locum names node 2>/dev/null); fi ;;",
    "    --node) words=$(locum names node 2>/dev/null) ;;",
    "    --service) words=$(locum names service 2>/dev/null) ;;",
    '    *) case "$command" in',
    `      "") words="${commands.map((each) => each.name()).join(" ")}" ;;`,
    ...commands.map((each) => `      ${each.name()}) words="${wordsOf(each)}" ;;`),
    "    esac ;;",
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -F _locum locum",
  ];
}

const wordsOf = (command: Command): string => [...new Set(wordListOf(command))].filter((word) => word !== "").join(" ");

const wordListOf = (command: Command): readonly string[] => [
  ...command.options.map(longForm),
  ...command.registeredArguments.map(namesOf),
  ...command.commands.flatMap((each) => [each.name(), ...wordListOf(each)]),
];

const longForm = (option: Option): string => option.long ?? "";

const NAMED_KINDS: readonly string[] = ["node", "service", "name", "service/program", "group", "interface"];

/** Arguments that are names in the cluster are asked from the agent. */
function namesOf(argument: Argument): string {
  const kind = argument.name();
  return NAMED_KINDS.includes(kind) ? `$(locum names ${kind} 2>/dev/null)` : "";
}
