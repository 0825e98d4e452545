import { close, epollCreate, epollCtl, epollWaitAsync, eventfd, write } from "./libc.js";
import { checked } from "./system-call-error.js";

/*
 * struct epoll_event, packed on x86-64 alone (sys/epoll.h): 0 events u32  4 data u64, or 8 data u64.
 */
const DATA_AT: number = process.arch === "x64" ? 4 : 8;
const EVENT_BYTES: number = DATA_AT + 8;
const EPOLLIN = 0x1;
const EPOLL_CTL = { add: 1, remove: 2 } as const;
const EPOLL_CLOEXEC = 0x8_0000;
const EFD_CLOEXEC = 0x8_0000;
const EVENTS_MAX = 64;
/** Of the descriptor that wakes for the end. */
const WAKE = 0;

/**
 * Tells Node's loop of descriptors that it does not know itself, such as datagram sockets of the kernel's own and
 * processes. One thread of libuv's pool waits for all of them; whoever is called reads until there is nothing more, or is
 * called again at once.
 */
export class EventPoll {
  readonly #epoll: number = checked(epollCreate(EPOLL_CLOEXEC), "epoll_create1", "wait for events");
  /** Wakes the waiting thread for the end. */
  readonly #wake: number = checked(eventfd(0, EFD_CLOEXEC), "eventfd", "wait for events");
  readonly #events = new Uint8Array(EVENTS_MAX * EVENT_BYTES);
  readonly #view = new DataView(this.#events.buffer);
  /** By numbers that are given once: what has the number of a closed descriptor is not told of that one's event. */
  readonly #readers = new Map<number, () => void>();
  /** Of descriptors. */
  readonly #numbers = new Map<number, number>();
  #lastNumber = WAKE;
  #ended: (() => void) | undefined;

  constructor() {
    this.#watch(this.#wake, WAKE);
    this.#wait();
  }

  add(fd: number, onReadable: () => void): void {
    this.#lastNumber += 1;
    this.#numbers.set(fd, this.#lastNumber);
    this.#readers.set(this.#lastNumber, onReadable);
    this.#watch(fd, this.#lastNumber);
  }

  /** To be called before the descriptor is closed. */
  remove(fd: number): void {
    const number = this.#numbers.get(fd);
    if (number === undefined) return;
    this.#numbers.delete(fd);
    this.#readers.delete(number);
    epollCtl(this.#epoll, EPOLL_CTL.remove, fd, null);
  }

  /** To be awaited before the process ends, which would wait for the thread. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    write(this.#wake, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
    await ended;
    close(this.#wake);
    close(this.#epoll);
  }

  #wait(): void {
    epollWaitAsync(this.#epoll, this.#events, EVENTS_MAX, (count) => this.#woke(count));
  }

  #woke(count: number): void {
    if (this.#ended !== undefined) {
      this.#ended();
      return;
    }
    const ready = Array.from({ length: Math.max(0, count) }, (_, index) =>
      this.#view.getFloat64(index * EVENT_BYTES + DATA_AT, true),
    );
    // One of them may take another one off.
    for (const number of ready) this.#readers.get(number)?.();
    // Not before they have read: what is still there to be read would wake the thread again.
    this.#wait();
  }

  #watch(fd: number, number: number): void {
    const event = new Uint8Array(EVENT_BYTES);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setFloat64(DATA_AT, number, true);
    checked(epollCtl(this.#epoll, EPOLL_CTL.add, fd, event), "epoll_ctl", "wait for events");
  }
}
