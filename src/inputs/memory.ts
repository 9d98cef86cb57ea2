import type { FileDigest } from '../bundle/tar.ts';
import type { InitrdEvidence } from '../formats/initrd/types.ts';

/** Values by the content that they were learnt from. */
class Values<T> {
  readonly #now = new Map<string, T>();
  #before: Values<T> | undefined;

  constructor(before?: Values<T>) {
    this.#before = before;
  }

  get(key: string): T | undefined {
    const value = this.#now.get(key) ?? this.#before?.get(key);
    if (value !== undefined) this.#now.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#now.set(key, value);
  }

  delete(key: string): void {
    this.#now.delete(key);
    this.#before?.delete(key);
  }

  forgetUnused(): void {
    this.#before = undefined;
  }
}

/** What is remembered of large files from one build to the next, by what they were: a changed file is another one. */
export class InputMemory {
  readonly initrds: Values<Promise<InitrdEvidence>>;
  readonly digests: Values<Promise<FileDigest>>;
  /** In the tarball that was made last. */
  readonly contents: Values<Uint8Array>;

  /** @param before of the build before, which is asked for what this one does not know */
  constructor(before?: InputMemory) {
    this.initrds = new Values(before?.initrds);
    this.digests = new Values(before?.digests);
    this.contents = new Values(before?.contents);
  }

  /** After this, nothing is known but what was asked for, or learnt, since the build before. */
  forgetUnused(): void {
    for (const values of [this.initrds, this.digests, this.contents]) values.forgetUnused();
  }
}
