/** The programs of a service as one node knows them: its own, and what its peers told of theirs. */
import { type Duration, type Instant, after } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { ProgramBrief } from "../../model/program.js";
import type { ProgramView } from "../../model/status.js";
import type { Knowledge } from "../knowledge.js";
import type { Service } from "../services/service.js";

export function programViews(now: Instant, service: Service, { self, membership }: Knowledge): readonly ProgramView[] {
  const { name, nodes } = service.config;
  return nodes.flatMap((node) => {
    if (node === self) return service.programs.briefs(now).map((brief) => viewOf(node, now, brief));
    const peer = membership.peer(node);
    if (peer?.state === undefined || peer.condition !== "up") return [];
    const { stateReceived } = peer;
    const briefs = peer.state.programs?.filter((each) => each.service === name) ?? [];
    return briefs.map((brief) => viewOf(node, stateReceived, brief));
  });
}

const viewOf = (
  node: NodeName,
  told: Instant,
  { program, state, role, lasted, retryIn, bannedFor, ...rest }: ProgramBrief,
): ProgramView => ({
  program,
  node,
  state,
  role,
  since: after(told, -lasted as Duration),
  restarts: rest.restarts,
  ...(rest.lastExit === undefined ? {} : { lastExit: rest.lastExit }),
  ...(rest.failing === undefined ? {} : { failing: rest.failing }),
  ...(rest.troubled === undefined ? {} : { troubled: rest.troubled }),
  ...(rest.stray === undefined ? {} : { stray: rest.stray }),
  ...(rest.unprobed === undefined ? {} : { unprobed: rest.unprobed }),
  ...(rest.awaits === undefined ? {} : { awaits: rest.awaits }),
  ...(rest.words === undefined ? {} : { words: rest.words }),
  ...(retryIn === undefined ? {} : { retryAt: after(told, retryIn) }),
  ...(bannedFor === undefined ? {} : { bannedUntil: after(told, bannedFor) }),
});
