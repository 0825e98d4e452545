/** An archive of files as the kernel unpacks it at boot (`newc`: Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface ArchiveEntry {
  readonly path: string;
  /** Type and permission bits, as in `st_mode`. */
  readonly mode: number;
  readonly content?: Uint8Array;
  /** Major and minor number of a device file. */
  readonly device?: readonly [number, number];
}

const MAGIC = "070701";
const TRAILER: ArchiveEntry = { path: "TRAILER!!!", mode: 0 };
const EMPTY = new Uint8Array();

export const directory = (path: string): ArchiveEntry => ({ path, mode: 0o040_755 });

export const program = (path: string, content: Uint8Array): ArchiveEntry => ({ path, mode: 0o100_755, content });

export const characterDevice = (path: string, device: readonly [number, number]): ArchiveEntry => ({
  path,
  mode: 0o020_600,
  device,
});

/** Directories come before what lies in them. */
export const archive = (entries: readonly ArchiveEntry[]): Buffer =>
  Buffer.concat([...entries, TRAILER].flatMap((entry, index) => encode(entry, index + 1)));

function encode({ path, mode, content = EMPTY, device = [0, 0] }: ArchiveEntry, inode: number): readonly Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const owner = [0, 0];
  const [links, time, checksum] = [1, 0, 0];
  const fields = [inode, mode, ...owner, links, time, content.length, 0, 0, ...device, name.length, checksum];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, "0")).join(""));
  return [padded(Buffer.concat([header, name])), padded(content)];
}

const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
