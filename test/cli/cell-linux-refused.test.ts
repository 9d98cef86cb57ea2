import { mkdir } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cellLinux } from '../../src/cli/cell-linux.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import { SETUP_HEADER_OFFSET } from '../../src/formats/kernel/bzimage.ts';
import { Folder, makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { runRefused } from '../helpers/cli.ts';
import { cellVectors } from '../helpers/vectors.ts';
import { oneIn, somePlaces } from '../helpers/runs.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await mkdir(folder.at('directory'));
  execFileSync('mkfifo', [folder.at('pipe')]);
});
afterAll(() => folder.remove());

/** Runs in `folder`; nothing may be written. Gives the report. */
async function refused(...args: string[]): Promise<string> {
  const before = await folder.names();
  const report = await runRefused(['cell-linux', ...args, '-w', 'params'], { cwd: folder.path });
  expect(await folder.names()).toEqual(before);
  return report;
}

/** A cell with other bytes at `offset`. */
function patched(offset: number, bytes: number[], cell = makeCell()): Uint8Array {
  cell.set(bytes, offset);
  return cell;
}

const ALL_ONES = [0xff, 0xff, 0xff, 0xff];
const NOTE = [4, 0, 0, 0, 0x10, 0, 0, 0, 5, 0, 0, 0, 0x47, 0x4e, 0x55, 0];
const system = cellVectors().find(({ kind, arch }) => kind === 'system' && arch === 'x86')!;

