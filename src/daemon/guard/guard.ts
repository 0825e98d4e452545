import { writeSync } from "node:fs";
import { known } from "../../base/assert.js";
import { between, type Duration, type Instant, milliseconds } from "../../base/time.js";
import { bootClock, read } from "../../os/linux/libc.js";
import { PollSet } from "../../os/linux/poll-set.js";
import { GuardDuty } from "./guard-duty.js";
import { GuardKernel } from "./guard-kernel.js";
import { becomeSoleGuard, becomeTough } from "./guard-process.js";
import {
  EXIT_NOT_ALONE,
  GUARD_LINE_MAX,
  type GuardOrder,
  type GuardReport,
  ORDERS_FD,
  RENEWAL_BYTES,
  renewalAt,
  renewalLease,
  RENEWALS_FD,
  REPORTS_FD,
} from "./guard-protocol.js";
import { keepGuardReport } from "./guard-report.js";
import { LineBuffer } from "../line-buffer.js";

/*
 * The guard: a small process of its own that outlives the agent for a moment. The agent starts it with the pipes of
 * guard-protocol.ts. It waits in one system call for orders, for the end of the agent and for the end of the lease, and
 * never returns to Node's own loop. Renewals do not wake it: it reads them when the lease that it knows of is over.
 */

const READ_BUFFER = 65_536;
/** While no lease is known, the guard looks so often whether there is one. */
const WAIT_MAX: Duration = milliseconds(100);

class Guard {
  readonly #socketPath: string;
  readonly #kernel: GuardKernel;
  readonly #duty: GuardDuty;
  readonly #poll = new PollSet([ORDERS_FD]);
  readonly #lines = new LineBuffer(GUARD_LINE_MAX);
  readonly #buffer = new Uint8Array(READ_BUFFER);
  readonly #view = new DataView(this.#buffer.buffer);
  #agentGone = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#kernel = new GuardKernel(socketPath);
    this.#duty = new GuardDuty(this.#kernel, (arming) => this.#tell({ kind: "firing", arming }));
  }

  run(): void {
    this.#kernel.rehearse();
    this.#tell({ kind: "ready", pid: process.pid });
    while (!this.#agentGone) this.#turn();
    const fired = this.#duty.agentGone(bootClock());
    if (fired === undefined) return;
    keepGuardReport(this.#socketPath, fired);
    this.#kernel.tidyPrograms();
  }

  #turn(): void {
    const planned = this.#duty.deadline();
    if (this.#poll.wait(waitUntil(bootClock(), planned)) > 0) this.#readOrders();
    this.#readRenewals();
    if (!this.#agentGone) this.#judge(planned);
  }

  #judge(planned: Instant | undefined): void {
    const fired = this.#duty.judge(bootClock(), planned);
    if (fired === undefined) return;
    // In this order: an agent that lives again takes the record away when it is told.
    keepGuardReport(this.#socketPath, fired);
    this.#tell(fired);
  }

  #readOrders(): void {
    const length = read(ORDERS_FD, this.#buffer);
    this.#agentGone = length === 0;
    if (length <= 0) return;
    for (const line of this.#lines.push(this.#buffer.subarray(0, length))) {
      // The writer is our parent and the same program: what it says is well-formed.
      const order: GuardOrder = JSON.parse(line);
      this.#duty.obey(order);
    }
  }

  /** The writer writes whole renewals only, and the buffer holds a whole number of them. */
  #readRenewals(): void {
    for (let length = READ_BUFFER; length === READ_BUFFER;) {
      length = read(RENEWALS_FD, this.#buffer);
      for (let at = 0; at + RENEWAL_BYTES <= length; at += RENEWAL_BYTES) {
        this.#duty.renew(renewalAt(this.#view, at), renewalLease(this.#view, at));
      }
    }
  }

  #tell(report: GuardReport): void {
    try {
      writeSync(REPORTS_FD, `${JSON.stringify(report)}\n`);
    } catch {
      // The agent is gone, or does not read: the file tells the next one.
    }
  }
}

function waitUntil(now: Instant, planned: Instant | undefined): Duration {
  if (planned === undefined) return WAIT_MAX;
  const wanted = between(now, planned);
  return wanted < WAIT_MAX ? wanted : WAIT_MAX;
}

const socketPath = known(process.argv[2], "the agent gives the path of its socket");
becomeTough();
if (!becomeSoleGuard(socketPath)) process.exit(EXIT_NOT_ALONE);
new Guard(socketPath).run();
process.exit(0);
