import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bind, close, recvfrom, socket } from "../../os/linux/libc.js";
import { encodeUnixAddress, AF_UNIX } from "../../os/linux/notify-socket.js";
import { SOCK } from "../../os/linux/socket-options.js";
import { checked } from "../../os/linux/system-call-error.js";
import { ServiceManager } from "./service-manager.js";

/** What systemd would hear: a datagram socket, and what has come since the last look. */
function manager(t: TestContext): { readonly path: string; readonly heard: () => readonly string[] } {
  const directory = mkdtempSync(join(tmpdir(), "locum-notify-"));
  const path = join(directory, "notify");
  const fd = checked(socket(AF_UNIX, SOCK.datagram | SOCK.nonblock, 0), "socket", "listen as service manager");
  checked(bind(fd, encodeUnixAddress(path)), "bind", "listen as service manager");
  t.after(() => {
    close(fd);
    rmSync(directory, { recursive: true });
  });
  const buffer = new Uint8Array(4_096);
  const heard = (): readonly string[] => {
    const texts: string[] = [];
    for (let length = recvfrom(fd, buffer, 0, null); length >= 0; length = recvfrom(fd, buffer, 0, null)) {
      texts.push(Buffer.from(buffer.subarray(0, length)).toString());
    }
    return texts;
  };
  return { path, heard };
}

test("the manager hears of start, reload and stop, and its watchdog is fed twice a period", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { path, heard } = manager(t);
  const environment = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "10000000", PATH: "/bin" };
  const service = new ServiceManager(environment);
  assert.deepEqual(environment, { PATH: "/bin" });
  service.ready();
  t.mock.timers.tick(10_000);
  assert.deepEqual(heard(), ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
  service.reloading();
  service.reloaded();
  assert.match(heard().join(), /^RELOADING=1\nMONOTONIC_USEC=\d+,READY=1$/);
  service.stopping();
  assert.deepEqual(heard(), ["STOPPING=1"]);
  t.mock.timers.tick(4_000);
  assert.deepEqual(heard(), ["EXTEND_TIMEOUT_USEC=10000000", "EXTEND_TIMEOUT_USEC=10000000"], "and no watchdog");
});

test("the manager waits for an agent that waits to start", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { path, heard } = manager(t);
  const service = new ServiceManager({ NOTIFY_SOCKET: path });
  service.starting();
  t.mock.timers.tick(2_000);
  service.began();
  t.mock.timers.tick(2_000);
  service.ready();
  assert.deepEqual(heard(), ["EXTEND_TIMEOUT_USEC=10000000", "READY=1"]);
});

test("without a manager nothing is said, and one that is gone does no harm", () => {
  new ServiceManager({}).ready();
  new ServiceManager({ NOTIFY_SOCKET: "/nonexistent/notify" }).stopping();
});
