import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { examineInitrd } from '../../../src/formats/initrd/examine.ts';
import { PackageFiles } from '../../../src/formats/initrd/packages.ts';
import { newc, type NewcEntry } from '../../helpers/newc.ts';
import { oneIn } from '../../helpers/runs.ts';

const STATUS = `Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2+b2
Description: GNU Bourne Again SHell
 Version: 9 is no field here
 .

Package: removed
Status: deinstall ok config-files
Version: 1

Package: adduser
Status: hold ok installed
Architecture: all
Version: 1:3.134

`;
const FILE = 0o100644;
const file = (name: string, content: string): NewcEntry => ({ name, content, mode: FILE });

async function packagesIn(...parts: readonly Uint8Array[]) {
  const bytes = Buffer.concat(parts);
  const files = new PackageFiles();
  await examineInitrd(bytes, bytes.length, files);
  return files.read();
}

test('the packages of dpkg, in a packed archive behind a bare one', async () => {
  const bare = newc([file('kernel/x86/microcode/a.bin', 'x')]);
  const packed = gzipSync(
    newc([
      file('./usr/lib/os-release', 'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n'),
      { name: 'etc/os-release', content: '../usr/lib/os-release', mode: 0o120777 },
      file('var/lib/dpkg/status', STATUS),
    ]),
  );
  expect(await packagesIn(bare, packed)).toEqual({
    manager: 'dpkg',
    distribution: { id: 'debian', version: '12' },
    packages: [
      { name: 'adduser', version: '1:3.134', architecture: 'all' },
      { name: 'bash', version: '5.2.15-2+b2', architecture: 'amd64' },
    ],
    skipped: 0,
  });
});

describe('other databases', () => {
  test.each(['/var/lib/opkg/status', 'usr/lib/opkg/status'])('opkg, %s', async (name) => {
    const status =
      'Package: busybox\nVersion: 1.36.1-r0\nStatus: install user installed\nArchitecture: core2-64\n';
    expect(await packagesIn(newc([file(name, status)]))).toEqual({
      manager: 'opkg',
      distribution: null,
      packages: [{ name: 'busybox', version: '1.36.1-r0', architecture: 'core2-64' }],
      skipped: 0,
    });
  });

  test('a folder with a file a package, without states', async () => {
    const found = await packagesIn(
      newc([
        file('var/lib/dpkg/status.d/libc6', 'Package: libc6\nVersion: 2.36-9\nArchitecture: arm64'),
        file('var/lib/dpkg/status.d/base', 'Package: base-files\nVersion: 12\n'),
      ]),
    );
    expect(found!.packages.map(({ name }) => name)).toEqual(['base-files', 'libc6']);
  });

  test('none: an archive of busybox alone', async () => {
    expect(await packagesIn(newc([file('init', '#!/bin/sh')]))).toBeNull();
    expect(await packagesIn(newc([file('var/lib/dpkg/status', '')]))).toBeNull();
    expect(
      await packagesIn(newc([{ name: 'var/lib/dpkg/status', content: '/etc/passwd', mode: 0o120777 }])),
    ).toBeNull();
  });
});

test('what a later archive has counts, as it does for the kernel', async () => {
  const old = newc([file('var/lib/dpkg/status', STATUS)]);
  const later = newc([file('var/lib/dpkg/status', STATUS.replace('5.2.15', '5.2.37'))]);
  const found = await packagesIn(old, later);
  expect(found!.packages.find(({ name }) => name === 'bash')!.version).toBe('5.2.37-2+b2');
});

test('names and versions that no package has are left out, and counted', async () => {
  const odd = ['a b', '../x', '-x', 'x\x1b[2J', 'y'.repeat(200), ''].map(
    (name) => `Package: ${name}\nVersion: 1\nStatus: install ok installed\n`,
  );
  const found = await packagesIn(newc([file('var/lib/dpkg/status', [STATUS, ...odd].join('\n'))]));
  expect(found).toMatchObject({ packages: [{ name: 'adduser' }, { name: 'bash' }], skipped: odd.length });
});

test('a database of many MiB is not read, nor are more packages than a system has', () => {
  const files = new PackageFiles();
  const content = Buffer.alloc((16 << 20) + 1, 0x0a);
  files.add({ name: 'var/lib/dpkg/status', mode: FILE, data: content });
  expect(files.read()).toBeNull();
  const many = Array.from({ length: 20_001 }, (_, index) => `Package: p${index}\nVersion: 1\n`).join('\n');
  files.add({ name: 'var/lib/dpkg/status', mode: FILE, data: Buffer.from(many) });
  const found = files.read()!;
  expect([found.packages.length, found.skipped]).toEqual([20_000, 1]);
});

test('any text is read, each package with a name and a version that can be written anywhere', () => {
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(
        'Package: a\n',
        'Version: 1\n',
        'Status: install ok installed\n',
        '\n',
        ' \n',
        'Architecture: \n',
        ':\n',
      ),
      fc.string({ unit: 'binary' }),
    ),
  );
  fc.assert(
    fc.property(text, (lines) => {
      const files = new PackageFiles();
      files.add({ name: 'var/lib/dpkg/status', mode: FILE, data: Buffer.from(lines.join('')) });
      for (const { name, version } of files.read()?.packages ?? [])
        expect(`${name} ${version}`).toMatch(/^[!-~]+ [!-~]+$/);
    }),
    { numRuns: oneIn(5) },
  );
});
