/*
 * A TCP connection that is never idle: `serve PORT` sends back all that comes; `send ADDRESS PORT` sends without a pause
 * until its standard input ends, and compares what comes back byte by byte. Lines of JSON on its standard output: `carried`
 * whenever so much more has come back, `report` at the end.
 */
import { createConnection, createServer } from "node:net";

export interface BulkReport {
  readonly sent: number;
  readonly returned: number;
  /** What came back is not what was sent. */
  readonly damaged: boolean;
  readonly error: string | null;
}

const STEP = 4 * 1_048_576;
/** No power of two: what is lost or comes twice shifts the rest. */
const PATTERN: Buffer = Buffer.from(Array.from({ length: 65_521 }, (_, at) => (at * 7_919) >> 3));
const PACE_MS = 2;

function serve(port: number): void {
  const server = createServer((connection) => connection.on("error", () => connection.destroy()).pipe(connection));
  server.listen(port, () => say({ event: "ready" }));
  process.stdin.on("end", () => process.exit(0)).resume();
}

function send(host: string, port: number): void {
  const connection = createConnection({ host, port });
  const seen = { sent: 0, returned: 0, damaged: false, error: null as string | null };
  const pace = setInterval(() => {
    if (connection.writableNeedDrain) return;
    connection.write(PATTERN);
    seen.sent += PATTERN.length;
  }, PACE_MS);
  connection.on("connect", () => say({ event: "ready" }));
  connection.on("data", (bytes) => {
    seen.damaged ||= !isExpected(bytes, seen.returned);
    const before = Math.floor(seen.returned / STEP);
    seen.returned += bytes.length;
    if (Math.floor(seen.returned / STEP) > before) say({ event: "carried", returned: seen.returned });
  });
  connection.on("error", ({ message }) => (seen.error = message));
  connection.on("close", () => {
    clearInterval(pace);
    say({ event: "report", report: seen satisfies BulkReport });
    process.exit(0);
  });
  process.stdin
    .on("end", () => {
      clearInterval(pace);
      connection.end();
    })
    .resume();
}

function isExpected(bytes: Buffer, at: number): boolean {
  for (let done = 0; done < bytes.length;) {
    const from = (at + done) % PATTERN.length;
    const part = bytes.subarray(done, done + PATTERN.length - from);
    if (part.compare(PATTERN, from, from + part.length) !== 0) return false;
    done += part.length;
  }
  return true;
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const [mode, ...rest] = process.argv.slice(2);
if (mode === "serve") serve(Number(rest[0]));
else send(rest[0] ?? "", Number(rest[1]));
