import { describe, expect, test } from 'vitest';
import { MTIME_LIMIT } from '../../src/bundle/header.ts';
import { parseSourceDateEpoch } from '../../src/bundle/source-date-epoch.ts';
import { codeBlock, expectSections, listedTerms, readPage } from '../helpers/docs.ts';
import { builtBundle, MANIFEST } from '../helpers/docs-cell.ts';

/** Everything shipped. */
const FULL = `${MANIFEST}loader: linux-loader.bin\nsystem: root.cell\n`;
const ON_TARGET = `${MANIFEST.replace('kernel.config', 'serio.config')}checks:
  waive: [{ rule: kernel/serio, reason: no i8042 is probed since 4.16, until: 2027-06-30 }]
bundle: { kernel: /boot/bzImage }
`;

/** What has fields only where it is asked for. */
const OPTIONAL = [
  `${FULL}bundle: { hooks: { after-start: network-up.sh } }\n`,
  ['ready={ command: ping -c 1 -W 1 192.168.19.2 }', 'restart=always'],
] as const;

const full = await builtBundle(FULL);
const onTarget = await builtBundle(ON_TARGET);
const metadata = JSON.parse(onTarget.get('bundle.json')!) as {
  tool: { name: string; version: string };
  files: Record<string, { size: number; sha256: string }>;
};

/** Every key of JSON data: `cell.name`, `load[].file`; file names are `*`. */
function keyPaths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keyPaths(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = path === 'files' ? 'files.*' : path === '' ? key : `${path}.${key}`;
    return [own, ...keyPaths(inner, own)];
  });
}

/** What changes with each release, or with any word of the script, is left out of the examples. */
const isShown = (name: string): boolean => !/launch\.sh$|\.service$|bundle\.json$/.test(name);

function shownMetadata(): string {
  const { tool, files, ...rest } = metadata;
  const shown = Object.fromEntries(Object.entries(files).filter(([name]) => isShown(name)));
  const changed: Record<string, unknown> = { ...rest, tool: { ...tool, version: '…' }, files: shown };
  return JSON.stringify(Object.fromEntries(Object.keys(metadata).map((key) => [key, changed[key]])), null, 2);
}

const shownSums = (): string => onTarget.get('SHA256SUMS')!.split('\n').filter(isShown).join('\n');

test('the generated sections are what the code says', async () => {
  await expectSections('bundle.md', {
    metadata: codeBlock(shownMetadata(), 'json'),
    sums: codeBlock(shownSums()),
  });
});

describe('the page', () => {
  const page = readPage('bundle.md');

  test('lists the files of a bundle', () => {
    const names = [...full.keys()].map((name) => name.replace(/^.*\.service$/, '<name>.service'));
    expect(listedTerms(page, '## The files').toSorted()).toEqual(names.toSorted());
    expect(names.slice(-2)).toEqual(['bundle.json', 'SHA256SUMS']);
  });

  test('explains every field of bundle.json', async () => {
    const system = JSON.parse(full.get('bundle.json')!) as unknown;
    const all = JSON.parse((await builtBundle(...OPTIONAL)).get('bundle.json')!) as unknown;
    const fields = new Set([...keyPaths(metadata), ...keyPaths(system), ...keyPaths(all)]);
    expect(listedTerms(page, '### The fields').toSorted()).toEqual([...fields].toSorted());
  });

  test('names the times that a bundle can have', () => {
    const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
    expect(page).toContain(day(parseSourceDateEpoch(undefined)));
    expect(page).toContain(day(MTIME_LIMIT));
  });
});
