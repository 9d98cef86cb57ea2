import { appendFileSync, readdirSync, truncateSync } from 'node:fs';
import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder, makeCell, MANIFEST } from '../helpers/cell-files.ts';
import { asNobody, inShell, processRefused, run, runProcess } from '../helpers/cli.ts';
import { initrdOfSize } from '../helpers/newc.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const BUILD = ['build', 'demo.cell.yaml', '-o', 'out'];

describe('nothing is left of what cannot be written', () => {
  test.each([
    ['build', 4, BUILD],
    ['cell-linux', 4, ['cell-linux', 'demo.cell', 'bzImage', '-w', 'out/params', '-c', 'x'.repeat(2000)]],
    ['init', 0, ['init', 'out/a.cell.yaml']],
  ] as const)('%s onto a full disk', async (_, blocks, args) => {
    await mkdir(folder.at('out'));
    const report = await processRefused(args, {
      cwd: folder.path,
      under: inShell(`ulimit -f ${blocks}; exec "$@"`),
    });
    expect(report).toMatch(/output\/unwritable\n {2}cannot write out\/\S+: it would be larger than/);
    expect(await folder.names('out')).toEqual([]);
  });

  test('the bundle that was there stays', async () => {
    await folder.write({ 'out/demo.tar': 'old' });
    await processRefused(BUILD, { cwd: folder.path, under: inShell('ulimit -f 20; exec "$@"') });
    expect(await folder.names('out')).toEqual(['demo.tar']);
    expect(await readFile(folder.at('out/demo.tar'), 'utf8')).toBe('old');
  });

  test('a folder that must not be written to', async () => {
    expect((await run(['build', 'demo.cell.yaml'], { cwd: folder.path })).code).toBe(0);
    const under = await asNobody();
    await mkdir(folder.at('out'));
    await chmod(folder.at('out'), 0o555);
    await chmod(folder.path, 0o755);
    const out = under === null ? '/proc' : 'out';
    for (const words of [
      ['build', 'demo.cell.yaml', '-o', out],
      ['oci', 'demo.tar', '-o', `${out}/layout`],
    ]) {
      const report = await processRefused(words, { cwd: folder.path, under: under ?? [] });
      expect(report).toContain('output/unwritable');
      expect(report).not.toContain('.tmp');
      if (under !== null) expect(report).toContain('permission is denied');
      expect(await folder.names('out')).toEqual([]);
    }
  });
});

test('a file that must not be read', async ({ skip }) => {
  const under = await asNobody();
  if (under === null) return skip();
  await folder.write({ secret: 'x' });
  await chmod(folder.at('secret'), 0);
  await chmod(folder.path, 0o755);
  expect(await processRefused(['check', '--kernel', 'secret'], { cwd: folder.path, under })).toMatch(
    /input\/unreadable\n.*permission is denied/,
  );
});

describe('while a bundle is being written', () => {
  /** Zeros that take seconds to compress and no room on the disk. */
  const SIZE = 600 * 2 ** 20;

  beforeEach(async () => {
    await folder.write({
      'demo.cell': makeCell({}, 5000n),
      'demo.cell.yaml': `${MANIFEST}bundle: { compress: gzip }\n`,
    });
    await mkdir(folder.at('out'));
    await writeFile(folder.at('rootfs.cpio.gz'), '');
    await truncate(folder.at('rootfs.cpio.gz'), SIZE);
  });

  const isWriting = (): boolean => readdirSync(folder.at('out')).some((name) => name.endsWith('.tmp'));

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it with %i, and leaves nothing', async (signal, code) => {
    const outcome = await runProcess(BUILD, {
      cwd: folder.path,
      meanwhile: { when: isWriting, act: (child) => child.kill(signal) },
    });
    expect(outcome).toEqual({ code, signal: null, stdout: '', stderr: '' });
    expect(await folder.names('out')).toEqual([]);
  });

  test('what SIGKILL leaves is removed by the next build into that folder', async () => {
    const meanwhile = { when: isWriting, act: (child: ChildProcess) => void child.kill('SIGKILL') };
    const outcome = await runProcess(BUILD, { cwd: folder.path, meanwhile });
    expect(outcome).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await folder.names('out')).toEqual([expect.stringMatching(/^\.jailhouse-bundle\..*\.tmp$/)]);
    await folder.write({
      'demo.cell': makeCell(),
      'demo.cell.yaml': MANIFEST,
      'rootfs.cpio.gz': initrdOfSize(512),
    });
    expect((await run(BUILD, { cwd: folder.path })).code).toBe(0);
    expect(await folder.names('out')).toEqual(['demo.tar']);
  });

  test.each([
    ['shrinks', (path: string) => truncateSync(path, 2 ** 20)],
    ['grows', (path: string) => appendFileSync(path, 'more')],
  ])('an initrd that %s is found out', async (_, change) => {
    const report = await processRefused(BUILD, {
      cwd: folder.path,
      meanwhile: { when: isWriting, act: () => change(folder.at('rootfs.cpio.gz')) },
    });
    expect(report).toMatch(/input\/changed\n {2}rootfs\.cpio\.gz changed while it was read\n/);
    expect(await folder.names('out')).toEqual([]);
  });
});

describe('standard streams', () => {
  test('a reader that goes away early is no failure', async () => {
    const args = ['inspect', '--json', ...Array<string>(100).fill('demo.cell')];
    const under = inShell('"$@" | head -n 1');
    const outcome = await runProcess(args, { cwd: folder.path, under });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '{\n', stderr: '' });
  });

  test('a full disk behind standard output is one', async () => {
    const report = await processRefused(['schema'], { under: inShell('exec "$@" >/dev/full') });
    expect(report).toContain('cannot write to the standard output: the disk is full');
  });

  test('a full disk behind the output of diff is not a difference', async () => {
    const { code, stderr } = await runProcess(['diff', 'bzImage', 'bzImage'], {
      cwd: folder.path,
      under: inShell('exec "$@" >/dev/full'),
    });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('the disk is full') });
  });

  test('a full disk behind standard error changes nothing', async () => {
    const outcome = await runProcess(['build', 'none'], { under: inShell('exec "$@" 2>/dev/full') });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
  });

  test.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-'])('closed: %s', async (closed) => {
    const { code } = await runProcess(BUILD, { cwd: folder.path, under: inShell(`exec "$@" ${closed}`) });
    expect(code).toBe(0);
    expect(await folder.names('out')).toEqual(['demo.tar']);
  });
});
