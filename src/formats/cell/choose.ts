import { InputError } from '../../base/diagnostic.ts';
import { either, plural } from '../../base/text.ts';
import { countedSize, decodeTables } from './description.ts';
import { FORKS, type Fork } from './forks.ts';
import { KIND_NAMES, mixedSignature, startsWith, type ConfigKind, type Identity } from './identify.ts';
import {
  describeLayout,
  layoutIdOf,
  VARIANT_IDS,
  VARIANTS,
  type LayoutId,
  type Versioned,
} from './layout-ids.ts';
import { SIGNATURE_SIZE, type LayoutShape } from './layouts.ts';
import { isIvshmem } from './names.ts';
import {
  countOddities,
  descriptionOddities,
  systemOddities,
  type Oddity,
  type SystemStart,
} from './plausible.ts';
import type { PciDevice } from './records.ts';
import type { Revision } from './releases.ts';
import type { CellHeader } from './types.ts';
import { layoutOf } from './variants.ts';

// Vendors and forks changed the layout and kept the number, so a file's length and values must tell which one it has.

/** A layout that a file may have. */
interface Candidate {
  shape: LayoutShape;
  /** How messages call it. */
  title: string;
  /** `null`: a fork's, which is not read. */
  read: Versioned | null;
}

/** A file by one candidate. */
interface Attempt extends Candidate {
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

const forkCandidate = (fork: Fork): Candidate => ({
  shape: fork,
  title: `${fork.id} (${fork.of})`,
  read: null,
});

const byRevision = (revision: Revision): Candidate[] => [
  readCandidate({ revision }),
  ...VARIANT_IDS.filter((id) => VARIANTS[id].revision === revision).map((layout) =>
    readCandidate({ revision, layout }),
  ),
  ...FORKS.filter((fork) => fork.revision === revision).map(forkCandidate),
];

const isAllZero = (file: Uint8Array, from: number, size: number): boolean =>
  file.subarray(from, from + size).every((byte) => byte === 0);

function attemptTo(file: Uint8Array, kind: ConfigKind, candidate: Candidate): Attempt {
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

const isPlausible = ({ odd }: Attempt): boolean => odd !== null && odd.length === 0;
const isStandard = ({ read }: Attempt): boolean => read !== null && read.layout === undefined;

/** Layouts with the same fields in the same places, but for the last ones of ivshmem devices. */
const GROUPS: readonly (readonly LayoutId[])[] = [
  ['std12', 'nxp12', 'git12-old', 'git12-iv-c'],
  ['std13', 'git13-first'],
  ['std9', 'git9-flags'],
  ['std11', 'git11-a', 'git11-b'],
];

/** Forks whose cells are like the standard ones. */
const ALIKE: ReadonlySet<unknown> = new Set(['coloring13']);

function isAlike(one: Attempt, other: Attempt): boolean {
  if (one.read === null) return false;
  const id = layoutIdOf(one.read);
  if (other.read === null) return id === 'std13' && ALIKE.has((other.shape as Fork).id);
  const otherId = layoutIdOf(other.read);
  return GROUPS.some((group) => group.includes(id) && group.includes(otherId));
}

const fix = (readable: readonly Attempt[]): string =>
  `say which with ${either(readable.map(({ read }) => `\`--layout ${layoutIdOf(read!)}\``))}, or with \`layout:\` in a manifest`;

/** @throws InputError where the evidence does not decide */
function undecided(kind: ConfigKind, revision: Revision, attempts: readonly Attempt[]): never {
  const readable = attempts.filter(({ read }) => read !== null);
  throw new InputError(
    'cell/layout',
    `the ${KIND_NAMES[kind]} fits several layouts of revision ${revision}, which read it differently`,
    {
      requested: 'a file that one layout fits',
      actual: attempts.map(({ title }) => title).join('; '),
      fix: fix(readable),
    },
  );
}

/** What revision 12's ivshmem devices end with: the fields of its release, or those of revision 11. */
type Tail = 'old' | 'new' | 'same';

const OLD_BAR = 0xffffff00;
const NEW_BARS: ReadonlySet<number> = new Set([0xfffff000, 0xffff0000]);
const OLD_VETH = 0x100;
const OLD_CUSTOM = 0x8000;
const MOST_PEERS = 12;

