import { randomBytes } from "node:crypto";
import { equalBytes } from "../../base/bytes.js";
import { formatIpAddress, parseIpAddress } from "../../base/ip-address.js";
import { LocumError } from "../../base/locum-error.js";
import { between, type Duration, type Instant } from "../../base/time.js";
import { decodeEcho, encodeEcho } from "../../wire/icmp-echo.js";
import { decodeIpPacket, IP_PROTOCOL } from "../../wire/ip-header.js";
import { bind, close, recvfrom, sendto, setsockopt } from "./libc.js";
import { openSocket } from "./open-socket.js";
import { encodeSocketAddress, SOCKADDR_IN6, socketAddressText } from "./socket-address.js";
import { AF, bindToDevice, LEVEL, MSG, optionValue, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

const TOKEN_LENGTH = 16;
const PACKET_MAX = 1500;
/** More than fit into a socket's default buffer, so that one drain takes everything that waits. */
const DATAGRAMS_PER_DRAIN = 512;
/** Probes without answer that are remembered; an answer to an older one counts for nothing. */
const OUTSTANDING_MAX = 256;
const OPTION = { icmpFilter: 1, icmp6Filter: 1 } as const;
const ECHO_REPLY = { 4: 0, 6: 129 } as const;

export interface EchoOptions {
  readonly family: 4 | 6;
  /** Probes leave here, and answers count only if they come in here; undefined: by the kernel's routes. */
  readonly interface?: string;
  /** An address of this machine. */
  readonly source?: string;
}

export interface EchoAnswer {
  readonly target: string;
  readonly roundTrip: Duration;
}

interface Outstanding {
  readonly target: string;
  readonly token: Uint8Array;
  readonly sentAt: Instant;
}

/**
 * Pings. An answer counts only if it repeats identifier, sequence and random token of a probe of ours and comes from
 * its target: another program's pings, old answers and forged ones prove nothing.
 */
export class EchoProber {
  readonly fd: number;
  readonly #family: 4 | 6;
  readonly #identifier: number = randomBytes(2).readUInt16BE();
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #buffer = new Uint8Array(PACKET_MAX);
  readonly #sender = new Uint8Array(SOCKADDR_IN6);
  #sequence = 0;

  /** @throws {SystemCallError} without CAP_NET_RAW, or when interface or source are not there. */
  constructor({ family, interface: interfaceName, source }: EchoOptions) {
    const purpose = `ping from ${source ?? interfaceName ?? "this machine"}`;
    const [domain, protocol] = family === 4 ? [AF.inet, IP_PROTOCOL.icmp] : [AF.inet6, IP_PROTOCOL.icmpv6];
    this.#family = family;
    this.fd = openSocket({ domain, type: SOCK.raw | SOCK.nonblock, protocol }, purpose, (fd) => {
      checked(admitOnlyReplies(fd, family), "setsockopt", purpose);
      if (interfaceName !== undefined) checked(bindToDevice(fd, interfaceName), "setsockopt", purpose);
      if (source !== undefined) checked(bind(fd, encodeSocketAddress(addressOf(source), 0)), "bind", purpose);
    });
  }

  /** Sends a probe. Answers a negative errno when it did not leave. */
  send(target: string, now: Instant): number {
    const address = addressOf(target);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const probe: Outstanding = {
      target: formatIpAddress(address.bytes),
      token: randomBytes(TOKEN_LENGTH),
      sentAt: now,
    };
    this.#remember(probe);
    const echo = {
      kind: "request",
      identifier: this.#identifier,
      sequence: this.#sequence,
      token: probe.token,
    } as const;
    const packet = encodeEcho(this.#family, echo);
    return sendto(this.fd, packet, packet.length, encodeSocketAddress(address, 0));
  }

  /** Takes the answers that have come. Never waits. */
  drain(now: Instant): readonly EchoAnswer[] {
    const answers: EchoAnswer[] = [];
    for (let datagrams = 0; datagrams < DATAGRAMS_PER_DRAIN; datagrams += 1) {
      const length = recvfrom(this.fd, this.#buffer, MSG.dontWait, this.#sender);
      if (length < 0) break;
      const probe = this.#probeAnsweredBy(this.#buffer.subarray(0, length));
      if (probe !== undefined) answers.push({ target: probe.target, roundTrip: between(probe.sentAt, now) });
    }
    return answers;
  }

  close(): void {
    close(this.fd);
  }

  #remember(probe: Outstanding): void {
    this.#outstanding.delete(this.#sequence);
    const [oldest] = this.#outstanding.keys();
    if (oldest !== undefined && this.#outstanding.size >= OUTSTANDING_MAX) this.#outstanding.delete(oldest);
    this.#outstanding.set(this.#sequence, probe);
  }

  /** A raw IPv4 socket hands out the IP header as well, an IPv6 one does not. */
  #probeAnsweredBy(packet: Uint8Array): Outstanding | undefined {
    const message = this.#family === 4 ? decodeIpPacket(packet)?.payload : packet;
    const echo = message === undefined ? undefined : decodeEcho(this.#family, message);
    if (echo === undefined || echo.kind !== "reply" || echo.identifier !== this.#identifier) return undefined;
    const probe = this.#outstanding.get(echo.sequence);
    if (probe === undefined || !equalBytes(probe.token, echo.token)) return undefined;
    if (socketAddressText(this.#sender) !== probe.target) return undefined;
    this.#outstanding.delete(echo.sequence);
    return probe;
  }
}

/** Without this, every ICMP packet to the machine would wake us. */
function admitOnlyReplies(fd: number, family: 4 | 6): number {
  if (family === 4) return setsockopt(fd, LEVEL.raw, OPTION.icmpFilter, optionValue(~(1 << ECHO_REPLY[4])));
  const blocked = new Uint8Array(32).fill(0xff);
  const admitted = ECHO_REPLY[6];
  blocked[admitted >> 3] = 0xff & ~(1 << (admitted & 7));
  return setsockopt(fd, LEVEL.icmpv6, OPTION.icmp6Filter, blocked);
}

function addressOf(text: string): NonNullable<ReturnType<typeof parseIpAddress>> {
  const parsed = parseIpAddress(text);
  if (parsed !== undefined) return parsed;
  throw new LocumError({ code: "system.bad-address", message: `Cannot use ${text}: it is no address` });
}
