import type { ByteSource, FileDigest } from '../bundle/tar.ts';
import type { InitrdEvidence } from '../formats/initrd/types.ts';
import { examineKernel, type ExaminedKernel } from '../formats/kernel/examine.ts';
import { LIMITS, readChunks, readWhole, seeFile, type SeenFile } from './files.ts';
import { InputMemory } from './memory.ts';

const MIB = 1 << 20;
/** A larger initrd is not read whole, let alone unpacked: its start must do. */
const INITRD_LIMIT = 64 * MIB;
const INITRD_HEAD = MIB;
/** Parts of a joined initrd start at multiples of this, as the kernel's unpacker wants it. */
const JOIN_ALIGNMENT = 4;

/** A stream of one or more files, and what is known of its content. */
export interface Streamed {
  size: number;
  /** Names the content while the process lives. */
  key: string;
  read(): AsyncIterable<Uint8Array>;
}

async function readHead({ size, read }: Pick<Streamed, 'size' | 'read'>, limit: number): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(size, limit));
  let at = 0;
  for await (const chunk of read()) {
    head.set(chunk.subarray(0, head.length - at), at);
    at += chunk.length;
    if (at >= head.length) break;
  }
  return head;
}

interface Promises<T> {
  get(key: string): Promise<T> | undefined;
  set(key: string, value: Promise<T>): void;
  delete(key: string): void;
}

/** Of a content, as long as nobody changes the file. */
const keyOf = ({ path, identity }: SeenFile): string => `${identity} ${path}`;

const PIECE = MIB;

/** Content in memory, in the pieces in which a file is read. */
async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < content.length; at += PIECE) yield content.subarray(at, at + PIECE);
}

/**
 * Remembers what was read, so that several manifests share a kernel and an initrd: each is examined and hashed once.
 * Files are looked at anew by each store; what is known of large ones may come from one before, by its memory.
 */
export class InputStore {
  readonly #seen = new Map<string, Promise<SeenFile>>();
  readonly #whole = new Map<string, Promise<Uint8Array>>();
  readonly #heads = new Map<string, Promise<Uint8Array>>();
  readonly #kernels = new Map<string, Promise<ExaminedKernel>>();
  readonly #memory: InputMemory;

  constructor(memory = new InputMemory()) {
    this.#memory = memory;
  }

  #once<T>(memory: Promises<T>, key: string, make: () => Promise<T>): Promise<T> {
    let value = memory.get(key);
    if (value === undefined) {
      value = make();
      memory.set(key, value);
      // The next one who asks is told in the words of its own manifest.
      value.catch(() => memory.delete(key));
    }
    return value;
  }

  /** @throws InputError as {@link seeFile} does */
  async see(path: string, shown: string): Promise<SeenFile> {
    return { ...(await this.#once(this.#seen, path, () => seeFile(path, shown))), shown };
  }

  /** A cell, system or kernel config. */
  config(file: SeenFile): Promise<Uint8Array> {
    return this.#once(this.#whole, file.path, () => readWhole(file, LIMITS.config));
  }

  /** The first `limit` bytes of a file, or all that it has. */
  head(file: SeenFile, limit: number): Promise<Uint8Array> {
    const source = this.stream([file], false);
    return this.#once(this.#heads, `${limit} ${file.path}`, () => readHead(source, limit));
  }

  kernel(file: SeenFile): Promise<ExaminedKernel> {
    return this.#once(this.#kernels, file.path, async () =>
      examineKernel(await readWhole(file, LIMITS.kernel)),
    );
  }

  /** The content of one file, or of several joined: then each part is padded with NULs to a multiple of 4 bytes. */
  stream(files: readonly SeenFile[], joined: boolean): Streamed {
    const padding = ({ size }: SeenFile): number => (joined ? -size & (JOIN_ALIGNMENT - 1) : 0);
    return {
      size: files.reduce((sum, file) => sum + file.size + padding(file), 0),
      key: JSON.stringify([joined, ...files.map(keyOf)]),
      async *read() {
        for (const file of files) {
          yield* readChunks(file);
          if (padding(file) > 0) yield new Uint8Array(padding(file));
        }
      },
    };
  }

  /** Content that was made from a file, and is in memory. */
  content(file: SeenFile, bytes: Uint8Array): Streamed {
    return {
      size: bytes.length,
      key: JSON.stringify(['made from', keyOf(file)]),
      async *read() {
        yield bytes;
      },
    };
  }

  initrd({ key, size, read }: Streamed): Promise<InitrdEvidence> {
    return this.#once(this.#memory.initrds, key, async () => {
      const head = await readHead({ size, read }, size <= INITRD_LIMIT ? size : INITRD_HEAD);
      // A kernel is often checked without an initrd, and without hashes.
      const { examineInitrd } = await import('../formats/initrd/examine.ts');
      return examineInitrd(head, size);
    });
  }

  digest({ key, size, read }: Streamed): Promise<FileDigest> {
    return this.#once(this.#memory.digests, key, async () => {
      const { createHash } = await import('node:crypto');
      const hash = createHash('sha256');
      for await (const chunk of read()) hash.update(chunk);
      return { size, sha256: hash.digest('hex') };
    });
  }

  /** What was hashed on its way into a bundle need not be hashed for the next. */
  learnDigest({ key }: Streamed, digest: FileDigest): void {
    this.#memory.digests.set(key, Promise.resolve(digest));
  }

  /** What the tarball that was packed last has of it: the next one is packed from this, and the file not read again. */
  learnContent({ key }: Streamed, content: Uint8Array): void {
    this.#memory.contents.set(key, content);
  }

  /** As a part of a bundle; not hashed if its digest is known by then, not read if its content is. */
  source({ size, key, read }: Streamed): ByteSource {
    const { digests, contents } = this.#memory;
    const known = contents.get(key);
    return {
      size,
      sha256: async () => (await digests.get(key))?.sha256,
      read: known === undefined ? read : () => piecesOf(known),
    };
  }
}
