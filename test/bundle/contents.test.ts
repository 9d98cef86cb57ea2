import { describe, expect, test } from 'vitest';
import type { BundleInput } from '../../src/bundle/input.ts';
import { bundleContents, type BundleContents } from '../../src/bundle/contents.ts';
import { TOOL_NAME, TOOL_VERSION } from '../../src/base/version.ts';
import { makeCell } from '../helpers/cell-files.ts';
import { bundleInput, digestOf, kernelFile, shipped } from '../helpers/evaluation.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { utf8 } from '../helpers/bytes.ts';

const bytes = (source: BundleContents['entries'][number]['source']): Uint8Array => {
  if (source instanceof Uint8Array) return source;
  throw new Error('not in memory');
};
const text = (content: Uint8Array): string => Buffer.from(content).toString('utf8');

interface Listing {
  files: Record<string, { size: number; sha256: string }>;
  load: object[];
  [key: string]: unknown;
}

/** All files of a bundle: their bytes by name, and bundle.json and SHA256SUMS read. */
async function contentsOf(input: BundleInput): Promise<{
  files: Map<string, Uint8Array>;
  metadata: Listing;
  sums: string[];
  contents: BundleContents;
}> {
  const contents = bundleContents(input);
  const files = new Map(contents.entries.map(({ path, source }) => [path, bytes(source)]));
  const last = await contents.last(new Map([...files].map(([path, content]) => [path, digestOf(content)])));
  for (const { path, source } of last) files.set(path, bytes(source));
  return {
    files,
    metadata: JSON.parse(text(files.get('bundle.json')!)) as Listing,
    sums: text(files.get('SHA256SUMS')!).trimEnd().split('\n'),
    contents,
  };
}

test('bundle.json says all there is to know of a bundle', async () => {
  const input = bundleInput();
  const { metadata, files } = await contentsOf(input);
  const { params } = input.planned.plan;
  expect(metadata).toEqual({
    format: 1,
    name: 'demo',
    version: null,
    compatible: [],
    tool: { name: TOOL_NAME, version: TOOL_VERSION },
    cell: {
      file: 'cell.cell',
      name: 'demo',
      architecture: 'x86',
      revision: 14,
      layout: 'std14',
      release: 'git since 2023-01',
    },
    system: null,
    kernel: { format: 'bzImage', version: null, protocol: '2.15', config: 'file' },
    profile: 'strict',
    cmdline: 'console=ttyS0,115200',
    placement: 'exact',
    e820: [
      { address: '0x0', size: '0x100000', type: 1 },
      { address: '0x100000', size: '0x1000', type: 2 },
      { address: '0x200000', size: '0x4a00000', type: 1 },
    ],
    load: [
      { role: 'loader', file: null, address: '0x0', size: null },
      { role: 'kernel', file: 'kernel', address: '0xfffc00', size: kernelFile.length },
      { role: 'initrd', file: 'initrd', address: '0x2000000', size: 9 },
      { role: 'params', file: 'params', address: '0x1000', size: params.length },
    ],
    entry: '0x1000200',
    commands: [
      'jailhouse cell create cell.cell',
      'jailhouse cell load demo linux-loader.bin -a 0x0 kernel -a 0xfffc00 initrd -a 0x2000000 params -a 0x1000',
      'jailhouse cell start demo',
    ],
    files: Object.fromEntries(
      ['cell.cell', 'demo.service', 'initrd', 'kernel', 'launch.sh', 'params'].map((name) => [
        name,
        digestOf(files.get(name)!),
      ]),
    ),
    inputs: [{ key: 'kernel.image', file: 'bzImage', size: 4, sha256: '0123' }],
    findings: [],
    waivers: [],
  });
});

test('the files are sorted, and the lists come last', async () => {
  const { contents, files } = await contentsOf(bundleInput());
  expect([...files.keys()]).toEqual([
    'cell.cell',
    'demo.service',
    'initrd',
    'kernel',
    'launch.sh',
    'params',
    'bundle.json',
    'SHA256SUMS',
  ]);
  expect(contents.entries.filter(({ executable }) => executable).map(({ path }) => path)).toEqual([
    'launch.sh',
  ]);
  expect(contents.name).toBe('demo');
  expect(contents.size).toBe(contents.entries.reduce((sum, { source }) => sum + bytes(source).length, 0));
});

