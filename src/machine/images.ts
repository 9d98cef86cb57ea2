import { hex } from '../base/address.ts';
import { failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import { describeRange, endOf, holds, overlaps, type AddressRange } from '../base/ranges.ts';
import { MEMORY_FLAGS } from '../formats/cell/names.ts';
import { describeFlags, isLoadable, virtualRange } from '../formats/cell/memory.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig } from '../formats/cell/types.ts';

/** Something that is loaded into a cell without Linux. */
export interface PlacedImage {
  /** `rtos.bin`, `the string`. */
  title: string;
  range: AddressRange;
  isFile: boolean;
  path: ManifestPath;
}

const isInside = (address: bigint, region: MemoryRegion): boolean => holds(virtualRange(region), address);

const regionText = (region: MemoryRegion): string =>
  `${describeRange(virtualRange(region))} (${describeFlags(region)})`;

/** Jailhouse's driver takes the first region that an image begins in, and refuses what this does not hold whole. */
function misplaced({ title, range, path }: PlacedImage, { memoryRegions }: CellConfig): Diagnostic | null {
  const region = memoryRegions.find((each) => isInside(range.start, each));
  const fits = region && isLoadable(region) && endOf(range) <= endOf(virtualRange(region));
  if (fits) return null;
  const loadable = memoryRegions.filter(isLoadable).map((each) => describeRange(virtualRange(each)));
  return failure('machine/image', `${title} cannot be loaded to ${describeRange(range)}`, {
    requested: 'one region of the cell that is flagged loadable and holds all of it',
    actual: region === undefined ? 'no region there' : regionText(region),
    symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
    fix:
      loadable.length === 0
        ? 'flag the memory that it goes to JAILHOUSE_MEM_LOADABLE in the cell config'
        : `load it into ${loadable.join(' or ')}`,
    path,
  });
}

/** Two files in one place; a string may well go into a file's own space for it. */
function* overwritten(images: readonly PlacedImage[]): Iterable<Diagnostic> {
  const files = images.filter(({ isFile }) => isFile);
  for (const [index, later] of files.entries()) {
    const earlier = files.slice(0, index).find(({ range }) => overlaps(range, later.range));
    if (earlier === undefined) continue;
    yield {
      code: 'machine/image-overlap',
      severity: 'warning',
      message: `${later.title} (${describeRange(later.range)}) overwrites a part of ${earlier.title} (${describeRange(earlier.range)})`,
      fix: 'load them to places of their own',
      path: later.path,
    };
  }
}

/** Where the CPUs start: there must be code. Before revision 5 the place is fixed, and not in the config. */
function wrongEntry(cell: CellConfig, images: readonly PlacedImage[]): Diagnostic | null {
  const entry = cell.header.cpu_reset_address;
  if (entry === undefined) return null;
  const told = { path: ['entry'], symptom: 'the cell starts and does nothing' };
  const region = cell.memoryRegions.find((each) => isInside(entry, each));
  if (region === undefined || (region.flags & MEMORY_FLAGS.execute) === 0n) {
    return failure('machine/entry', `the cell's CPUs start at ${hex(entry)}, where they cannot execute`, {
      requested: 'memory of the cell that is flagged executable',
      actual: region === undefined ? 'no region there' : regionText(region),
      fix: 'correct `entry`, or the memory of the cell',
      ...told,
    });
  }
  const isLoaded = images.some(({ range }) => holds(range, entry));
  if (isLoaded || !isLoadable(region)) return null;
  return failure('machine/entry', `the cell's CPUs start at ${hex(entry)}, where nothing is loaded`, {
    requested: `an image at ${hex(entry)}`,
    actual: images.map(({ title, range }) => `${title} at ${describeRange(range)}`).join(', '),
    fix: 'load the code there, or write `entry:` with where it begins',
    ...told,
  });
}

/** What a cell without Linux runs: whether it can be loaded, and is where the CPUs start. */
export function checkImages(cell: CellConfig, images: readonly PlacedImage[]): Diagnostic[] {
  const entry = wrongEntry(cell, images);
  const placed = images.flatMap((image) => misplaced(image, cell) ?? []);
  // The CPUs start in an image that cannot be loaded where it shall be.
  return [...placed, ...overwritten(images), ...(entry && placed.length === 0 ? [entry] : [])];
}
