import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/base/bytes.ts';
import { BANNER_TEXT, makeElf } from '../helpers/elf.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';
import { makeKernel, makeVmlinux } from '../helpers/kernel-evidence.ts';
import { utf8 } from '../helpers/bytes.ts';

// No line end, another encoding's letter as UTF-8, and more than a pipe takes at once.
const CONFIG = `CONFIG_A="\u00e9"\n${'# a long comment\n'.repeat(20_000)}CONFIG_B=y`;

let folder: Folder;
beforeAll(async () => {
  const built = concatBytes([utf8('IKCFG_ST'), gzipSync(CONFIG), utf8('IKCFG_ED')]);
  folder = await Folder.create({
    bzImage: makeKernel({ payload: gzipSync(makeVmlinux(CONFIG)), initSize: 1 << 24 }).file,
    'vmlinux.gz': gzipSync(makeElf({ content: concatBytes([BANNER_TEXT, built]) })),
    plain: makeKernel({ payload: gzipSync(makeVmlinux(null)) }).file,
    old: makeKernel({ protocol: 0x207 }).file,
    unknown: makeKernel({ payload: utf8('unknown') }).file,
    damaged: makeKernel({ payload: gzipSync(makeVmlinux(CONFIG)).subarray(0, -9) }).file,
  });
});
afterAll(() => folder.remove());

const extract = (...args: string[]) => run(['inspect', '--extract-config', ...args], { cwd: folder.path });

test.each(['bzImage', 'vmlinux.gz'])('%s: prints the config, and nothing else', async (file) => {
  expect(await extract(file)).toEqual({ code: 0, signal: null, stdout: CONFIG, stderr: '' });
});

describe('says why there is none', () => {
  test.each([
    ['plain', 'there is no config in the kernel: it was built without CONFIG_IKCONFIG'],
    ['old', "there is no config in the kernel: boot protocol 2.07 does not say where the image's payload is"],
    ['unknown', 'there is no config in the kernel: it is packed in an unknown way'],
    ['damaged', "the kernel's packed payload is damaged or cut short"],
  ])('%s', async (file, why) => {
    expect(await runRefused(['inspect', '--extract-config', file], { cwd: folder.path })).toContain(why);
  });
});

test.each([
  [['bzImage', 'plain'], '--extract-config needs one kernel'],
  [['bzImage', '--json'], "option '--extract-config' cannot be used with option '--json'"],
  [['bzImage', '-a', 'arm'], "option '--extract-config' cannot be used with option '-a, --arch <arch>'"],
])('%j is wrong usage', async (args, why) => {
  const { code, stdout, stderr } = await extract(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(why);
});
