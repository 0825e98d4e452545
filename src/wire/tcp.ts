import { transportChecksum } from "./checksum.js";
import { encodeIpPacket, IP_PROTOCOL } from "./ip-header.js";

const HEADER = 20;
const FLAG_ACK = 0x10;
const WINDOW = 1024;
const HOPS = 64;

/** One TCP connection as its server sees it; addresses of one family, in bytes. */
export interface TcpEnds {
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
}

/**
 * A packet that makes a client find out at once that its server has moved: an ACK outside of any window (sequence and
 * acknowledgement 0). The client must answer it with its true state (RFC 9293 section 3.10.7.4); the new holder knows
 * no such connection and resets it; the client connects again instead of waiting for retransmissions.
 *
 *   new holder --- ACK seq 0 ack 0 (from the service address) --> client
 *   new holder <-- ACK seq s ack a ------------------------------ client
 *   new holder --- RST seq a (by its kernel) ------------------> client
 */
export function tickleAck({ localAddress, localPort, remoteAddress, remotePort }: TcpEnds): Uint8Array {
  const segment = new Uint8Array(HEADER);
  const view = new DataView(segment.buffer);
  view.setUint16(0, localPort);
  view.setUint16(2, remotePort);
  view.setUint8(12, (HEADER / 4) << 4);
  view.setUint8(13, FLAG_ACK);
  view.setUint16(14, WINDOW);
  const ends = { source: localAddress, destination: remoteAddress, protocol: IP_PROTOCOL.tcp };
  view.setUint16(16, transportChecksum({ ...ends, segment }));
  return encodeIpPacket({ ...ends, hops: HOPS, payload: segment });
}
