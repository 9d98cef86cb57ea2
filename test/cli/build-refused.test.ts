import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, makeBootableKernel, makeCell, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    empty: '',
    random: Uint8Array.from({ length: 3000 }, (_, i) => (i * 193 + (i >> 3)) & 0xff),
    'half.cell': makeCell().subarray(0, 100),
    'counts.cell': makeCell().fill(0xff, 52, 56),
    'rev99.cell': makeCell().fill(99, 6, 7),
    half: makeBootableKernel().subarray(0, 0x4000),
    head: makeBootableKernel().subarray(0, 0x210),
    "it's": makeBootableKernel(),
  });
  await mkdir(folder.at('directory'));
  execFileSync('mkfifo', [folder.at('pipe')]);
});
afterAll(() => folder.remove());

/** The good manifest with one line another. */
const having = (line: string): string => {
  const key = /^ *\w+:/.exec(line)![0];
  const others = MANIFEST.split('\n').filter((other) => !other.startsWith(key));
  return key.startsWith(' ')
    ? others.join('\n').replace('kernel:', `kernel:\n${line}`)
    : `${others.join('\n')}${line}\n`;
};

const ALIAS_BOMB = `${Array.from({ length: 12 }, (_, i) =>
  i === 0
    ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
    : `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
).join('\n')}\n${MANIFEST}`;

test.each<[string, string | Uint8Array, RegExp]>([
  ['nothing', '', /manifest\.cell\.yaml/],
  ['random bytes', Uint8Array.from({ length: 999 }, (_, i) => (i * 167) & 0xff), /is not UTF-8/],
  ['another kind of file', 'GIF89a', /manifest\//],
  ['a kernel', makeBootableKernel(), /is a kernel, not a manifest\n.*`jailhouse-bundle check --kernel/],
  [
    'a large kernel',
    Buffer.concat([makeBootableKernel(), Buffer.alloc(2 ** 21)]),
    /is a kernel, not a manifest/,
  ],
  ['a cell config', makeCell(), /is a cell config, not a manifest\n.*--cell/],
  [
    'a bundle',
    execFileSync('tar', ['-cf', '-', '--format=ustar', 'package.json']),
    /is a bundle, not a manifest\n.*`jailhouse-bundle verify/,
  ],
  ['2 MiB', `${MANIFEST}#${'x'.repeat(2 ** 21)}`, /input\/too-large/],
  ['an alias bomb', ALIAS_BOMB, /manifest\/.*/],
  ['an alias to nowhere', having('initrd: *nowhere'), /:\d+:\d+: error manifest\//],
  ['a duplicate key', `${MANIFEST}cell: other.cell\n`, /:8:1: error manifest\//],
  ['a truncated cell', having('cell: half.cell'), /cell\/truncated/],
  ['an empty cell', having('cell: empty'), /input\/empty/],
  ['a random cell', having('cell: random'), /cell\/signature/],
  ['a cell with a huge count', having('cell: counts.cell'), /cell\/truncated/],
  ['a cell of an unknown revision', having('cell: rev99.cell'), /cell\/revision/],
  ['a cell that is a directory', having('cell: directory'), /input\/not-a-file/],
  ['a system config that is an inmate', having('system: demo.cell'), /cell\/wrong-kind/],
  ['a kernel cut in its header', having('  image: head'), /kernel\/truncated/],
  ['a kernel cut in its payload', having('  image: half'), /kernel\/truncated/],
  ['a kernel that is none', having('  image: demo.cell'), /kernel\/format/],
  ['a kernel config that is none', having('  config: bzImage'), /kernel\/config-format/],
  ['an empty initrd', having('initrd: empty'), /input\/empty/],
  ['a directory as initrd', having('initrd: [rootfs.cpio.gz, directory]'), /input\/not-a-file/],
  ['a pipe as initrd', having('initrd: pipe'), /not a regular file/],
  ['an empty file as loader', having('loader: empty'), /input\/empty/],
  ['a name that leaves the folder', having('name: ../demo'), /:7:7: error manifest\/[a-z-]+\n.*name/],
  ['a name with a slash', having('name: a/b'), /manifest\//],
  ['a name that is hidden', having('name: .demo'), /manifest\//],
  ['a cmdline with a newline', having('cmdline: "a\\nb"'), /manifest\/[\s\S]*line break/],
  ['a cmdline with a NUL', having('cmdline: "a\\0b"'), /manifest\//],
  ["a cmdline over the kernel's limit", having(`cmdline: ${'x'.repeat(2048)}`), /cmdline[\s\S]*2047/],
  ["a cmdline over the loader's window", having(`cmdline: ${'x'.repeat(7892)}`), /cmdline[\s\S]*7891|2047/],
  ['a target path with a newline', `${MANIFEST}bundle: { kernel: "/boot/a\\nb" }\n`, /manifest\//],
])('a manifest with %s', async (_, manifest, reason) => {
  await folder.write({ 'manifest.cell.yaml': manifest });
  const before = await folder.names();
  const report = await runRefused(['build', 'manifest.cell.yaml', '-o', 'out'], { cwd: folder.path });
  expect(report).toMatch(reason);
  expect(report).toMatch(/\nnothing is written\n$/);
  expect(await folder.names()).toEqual(before);
});

test('SOURCE_DATE_EPOCH that is no time', async () => {
  for (const value of ['yesterday', '-1', '1.5', '99999999999']) {
    const env = { SOURCE_DATE_EPOCH: value };
    const report = await runRefused(['build', 'demo.cell.yaml', '-o', 'out'], { cwd: folder.path, env });
    expect(report).toContain(`SOURCE_DATE_EPOCH is '${value}'`);
  }
  expect(await folder.names()).not.toContain('out');
});

test.each([[[]], [['--json']]])('check %j prints nothing that could control a terminal', async (options) => {
  const waiver = `{ rule: a/b, reason: "\\x9b31m\u202e" }`;
  await folder.write({ 'odd.cell.yaml': `${MANIFEST}checks: { waive: [${waiver}], bad\u202e: 1 }\n` });
  await folder.write({ 'path.cell.yaml': MANIFEST.replace('bzImage', '"\\x9b31m"') });
  for (const file of ['odd.cell.yaml', 'path.cell.yaml']) {
    const { stdout, stderr } = await run(['check', ...options, file], { cwd: folder.path });
    expect(stdout).toMatch(/[\\\ufffd]/);
    expect(stdout + stderr).toMatch(/^(?:\n|[^\p{Cc}\p{Cf}])*$/u);
  }
});
