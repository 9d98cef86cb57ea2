import { InputError } from '../../base/diagnostic.ts';
import { hasNewTail, isAlike, tailOf } from './alike.ts';
import {
  attemptTo,
  beginsAsStandard,
  byRevision,
  forkCandidate,
  isPlausible,
  isStandard,
  type Attempt,
} from './attempt.ts';
import { FORKS } from './forks.ts';
import { KIND_NAMES, mixedSignature, startsWith, type ConfigKind, type Identity } from './identify.ts';
import { layoutIdOf, type Versioned } from './layout-ids.ts';
import { refuseFork, refuseUnknown, undecided } from './layout-errors.ts';
import { isIvshmem } from './names.ts';
import type { Oddity } from './oddity.ts';
import type { Revision } from './releases.ts';

// Vendors and forks changed the layout and kept the number, so a file's length and values must tell which one it has.

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
