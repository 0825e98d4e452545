import type { Command } from "commander";
import { LocumError } from "../base/locum-error.js";
import type { RulesDocument } from "../model/status-document-rule.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { rulesLines } from "./rules-text.js";

/** `locum rules`: why each rule acted, or did not. */
export function addRulesCommand(program: Command): void {
  program
    .command("rules")
    .description("say of each rule whether its condition is true, when it acted last, and what it waits for")
    .argument("[rule]", "only this one (default: all)")
    .option("--json", "for programs")
    .action(async (rule: string | undefined, { json }: { readonly json?: true }, command: Command) => {
      const rules = onlyOf(await clientOf(command).rules(), rule);
      if (json === true) printJson(rules);
      else print(rulesLines(rules, { ...layoutOfOutput(), now: new Date() }));
    });
}

/** @throws {LocumError} that names those that there are. */
function onlyOf(document: RulesDocument, wanted: string | undefined): RulesDocument {
  if (wanted === undefined) return document;
  const rules = document.rules.filter(({ rule }) => rule === wanted);
  if (rules.length > 0) return { ...document, rules };
  const names = [...new Set(document.rules.map(({ rule }) => rule))];
  throw new LocumError({
    code: "unknown-rule",
    message: `There is no rule ${wanted} in the cluster file of ${document.answeredBy}`,
    advice: names.length === 0 ? "It has no rules" : `It has these rules: ${names.join(", ")}`,
  });
}