test('SHA256SUMS holds every part together: all files, bundle.json included', async () => {
  const { files, sums } = await contentsOf(bundleInput());
  const wanted = [...files]
    .filter(([path]) => path !== 'SHA256SUMS')
    .map(([path, content]) => `${digestOf(content).sha256}  ${path}`);
  expect(sums.toSorted()).toEqual(wanted.toSorted());
});

test('the program reads the same facts as bundle.json has', async () => {
  const { contents, metadata } = await contentsOf(bundleInput());
  const { load, entry, commands } = metadata;
  expect(contents.facts).toEqual({ load, entry, commands });
});

describe('files on the target', () => {
  const digest = digestOf(kernelFile);
  const onTarget = bundleInput(
    {},
    {},
    {
      kernel: { in: 'target', path: '/boot/bzImage 1', digest },
      initrd: { in: 'target', path: '/boot/initrd', digest: digestOf(utf8('an initrd')) },
      loader: { in: 'target', path: '/opt/linux-loader.bin', digest: null },
    },
  );

  test('are not shipped, but named with their digests', async () => {
    const { files, metadata, sums } = await contentsOf(onTarget);
    expect([...files.keys()]).not.toContain('kernel');
    expect([...files.keys()]).not.toContain('initrd');
    expect(metadata.files['/boot/bzImage 1']).toEqual(digest);
    expect(sums).toContain(`${digest.sha256}  /boot/bzImage 1`);
    expect(metadata.load).toMatchObject([
      { role: 'loader', file: '/opt/linux-loader.bin' },
      { role: 'kernel', file: '/boot/bzImage 1', size: kernelFile.length },
      { role: 'initrd', file: '/boot/initrd' },
      { role: 'params', file: 'params' },
    ]);
    expect(metadata.commands).toContain(
      "jailhouse cell load demo /opt/linux-loader.bin -a 0x0 '/boot/bzImage 1' -a 0xfffc00 /boot/initrd -a 0x2000000 params -a 0x1000",
    );
  });

  test('of unknown content are in no list', async () => {
    const { metadata, sums } = await contentsOf(onTarget);
    expect(metadata.files['/opt/linux-loader.bin']).toBeUndefined();
    expect(sums.join('\n')).not.toContain('linux-loader');
  });
});

test('a shipped loader, a system config, and no initrd', async () => {
  const input = bundleInput(
    { initrd: null },
    { initrd: 'none', loaderSize: 8 },
    { initrd: null, loader: shipped(utf8('a loader')), system: utf8('a system') },
  );
  const { files, metadata } = await contentsOf(input);
  expect([...files.keys()]).toEqual([
    'cell.cell',
    'demo.service',
    'kernel',
    'launch.sh',
    'linux-loader.bin',
    'params',
    'system.cell',
    'bundle.json',
    'SHA256SUMS',
  ]);
  expect(metadata.system).toEqual({ file: 'system.cell', layout: 'std14' });
  expect(metadata.load[0]).toEqual({ role: 'loader', file: 'linux-loader.bin', address: '0x0', size: 8 });
  expect(metadata.load).toHaveLength(3);
});

test('odd names of cells are quoted, and named as such', async () => {
  const { metadata } = await contentsOf(bundleInput({ name: 'demo' }, { cell: makeCell({ name: '42' }) }));
  expect(metadata.commands).toContain('jailhouse cell start --name 42');
  const quoted = await contentsOf(bundleInput({ name: 'demo' }, { cell: makeCell({ name: "it's $HOME" }) }));
  expect(quoted.metadata.commands).toContain("jailhouse cell start 'it'\\''s $HOME'");
});

test('the version and the boards are kept', async () => {
  const { metadata } = await contentsOf(bundleInput({ version: 3, compatible: ['acme,rover'] }));
  expect(metadata).toMatchObject({ version: 3, compatible: ['acme,rover'] });
});

test('findings and waivers are kept', async () => {
  const waive = [{ rule: 'kernel/serio', reason: 'mainline marks the i8042 absent', until: '2027-06-30' }];
  const { metadata } = await contentsOf(
    bundleInput(
      { checks: { profile: 'mainline', require: {}, rules: [], waive } },
      { kernelConfig: utf8(GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y')) },
    ),
  );
  expect(metadata.profile).toBe('mainline');
  expect(metadata.waivers).toEqual(waive);
  expect(metadata.findings).toMatchObject([
    { rule: 'kernel/serio', waived: { reason: 'mainline marks the i8042 absent' } },
  ]);
});
