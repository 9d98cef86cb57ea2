import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../helpers/docs.ts';

const SCRIPT = path.join(ROOT, 'scripts/check-words.mjs');
const EXCEPTIONS = 'scripts/check-words.allowed.json';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'words-'));
  for (const name of ['docs/reference', 'example-project', 'integrations', 'scripts', 'src'])
    await mkdir(path.join(folder, name), { recursive: true });
  await write({ 'README.md': 'Fine.\n', 'CHANGELOG.md': 'Fine.\n', [EXCEPTIONS]: '[]' });
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}

/** The lines on standard error; none if nothing was found. */
const lines = (...words: string[]): Promise<string[]> =>
  new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...words], { cwd: folder }, (error, _, stderr) => {
      expect(error?.code).toBe(stderr === '' ? undefined : 1);
      resolve(stderr.trimEnd().split('\n').slice(0, -1));
    });
  });

test('finds nothing in plain texts', async () => {
  await write({ 'docs/a.md': 'There is no initrd. The file is not a tar.\n' });
  expect(await lines()).toEqual([]);
});

// One process for all: each loads the compiler.
test('names line, word and better word, in pages and in the texts of sources; accepts exceptions with a reason', async () => {
  const source = [
    "import { shall } from 'lies behind.ts';",
    '/** It lies behind. */',
    'const behind = (lies: string) => shall(`the ${lies ? `shall we` : behind} is here',
    'and lies there`);',
    "type Word = 'it stands';",
    "export const text = 'the key stands here', key = 'mend';",
  ];
  const exceptions = [
    { file: 'README.md', text: 'a bug lies', reason: 'a quotation' },
    { file: 'CHANGELOG.md', text: 'a fault lies', reason: '' },
    { file: 'CHANGELOG.md', text: 'a hint lies', reason: 'a quotation' },
  ];
  await write({
    'docs/a.md': 'Fine.\n\nThis is no tar, and a fix mends it.\n',
    'src/a.ts': source.join('\n'),
    'README.md': 'There a bug lies.\n',
    'CHANGELOG.md': 'There a fault lies.\n',
    [EXCEPTIONS]: JSON.stringify(exceptions),
  });
  expect(await lines()).toEqual([
    'docs/a.md:3: "is no": say is not a',
    'docs/a.md:3: "mends": say fix',
    'src/a.ts:3: "shall": say must, will, should',
    'src/a.ts:4: "lies": say is',
    'src/a.ts:6: "stands": say is; is for',
    `${EXCEPTIONS}: the exception for CHANGELOG.md ("a fault lies") has no reason`,
    `${EXCEPTIONS}: the exception for CHANGELOG.md ("a hint lies") is not needed any more`,
  ]);
});

test('reads only what is written by hand, and the help, with --pages', async () => {
  const page = '<!-- generated: a -->\n\nIt stands.\n\n<!-- end -->\n\nIt lies.\n';
  await write({ 'src/a.ts': "const a = 'it stands';", 'docs/a.md': page, 'docs/reference/cli.md': page });
  expect(await lines('--pages')).toEqual([
    'docs/a.md:7: "lies": say is',
    'docs/reference/cli.md:3: "stands": say is; is for',
    'docs/reference/cli.md:7: "lies": say is',
  ]);
});
