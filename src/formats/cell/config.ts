import { concatBytes, copyOf } from '../../base/bytes.ts';
import { InputError } from '../../base/diagnostic.ts';
import type { Architecture } from '../../base/choices.ts';
import { decodeDescription, encodeDescription } from './description.ts';
import { chooseLayout } from './choose.ts';
import { identifyConfig, mixedSignature } from './identify.ts';
import type { Versioned } from './layout-ids.ts';
import type { CellConfig, PortAccess } from './types.ts';
import { layoutOf } from './variants.ts';

/** Ports exist on x86 alone, so a PIO part tells the architecture; its absence tells nothing. */
export const portsTellX86 = (pio: PortAccess): Architecture | null =>
  ('bitmap' in pio ? pio.bitmap.length : pio.regions.length) > 0 ? 'x86' : null;

/**
 * Reads a cell config of revision 3 (Jailhouse 0.6) to 14 (git since 2023-01), loss-free; of the layouts that share
 * a revision's number, the one that its length and values show.
 *
 * @param file the whole `*.cell` file
 * @param chosen the layout, whatever the file shows
 * @throws InputError `cell/signature`, `cell/gnu-property-note`, `cell/wrong-kind`, `cell/revision`,
 *   `cell/architecture`, `cell/truncated`; `cell/layout` where no layout fits, or several do
 */
export function parseCellConfig(file: Uint8Array, chosen?: Versioned): CellConfig {
  const { architecture, ...identity } = identifyConfig(file, 'cell');
  const version = chooseLayout(file, 'cell', identity, chosen);
  const { description, end } = decodeDescription(file, 0, layoutOf(version), 'cell');
  return {
    kind: 'cell',
    ...version,
    architecture: architecture ?? portsTellX86(description.pio),
    ...description,
    trailing: copyOf(file, end),
  };
}

/**
 * Writes a cell config; the inverse of {@link parseCellConfig}, byte for byte.
 *
 * @throws InputError `cell/value` if a value does not fit its field or its revision; `cell/signature`,
 *   `cell/architecture` if the header does not belong to its revision
 */
export function encodeCellConfig(config: CellConfig): Uint8Array<ArrayBuffer> {
  try {
    const file = concatBytes([...encodeDescription(config, layoutOf(config)), config.trailing]);
    checkIdentity(config, file);
    return file;
  } catch (error) {
    throw unencodable(error);
  }
}

/** The header repeats what the config is; a file that contradicts it could not be read back. */
function checkIdentity({ revision, header }: CellConfig, file: Uint8Array): void {
  if (header.revision !== revision) {
    throw new RangeError(`header.revision: ${header.revision} in a config of revision ${revision}`);
  }
  if (!identifyConfig(file, 'cell').isStandard) throw mixedSignature(revision, 'cell');
}

export function unencodable(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new InputError('cell/value', `the config cannot be written: ${error.message}`, {
    fix: 'fix the value, or choose a revision that has it',
  });
}

const CELL_NAME_SIZE = 32;

/**
 * The cell's name as the hypervisor knows it: UTF-8 up to the first NUL.
 *
 * @throws InputError `cell/name` if it is empty, not UTF-8, or holds a control character
 */
export function cellName(config: CellConfig): string {
  const { name } = config.header;
  const end = name.indexOf(0);
  const raw = name.subarray(0, end < 0 ? CELL_NAME_SIZE : end);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw badName('is not UTF-8');
  }
  if (text === '') throw badName('is empty');
  if (end < 0) throw badName('has no NUL within its 32 bytes');
  if (/\p{Cc}/u.test(text)) throw badName('holds a control character');
  return text;
}

const badName = (why: string): InputError =>
  new InputError('cell/name', `the cell's name ${why}`, {
    fix: 'set `.name` in the cell config to 1 to 31 printable bytes and build it again',
  });
