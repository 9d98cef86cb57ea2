import fc from 'fast-check';

// Well-sized configs with random content, laid out by the numbers of the format description alone.

export const REVISIONS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] as const;
type Known = (typeof REVISIONS)[number];

const headerSize = (revision: number): number =>
  revision <= 4 ? 80 : revision <= 6 ? 88 : revision <= 9 ? 96 : revision <= 11 ? 128 : 132;

const rootCellAt = (revision: number): number =>
  revision <= 7 ? 252 : ({ 8: 260, 9: 262, 10: 266, 11: 322, 12: 354 }[revision] ?? 356);

/** Counts by their offset in the header, with the bytes that each record takes. */
const counts = (revision: number): [offset: number, record: number][] => [
  [48, 1],
  [52, 32],
  [56, 12],
  [60, 32],
  [64, revision <= 10 ? 1 : 4],
  [68, 56],
  [72, 8],
  ...(revision >= 12 ? [[76, 4] as [number, number]] : []),
];

interface Content {
  revision: Known;
  kind: 'cell' | 'system';
  architecture: number;
  counts: number[];
  /** Repeated over all that is not fixed. */
  noise: Uint8Array;
  trailing: number;
}

function build({ revision, kind, architecture, counts: numbers, noise, trailing }: Content): Uint8Array {
  const start = kind === 'cell' ? 0 : rootCellAt(revision);
  const fields = counts(revision);
  const body = fields.reduce((sum, [, record], index) => sum + record * numbers[index]!, 0);
  const file = new Uint8Array(start + headerSize(revision) + body + trailing);
  for (let at = 0; at < file.length; at++) file[at] = noise[at % noise.length]!;
  const magic = { cell: ['JHCELL', 'JHCLL'], system: ['JHSYST', 'JHSYS'] }[kind][revision < 14 ? 0 : 1]!;
  file.set(new TextEncoder().encode(magic));
  const view = new DataView(file.buffer);
  if (revision === 14) view.setUint8(5, architecture);
  view.setUint16(6, revision, true);
  fields.forEach(([offset], index) => view.setUint32(start + offset, numbers[index]!, true));
  return file;
}

const content = (kind: Content['kind']): fc.Arbitrary<Content> =>
  fc.record({
    revision: fc.constantFrom(...REVISIONS),
    kind: fc.constant(kind),
    architecture: fc.nat(2),
    counts: fc.array(fc.oneof(fc.constant(0), fc.nat(5)), { minLength: 8, maxLength: 8 }),
    noise: fc.uint8Array({ minLength: 97, maxLength: 97 }),
    trailing: fc.oneof(fc.constant(0), fc.nat(60)),
  });

export const cellFile: fc.Arbitrary<Uint8Array> = content('cell').map(build);
export const systemFile: fc.Arbitrary<Uint8Array> = content('system').map(build);
