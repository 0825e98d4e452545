import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonText } from "./note-text-reason.js";
import type { UnfitReason } from "./unfit-reasons.js";

const UNFIT: { readonly [Code in UnfitReason["code"]]: readonly [detail: string | undefined, text: string] } = {
  "node-down": [undefined, "it is down"],
  "program-failed": ["db", "db was down or in trouble on it"],
  "program-stuck": ["db", "db cannot be ended on it"],
  "not-fenced": ["web3", "it may not begin before web3 is fenced"],
  "program-not-ready": ["db", "db is not ready on it yet"],
  "node-leaving": [undefined, "its agent was stopped"],
  "node-unknown": [undefined, "it has not been heard yet"],
  "state-unknown": [undefined, "it has not sent its state yet"],
  drained: [undefined, "it is drained"],
  banned: [undefined, "it failed too often and is banned for a while"],
  "not-configured": [undefined, "its cluster file does not give it the service"],
  "interface-missing": ["eth1", "it lacks the interface eth1"],
  "no-subnet": ["10.0.0.1", "no interface of it is in the subnet of 10.0.0.1"],
  "link-down": ["eth1", "its interface eth1 has no link"],
  "interface-full": ["eth1", "eth1 may carry no more addresses"],
  "paths-down": ["mether0", "no path of its group mether0 works"],
  "network-cut": ["a", "it is cut off from network a"],
  "ping-lost": ["a", "no ping target of network a answers it"],
  "address-refused": ["10.0.0.1", "its kernel refused the address 10.0.0.1"],
  declined: [undefined, "it declined the service when it was offered"],
  "not-known-to-peer": ["web1", "web1 does not know it"],
  "no-room": ["3 of 3 slots", "it has no room (3 of 3 slots)"],
  outranked: ["3 of 3 slots", "its room (3 of 3 slots) is for services of higher priority"],
  displaces: ["3 of 3 slots", "others would have to make room on it first (3 of 3 slots)"],
  "too-small": ["9GiB of 8GiB memory", "it is too small (9GiB of 8GiB memory)"],
  "makes-room": ["mail", "its room is for mail"],
  apart: ["mail", "it is for mail, from which the service is to be apart"],
  with: ["mail", "the service is to be with mail, which is not to be there"],
  "with-unfit": ["mail", "the service is to be with mail, which cannot be there"],
  needs: ["db", "the service needs db, which is not active"],
};

test("words of every reason why a node is not fit, with and without detail", () => {
  for (const [code, [detail, text]] of Object.entries(UNFIT)) {
    const reason = { code: code as UnfitReason["code"], ...(detail === undefined ? {} : { detail }) };
    assert.equal(reasonText(reason), text);
    assert.doesNotMatch(reasonText({ code: reason.code }), /undefined/);
  }
});
