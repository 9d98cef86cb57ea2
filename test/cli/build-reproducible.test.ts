import { chmod, readdir, readFile, utimes } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBundle, type BundleArchive } from '../../src/bundle/read.ts';
import { sha256 } from '../helpers/bytes.ts';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

// Another user, umask and locale: build-reproducible.e2e.ts.

const FILES = {
  ...GOOD_FILES,
  'packed.cell.yaml': `${MANIFEST.replace('demo', 'packed')}bundle: { compress: gzip }\n`,
};

let first: Folder;
let second: Folder;
beforeAll(async () => {
  first = await Folder.create(FILES);
  second = await Folder.create(FILES, "another folder's $name ");
});
afterAll(() => Promise.all([first.remove(), second.remove()]));

async function build(folder: Folder, env: Record<string, string> = {}): Promise<Buffer[]> {
  const args = ['build', 'demo.cell.yaml', 'packed.cell.yaml', '-o', 'out'];
  expect(await run(args, { cwd: folder.path, env })).toMatchObject({ code: 0, stderr: '' });
  const [tar, packed] = await Promise.all(
    ['demo.tar', 'packed.tar.gz'].map((name) => readFile(folder.at(`out/${name}`))),
  );
  // Compressed bytes may differ between versions of zlib.
  return [tar!, gunzipSync(packed!)];
}

test('directory, file times and modes leave no trace', async () => {
  const plain = await build(first);
  for (const [index, name] of (await readdir(second.path)).entries()) {
    await utimes(second.at(name), 1e9 + index, 1e9 - index * 86_400);
    await chmod(second.at(name), index % 2 ? 0o444 : 0o755);
  }
  expect((await build(second)).map(sha256)).toEqual(plain.map(sha256));
});

test('SOURCE_DATE_EPOCH is the time of every file, and changes nothing else', async () => {
  const fixed = await build(first);
  const dated = await build(first, { SOURCE_DATE_EPOCH: '1700000000' });
  const read = (tar: Buffer): Promise<BundleArchive> =>
    readBundle(
      (async function* () {
        yield tar;
      })(),
    );
  for (const [index, tar] of fixed.entries()) {
    const content = await read(tar);
    expect(content.mtime).toBe(Date.UTC(1980, 0, 1) / 1000);
    expect(await read(dated[index]!)).toEqual({ ...content, mtime: 1_700_000_000 });
  }
});
