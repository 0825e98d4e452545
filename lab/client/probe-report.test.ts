import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instant, milliseconds, type Duration } from "../../src/base/time.js";
import { gapAfter, type ProbeRequest, reportOf } from "./probe-report.js";

const INTERVAL = milliseconds(1);
const at = (ms: number): ProbeRequest["sentAt"] => instant(ms * 1_000);
const served = (ms: number, server: string, latency = 0.1): ProbeRequest => ({
  sentAt: at(ms),
  answeredAt: at(ms + latency),
  server,
});
const unserved = (ms: number): ProbeRequest => ({ sentAt: at(ms), answeredAt: undefined, server: undefined });

describe("the report of a probe", () => {
  it("measures a gap from the last request served to the next one served", () => {
    const report = reportOf([served(0, "web1"), unserved(1), unserved(2), served(3, "web2")], INTERVAL);
    assert.deepEqual(report.gaps, [
      { from: at(0), until: at(3), duration: 3_000, stalled: 0, lost: 2, before: "web1", after: "web2" },
    ]);
    assert.equal(report.longestGap, 3_000);
    assert.equal(report.lost, 2);
  });

  it("states how much of a gap was the client's own lateness", () => {
    const report = reportOf([served(0, "web1"), unserved(1), unserved(21), served(22, "web1")], INTERVAL);
    assert.equal(report.gaps[0]?.duration, 22_000);
    assert.equal(report.gaps[0]?.stalled, 19_000);
  });

  it("finds no gap where only the client was late", () => {
    const report = reportOf([served(0, "web1"), served(30, "web1")], INTERVAL);
    assert.deepEqual(report.gaps, []);
    assert.equal(report.longestGap, 30_000);
    assert.deepEqual(report.stalled, { total: 29_000, longest: 29_000 });
  });

  it("leaves the ends open of a gap that was there from the start or is still there", () => {
    const report = reportOf([unserved(0), served(1, "web1"), unserved(2)], INTERVAL);
    assert.deepEqual(
      report.gaps.map(({ from, until, duration }) => [from, until, duration]),
      [
        [undefined, at(1), 1_000],
        [at(1), undefined, 1_000],
      ],
    );
  });

  it("tells who served when", () => {
    const report = reportOf([served(0, "web1"), served(1, "web1"), served(2, "web2")], INTERVAL);
    assert.deepEqual(report.timeline, [
      { server: "web1", from: at(0), until: at(1), answers: 2 },
      { server: "web2", from: at(2), until: at(2), answers: 1 },
    ]);
  });

  it("measures the longest silence by arrivals, which a late answer prolongs", () => {
    const report = reportOf([served(0, "web1"), served(1, "web1", 40), served(2, "web1", 40)], INTERVAL);
    assert.equal(report.longestGap, 1_000);
    assert.equal(report.longestSilence, 40_900);
  });

  it("says nothing of nothing", () => {
    const report = reportOf([], INTERVAL);
    assert.equal(report.sent, 0);
    assert.deepEqual(report.latency, { median: 0, p99: 0, max: 0 });
  });

  it("finds the gap that belongs to a fault", () => {
    const requests = [
      served(0, "web1"),
      unserved(1),
      served(2, "web1"),
      unserved(50),
      unserved(51),
      served(52, "web2"),
    ];
    const report = reportOf(requests, INTERVAL);
    assert.equal(gapAfter(report, at(49.5), milliseconds(20))?.after, "web2");
    assert.equal(gapAfter(report, at(60), milliseconds(20) as Duration), undefined);
  });
});
