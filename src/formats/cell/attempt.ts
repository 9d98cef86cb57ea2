import { countedSize, decodeTables } from './description.ts';
import { FORKS, type Fork } from './forks.ts';
import type { ConfigKind } from './identify.ts';
import { describeLayout, layoutIdOf, VARIANT_IDS, VARIANTS, type Versioned } from './layout-ids.ts';
import { SIGNATURE_SIZE, type LayoutShape } from './layouts.ts';
import type { Oddity } from './oddity.ts';
import { countOddities, descriptionOddities } from './plausible.ts';
import { systemOddities, type SystemStart } from './odd-system.ts';
import type { PciDevice } from './records.ts';
import type { Revision } from './releases.ts';
import type { CellHeader } from './types.ts';
import { layoutOf } from './variants.ts';

// A file, read by each layout that its revision is known to have.

/** A layout that a file may have. */
interface Candidate {
  shape: LayoutShape;
  /** How messages call it. */
  title: string;
  /** `null`: a fork's, which is not read. */
  read: Versioned | null;
}

/** A file by one candidate. */
export interface Attempt extends Candidate {
  /** Where the counted part ends; beyond the file's end where it is too short. */
  end: number;
  /** Bytes behind it. */
  rest: number;
  /** What speaks against it; `null`: the file is too short to be read. */
  odd: Oddity[] | null;
  devices: readonly PciDevice[];
}

const readCandidate = (read: Versioned): Candidate => ({
  shape: layoutOf(read),
  title: describeLayout(layoutIdOf(read)),
  read,
});

export const forkCandidate = (fork: Fork): Candidate => ({
  shape: fork,
  title: `${fork.id} (${fork.of})`,
  read: null,
});

export const byRevision = (revision: Revision): Candidate[] => [
  readCandidate({ revision }),
  ...VARIANT_IDS.filter((id) => VARIANTS[id].revision === revision).map((layout) =>
    readCandidate({ revision, layout }),
  ),
  ...FORKS.filter((fork) => fork.revision === revision).map(forkCandidate),
];

const isAllZero = (file: Uint8Array, from: number, size: number): boolean =>
  file.subarray(from, from + size).every((byte) => byte === 0);

export function attemptTo(file: Uint8Array, kind: ConfigKind, candidate: Candidate): Attempt {
  const { shape } = candidate;
  const start = kind === 'system' ? shape.rootCellAt : 0;
  const headerEnd = start + shape.header.size;
  const attempt = { ...candidate, end: headerEnd, rest: 0, odd: null, devices: [] };
  if (headerEnd > file.length) return attempt;
  const decoded = shape.header.decode(file, start);
  const end = start + countedSize(shape, decoded);
  if (end > file.length) return { ...attempt, end };
  const fitting = { ...attempt, end, rest: file.length - end };
  const tooMany = countOddities(
    shape.tables.flatMap(({ record, count }) => (record === null ? [] : [Number(decoded[count])])),
  );
  if (tooMany.length > 0) return { ...fitting, odd: tooMany };
  const { parts } = decodeTables(file, headerEnd, shape, decoded, kind);
  const { names, system } = shape;
  return {
    ...fitting,
    odd: [
      ...(kind === 'cell' ? [] : startOddities(file, start, system.decode(file, SIGNATURE_SIZE), names)),
      ...descriptionOddities(decoded as unknown as CellHeader, parts, names),
    ],
    devices: parts.pciDevices as PciDevice[],
  };
}

function startOddities(
  file: Uint8Array,
  rootCellAt: number,
  fields: unknown,
  names: LayoutShape['names'],
): Oddity[] {
  const odd = systemOddities(fields as SystemStart, names);
  return isAllZero(file, rootCellAt, SIGNATURE_SIZE)
    ? odd
    : [...odd, { subject: 'root header', text: 'the bytes in front of the root cell’s name are not zero' }];
}

export const isPlausible = ({ odd }: Attempt): boolean => odd !== null && odd.length === 0;
export const isStandard = ({ read }: Attempt): boolean => read !== null && read.layout === undefined;

/** Whether a file begins as a standard one does, so that it is one which was cut, or has a wrong count. */
export function beginsAsStandard(file: Uint8Array, kind: ConfigKind, { shape }: Attempt): boolean {
  const { rootCellAt, header, names, system } = shape;
  const start = kind === 'system' ? rootCellAt : 0;
  if (start + header.size > file.length) return true;
  const decoded = header.decode(file, start) as unknown as CellHeader;
  const odd = [
    ...(kind === 'cell' ? [] : startOddities(file, start, system.decode(file, SIGNATURE_SIZE), names)),
    ...descriptionOddities(decoded, {}, names).filter(
      ({ subject }) => subject === 'name' || subject === 'header',
    ),
  ];
  return odd.length === 0;
}
