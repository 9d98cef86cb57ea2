import type { Context } from './kind.ts';
import type { Owner } from './types.ts';

/** Most names that are kept: a log may be made to have millions. */
const MOST_NAMES = 256;

/** How people name their root cells, and Jailhouse's own configs theirs. */
const ROOT_NAME =
  /^(?!.*non-?root)(?:.*root.*|qemu-?vm|banana-pi|orangepi.*|imx\d.*|jetson.*|hikey|ultra96.*|zynqmp.*|raspberry-?pi.*|macchiatobin|espressobin|amd-?seattle|foundation.*|vexpress.*|ls10\d\d.*|h87i.*|f2a88.*|ima3-.*|celsius.*|k3-.*)$/i;

/** Jailhouse's name of the cell of a CPU that it still sets up. */
const NO_CELL = '<UNSET>';

/** What the lines so far tell of the cells, and of the step that Jailhouse is at. */
export class Cells implements Context {
  release: string | null = null;
  device: string | null = null;
  #root: string | null = null;
  /** The cell that a device was added to last: before Jailhouse is active, it is the root cell. */
  #added: string | null = null;
  readonly #created = new Set<string>();
  /** Jailhouse is active, or is about to be. */
  isEnabled = false;
  #hasCells = false;

  named(release: string): void {
    this.release = release;
  }

  added(device: string, cell: string): void {
    this.device = device;
    this.#added = cell;
  }

  activated(): void {
    this.isEnabled = true;
    this.#root = this.#added ?? this.#root;
    this.device = null;
  }

  created(cell: string): void {
    this.#hasCells = true;
    this.device = null;
    if (this.#created.size < MOST_NAMES) this.#created.add(cell);
  }

  /** Whether a cell is the root cell. */
  isRoot(cell: string): boolean {
    if (this.#created.has(cell)) return false;
    if (this.#root !== null) return this.#root === cell;
    return this.#created.size > 0 || ROOT_NAME.test(cell);
  }

  /** `null`: the CPU was of no cell yet. */
  ownerOf(cell: string): Owner | null {
    return cell === NO_CELL ? null : { cell, isRoot: this.isRoot(cell) };
  }

  /** Whose fault it is when no line says it: before there is another cell, the root cell's. */
  assumedOwner(): Owner | null {
    return this.isEnabled && !this.#hasCells ? { cell: this.#root, isRoot: true } : null;
  }
}
