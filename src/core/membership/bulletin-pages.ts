import { assert, known } from "../../base/assert.js";
import { BULLETIN_PAGES_MAX, type Bulletin, type BulletinPage } from "../../model/heartbeat.js";

/** Cuts a bulletin into pages of so many claims; one page when it is empty. */
export function paginate(bulletin: Bulletin, claimsPerPage: number): readonly BulletinPage[] {
  const pages = Math.max(1, Math.ceil(bulletin.claims.length / claimsPerPage));
  assert(pages <= BULLETIN_PAGES_MAX, "the configuration bounds the services of a node");
  return Array.from({ length: pages }, (_, page) => ({
    ...bulletin,
    page,
    pages,
    claims: bulletin.claims.slice(page * claimsPerPage, (page + 1) * claimsPerPage),
  }));
}

/** Puts the pages of a peer's newest bulletin together again, in whatever order they come. */
export class BulletinAssembly {
  #version = -1;
  /** A hole where a page is missing; empty when the version is complete and was handed out. */
  #pages: (BulletinPage | undefined)[] = [];
  #missing = 0;

  /** The whole bulletin, once, when this page completes a version that is newer than the last. */
  add(page: BulletinPage): Bulletin | undefined {
    if (page.version > this.#version) this.#begin(page);
    if (page.version < this.#version || this.#missing === 0) return undefined;
    if (page.pages !== this.#pages.length || this.#pages[page.page] !== undefined) return undefined;
    this.#pages[page.page] = page;
    this.#missing -= 1;
    return this.#missing === 0 ? this.#complete() : undefined;
  }

  /** A new session begins with any version. */
  reset(): void {
    this.#version = -1;
    this.#pages = [];
    this.#missing = 0;
  }

  #begin(page: BulletinPage): void {
    this.#version = page.version;
    this.#pages = Array.from({ length: page.pages }, () => undefined);
    this.#missing = page.pages;
  }

  #complete(): Bulletin {
    const pages = this.#pages.map((page) => known(page, "no page is missing"));
    const { version, stateDigest } = known(pages[0], "a bulletin has a page");
    this.#pages = [];
    return { version, stateDigest, claims: pages.flatMap((page) => page.claims) };
  }
}
