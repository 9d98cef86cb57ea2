import { InputError } from '../../base/diagnostic.ts';
import { endOf, rangeTo, type AddressRange } from '../../base/ranges.ts';

/** A line of `/proc/iomem`, with the lines that are indented below it. */
export interface IomemEntry {
  range: AddressRange;
  /** `System RAM`, `Kernel code`, `0000:00:1f.2`. */
  name: string;
  children: readonly IomemEntry[];
}

/** The name that Linux gives to its RAM. */
const SYSTEM_RAM = 'System RAM';

const LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/;
const INDENTATION = 2;

const asRoot = 'copy it as root: `sudo cat /proc/iomem > iomem.txt`';

interface OpenEntry extends IomemEntry {
  children: OpenEntry[];
}

function parseLine(line: string, number: number): { depth: number; entry: OpenEntry } {
  const [, indentation, first, last, name] = LINE.exec(line) ?? [];
  const start = BigInt(`0x${first ?? 0}`);
  const end = BigInt(`0x${last ?? 0}`) + 1n;
  if (indentation === undefined || end <= start) {
    throw new InputError(
      'root/iomem-format',
      `line ${number} is not one of /proc/iomem: '${line.slice(0, 60)}'`,
      { requested: '00100000-7fffffff : System RAM', actual: line.slice(0, 60), fix: asRoot },
    );
  }
  const depth = indentation.length / INDENTATION;
  return { depth, entry: { range: rangeTo(start, end), name: name!, children: [] } };
}

/**
 * Reads a copy of `/proc/iomem` of the root cell's Linux.
 *
 * @throws InputError `root/iomem-format`; `root/iomem-zeros` if it was read without root: all addresses are 0 then
 * @see Linux, kernel/resource.c, r_show()
 */
export function parseIomem(text: string): IomemEntry[] {
  const top: OpenEntry[] = [];
  /** The entries that the next line may be below, the outermost first. */
  const open: OpenEntry[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '') continue;
    const { depth, entry } = parseLine(line, index + 1);
    open.length = Math.min(open.length, Math.floor(depth));
    (open.at(-1)?.children ?? top).push(entry);
    open.push(entry);
  }
  if (top.length === 0)
    throw new InputError('root/iomem-format', 'the copy of /proc/iomem has no lines', { fix: asRoot });
  if (top.every(({ range }) => endOf(range) === 1n)) {
    throw new InputError('root/iomem-zeros', 'all addresses of /proc/iomem are 0: it was read without root', {
      requested: 'the addresses',
      actual: 'zeros',
      fix: asRoot,
    });
  }
  return top;
}

/** What Linux uses as RAM, ascending. */
export const systemRam = (entries: readonly IomemEntry[]): AddressRange[] =>
  entries.flatMap(({ range, name, children }) => (name === SYSTEM_RAM ? [range] : systemRam(children)));
