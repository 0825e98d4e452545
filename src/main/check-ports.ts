import { hostname } from "node:os";
import type { CheckPorts } from "../cli/check.js";
import { parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";
import { thoroughFactsOfThisMachine } from "../os/this-machine.js";

/** This machine, as `locum check` looks at it. */
export const THIS_MACHINE: CheckPorts = {
  readText: readConfigurationText,
  parse: parseConfigurationText,
  hostName: hostname,
  facts: thoroughFactsOfThisMachine,
};
