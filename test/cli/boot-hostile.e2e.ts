import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CellProject } from '../helpers/cell-project.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { installFakeQemu, type FakeQemu } from '../helpers/fake-qemu.ts';
import { rebundle } from '../helpers/rebundle.ts';

const USER: NonNullable<FakeQemu['prints']> = [
  ['monitor', 'box: ready\n'],
  ['monitor', 'box: user space on CPU 1, system call 12\n'],
];

type Edit = Parameters<typeof rebundle>[1];

/** Boots a bundle that somebody made by hand, in a QEMU that acts; nothing of it may stay. */
async function boot(
  edit: Edit,
  more: Readonly<Record<string, Uint8Array>> = {},
  act: FakeQemu = { prints: USER },
): Promise<CliOutcome & { project: CellProject }> {
  const project = await CellProject.create();
  const { env } = await installFakeQemu(project.folder, act);
  await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
  await writeFile(
    project.path('demo.tar'),
    await rebundle(readFileSync(project.path('demo.tar')), edit, more),
  );
  const own = project.path('tmp');
  await mkdir(own);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = own;
  try {
    const outcome = await run(['boot', 'demo.tar'], { cwd: project.folder, env });
    expect(readdirSync(own)).toEqual([]);
    return { ...outcome, project };
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

test('the bundle as it is boots', async () => {
  expect(await boot(() => undefined)).toMatchObject({ code: 0, stderr: '' });
});

describe('a bundle.json that no build writes', () => {
  test.each<[what: string, edit: Edit]>([
    ['an address that is none', ({ load }) => (load[1].address = 'zzz')],
    ['a negative address', ({ load }) => (load[1].address = '-0x1000')],
    ['an address of 80 bits', ({ load }) => (load[1].address = '0xffffffffffffffffffff')],
    ['another file as its cell', ({ cell }) => (cell.file = '../../etc/passwd')],
    ['no such system config', (metadata) => (metadata.system = { file: 'nothing.cell' })],
    ['a role of no image', ({ load }) => (load[1].role = 'x/../../evil')],
    ['a large file as its system config', (metadata) => (metadata.system = { file: 'large' })],
    ['another architecture than its cell', ({ cell }) => (cell.architecture = 'arm64')],
    [
      'thousands of things to load',
      ({ load }) => {
        for (let n = 0; n < 9000; n++) load.push({ string: 'x', address: `0x${(n * 16).toString(16)}` });
      },
    ],
  ])('%s: exit code 3, and no trace of it', async (_, edit) => {
    const { code, stdout, project } = await boot(edit, { large: new Uint8Array(0x4_0001) });
    expect(code).toBe(3);
    expect(stdout).toMatch(/error (?:boot\/metadata|bundle\/(?:metadata|missing))\n/);
    expect(existsSync(project.path('evil-0x0'))).toBe(false);
  });
});

test('files called as those of the box itself are in nobody’s way', async () => {
  const files = ['blob', 'm.sock', '0.sock', 'loader-0x0', 'bundle'].map(
    (name) => [name, new Uint8Array(3)] as const,
  );
  expect(await boot(() => undefined, Object.fromEntries(files))).toMatchObject({ code: 0 });
});
