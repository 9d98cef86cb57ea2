import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, makeCell } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { makeLoader } from '../helpers/loader.ts';

const words = (text: string): string[] => text.split(' ');

const CMDLINE = words('--cmdline console=ttyS0,115200');
const KERNEL = [...words('--kernel bzImage --config x86.config'), ...CMDLINE];
const IN_CELL = [...KERNEL, ...words('--cell demo.cell')];

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'x86.config': `CONFIG_X86=y\n${GOOD_CONFIG}`,
    'serio.config': `CONFIG_X86=y\n${GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y')}`,
    'tight.cell': makeCell({}, 14n),
    'odd.cell': makeCell({ name: 'not a name / of a bundle' }),
    'loader.bin': makeLoader(),
    'large-loader.bin': makeLoader('', 1 << 20),
    empty: '',
  });
});
afterAll(() => folder.remove());

const check = (...args: string[]): Promise<CliOutcome> => run(['check', ...args], { cwd: folder.path });

describe('what is given is judged', () => {
  test.each<[string, string[], RegExp]>([
    ['a kernel with its config', KERNEL, /^bzImage passes/m],
    ['a config', ['--config', 'x86.config', ...CMDLINE], /^x86\.config passes/m],
    ['a kernel in its cell', IN_CELL, /^bzImage passes/m],
    [
      'with initrds and loader',
      [...IN_CELL, ...words('--loader loader.bin --initrd rootfs.cpio.gz --initrd rootfs.cpio.gz')],
      /^bzImage passes/m,
    ],
    ['a cell that cannot name a bundle', [...KERNEL, '--cell', 'odd.cell'], /^bzImage passes/m],
  ])('%s: passes', async (_, args, verdict) => {
    const { code, stdout, stderr } = await check(...args);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(verdict);
    expect(stdout).not.toContain(': error ');
  });

  test.each<[string, string[], RegExp]>([
    ['a config, at its line', ['--config', 'serio.config'], /^serio\.config:\d+: error kernel\/serio\n/m],
    ['a kernel without any config', ['--kernel', 'bzImage'], /^bzImage: error kernel\/config-missing\n/m],
    ['a layout that does not fit', [...KERNEL, '--cell', 'tight.cell'], /: error placement\//],
    [
      'a loader that is too large',
      [...IN_CELL, '--loader', 'large-loader.bin'],
      /^large-loader\.bin: error placement\/loader/m,
    ],
    [
      'a kernel that is none',
      ['--kernel', 'rootfs.cpio.gz'],
      /^rootfs\.cpio\.gz: error kernel\/wrapped\n.*cpio archive/m,
    ],
    ['a config that is none', ['--config', 'demo.cell'], /^demo\.cell: error kernel\/config-format\n/m],
    [
      'a cell that is none',
      ['--kernel', 'bzImage', '--cell', 'bzImage'],
      /^bzImage: error cell\/signature\n/m,
    ],
    [
      'text that describes no cell',
      ['--kernel', 'bzImage', '--cell', 'x86.config'],
      /^error description\/yaml \(2 findings\)\n {2}x86\.config:3:1: this is not valid YAML/m,
    ],
    ['a file that is not there', ['--kernel', '-'], /^-: error input\/unreadable\n/m],
    ['an empty one', ['--kernel', 'bzImage', '--initrd', 'empty'], /^empty: error input\/empty\n/m],
    ['a folder', ['--config', '.'], /^\.: error input\/not-a-file\n/m],
  ])('%s: fails', async (_, args, finding) => {
    expect(await runRefused(['check', ...args], { cwd: folder.path })).toMatch(finding);
  });

  test('files that cannot be read are told all together, and nothing else', async () => {
    const { stdout } = await check(
      '--kernel',
      'none',
      '--config',
      'nowhere',
      '--initrd',
      'a',
      '--initrd',
      'b',
    );
    expect(stdout).toBe(`error input/unreadable (4 findings)
  none: cannot read none: it does not exist
  nowhere: cannot read nowhere: it does not exist
  a: cannot read a: it does not exist
  b: cannot read b: it does not exist
  fix:       check the path, or build the file first
  docs:      docs/reference/codes.md#input

none fails: 4 errors
  rules:     input/unreadable (4)
`);
  });

  test('a description in the place of a cell config', async () => {
    const compiled = await run(['cell', 'decompile', 'demo.cell', '-o', 'demo.jailhouse.yaml'], {
      cwd: folder.path,
    });
    expect(compiled.code).toBe(0);
    const args = [...KERNEL, '--cell'];
    const [binary, description] = [
      await check(...args, 'demo.cell'),
      await check(...args, 'demo.jailhouse.yaml'),
    ];
    expect(description).toEqual(binary);
    await folder.write({ 'bad.jailhouse.yaml': 'format: cell\nnmae: x\n' });
    const bad = await runRefused(['check', ...args, 'bad.jailhouse.yaml'], { cwd: folder.path });
    expect(bad).toMatch(/^bad\.jailhouse\.yaml:2:1: error description\//m);
  });
});
