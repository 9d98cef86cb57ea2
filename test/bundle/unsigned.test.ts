import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import { readBundle } from '../../src/bundle/read.ts';
import { inPieces } from '../fixtures/bundle/sample.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { keyOf, openKeyFile } from '../helpers/minisign.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({ 'open.key': await openKeyFile(keyOf(1)) });
  for (const words of [[], ['-o', 'signed', '--secret-key', 'open.key']]) {
    const built = await run(['build', 'demo.cell.yaml', ...words], { cwd: folder.path });
    if (built.code !== 0) throw new Error(built.stderr);
  }
});
afterAll(() => folder.remove());

const membersOf = async (file: string): Promise<Map<string, string>> => {
  const { files } = await readBundle(inPieces(await readFile(folder.at(file))));
  return new Map(files.map(({ path, sha256 }) => [path, sha256]));
};

/** Texts of ours that a release may change. */
const TEXTS = ['launch.sh', 'demo.service', 'bundle.json', 'SHA256SUMS'];

// Those of arm64 and arm, of the same time, are in pinned.test.ts.
test('what a cell is loaded with has the bytes that it had before bundles could be signed', async () => {
  const members = await membersOf('demo.tar');
  for (const name of TEXTS) expect(members.delete(name)).toBe(true);
  expect(Object.fromEntries(members)).toEqual({
    'cell.cell': '796549aca50c23888dbc2cea5b9308488289a6bfdae9f54e083e8129d6654f63',
    initrd: 'a52008482e78cc2da4bd6dfb47781547ff01d3651d087041cdce3c19da087a70',
    kernel: '36f6319f1c7d1a84243724c378720f7952b574e501dafcf6bff30345fb48880e',
    params: '80c291011186fee98e0aadce7575a6d22f1901992a6b847f84a0a31745157769',
  });
});

test('a signature changes no other file', async () => {
  const signed = await membersOf('signed/demo.tar');
  expect(signed.delete('SHA256SUMS.minisig')).toBe(true);
  expect(signed).toEqual(await membersOf('demo.tar'));
});
