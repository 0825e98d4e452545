/** X.509 certificates for tests of TLS: an authority of one's own, and what it says of a server by its address (RFC 5280). */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export class Authority {
  readonly #name: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  /** Who trusts this trusts what the authority certifies. */
  readonly certificate: string;

  constructor(name: string) {
    this.#name = name;
    // basicConstraints: it may certify others.
    const mayCertify = extension([0x55, 0x1d, 0x13], sequence(der(0x01, Buffer.of(0xff))));
    this.certificate = this.#certify(name, this.#keys.publicKey, mayCertify);
  }

  /** For a server that is reached by this IPv4 address. */
  certify(address: string): Certified {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    // subjectAltName with one iPAddress.
    const names = extension([0x55, 0x1d, 0x11], sequence(der(0x87, Buffer.from(address.split(".").map(Number)))));
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    return { certificate: this.#certify(address, publicKey, names), key: String(key) };
  }

  #certify(subject: string, key: KeyObject, extensions: Buffer): string {
    const content = sequence(
      der(0xa0, der(0x02, Buffer.of(2))),
      der(0x02, Buffer.of(1)),
      ECDSA_WITH_SHA256,
      nameOf(this.#name),
      sequence(der(0x17, Buffer.from("200101000000Z")), der(0x18, Buffer.from("21200101000000Z"))),
      nameOf(subject),
      key.export({ type: "spki", format: "der" }),
      der(0xa3, sequence(extensions)),
    );
    const signature = sign("sha256", content, this.#keys.privateKey);
    const bytes = sequence(content, ECDSA_WITH_SHA256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
    const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  }
}

/** One element of DER: a type, the length, the content. */
function der(type: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));

const identifier = (bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));

const ECDSA_WITH_SHA256: Buffer = sequence(identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));

/** A critical one. */
const extension = (id: readonly number[], value: Buffer): Buffer =>
  sequence(identifier(id), der(0x01, Buffer.of(0xff)), der(0x04, value));

/** A name of one part, the common name. */
const nameOf = (text: string): Buffer =>
  sequence(der(0x31, sequence(identifier([0x55, 0x04, 0x03]), der(0x0c, Buffer.from(text)))));
