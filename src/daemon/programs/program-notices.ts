import { existsSync } from "node:fs";
import type { EventPoll } from "../../os/linux/event-poll.js";
import { NotifyReceiver } from "../../os/linux/notify-receiver.js";
import { type Notification, readNotification } from "../../wire/sd-notify.js";

/** What a program may say; one that says more has to wait, as its socket is full then. */
const HEARD_AT_ONCE_MAX = 64;
const HEARD_IN_TURN_MAX = 256;
const TURN_MS = 100;

export interface ProgramNoticesOptions {
  readonly path: string;
  readonly poll: EventPoll;
  readonly isMember: (pid: number) => boolean;
  /** User of the program. */
  readonly uid: number;
  readonly onNotice: (notice: Notification) => void;
}

/** Hears what the processes of one program say on its notify socket, and nobody else. */
export class ProgramNotices {
  readonly #options: ProgramNoticesOptions;
  readonly #receiver: NotifyReceiver;
  #heardInTurn = 0;
  #turns: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @throws {SystemCallError} when the socket can't be made. */
  constructor(options: ProgramNoticesOptions) {
    this.#options = options;
    this.#receiver = new NotifyReceiver(options.path);
    options.poll.add(this.#receiver.fd, () => this.#read());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#turns);
    this.#options.poll.remove(this.#receiver.fd);
    this.#receiver.close();
  }

  /** To be called before a program's end is told: what it said before is then heard before. */
  readRest(): void {
    for (let count = 0; count < HEARD_IN_TURN_MAX && !this.#isClosed && this.#hear(); count += 1);
  }

  #read(): void {
    for (let count = 0; count < HEARD_AT_ONCE_MAX && !this.#isClosed && this.#hear(); count += 1)
      this.#heardInTurn += 1;
    this.#turns ??= setTimeout(() => this.#nextTurn(), TURN_MS);
    if (this.#heardInTurn > HEARD_IN_TURN_MAX) this.#options.poll.remove(this.#receiver.fd);
  }

  #nextTurn(): void {
    this.#turns = undefined;
    if (this.#heardInTurn > HEARD_IN_TURN_MAX) this.#options.poll.add(this.#receiver.fd, () => this.#read());
    this.#heardInTurn = 0;
  }

  #hear(): boolean {
    const datagram = this.#receiver.receive();
    if (datagram === undefined) return false;
    const { pid, uid, text } = datagram;
    if (this.#isOwn(pid, uid)) this.#options.onNotice(readNotification(text));
    return true;
  }

  /** A command such as systemd-notify has ended when it is heard: its user, which the kernel vouches for, must do then. */
  #isOwn(pid: number, uid: number): boolean {
    if (this.#options.isMember(pid)) return true;
    const mayBeOwn = uid === 0 || uid === this.#options.uid;
    return mayBeOwn && pid > 0 && !existsSync(`/proc/${pid}`);
  }
}
