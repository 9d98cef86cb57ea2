import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { asNobody, inShell, runProcess, type ProcessOptions } from '../helpers/cli.ts';
import { sha256 } from '../helpers/bytes.ts';
import { makeLoader } from '../helpers/loader.ts';

const FILES = {
  ...GOOD_FILES,
  'demo.cell.yaml': `${MANIFEST}loader: loader.bin\n`,
  'packed.cell.yaml': `${MANIFEST.replace('demo', 'packed')}bundle: { compress: gzip }\n`,
  'loader.bin': makeLoader(),
};

let first: Folder;
let second: Folder;
beforeAll(async () => {
  first = await Folder.create(FILES);
  second = await Folder.create(FILES, "another folder's $name ");
});
afterAll(() => Promise.all([first.remove(), second.remove()]));

async function build(folder: Folder, options: ProcessOptions, out = 'out'): Promise<Buffer[]> {
  const args = ['build', 'demo.cell.yaml', 'packed.cell.yaml', '-o', out];
  const outcome = await runProcess(args, { cwd: folder.path, ...options });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return Promise.all(['demo.tar', 'packed.tar.gz'].map((name) => readFile(folder.at(`${out}/${name}`))));
}

/** Of the tars: compressed bytes may differ between versions of zlib. */
const digests = ([tar, packed]: Buffer[]): string[] => [sha256(tar!), sha256(gunzipSync(packed!))];

test('directory, umask, time zone, locale, file times and modes, and user leave no trace', async () => {
  const plain = await build(first, { env: { TZ: 'UTC', LC_ALL: 'C' } });

  await mkdir(second.at('out'), { mode: 0o777 });
  await chmod(second.path, 0o755);
  await chmod(second.at('out'), 0o777);
  for (const [index, name] of (await readdir(second.path)).entries()) {
    if (name === 'out') continue;
    await utimes(second.at(name), 1e9 + index, 1e9 - index * 86_400);
    await chmod(second.at(name), index % 2 ? 0o444 : 0o755);
  }
  const user = (await asNobody()) ?? [];
  const other = await build(second, {
    env: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'de_DE', HOME: '/nonexistent' },
    under: [...user, ...inShell('umask 077; exec "$@"')],
  });
  expect(digests(other)).toEqual(digests(plain));
});

test('SOURCE_DATE_EPOCH is the time of every file, and changes nothing else', async () => {
  const [fixed] = await build(first, {}, 'fixed');
  const [dated] = await build(first, { env: { SOURCE_DATE_EPOCH: '1700000000' } }, 'dated');
  expect(sha256(dated!)).not.toBe(sha256(fixed!));
  const times = (folder: string): string[] => {
    const listing = execFileSync('tar', ['--full-time', '--utc', '-tvf', first.at(`${folder}/demo.tar`)]);
    return listing
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(3, 5).join(' '));
  };
  expect(new Set(times('fixed'))).toEqual(new Set(['1980-01-01 00:00:00']));
  expect(new Set(times('dated'))).toEqual(new Set(['2023-11-14 22:13:20']));
});
