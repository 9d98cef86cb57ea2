import { execFileSync } from 'node:child_process';
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
  await folder.write({ 'zeros.zst': zstdZeros() });
  const pack = 'head -c 1G /dev/zero | xz -0 --check=crc32 >zeros.xz';
  execFileSync('sh', ['-c', pack], { cwd: folder.path });
});
afterAll(() => folder.remove());

/** What a command says, and the MiB that it had at most. */
async function measured(args: readonly string[]) {
  const file = folder.at('max-rss');
  const env = { NODE_OPTIONS: `--import=${path.join(ROOT, 'bench/max-rss.mjs')}`, MAX_RSS_FILE: file };
  const { code, stdout, stderr } = await runProcess(args, { cwd: folder.path, env });
  return { code, said: `${stdout}${stderr}`, memory: Number(await readFile(file, 'utf8')) / 1024 };
}

/** Blocks of 128 KiB of nothing, and a header that says nothing of their number: 1 GiB in 32 KiB. */
const zstdZeros = (): Buffer =>
  Buffer.concat([
    Buffer.from('28b52ffd0058', 'hex'),
    ...Array.from({ length: 8191 }, () => Buffer.from('02001000', 'hex')),
    Buffer.from('03001000', 'hex'),
  ]);

/** 1 GiB of zeros in each packing: 785 bytes, 32 KiB, 256 KiB. */
const BOMBS = [
  ['bzip2', ZEROS],
  ['zstd', 'zeros.zst'],
  ['xz', 'zeros.xz'],
] as const;

test.each(BOMBS)(
  'a small file of %s that unpacks to 1 GiB, as an initrd: a part is looked into, in little memory',
  async (_, file) => {
    const { said, memory } = await measured(['check', '--kernel', 'bzImage', '--initrd', file]);
    expect(said).toMatch(
      /warning initrd\/too-large\n {2}the part of the initrd at offset 0 unpacks to more than the \d+ bytes that were looked into\n/,
    );
    expect(memory).toBeLessThan(300);
  },
);

test.each(BOMBS)(
  'the same of %s as a kernel: its first bytes tell that it is none',
  async (packing, file) => {
    const { code, said, memory } = await measured(['inspect', file]);
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringContaining(`a ${packing}-compressed file with something else in it`) as unknown,
    });
    expect(memory).toBeLessThan(300);
  },
);
