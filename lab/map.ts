import { describeCable, endName } from "./cable.js";
import type { Lab } from "./lab.js";

/** The lab for a person's eyes: every switch with what is connected to it, and what is broken. */
export function drawMap(lab: Lab): readonly string[] {
  const faults = lab.faults();
  return [
    `lab ${lab.id}`,
    ...lab.fabric.switches.flatMap((name) => drawSwitch(lab, name)),
    ...(faults.length === 0 ? [] : ["faults", ...faults.map((fault) => `  ${fault}`)]),
  ];
}

function drawSwitch({ fabric }: Lab, name: string): readonly string[] {
  const cables = fabric.cables.filter(({ near, far }) => far.port.switch === name || endName(near) === name);
  const width = Math.max(0, ...cables.map(({ near }) => endName(near).length));
  const rows = cables.map((cable) => {
    const { near } = cable;
    const state = fabric.isCut(cable) ? "  CUT" : "";
    if (near.kind === "port") return `  ${describeCable(cable)}${state}`;
    return `  ${endName(near).padEnd(width)}  ${near.plan.addresses.join("  ")}${state}`;
  });
  return [`switch ${name}${fabric.isOff(name) ? "  OFF" : ""}`, ...rows];
}
