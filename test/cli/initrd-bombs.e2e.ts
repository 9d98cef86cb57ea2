import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { runProcess } from '../helpers/cli.ts';
import { ROOT } from '../helpers/docs.ts';

/** Made by `head -c 1G /dev/zero | bzip2 -9`: 785 bytes. */
const ZEROS = path.join(ROOT, 'test/fixtures/initrd/zeros-1g.bz2');

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder.remove());

/** What a command says, and the MiB that it had at most. */
async function measured(args: readonly string[]) {
  const file = folder.at('max-rss');
  const env = { NODE_OPTIONS: `--import=${path.join(ROOT, 'bench/max-rss.mjs')}`, MAX_RSS_FILE: file };
  const { code, stdout, stderr } = await runProcess(args, { cwd: folder.path, env });
  return { code, said: `${stdout}${stderr}`, memory: Number(await readFile(file, 'utf8')) / 1024 };
}

test('785 bytes that unpack to 1 GiB, as an initrd: a part is looked into, in little memory', async () => {
  const { said, memory } = await measured(['check', '--kernel', 'bzImage', '--initrd', ZEROS]);
  expect(said).toMatch(
    /warning initrd\/too-large\n {2}the part of the initrd at offset 0 unpacks to more than the \d+ bytes that were looked into\n/,
  );
  expect(memory).toBeLessThan(300);
});

test('the same as a kernel: its first bytes tell that it is none', async () => {
  const { code, said, memory } = await measured(['inspect', ZEROS]);
  expect({ code, said }).toEqual({
    code: 1,
    said: expect.stringContaining('a bzip2-compressed file with something else in it') as unknown,
  });
  expect(memory).toBeLessThan(300);
});
