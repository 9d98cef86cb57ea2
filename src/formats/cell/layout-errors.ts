import { InputError } from '../../base/diagnostic.ts';
import { either, plural } from '../../base/text.ts';
import type { Attempt } from './attempt.ts';
import type { Fork } from './forks.ts';
import { KIND_NAMES, type ConfigKind } from './identify.ts';
import { layoutIdOf } from './layout-ids.ts';
import type { Revision } from './releases.ts';

// Why a file is not read.

const fix = (readable: readonly Attempt[]): string =>
  `say which with ${either(readable.map(({ read }) => `\`--layout ${layoutIdOf(read!)}\``))}, or with \`layout:\` in a manifest`;

/** @throws InputError where the evidence does not decide */
export function undecided(kind: ConfigKind, revision: Revision, attempts: readonly Attempt[]): never {
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

/** @throws InputError with the name of the fork */
export function refuseFork(kind: ConfigKind, revision: Revision, forks: readonly Attempt[]): never {
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
export function refuseUnknown(
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
