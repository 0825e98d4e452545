import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { ReadStream, WriteStream } from "node:tty";
import { LiveScreen } from "./live-screen.js";

/** What a terminal of some size is sent. */
class Terminal {
  readonly rows = 6;
  written = "";

  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

const screenOn = (terminal: Terminal): LiveScreen =>
  new LiveScreen({
    output: terminal as unknown as WriteStream,
    input: new PassThrough() as unknown as ReadStream,
    onQuit: () => undefined,
    onResize: () => undefined,
  });

test("a line as wide as the screen keeps its last sign: nothing is cleared behind it", () => {
  const terminal = new Terminal();
  screenOn(terminal).draw(["a".repeat(80)], ["footer"]);
  assert.match(terminal.written, /a{80}\r\n/);
});

test("lines beyond the screen are counted", () => {
  const terminal = new Terminal();
  const screen = screenOn(terminal);
  assert.equal(screen.roomAbove(["footer"]), 5);
  screen.draw(["1", "2", "3", "4", "5", "6", "7"], ["footer"]);
  assert.match(terminal.written, /4\r\n[^\r]*\(3 more lines: the window is too small\)\r\n[^\r]*footer/);
});

test("a footer may take several lines, of which none is hidden", () => {
  const terminal = new Terminal();
  const screen = screenOn(terminal);
  assert.equal(screen.roomAbove(["this was known", "then"]), 4);
  screen.draw(["1", "2", "3", "4"], ["this was known", "then"]);
  assert.match(terminal.written, /4\r\n[^\r]*this was known\r\n[^\r]*then/);
});
