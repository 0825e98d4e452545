import { milliseconds, seconds } from "../../src/base/time.js";
import { type PathGroupConfig, pathGroupName } from "../../src/model/path.js";

/** mether0 of the seeds: eth0, and eth1 in its place. */
export const groupConfig = (change: Partial<PathGroupConfig> = {}): PathGroupConfig => ({
  name: pathGroupName("mether0"),
  primary: { interface: "eth0", members: [] },
  secondary: { interface: "eth1", members: [] },
  standby: { kind: "cold" },
  mac: "keep",
  monitor: {
    carrierDownFor: milliseconds(0),
    ping: ["10.0.0.254"],
    need: "any",
    interval: milliseconds(20),
    downFor: milliseconds(60),
    upFor: seconds(2),
  },
  threshold: { of: "members", share: 0.5 },
  settleDelay: milliseconds(500),
  failback: { kind: "never" },
  addressesMax: 15,
  ...change,
});
