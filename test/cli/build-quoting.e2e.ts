import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Folder, GOOD_FILES, makeCell } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { splitShellWords } from '../helpers/shell-words.ts';

let folder: Folder | undefined;
afterEach(() => folder?.remove());

/** What a cell, a folder or an option may be called. */
const NASTY = ["it's", 'a "b" c', '$HOME $(id)', '`id`', 'back\\slash', 'é 日本 ß', '*;&|<>#~!', '42', '-a'];

async function executable(file: string, command: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
}

/** In a folder, a cell and a cmdline of this name: builds, unpacks, and asks the launch script what it would run. */
async function dryRun(name: string, cellName: string) {
  folder = await Folder.create({}, `jailhouse ${name} `);
  const manifest = {
    name: 'bundle',
    cell: `${name}.cell`,
    kernel: { image: `${name}.img`, config: 'kernel.config' },
    initrd: `${name}.rd`,
    cmdline: `console=ttyS0,115200 text="${name.replaceAll('"', '')}"`,
  };
  await folder.write({
    [`${name}.cell.yaml`]: JSON.stringify(manifest),
    [`${name}.cell`]: makeCell({ name: cellName }),
    [`${name}.img`]: GOOD_FILES.bzImage!,
    [`${name}.rd`]: GOOD_FILES['rootfs.cpio.gz']!,
    'kernel.config': GOOD_FILES['kernel.config']!,
    'sys fs/enabled': '1\n',
    'sys fs/cells/.keep': '',
    'the loader': 'loader',
  });
  // The machine that the cell is for.
  await executable(folder.at('bin/uname'), 'echo x86_64');
  await executable(folder.at('jailhouse'), 'exit 1');
  const built = await run(['build', '-o', `out ${name}`, '--', `${name}.cell.yaml`], { cwd: folder.path });
  expect(built).toMatchObject({ code: 0, stderr: '' });
  const tarball = built.stdout.slice(66, -1);
  expect(tarball).toBe(join(`out ${name}`, 'bundle.tar'));

  const target = folder.at(`target ${name}`);
  await mkdir(target);
  execFileSync('tar', ['-xf', folder.at(tarball), '-C', target]);
  const env = {
    PATH: `${folder.at('bin')}:${process.env.PATH}`,
    JAILHOUSE: folder.at('jailhouse'),
    JAILHOUSE_SYSFS: folder.at('sys fs'),
    LINUX_LOADER: folder.at('the loader'),
  };
  const stdout = execFileSync('sh', [join(target, 'bundle/launch.sh'), 'start', '--dry-run'], { env });
  const metadata = JSON.parse(await readFile(join(target, 'bundle/bundle.json'), 'utf8')) as {
    cmdline: string;
    commands: string[];
  };
  const params = await readFile(join(target, 'bundle/params'));
  return { folder, manifest, bundle: join(target, 'bundle'), printed: stdout.toString(), metadata, params };
}

test.each([...NASTY.map((name) => [name, name]), ['plain', 'é'.repeat(15) + 'x']])(
  'files called %j and a cell called %j',
  async (name, cellName) => {
    const { folder: at, manifest, bundle, printed, metadata, params } = await dryRun(name!, cellName!);
    const cell = ['42', '-a'].includes(cellName!) ? ['--name', cellName] : [cellName];
    const tool = [at.at('jailhouse'), 'cell'];
    const images = [
      [at.at('the loader'), '0x0'],
      [join(bundle, 'kernel'), '0xfffc00'],
      [join(bundle, 'initrd'), '0x2000000'],
      [join(bundle, 'params'), '0x1000'],
    ].flatMap(([file, address]) => [file, '-a', address]);
    expect(printed.trimEnd().split('\n').map(splitShellWords)).toEqual([
      [...tool, 'create', join(bundle, 'cell.cell')],
      [...tool, 'load', ...cell, ...images],
      [...tool, 'start', ...cell],
    ]);
    const words = metadata.commands.map(splitShellWords);
    expect(words.at(-1)).toEqual(['jailhouse', 'cell', 'start', ...cell]);
    expect(metadata.cmdline).toBe(manifest.cmdline);
    expect(params.subarray(4096 + 300).toString('utf8')).toBe(`${manifest.cmdline}\0`);
  },
);
