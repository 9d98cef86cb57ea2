import { copyOf } from '../../base/bytes.ts';
import { cutShort, type ConfigKind } from './identify.ts';
import type { ConfigLayout, LayoutShape, Table } from './layouts.ts';
import type { CellDescription, CellHeader, PortAccess } from './types.ts';

type Parts = Record<string, unknown>;

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);

const recordSize = ({ record }: Table): number => record?.size ?? 1;

/** How much a table needs, as messages say it. */
const sizeText = ({ title, record }: Table, count: number): string =>
  record === null ? `${title} (${count} bytes)` : `${title} (${count} of ${record.size} bytes)`;

/** The bytes that the counts of a header, decoded by the layout, ask for. */
export const countedSize = ({ header, tables }: LayoutShape, decoded: Readonly<Parts>): number =>
  tables.reduce((sum, each) => sum + Number(decoded[each.count]) * recordSize(each), header.size);

/** The tables behind a header; those of PIO are a bitmap or regions. */
export function decodeTables(
  file: Uint8Array,
  headerEnd: number,
  { tables }: LayoutShape,
  decoded: Readonly<Parts>,
  kind: ConfigKind,
): { parts: Parts; end: number } {
  const view = viewOf(file);
  const parts: Parts = {};
  let at = headerEnd;
  for (const each of tables) {
    const { part, record } = each;
    const count = Number(decoded[each.count]);
    const from = at;
    at += count * recordSize(each);
    if (at > file.length) throw cutShort(kind, at, file.length, sizeText(each, count));
    const items =
      record === null
        ? copyOf(file, from, at)
        : Array.from({ length: count }, (_, index) => record.read(view, from + index * record.size));
    parts[part] = part === 'pio' ? { [record === null ? 'bitmap' : 'regions']: items } : items;
  }
  return { parts, end: at };
}

/**
 * Reads a cell's header and arrays from `start` on; `end` is where the counted part ends.
 *
 * @throws InputError `cell/truncated` if the counts ask for more than the file has
 */
export function decodeDescription(
  file: Uint8Array,
  start: number,
  layout: ConfigLayout,
  kind: ConfigKind,
): { description: CellDescription; end: number } {
  const headerEnd = start + layout.header.size;
  if (headerEnd > file.length) throw cutShort(kind, headerEnd, file.length, 'its header');
  const decoded = layout.header.decode(file, start);
  const { parts, end } = decodeTables(file, headerEnd, layout, decoded, kind);
  const counts = new Set(layout.tables.map(({ count }) => count));
  const header = Object.fromEntries(Object.entries(decoded).filter(([name]) => !counts.has(name)));
  const description = { header: header as unknown as CellHeader, streamIds: [], ...parts };
  return { description: description as unknown as CellDescription, end };
}

/** The parts that some layout lacks. */
const RARE = ['streamIds', 'smmuSids', 'regmaps'] as const;

const itemsOf = (part: unknown): readonly unknown[] | Uint8Array =>
  part instanceof Uint8Array || Array.isArray(part)
    ? part
    : part === undefined
      ? []
      : 'bitmap' in (part as PortAccess)
        ? (part as { bitmap: Uint8Array }).bitmap
        : (part as { regions: unknown[] }).regions;

/** @throws RangeError if a value does not fit its field, or the layout has no place for it */
export function encodeDescription(description: CellDescription, layout: ConfigLayout): Uint8Array[] {
  const { pio, header } = description;
  if ('bitmap' in pio !== (layout.pio === 'bitmap')) {
    throw new RangeError(
      `pio: this revision has ${layout.pio === 'bitmap' ? 'a bitmap' : 'a list of regions'}`,
    );
  }
  for (const part of RARE) {
    const isThere = layout.tables.some((each) => each.part === part);
    if (!isThere && (description[part] ?? []).length > 0)
      throw new RangeError(`${part}: this layout has none`);
  }
  const contents = layout.tables.map((each) => ({
    ...each,
    items: itemsOf(description[each.part as keyof CellDescription]),
  }));
  const counts = Object.fromEntries(contents.map(({ count, items }) => [count, items.length]));
  return [
    layout.header.encode({ ...header, ...counts }),
    ...contents.map(({ record, items }) => {
      if (record === null) return items as Uint8Array;
      const table = new Uint8Array(items.length * record.size);
      const view = viewOf(table);
      items.forEach((item, index) => record.write(view, index * record.size, item));
      return table;
    }),
  ];
}
