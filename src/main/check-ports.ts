import { hostname } from "node:os";
import type { CheckPorts } from "../cli/check.js";
import { fileAccessProblems } from "../model/configuration/file-access.js";
import {
  configurationPlace,
  parseConfigurationText,
  readableConfiguration,
  readConfigurationText,
} from "../os/node/configuration-file.js";
import { secretFact } from "../os/node/machine-facts.js";
import { thoroughFactsOfThisMachine } from "../os/this-machine.js";
import { pathOutlook } from "./path-outlook.js";
import { atTheStart } from "./simulate/what-if.js";

/** This machine, as `locum check` looks at it. */
export const THIS_MACHINE: Omit<CheckPorts, "reload"> = {
  readText: readConfigurationText,
  openness: (path) => fileAccessProblems(configurationPlace(path), process.geteuid?.() ?? 0),
  parse: parseConfigurationText,
  readable: readableConfiguration,
  hostName: hostname,
  facts: thoroughFactsOfThisMachine,
  secret: secretFact,
  outlook: pathOutlook,
  start: (cluster) =>
    atTheStart(cluster).map(({ service, after, candidates }) => ({ service, node: after[0], candidates })),
};
