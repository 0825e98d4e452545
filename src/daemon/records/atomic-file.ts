import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

const MODE = 0o600;

/**
 * Replaces a file's content in a way that a crash leaves either the old or the new one: beside it, synced, renamed over
 * it, and the rename synced too.
 * @throws Whatever the file system refuses with.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * The same for a caller that must know before it goes on.
 * @throws Whatever the file system refuses with.
 */
export function replaceFileSync(path: string, content: string, mode: number = MODE): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, content, { mode, flush: true });
  renameSync(fresh, path);
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
