import { link, readFile, symlink } from 'node:fs/promises';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { Folder, GOOD_FILES, makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { splitShellWords } from '../helpers/shell-words.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const cellLinux = (...args: string[]): Promise<CliOutcome> =>
  run(['cell-linux', ...args], { cwd: folder.path });

/** Leaves the params' cmdline: from behind the setup_data to the NUL at the end. */
async function cmdlineOf(params: string): Promise<string> {
  const image = await readFile(folder.at(params));
  return image.subarray(4096 + 300, -1).toString('utf8');
}

describe('wrong usage ends in 2 with a fix, and writes nothing', () => {
  const ARGS = ['demo.cell', 'bzImage'];
  test.each<[string, string[], RegExp, RegExp]>([
    ['no -w', ARGS, /^error: cell-linux needs -w FILE/, /add -w PARAMS/],
    ['no kernel', ['demo.cell', '-w', 'p'], /missing required argument 'kernel'/, /cell-linux --help/],
    ['too much', [...ARGS, 'x', '-w', 'p'], /too many arguments/, /cell-linux --help/],
    ['-k x', [...ARGS, '-w', 'p', '-k', 'x'], /-k, .* whole number/, /cell-linux --help/],
    ['-k -1', [...ARGS, '-w', 'p', '-k', '-1'], /-k, .* whole number/, /cell-linux --help/],
    ['-a bogus', [...ARGS, '-w', 'p', '-a', 'bogus'], /choices are x86, arm64, arm/, /cell-linux --help/],
    ['-w onto the DTB', [...ARGS, '-w', 'alias', '-d', 'demo.cell'], /would overwrite/, /another file/],
    ['-w onto the kernel', [...ARGS, '-w', './bzImage'], /would overwrite bzImage/, /another file/],
    ['-w onto a link to the cell', [...ARGS, '-w', 'alias'], /would overwrite demo\.cell/, /another file/],
  ])('%s', async (_, args, message, fix) => {
    await link(folder.at('demo.cell'), folder.at('alias'));
    const before = await folder.names();
    const { code, stdout, stderr } = await cellLinux(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first, ...rest] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toMatch(message);
    expect(rest).toEqual([expect.stringMatching(/^ {2}\S/)]);
    expect(rest[0]).toMatch(fix);
    expect(await folder.names()).toEqual(before);
  });
});

// The file has 0x8400 bytes and lies at 0xfffc00; upstream's own factor is 9 where it does not know the compression.
test.each([
  [['-k', '0'], '0x104a000'],
  [['-k', '12'], '0x1063000'],
  [['-a', 'x86'], '0x104a000'],
])('%j', async (args, initrd) => {
  const { code, stdout } = await cellLinux(
    'demo.cell',
    'bzImage',
    '-w',
    'p',
    '-i',
    'rootfs.cpio.gz',
    ...args,
  );
  expect(code).toBe(0);
  expect(stdout).toContain(`rootfs.cpio.gz -a ${initrd}`);
});

test('standard output has the commands alone, also where there are warnings', async () => {
  const { code, stdout, stderr } = await cellLinux('demo.cell', 'bzImage', '-w', 'p', '-i', 'rootfs.cpio.gz');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'jailhouse cell create demo.cell',
    expect.stringMatching(/^jailhouse cell load demo linux-loader\.bin -a 0x0 bzImage -a 0xfffc00 rootfs/),
    'jailhouse cell start demo',
    '',
  ]);
  expect(stderr).toMatch(/^warning placement\/overlap\n/);
});

