import type { AttributeValue } from "../../model/attribute.js";
import type { Command } from "../../model/command.js";

/** A command as an operator types it, for the record. */
export function commandText(command: Command): string {
  switch (command.kind) {
    case "move":
      return `move ${command.service} --to ${command.to}${command.by?.kind === "program" ? `, asked by its program ${command.by.name}` : ""}`;
    case "drain":
    case "resume":
      return `${command.kind} ${command.node}`;
    case "stop-service":
    case "start-service":
      return `${command.kind.replace("-service", "")} ${command.service}`;
    case "restart-service":
      return `restart ${command.service}${command.program === undefined ? "" : `/${command.program}`}${command.node === undefined ? "" : ` --node ${command.node}`}`;
    case "fence":
      return `fence ${command.node}${command.isOff === true ? " --is-off" : ""}`;
    case "cancel-fence":
      return `fence ${command.node} --cancel`;
    case "pause":
      return command.kind;
    case "unpause":
      return command.force === true ? "unpause --force" : command.kind;
    case "path-switch":
      return `path switch ${command.group} --to ${command.to} --node ${command.node}`;
    case "path-pause":
    case "path-resume":
      return `${command.kind.replace("-", " ")} ${command.group} --node ${command.node}`;
    case "path-detach":
    case "path-attach":
      return `${command.kind.replace("-", " ")} ${command.interface} --node ${command.node}`;
    case "set-attribute":
      return `attribute set ${assignment(command.attribute)} --node ${command.node}`;
    case "unset-attribute":
      return `attribute unset ${command.name} --node ${command.node}`;
  }
}

const assignment = ({ name, value }: { readonly name: string; readonly value: AttributeValue }): string =>
  `${name}=${String(value)}`;
