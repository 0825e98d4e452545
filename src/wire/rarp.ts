import { MAC_BROADCAST, MAC_LENGTH } from "./mac-address.js";

/*
 * RFC 903 in an Ethernet frame, all zeros where nothing stands:
 *
 *   0           6          12             14              22          32
 *   | receiver  | sender   | type = 8035  | ARP header    | MAC       | MAC
 */
const FRAME_MIN = 60;
const ETHERTYPE_RARP = 0x8035;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const IPV4_LENGTH = 4;
const REQUEST_REVERSE = 3;

/**
 * A whole frame that comes from a MAC and asks for nothing that anybody answers: switches learn from it where the MAC is,
 * and no cache of any host changes. Hypervisors announce virtual machines that moved in the same way.
 */
export function learningFrame(mac: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_MIN);
  const view = new DataView(frame.buffer);
  frame.set(MAC_BROADCAST, 0);
  frame.set(mac, 6);
  view.setUint16(12, ETHERTYPE_RARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, PROTOCOL_IPV4);
  view.setUint8(18, MAC_LENGTH);
  view.setUint8(19, IPV4_LENGTH);
  view.setUint16(20, REQUEST_REVERSE);
  frame.set(mac, 22);
  frame.set(mac, 32);
  return frame;
}
