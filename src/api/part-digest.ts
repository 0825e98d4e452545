import { createHash } from "node:crypto";

const DIGEST_LENGTH = 16;

/** Stands for what the file says of a program, where that itself is not to be told. */
export const partDigest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