/** `null`: the device does not tell. */
function tailOf(device: PciDevice): Tail | null {
  const { shmem_dev_id, shmem_peers, shmem_protocol, padding, bar_mask } = device;
  const [low, high] =
    shmem_peers === undefined
      ? [shmem_protocol, padding![0]! | (padding![1]! << 8)]
      : [shmem_dev_id! | (shmem_peers << 8), shmem_protocol];
  const peers = low >> 8;
  const isZero = low === 0 && high === 0;
  const mayBeOld = high === 0 && (low === 0 || low === OLD_VETH || low >= OLD_CUSTOM);
  const mayBeNew = isZero || (peers >= 1 && peers <= MOST_PEERS);
  const bar = bar_mask[0]!;
  if (bar === OLD_BAR) return mayBeOld ? 'old' : null;
  if (NEW_BARS.has(bar)) return mayBeNew ? 'new' : null;
  if (isZero) return 'same';
  if (mayBeOld === mayBeNew) return null;
  return mayBeOld ? 'old' : 'new';
}

const hasNewTail = ({ shape }: Attempt): boolean =>
  shape.tables.some(
    ({ part, record }) => part === 'pciDevices' && 'shmem_peers' in (record as LayoutShape['header']).fields,
  );

/** Of layouts that differ in the end of ivshmem devices, the first that has the one of the file. */
function byTail(kind: ConfigKind, revision: Revision, alike: readonly [Attempt, ...Attempt[]]): Attempt {
  const [first] = alike;
  const isNew = hasNewTail(first);
  const other = alike.find((each) => hasNewTail(each) !== isNew);
  const tails = first.devices
    .filter(isIvshmem)
    .map(tailOf)
    .filter((tail) => tail !== 'same');
  if (other === undefined || tails.length === 0) return first;
  const wanted = tails[0]!;
  if (wanted === null || tails.some((tail) => tail !== wanted)) undecided(kind, revision, [first, other]);
  return (wanted === 'new') === isNew ? first : other;
}

/** Of the layouts that fit equally well, the one to read. */
function pick(kind: ConfigKind, revision: Revision, fitting: readonly [Attempt, ...Attempt[]]): Attempt {
  const [first, ...others] = fitting;
  if (first.read === null) return first;
  const alike: [Attempt, ...Attempt[]] = [first, ...others.filter((each) => isAlike(first, each))];
  if (!isStandard(first) && alike.length < fitting.length) undecided(kind, revision, fitting);
  return byTail(kind, revision, [first, ...alike.slice(1).filter(({ read }) => read !== null)]);
}

/** @throws InputError with the name of the fork */
function refuseFork(kind: ConfigKind, revision: Revision, forks: readonly Attempt[]): never {
  throw new InputError(
    'cell/layout',
    `the ${KIND_NAMES[kind]} has the layout of a fork: ${forks.map(({ title }) => title).join(', or ')}`,
    {
      requested: `a config of a Jailhouse release, or of ${either(['NXP’s', 'TI’s BSPs'])}`,
      actual: `revision ${revision} as ${either(forks.map(({ shape }) => (shape as Fork).id))} has it`,
      fix: 'only that fork’s own tools read it; build the config with the headers of a Jailhouse release',
    },
  );
}

const MOST_NEAR = 3;

/** What keeps a file from being read by a layout. */
function against({ title, end, rest, odd }: Attempt, size: number): string {
  if (odd === null) return `${title}: it would end at byte ${end}, the file has ${size}`;
  const shown = odd.slice(0, MOST_NEAR).map(({ text }) => text);
  const more = odd.length > MOST_NEAR ? [`and ${odd.length - MOST_NEAR} more`] : [];
  const left = rest === 0 ? [] : [`${plural(rest, 'byte')} would be left over`];
  return `${title}: ${[...shown, ...more, ...left].join('; ')}`;
}

/** How far a file is from a layout: too short is worst. */
const distance = ({ odd, rest }: Attempt): number =>
  odd === null ? Infinity : odd.length * 100 + Math.min(rest, 99);

