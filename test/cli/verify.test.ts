import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf, type ArchiveEntry } from '../fixtures/bundle/sample.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { inParallel, run, runRefused } from '../helpers/cli.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { sha256 } from '../helpers/bytes.ts';

let folder: Folder;
let tar: Buffer;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'packed.cell.yaml': `${MANIFEST.replace('demo', 'packed')}bundle: { compress: gzip, kernel: /boot/bz Image }\n`,
    empty: '',
  });
  await mkdir(folder.at('directory'));
  const built = await run(['build', 'demo.cell.yaml', 'packed.cell.yaml'], { cwd: folder.path });
  if (built.code !== 0) throw new Error(built.stderr);
  tar = await readFile(folder.at('demo.tar'));
});
afterAll(() => folder.remove());

describe('an intact bundle', () => {
  test('says so, and names what it could not look at', async () => {
    expect(await run(['verify', 'demo.tar'], { cwd: folder.path })).toEqual({
      code: 0,
      signal: null,
      stdout: 'demo.tar is intact, 8 files\n',
      stderr: '',
    });
    const packed = await run(['verify', 'packed.tar.gz'], { cwd: folder.path });
    expect(packed.code).toBe(0);
    expect(packed.stdout).toBe(
      'packed.tar.gz is intact, 7 files\n  /boot/bz Image stays on the target: launch.sh compares it there\n',
    );
  });

  test('is told as JSON: every file with its digest', async () => {
    const { code, stdout, stderr } = await run(['verify', '--json', 'packed.tar.gz'], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { findings, subjects } = JSON.parse(stdout) as Report<'verify'>;
    expect(findings).toEqual([]);
    const kernel = { size: 33792, sha256: sha256(await readFile(folder.at('bzImage'))) };
    expect(subjects).toMatchObject([
      { file: 'packed.tar.gz', ok: true, name: 'packed', onTarget: { '/boot/bz Image': kernel } },
    ]);
    expect(subjects[0]!.files!['cell.cell']!.sha256).toBe(sha256(await readFile(folder.at('demo.cell'))));
  });
});

/** The folder's entry as a symbolic link, with its checksum. */
function foreignTar(): Buffer {
  const bytes = Buffer.from(tar);
  bytes.write('2', 156, 'latin1');
  const sum = bytes
    .subarray(0, 512)
    .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  bytes.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
  return bytes;
}

/** One byte of each kind of place; the library's own test changes every single one. */
test('a changed byte is found, and the file it is in is named', async () => {
  const entries = layoutOf(tar);
  const [folderEntry] = entries;
  const kernel = entries.find(({ path }) => path.endsWith('kernel'))!;
  const padded = entries.find(({ padding, end }) => padding < end)!;
  const at = ({ path }: ArchiveEntry, offset: number) => ({ path, offset });
  const samples = [
    at(folderEntry!, folderEntry!.start),
    // Name, mode, size, time, checksum, type, magic.
    ...[5, 100, 124, 136, 148, 156, 257].map((field) => at(kernel, kernel.start + field)),
    at(kernel, kernel.content),
    at(kernel, kernel.padding - 1),
    at(padded, padded.padding),
    ...entries.slice(-2).map((entry) => at(entry, entry.content)),
  ];
  await inParallel(samples, async ({ path, offset }) => {
    const damaged = Buffer.from(tar);
    damaged[offset]! ^= 1;
    const file = folder.at(`damaged-${offset}.tar`);
    await writeFile(file, damaged);
    const { code, stdout, stderr } = await run(['verify', file]);
    expect({ code, stderr }, `byte ${offset}, in ${path}`).toEqual({ code: 1, stderr: '' });
    expect(stdout, `byte ${offset}, in ${path}`).toMatch(/: error bundle\/[a-z-]+\n/);
    expect(stdout, `byte ${offset}, in ${path}`).toContain(path.replace(/\/$/, ''));
  });
});

describe('what is no bundle', () => {
  test.each<[string, () => Buffer | string, RegExp]>([
    ['text', () => 'not a bundle\n'.repeat(100), /error bundle\//],
    ['a short text', () => 'no', /error bundle\//],
    ['zeros', () => Buffer.alloc(10_240), /error bundle\//],
    ['an empty file', () => '', /input\/empty/],
    ['a bundle cut at its start', () => tar.subarray(0, 300), /error bundle\/truncated/],
    ['a bundle cut in a file', () => tar.subarray(0, 20_000), /error bundle\//],
    ['a bundle without its end', () => tar.subarray(0, -600), /error bundle\//],
    ['a bundle with more behind it', () => Buffer.concat([tar, Buffer.from('more')]), /error bundle\//],
    ['a bundle that somebody compressed', () => gzipSync(tar), /error bundle\/gzip/],
    ['gzip cut short', () => gzipSync(tar).subarray(0, 2000), /error bundle\/gzip/],
    ['gzip of something else', () => gzipSync('something else'), /error bundle\//],
  ])('%s', async (_, content, reason) => {
    await writeFile(folder.at('file'), content());
    expect(await runRefused(['verify', 'file'], { cwd: folder.path })).toMatch(reason);
    const json = await run(['verify', '--json', 'file'], { cwd: folder.path });
    expect(json).toMatchObject({ code: 1, stderr: '' });
    const { ok, findings } = JSON.parse(json.stdout) as { ok: boolean; findings: { fix: string | null }[] };
    expect(ok).toBe(false);
    for (const { fix } of findings) expect(fix).toBeTruthy();
  });

  test.each<[string, () => Promise<Buffer>, string]>([
    ['a kernel', () => readFile(folder.at('bzImage')), 'no-bundle'],
    ['a cell config', () => readFile(folder.at('demo.cell')), 'no-bundle'],
    ['a manifest', () => readFile(folder.at('demo.cell.yaml')), 'no-bundle'],
    ['a tar with a link first', async () => foreignTar(), 'foreign'],
    ['a bundle that is cut in its first name', async () => tar.subarray(0, 3), 'truncated'],
  ])('%s is one error, and its files are not known', async (_, content, code) => {
    await writeFile(folder.at('file'), await content());
    const { stdout } = await run(['verify', '--json', 'file'], { cwd: folder.path });
    const { findings, subjects } = JSON.parse(stdout) as Report<'verify'>;
    expect(findings.map(({ rule }) => rule)).toEqual([`bundle/${code}`]);
    expect(subjects).toEqual([
      { file: 'file', ok: false, name: null, files: null, onTarget: null, signatures: [] },
    ]);
  });

  test('what cannot be read has no list of files', async () => {
    const { stdout } = await run(['verify', '--json', 'none'], { cwd: folder.path });
    const { subjects } = JSON.parse(stdout) as Report<'verify'>;
    expect(subjects).toEqual([
      { file: 'none', ok: false, name: null, files: null, onTarget: null, signatures: [] },
    ]);
  });

  test.each(['directory', 'none'])('%s', async (name) => {
    expect(await runRefused(['verify', name], { cwd: folder.path })).toMatch(/error input\//);
  });
});

test('the compressed bundle holds the same tar as is told', async () => {
  const built = await run(['build', '--json', 'packed.cell.yaml', '-o', 'json'], { cwd: folder.path });
  const { subjects } = JSON.parse(built.stdout) as Report<'build'>;
  const packed = await readFile(folder.at('json/packed.tar.gz'));
  expect(subjects[0]!.bundle).toMatchObject({
    sha256: sha256(packed),
    tarSha256: sha256(gunzipSync(packed)),
  });
});
