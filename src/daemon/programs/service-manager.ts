import { notifyServiceManager } from "../../os/linux/notify-socket.js";

/** Each word that it still starts or stops is good for so long, and said so often. */
const EXTENSION_US = 10_000_000;
const EXTENSION_MS = 2_000;

/** What systemd, or whoever started us with NOTIFY_SOCKET, is told. Without it nothing happens. */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #watchdogMs: number | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #extension: NodeJS.Timeout | undefined;

  /** @param environment `process.env`; its two variables are taken out, so that no child answers in our name. */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#socket = environment["NOTIFY_SOCKET"];
    const watchdogUs = Number(environment["WATCHDOG_USEC"]);
    this.#watchdogMs = watchdogUs > 0 ? watchdogUs / 1_000 : undefined;
    delete environment["NOTIFY_SOCKET"];
    delete environment["WATCHDOG_USEC"];
  }

  /** Programs of an earlier agent may take long to end: the manager waits for as long as it hears that this one waits. */
  starting(): void {
    this.#extension ??= this.#extend();
  }

  /** Nothing more is waited for. */
  began(): void {
    clearInterval(this.#extension);
    this.#extension = undefined;
  }

  /** From here on the manager's watchdog is fed from the main thread's loop, twice in each of its periods. */
  ready(): void {
    this.#tell("READY=1");
    if (this.#watchdogMs === undefined) return;
    this.#watchdog = setInterval(() => this.#tell("WATCHDOG=1"), this.#watchdogMs / 2).unref();
  }

  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`);
  }

  reloaded(): void {
    this.#tell("READY=1");
  }

  /** Programs may take long to end: the manager waits for as long as it hears that the main thread runs. */
  stopping(): void {
    clearInterval(this.#watchdog);
    this.#tell("STOPPING=1");
    this.#extension ??= this.#extend();
  }

  #extend(): NodeJS.Timeout {
    return setInterval(() => this.#tell(`EXTEND_TIMEOUT_USEC=${EXTENSION_US}`), EXTENSION_MS).unref();
  }

  #tell(state: string): void {
    if (this.#socket !== undefined) notifyServiceManager(this.#socket, state);
  }
}