/** @throws InputError that names the nearest layouts */
function refuseUnknown(
  file: Uint8Array,
  kind: ConfigKind,
  revision: Revision,
  attempts: readonly Attempt[],
): never {
  const near = attempts.toSorted((a, b) => distance(a) - distance(b) || a.end - b.end).slice(0, MOST_NEAR);
  throw new InputError(
    'cell/layout',
    `no known layout of revision ${revision} fits the ${KIND_NAMES[kind]}`,
    {
      requested: 'a length and values that belong together',
      actual: `${plural(file.length, 'byte')}, which no layout of revision ${revision} accounts for`,
      detail: near.map((each) => against(each, file.length)).join('\n'),
      fix: 'copy or build it again; if it is of a vendor’s or fork’s Jailhouse, `--layout ID` reads it as one that is known',
    },
  );
}

/** Bytes that a cell of a standard layout may have behind its end, where it is only odd in its header. */
const MOST_LOOSE = 112;
const HARMLESS: ReadonlySet<Oddity['subject']> = new Set(['name', 'cell flags', 'CPUs']);

/** Whether a file that fits nothing is still a standard one, with odd values. */
function isOddStandard({ odd, rest }: Attempt, kind: ConfigKind): boolean {
  if (odd === null) return false;
  if (rest === 0) return true;
  return kind === 'cell' && rest <= MOST_LOOSE && odd.every(({ subject }) => HARMLESS.has(subject));
}

/** @throws InputError for a signature that the releases of the revision do not have: `cell/layout` if a fork has it */
function refuseForeign(file: Uint8Array, kind: ConfigKind, revision: Revision): never {
  const forks = FORKS.filter((fork) => fork.revision === revision && startsWith(file, fork.signatures[kind]));
  const fitting = forks.map((fork) => attemptTo(file, kind, forkCandidate(fork))).filter(isPlausible);
  if (fitting.length > 0) refuseFork(kind, revision, fitting);
  throw mixedSignature(revision, kind);
}

/** Whether a file begins as a standard one does, so that it is one which was cut, or has a wrong count. */
function beginsAsStandard(file: Uint8Array, kind: ConfigKind, { shape }: Attempt): boolean {
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

/**
 * Which layout of its revision a file has: by its exact length, then by whether its values are possible.
 *
 * @param chosen what the user says that it is
 * @throws InputError `cell/layout` for a fork's layout, for an unknown one, and where several fit; `cell/signature`
 */
export function chooseLayout(
  file: Uint8Array,
  kind: ConfigKind,
  { revision, isStandard: isOwn }: Pick<Identity, 'revision' | 'isStandard'>,
  chosen?: Versioned,
): Versioned {
  if (!isOwn) refuseForeign(file, kind, revision);
  if (chosen !== undefined) {
    if (chosen.revision === revision) return chosen;
    throw new InputError(
      'cell/layout',
      `the layout ${layoutIdOf(chosen)} is one of revision ${chosen.revision}; the ${KIND_NAMES[kind]} has revision ${revision}`,
      { fix: 'choose one of its revision, or leave the layout out' },
    );
  }
  const attempts: Attempt[] = [];
  for (const candidate of byRevision(revision)) {
    if (!startsWith(file, candidate.shape.signatures[kind])) continue;
    const attempt = attemptTo(file, kind, candidate);
    attempts.push(attempt);
  }
  const fitting = attempts.filter(isPlausible);
  const exact = fitting.filter(({ rest }) => rest === 0);
  const standard = attempts[0]!;
  const looseStandard = isPlausible(standard) && standard.rest > 0 ? [standard] : [];
  const strangers = exact.filter((each) => !looseStandard.some((own) => isAlike(own, each)));
  if (looseStandard.length > 0 && strangers.length > 0) {
    undecided(kind, revision, [...looseStandard, ...strangers]);
  }
  const [best, ...others] = exact.length > 0 ? exact : fitting;
  if (best !== undefined) {
    const picked = pick(kind, revision, [best, ...others]);
    if (picked.read !== null) return picked.read;
    refuseFork(kind, revision, [best, ...others]);
  }
  if (isStandard(standard)) {
    if (isOddStandard(standard, kind)) return standard.read!;
    if (standard.odd === null && beginsAsStandard(file, kind, standard)) return standard.read!;
  }
  return refuseUnknown(file, kind, revision, attempts);
}
