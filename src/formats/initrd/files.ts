import { readProgram, type Program } from '../elf/program.ts';
import type { CpioEntry } from './cpio.ts';

/** What a path of an initrd leads to. */
export interface InitrdFile {
  /** Where it is, after all links: `/usr/bin/busybox`. */
  path: string;
  isExecutable: boolean;
  program: Program;
}

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const LINK = 0o120000;
const EXECUTABLE = 0o111;
/** More than any initrd has; what is behind them is not looked at. */
const MOST_FILES = 500_000;
/** MAXSYMLINKS of Linux. */
const MAX_LINKS = 40;

interface Content {
  mode: number;
  program: Program;
}
/** `null`: a folder, a device. */
type Node = { content: Content } | { target: string } | null;

/** The files that the kernel unpacks from an initrd's archives, as far as they matter for starting a program. */
export class InitrdFiles {
  /** By path without the leading slash. */
  readonly #nodes = new Map<string, Node>();
  #links = new Map<string, Content>();
  /** Of files that nothing starts, by their mode. */
  readonly #plain = new Map<number, Content>();
  /** Whether there are more than are taken. */
  isFull = false;
  /** Of the files that are no program. */
  static readonly #NONE: Program = { format: 'other' };

  /** Links between files hold within an archive. */
  startArchive(): void {
    this.#links = new Map();
  }

  /** Whether the content of such a file matters. */
  static isLookedInto(name: string, mode: number): boolean {
    const type = mode & FILE_TYPE;
    return type === LINK || (type === REGULAR && InitrdFiles.#mayStart(name, mode));
  }

  /** Nothing starts the others. */
  static #mayStart = (name: string, mode: number): boolean =>
    (mode & EXECUTABLE) !== 0 || /(?:^|\/)init$/.test(name);

  /** Takes an entry as the kernel does: it replaces what is there (Linux, init/initramfs.c). */
  add({ name, mode, data, size, linkId }: CpioEntry): void {
    if (this.#nodes.size >= MOST_FILES) {
      this.isFull = true;
      return;
    }
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const last = parts.pop();
    if (last === undefined) return;
    const folder = this.#resolve(parts);
    if (folder === null) return;
    const key = [...folder, last].join('/');
    const type = mode & FILE_TYPE;
    if (type === LINK) this.#nodes.set(key, { target: Buffer.from(data).toString('latin1') });
    else if (type === REGULAR)
      this.#nodes.set(key, { content: this.#contentOf({ mode, data, size, linkId, name: last }) });
    else this.#nodes.set(key, null);
  }

  /** Several names of one file: one of them carries its content. */
  #contentOf({ mode, data, size, linkId, name }: CpioEntry): Content {
    const program = InitrdFiles.#mayStart(name, mode) ? readProgram(data) : InitrdFiles.#NONE;
    if (linkId === null) return program === InitrdFiles.#NONE ? this.#plainContent(mode) : { mode, program };
    const linked = this.#links.get(linkId);
    if (linked === undefined) {
      const content = { mode, program };
      this.#links.set(linkId, content);
      return content;
    }
    if (size > 0) Object.assign(linked, { mode, program });
    return linked;
  }

  #plainContent(mode: number): Content {
    const known = this.#plain.get(mode) ?? { mode, program: InitrdFiles.#NONE };
    this.#plain.set(mode, known);
    return known;
  }

  /** The path without links; `null` if they go in a circle. */
  #resolve(path: readonly string[]): string[] | null {
    let links = 0;
    let done: string[] = [];
    const rest = [...path];
    while (rest.length > 0) {
      const part = rest.shift()!;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        done.pop();
        continue;
      }
      const node = this.#nodes.get([...done, part].join('/'));
      if (!node || !('target' in node)) {
        done.push(part);
        continue;
      }
      if (++links > MAX_LINKS) return null;
      if (node.target.startsWith('/')) done = [];
      rest.unshift(...node.target.split('/'));
    }
    return done;
  }

  /** What Linux finds at an absolute path; `null` if there is no file. */
  at(path: string): InitrdFile | null {
    const resolved = this.#resolve(path.split('/'));
    const node = resolved && this.#nodes.get(resolved.join('/'));
    if (!resolved || !node || !('content' in node)) return null;
    const { mode, program } = node.content;
    return { path: `/${resolved.join('/')}`, isExecutable: (mode & EXECUTABLE) !== 0, program };
  }
}