describe('cells', () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ['empty', () => new Uint8Array(), /input\/empty/],
    ['random', () => Uint8Array.from({ length: 500 }, (_, i) => (i * 167 + 13) & 0xff), /cell\/signature/],
    [
      'a description',
      () => Buffer.from('# ours\nformat: cell\nname: a\n'),
      /cell\/signature\n.*its description in YAML\n.*`jailhouse-bundle cell compile/,
    ],
    [
      'C source',
      () => Buffer.from('/* a cell */\n#include <jailhouse/types.h>\n'),
      /cell\/signature\n.*C source\n.*tree of Jailhouse/,
    ],
    ['cut in its header', () => makeCell().subarray(0, 100), /cell\/truncated/],
    ['cut in its regions', () => makeCell().subarray(0, 180), /cell\/truncated/],
    ['cut by one byte', () => makeCell().subarray(0, -1), /cell\/truncated/],
    ...[48, 52, 56, 60, 64, 68, 72, 76].map((at): [string, () => Uint8Array, RegExp] => [
      `a huge count at ${at}`,
      () => patched(at, ALL_ONES),
      /cell\/truncated/,
    ]),
    ['revision 2', () => patched(6, [2]), /cell\/revision/],
    ['revision 15', () => patched(6, [15]), /cell\/revision/],
    ['the signature of another revision', () => patched(6, [13]), /cell\/signature/],
    ['architecture 7', () => patched(5, [7]), /cell\/architecture/],
    ['for arm64', () => patched(5, [2]), /cell\/architecture/],
    ['a name without a NUL', () => patched(8, Array(32).fill(0x61)), /cell\/name/],
    ['a name with a newline', () => patched(8, [0x61, 0x0a]), /cell\/name/],
    ['a note of objcopy in front', () => Buffer.concat([Buffer.from(NOTE), makeCell()]), /remove-section/],
    ['a system config', () => Buffer.from(system.hex, 'hex'), /cell\/wrong-kind/],
    ...([5, 6, 7, 11] as const).map((revision): [string, () => Uint8Array, RegExp] => [
      `revision ${revision}, which no release had`,
      () => makeCell({ revision }),
      /placement\/release/,
    ]),
    ['a cpu_reset_address', () => patched(84, [0, 0x10]), /placement\/reset-address/],
    [
      '129 entries in the memory map',
      () => {
        const memoryRegions = Array.from({ length: 129 }, (_, i) => {
          const at = BigInt(i) << 24n;
          return { phys_start: at, virt_start: at, size: 0x1000000n, flags: 0x4fn };
        });
        return makeCell({ memoryRegions });
      },
      /placement\/e820[\s\S]*12[89]/,
    ],
  ])('%s', async (_, cell, reason) => {
    await folder.write({ 'bad.cell': cell() });
    const report = await refused('bad.cell', 'bzImage');
    expect(report).toMatch(reason);
    expect(report).not.toContain('undefined');
  });

  test.each([
    ['-a arm against x86', '-a', 'arm'],
    ['-a arm64 against x86', '-a', 'arm64'],
  ])('%s', async (_, ...args) => {
    expect(await refused('demo.cell', 'bzImage', ...args)).toMatch(
      /-a says arm(64)?, the cell config says x86/,
    );
  });
});

describe('other inputs', () => {
  test.each<[string, string[], RegExp]>([
    ['a cell that is not there', ['none', 'bzImage'], /cannot read none: it does not exist/],
    ['a kernel that is not there', ['demo.cell', 'none'], /cannot read none: it does not exist/],
    ['a directory as kernel', ['demo.cell', 'directory'], /directory: it is a directory/],
    ['a pipe as kernel', ['demo.cell', 'pipe'], /pipe: it is not a regular file/],
    ['a pipe as initrd', ['demo.cell', 'bzImage', '-i', 'pipe'], /pipe: it is not a regular file/],
    ['a directory as initrd', ['demo.cell', 'bzImage', '-i', 'directory'], /it is a directory/],
    ['an empty initrd', ['demo.cell', 'bzImage', '-i', 'empty'], /empty is empty/],
    ['a cell as kernel', ['demo.cell', 'demo.cell'], /kernel\/format\n {2}demo\.cell: /],
    ['a newline in the cmdline', ['demo.cell', 'bzImage', '-c', 'a\nb'], /control character "\\n"/],
    ['an escape in the cmdline', ['demo.cell', 'bzImage', '-c', 'a\x1b[31m'], /control character "\\u001b"/],
    ['a name that is no line', ['demo.cell', 'a\nb'], /cannot read a\\u\{a\}b: /],
  ])('%s', async (_, args, reason) => {
    await folder.write({ empty: '' });
    expect(await refused(...args)).toMatch(reason);
  });

  test.each([
    ['a directory', 'directory', /output\/not-a-file/],
    ['a device', '/dev/null', /output\/not-a-file/],
    ['a place under a file', 'bzImage/params', /output\/unwritable/],
  ])('%s as -w', async (_, output, reason) => {
    const args = ['cell-linux', 'demo.cell', 'bzImage', '-w', output];
    expect(await runRefused(args, { cwd: folder.path })).toMatch(reason);
  });
});

describe('kernels', () => {
  const kernel = makeBootableKernel();

  test('older than protocol 2.10', async () => {
    await folder.write({ old: makeBootableKernel({ version: 0x209 }) });
    expect(await refused('demo.cell', 'old')).toMatch(/kernel\/protocol\n.*2\.09/);
  });

  test('cut at any byte of the headers, and at many behind', async () => {
    const note = vi.spyOn(process.stderr, 'write');
    const ends = [...somePlaces(SETUP_HEADER_OFFSET + 0x100, oneIn(5)), 0x3ff, 0x400, 0x401];
    for (let end = 0x500; end < kernel.length; end += 997) ends.push(end);
    for (const end of [...ends, kernel.length - 1]) {
      await folder.write({ cut: kernel.subarray(0, end) });
      const run = cellLinux(folder.at('demo.cell'), folder.at('cut'), {
        cmdline: '',
        writeParams: folder.at('params'),
      });
      const error: unknown = await run.catch((thrown: unknown) => thrown);
      expect(error, `cut at ${end}`).toBeInstanceOf(InputError);
      expect((error as InputError).diagnostic.fix, `cut at ${end}`).toBeTruthy();
    }
    expect(note).not.toHaveBeenCalled();
    note.mockRestore();
    expect(await folder.names()).not.toContain('params');
  });

  test('cut, by the command line', async () => {
    const ends = [1, 0x1f1, 0x206, 0x262, 0x300, 0x400, 0x4000, kernel.length - 1];
    await folder.write(Object.fromEntries(ends.map((end) => [`cut${end}`, kernel.subarray(0, end)])));
    for (const end of ends) {
      expect(await refused('demo.cell', `cut${end}`)).toMatch(
        /^error kernel\/[a-z-]+\n {2}cut\d+: the kernel /,
      );
    }
  });
});
