/** Which programs a node tells its peers of: as many as they take in. */
import { LIMITS } from "../../model/configuration/limits.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ProgramBrief } from "../../model/program.js";

/** Of earlier configurations more may be left than there is room for: those of the present one come first. */
export function toldPrograms(
  briefs: readonly ProgramBrief[],
  services: readonly ServiceConfig[],
): readonly ProgramBrief[] {
  if (briefs.length <= LIMITS.programs) return briefs;
  const programs = new Map(services.map(({ name, programs: { list } = { list: [] } }) => [name, list]));
  const isConfigured = ({ service, program }: ProgramBrief): boolean =>
    programs.get(service)?.some(({ name }) => name === program) === true;
  const others = briefs.filter((each) => !isConfigured(each));
  return [...briefs.filter(isConfigured), ...others].slice(0, LIMITS.programs);
}
