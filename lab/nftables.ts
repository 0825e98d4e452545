import koffi from "koffi";
import { LocumError } from "../src/base/locum-error.js";
import type { Namespace } from "./namespace.js";

type Handle = bigint;

interface Library {
  readonly open: (flags: number) => Handle;
  readonly close: (context: Handle) => void;
  readonly bufferErrors: (context: Handle) => number;
  readonly errors: (context: Handle) => string;
  readonly run: (context: Handle, commands: string) => number;
}

/**
 * nftables in one namespace, through the library that the `nft` program itself is made of: a change of rules takes some
 * 100 microseconds, where starting `nft` takes milliseconds.
 */
export class Nftables {
  readonly #library: Library;
  readonly #namespace: Namespace;
  readonly #context: Handle;

  constructor(namespace: Namespace) {
    this.#library = requireLibrary();
    this.#namespace = namespace;
    this.#context = namespace.visit(() => this.#library.open(0));
    this.#library.bufferErrors(this.#context);
  }

  /** Runs commands as `nft -f` would: all of them or none. @throws {LocumError} with nft's own words. */
  run(commands: readonly string[]): void {
    const text = `${commands.join("\n")}\n`;
    const answer = this.#namespace.visit(() => this.#library.run(this.#context, text));
    if (answer === 0) return;
    const words = this.#library.errors(this.#context).split("\n")[0] ?? "";
    throw new LocumError({ code: "lab.nftables-refused", message: `nftables refuses a rule of the lab: ${words}` });
  }

  close(): void {
    this.#library.close(this.#context);
  }
}

/** Removes every rule of a namespace. */
export function clearRules(namespace: Namespace): void {
  // Without the library nothing on the host can have made rules either.
  if (findLibrary() === undefined) return;
  const nftables = new Nftables(namespace);
  nftables.run(["flush ruleset"]);
  nftables.close();
}

let found: Library | undefined;

/** Looks for the library when the first rule is wanted: a lab that only cuts cables needs no nftables. */
function findLibrary(): Library | undefined {
  try {
    found ??= bindLibrary();
  } catch {
    // It is not installed; who needs it says so.
  }
  return found;
}

function requireLibrary(): Library {
  const library = findLibrary();
  if (library !== undefined) return library;
  throw new LocumError({
    code: "lab.nftables-missing",
    message: "Cannot drop traffic in the lab: libnftables.so.1 is not installed",
    advice: "Install the Debian package nftables. Cutting cables and powering off work without it.",
  });
}

function bindLibrary(): Library {
  const library = koffi.load("libnftables.so.1");
  return {
    open: library.func("void *nft_ctx_new(uint32_t flags)"),
    close: library.func("void nft_ctx_free(void *context)"),
    bufferErrors: library.func("int nft_ctx_buffer_error(void *context)"),
    errors: library.func("const char *nft_ctx_get_error_buffer(void *context)"),
    run: library.func("int nft_run_cmd_from_buffer(void *context, const char *commands)"),
  };
}