describe('a layout that cannot boot is written, and what fixes it is said', () => {
  test.each([0x100000, 0x1000000, 0x800001])('a -k that really does, for %i bytes', async (size) => {
    await folder.write({ bzImage: makeBootableKernel({ init_size: size }) });
    const bad = await cellLinux('demo.cell', 'bzImage', '-w', 'p', '-i', 'rootfs.cpio.gz', '-c', 'quiet');
    const factor = /^ {2}fix: {7}-k (\d+) fixes it; so does `jailhouse-bundle build`/m.exec(bad.stderr)?.[1];
    expect(factor, bad.stderr).toBeDefined();
    const args = ['demo.cell', 'bzImage', '-w', 'q', '-i', 'rootfs.cpio.gz', '-c', 'quiet'];
    const mended = await cellLinux(...args, '-k', factor!);
    expect({ code: mended.code, stderr: mended.stderr }).toEqual({ code: 0, stderr: '' });
    const less = await cellLinux(...args, '-k', String(Number(factor) - 1));
    expect(less.stderr).toContain('cell-linux/unbootable');
  });

  test('`build` where no -k does: releases before 0.9 have a fixed factor', async () => {
    await folder.write({ 'old.cell': makeCell({ revision: 4 }) });
    const { code, stderr } = await cellLinux('old.cell', 'bzImage', '-w', 'p', '-i', 'rootfs.cpio.gz');
    expect(code).toBe(0);
    expect(stderr).toMatch(/fix: {7}`jailhouse-bundle build` fixes it, because .*; no value of -k does/);
  });

  test('neither: the cell has too little RAM', async () => {
    await folder.write({ 'small.cell': makeCell({}, 4n) });
    const { code, stderr } = await cellLinux('small.cell', 'bzImage', '-w', 'p');
    expect({ code, names: await folder.names() }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/memory region|RAM/);
    expect(stderr).toMatch(/fix: {7}neither -k nor `jailhouse-bundle build` fixes it/);
    expect(await folder.names()).toContain('p');
  });

  test('setup_sects 0, which upstream does not read as 4', async () => {
    await folder.write({
      bzImage: makeBootableKernel({ setup_sects: 0, syssize: 0x700, payload_length: 0x7000 }),
    });
    const { code, stderr, stdout } = await cellLinux('demo.cell', 'bzImage', '-w', 'p');
    expect(code).toBe(0);
    expect(stdout).toContain('bzImage -a 0xfffe00');
    expect(stderr).toContain('cell-linux/unbootable');
  });

  test.each([
    ["the loader's window", 7891, { cmdline_size: 100_000 }],
    ["the kernel's cmdline_size", 2047, {}],
  ])('a cmdline over %s', async (_, limit, header) => {
    await folder.write({ bzImage: makeBootableKernel(header) });
    const longest = 'x'.repeat(limit);
    const fine = await cellLinux('demo.cell', 'bzImage', '-w', 'p', '-c', longest);
    expect({ code: fine.code, stderr: fine.stderr }).toEqual({ code: 0, stderr: '' });
    const { code, stderr } = await cellLinux('demo.cell', 'bzImage', '-w', 'p', '-c', `${longest}y`);
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^warning \\S*cmdline\\S*\\n(?:.*\\n)*.*${limit}`));
    expect(await cmdlineOf('p')).toBe(`${longest}y`);
  });
});

test.each(['it\'s $HOME `id` "x" \\ ; & | > é 日本 \t end', '-c', '--', ' '])(
  'the cmdline %j is in the params byte for byte',
  async (cmdline) => {
    const { code } = await cellLinux('demo.cell', 'bzImage', '-w', 'p', `--cmdline=${cmdline}`);
    expect(code).toBe(0);
    expect(await cmdlineOf('p')).toBe(cmdline);
  },
);

test.each(['a blank', "it's", '$HOME', '`id`', 'back\\slash', 'é 日本', 'new\nline', '*', '~', '#x', 'a=b'])(
  'files called %j',
  async (name) => {
    const files = { 'demo.cell': '.cell', bzImage: '.img', 'rootfs.cpio.gz': '.rd' };
    for (const [old, end] of Object.entries(files)) await folder.write({ [name + end]: GOOD_FILES[old]! });
    const args = [`${name}.cell`, `${name}.img`, '-i', `${name}.rd`, '-w', `${name}.params`];
    const { code, stdout } = await cellLinux(...args);
    expect(code).toBe(0);
    const words = splitShellWords(stdout.replaceAll(/\njailhouse cell/g, ' ; jailhouse cell'));
    expect(words.slice(0, 4)).toEqual(['jailhouse', 'cell', 'create', `${name}.cell`]);
    expect(words.filter((word) => word.startsWith(name))).toEqual(
      ['.cell', '.img', '.rd', '.params'].map((end) => name + end),
    );
  },
);

test('-w replaces what a link points to, and keeps the link', async () => {
  await folder.write({ 'real/params': 'old' });
  await symlink('real/params', folder.at('params'));
  const { code } = await cellLinux('demo.cell', 'bzImage', '-w', 'params');
  expect(code).toBe(0);
  expect((await readFile(folder.at('real/params'))).length).toBe(4096 + 300 + 1);
  expect(await folder.names('real')).toEqual(['params']);
});
