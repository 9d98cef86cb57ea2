import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigKind } from '../../src/formats/cell/identify.ts';
import {
  layoutIdOf,
  parseLayoutId,
  VARIANT_IDS,
  VARIANTS,
  type LayoutId,
} from '../../src/formats/cell/layout-ids.ts';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { encodeConfig } from '../../src/formats/cell/yaml/compile.ts';
import { FORKS } from '../../src/formats/cell/forks.ts';
import { cellVectors } from '../helpers/vectors.ts';
import { Folder, GOOD_FILES } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { installFakeQemu, REACHES_INIT } from '../helpers/fake-qemu.ts';
import { makeMachine } from '../helpers/machine.ts';
import { parseReport } from '../helpers/output.ts';
import { plausibleConfig, readAlike } from '../helpers/plausible-config.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layouts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const cli = (...words: string[]) => run(words, { cwd: folder });
const write = (name: string, content: Uint8Array | string) => writeFile(join(folder, name), content);
const bytesOf = (name: string) => readFile(join(folder, name));

/** A config of a layout, the same in every run. */
function sample(kind: ConfigKind, id: LayoutId, hasLinks = false): CellConfig | SystemConfig {
  const [config] = fc.sample(plausibleConfig(kind, parseLayoutId(id)!, { hasLinks }), {
    numRuns: 1,
    seed: 11,
  });
  return config!;
}

const KINDS = ['cell', 'system'] as const;
const isInterim = (id: LayoutId): boolean => VARIANTS[id as keyof typeof VARIANTS].isInterim;

describe.each(VARIANT_IDS)('%s', (id) => {
  test.each(KINDS)(
    'a %s is decompiled with its layout, compiled to the same bytes, and told by inspect',
    async (kind) => {
      const file = encodeConfig(sample(kind, id));
      await write('given', file);
      const arch = ['--arch', 'arm64'];
      const yaml = await cli('cell', 'decompile', 'given', ...arch, '--layout', id, '-o', 'given.yaml');
      expect(yaml.code).toBe(0);
      expect((await bytesOf('given.yaml')).toString()).toContain(`\nlayout: ${id} #`);
      expect(yaml.stderr.includes('cell/interim-layout')).toBe(isInterim(id));
      expect(await cli('cell', 'compile', 'given.yaml', '-o', 'again')).toMatchObject({
        code: 0,
        stderr: '',
      });
      expect((await bytesOf('again')).equals(file)).toBe(true);

      const inspected = await cli('inspect', '--json', 'given', ...arch, '--layout', id);
      const { findings, subjects } = parseReport(inspected.stdout, inspected.code);
      expect(subjects[0]!['content']).toMatchObject({ kind, layout: id, release: null });
      expect(findings.map(({ rule }) => rule)).toEqual(isInterim(id) ? ['cell/interim-layout'] : []);
      expect((await cli('inspect', 'given', ...arch, '--layout', id)).stdout).toContain(id);
    },
  );

  test.each(KINDS)('a %s is found without being told', async (kind) => {
    await write('given', encodeConfig(sample(kind, id)));
    const { stdout, code } = await cli('inspect', '--json', 'given', '--arch', 'arm64');
    const content = parseReport(stdout, code).subjects[0]!['content'] as { layout: LayoutId };
    expect(readAlike(kind, parseLayoutId(content.layout)!, parseLayoutId(id)!), content.layout).toBe(true);
  });

  test('a cell and its machine are read alike by check', async () => {
    await write('root', encodeConfig(sample('system', id)));
    await write('given', encodeConfig(sample('cell', id)));
    for (const words of [[], ['--layout', id]]) {
      const { stdout, code } = await cli('cell', 'check', '--json', 'root', 'given', ...words);
      const rules = parseReport(stdout, code).findings.map(({ rule }) => rule);
      expect(rules.filter((rule) => /layout|implausible|revision|trailing/.test(rule))).toEqual(
        isInterim(id) ? rules.filter((rule) => rule === 'cell/interim-layout') : [],
      );
    }
  });
});

test('a layout of another revision is refused', async () => {
  await write('given', encodeConfig(sample('cell', 'nxp10')));
  const { code, stderr } = await cli('cell', 'decompile', 'given', '--layout', 'nxp12');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /error cell\/layout\n {2}the layout nxp12 is one of revision 12; the cell config has revision 10\n {2}fix: /,
    ) as string,
  });
  expect(await cli('inspect', 'given', '--layout', 'nxp11')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nxp10') as string,
  });
});

test.each([
  [
    'a.cell.yaml',
    'cell: given\nkernel: { image: given }\nlayout: nxp11\n',
    'check',
    '3:9: error manifest/value',
  ],
  [
    'a.jailhouse.yaml',
    'format: cell\nlayout: nxp11\narchitecture: arm64\nname: a\n',
    'cell compile',
    '2:9: error description/value',
  ],
])('a layout that is none is refused in %s, with the nearest', async (name, text, command, told) => {
  await write('given', encodeConfig(sample('cell', 'nxp10')));
  await write(name, text);
  const { code, stdout, stderr } = await cli(...command.split(' '), name);
  expect({ code, report: stdout + stderr }).toEqual({
    code: 1,
    report: expect.stringMatching(new RegExp(`${name}:${told}\\n.*nxp11[^]*fix: .*nxp1[02]`)) as string,
  });
});

test('a cell of another layout than its machine is an error', async () => {
  await write('root', encodeConfig(sample('system', 'std10')));
  await write('given', encodeConfig(sample('cell', 'nxp10')));
  const { stdout, code } = await cli('cell', 'check', '--json', 'root', 'given');
  const found = parseReport(stdout, code).findings.find(({ rule }) => rule === 'system/layout');
  expect(found).toMatchObject({
    severity: 'error',
    requested: 'std10 (the layout of the releases)',
    actual: expect.stringContaining('nxp10') as string,
  });
});

describe('where the bytes do not decide', () => {
  /** One device ends as those of the release do, the other as those of revision 11. */
  function undecided(): Uint8Array {
    const cell = sample('cell', 'std12') as CellConfig;
    const blank = { ...cell.pciDevices[0], ...EMPTY_LINK };
    const devices = [
      { ...blank, bar_mask: [0xfffff000, 0, 0, 0, 0, 0], shmem_dev_id: 1, shmem_peers: 2, shmem_protocol: 1 },
      { ...blank, bdf: 8, bar_mask: [0xffffff00, 0, 0, 0, 0, 0], shmem_protocol: 0 },
    ];
    return encodeConfig({ ...cell, pciDevices: devices as never });
  }

  test('it is asked for, by every command, and taken', async () => {
    await write('given', undecided());
    await write('root', encodeConfig(sample('system', 'std12')));
    for (const words of [
      ['cell', 'decompile', 'given', '--arch', 'arm64'],
      ['cell', 'convert', 'given', '--release', '13', '--arch', 'arm64', '-o', 'converted'],
      ['inspect', 'given'],
      ['cell', 'check', 'root', 'given'],
      ['check', '--cell', 'given', '--kernel', 'given'],
    ]) {
      const { code, stdout, stderr } = await cli(...words);
      expect({ words, code, report: stdout + stderr }).toEqual({
        words,
        code: 1,
        report: expect.stringMatching(
          /cell\/layout[^]*fits several layouts of revision 12[^]*std12[^]*git12-old[^]*--layout std12[^]*--layout git12-old/,
        ) as string,
      });
    }
    for (const [id, told] of [
      ['std12', 'shmem_peers: 2'],
      ['git12-old', 'layout: git12-old'],
    ] as const) {
      const { code, stdout } = await cli('cell', 'decompile', 'given', '--arch', 'arm64', '--layout', id);
      expect(code).toBe(0);
      expect(stdout).toContain(told);
      await write('given.yaml', stdout);
      expect(await cli('cell', 'compile', 'given.yaml', '-o', 'again')).toMatchObject({ code: 0 });
      expect((await bytesOf('again')).equals(undecided())).toBe(true);
    }
  });

  test('a machine file says it for its root and its cells', async () => {
    await write('given', undecided());
    await write('root', encodeConfig(sample('system', 'std12')));
    const cells = 'cells: [{ name: one, cell: given, images: [{ file: given, at: 0x0 }] }]\n';
    const check = async (layout: string) => {
      await write('board.machine.yaml', `name: board\nsystem: root\n${layout}${cells}`);
      const { stdout, code } = await cli('check', '--json', 'board.machine.yaml');
      return parseReport(stdout, code).findings.filter(({ rule }) => /layout|revision/.test(String(rule)));
    };
    expect((await check('')).map(({ rule, message }) => [rule, message])).toContainEqual([
      'cell/layout',
      expect.stringContaining('fits several layouts of revision 12'),
    ]);
    expect(await check('layout: std12\n')).toEqual([]);
    expect(await check('layout: git12-old\n')).toEqual([]);
    expect(await check('layout: nxp10\n')).toMatchObject([
      {
        rule: 'cell/layout',
        message: 'the layout nxp10 is one of revision 10; the system config has revision 12',
      },
    ]);
  });

  test('a manifest says it', async () => {
    await write('given', undecided());
    const manifest = 'name: demo\ncell: given\nkernel: { image: given }\n';
    await write('asks.cell.yaml', manifest);
    const asked = await cli('check', '--json', 'asks.cell.yaml');
    expect(parseReport(asked.stdout, asked.code).findings).toContainEqual(
      expect.objectContaining({
        rule: 'cell/layout',
        severity: 'error',
        fix: expect.stringContaining('`layout:` in a manifest') as string,
        places: [expect.objectContaining({ file: 'asks.cell.yaml', line: 2 })],
      }),
    );
    await write('says.cell.yaml', `${manifest}layout: std12\n`);
    const said = await cli('check', '--json', 'says.cell.yaml');
    const rules = parseReport(said.stdout, said.code).findings.map(({ rule }) => rule);
    expect(rules).not.toContain('cell/layout');
  });

  test('bytes after a standard config that make it one of a fork are asked for, too', async () => {
    const bytemap = FORKS.find(({ id }) => id === 'bytemap13')!;
    const cell = sample('cell', 'std13') as CellConfig;
    const two = {
      ...cell,
      memoryRegions: [cell.memoryRegions[0]!, { phys_start: 0n, virt_start: 0n, size: 0n, flags: 0n }],
      cacheRegions: [],
      irqchips: [],
      pciDevices: [],
      pciCaps: [],
      streamIds: [],
      pio: { regions: [] },
    };
    const loose = Buffer.concat([encodeConfig(two), Buffer.alloc(8)]);
    await write('given', loose);
    const { code, stderr, stdout } = await cli('inspect', 'given');
    expect({ code, report: stdout + stderr }).toEqual({
      code: 1,
      report: expect.stringContaining(bytemap.id) as string,
    });
    expect(await cli('inspect', 'given', '--layout', 'std13')).toMatchObject({ code: 0 });
  });
});

test('a bundle says how its configs are read, so that boot does not ask again', async () => {
  const { system, cells } = makeMachine({ revision: 12, architecture: 'x86', cpus: [1] });
  const [first] = cells;
  const none = { phys_start: 0n, virt_start: 0n, size: 0n, flags: 0n };
  const links = [
    {
      ...EMPTY_LINK,
      bar_mask: [0xfffff000, 0, 0, 0, 0, 0],
      shmem_dev_id: 1,
      shmem_peers: 2,
      shmem_protocol: 1,
    },
    { ...EMPTY_LINK, bdf: 8, bar_mask: [0xffffff00, 0, 0, 0, 0, 0] },
  ];
  const project = await Folder.create({
    bzImage: GOOD_FILES['bzImage']!,
    'kernel.config': GOOD_FILES['kernel.config']!,
    'rootfs.cpio.gz': GOOD_FILES['rootfs.cpio.gz']!,
    'root.cell': encodeConfig(system),
    'linux.cell': encodeConfig({
      ...first!,
      memoryRegions: [...first!.memoryRegions, none, none],
      pciDevices: links as never,
    }),
    'linux.cell.yaml':
      'name: linux\ncell: linux.cell\nsystem: root.cell\nlayout: std12\nkernel: { image: bzImage, config: kernel.config }\ninitrd: rootfs.cpio.gz\ncmdline: 8250.nr_uarts=0\nchecks: { waive: [{ rule: cell/shmem-sections, reason: a test }] }\n',
  });
  const cwd = project.at('');
  expect(await run(['check', '--cell', 'linux.cell', '--kernel', 'bzImage'], { cwd })).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('--layout std12') as string,
  });
  const built = await run(['build', 'linux.cell.yaml'], { cwd });
  expect(built.stdout, built.stderr).toMatch(/linux\.tar\n$/);
  const inspected = await run(['inspect', '--json', 'linux.tar'], { cwd });
  expect(parseReport(inspected.stdout, inspected.code).subjects[0]).toMatchObject({
    content: {
      metadata: { cell: { revision: 12, layout: 'std12', release: '0.12' }, system: { layout: 'std12' } },
    },
  });
  const qemu = await installFakeQemu(cwd, { prints: REACHES_INIT });
  const booted = await run(['boot', '--json', 'linux.tar'], { cwd, env: qemu.env });
  expect(parseReport(booted.stdout, booted.code)).toMatchObject({
    findings: [],
    subjects: [{ verdict: 'booted' }],
  });
  await project.remove();
});

const EMPTY_LINK = {
  type: 3,
  iommu: 0,
  domain: 0,
  bdf: 0,
  caps_start: 0,
  num_caps: 0,
  num_msi_vectors: 0,
  msi_flags: 0,
  num_msix_vectors: 0,
  msix_region_size: 0,
  msix_address: 0n,
  shmem_regions_start: 0,
  shmem_dev_id: 0,
  shmem_peers: 0,
  shmem_protocol: 0,
};

describe('forks are refused by their names', () => {
  const expectRefused = async (file: Uint8Array, name: string) => {
    await write('given', file);
    for (const words of [
      ['inspect', 'given'],
      ['cell', 'decompile', 'given'],
    ]) {
      const { code, stdout, stderr } = await cli(...words);
      expect({ code, report: stdout + stderr }).toEqual({
        code: 1,
        report: expect.stringMatching(
          new RegExp(`cell/layout[^]*has the layout of a fork: ${name} \\(`),
        ) as string,
      });
    }
  };

  test.each([
    ['cell', 'AOSCEL'],
    ['system', 'ACESYS'],
  ] as const)('ArceOS’s %s', async (kind, signature) => {
    const file = encodeConfig(sample(kind, 'std10'));
    file.set(Buffer.from(signature));
    await expectRefused(file, 'arceos10');
  });

  test('jailhouse-rt’s, a header with one count more', async () => {
    const { header } = FORKS.find(({ id }) => id === 'rt13')!;
    const { header: own, cpus, memoryRegions } = sample('cell', 'std13') as CellConfig;
    const counts = Object.fromEntries(
      Object.keys(header.fields)
        .filter((key) => key.startsWith('num_'))
        .map((key) => [key, 0]),
    );
    const head = header.encode({
      ...counts,
      ...own,
      cpu_set_size: cpus.length,
      num_memory_regions: 1,
    } as never);
    const region = encodeConfig({
      ...(sample('cell', 'std13') as CellConfig),
      memoryRegions: memoryRegions.slice(0, 1),
      cacheRegions: [],
      irqchips: [],
      pciDevices: [],
      pciCaps: [],
      streamIds: [],
      pio: { regions: [] },
    });
    await expectRefused(Buffer.concat([head, region.subarray(132)]), 'rt13');
  });
});

describe('what no known config has is a finding, never silence', () => {
  const system12 = () => sample('system', 'std12') as SystemConfig;
  const region = { phys_start: 1n << 53n, virt_start: 0n, size: 0x1000n, flags: 1n };
  const odd: readonly (readonly [string, () => CellConfig | SystemConfig, string])[] = [
    [
      'a cell without CPUs',
      () => ({ ...(sample('cell', 'std12') as CellConfig), cpus: new Uint8Array(8) }),
      'no CPU',
    ],
    [
      'a region beyond 2^52',
      () => ({ ...(sample('cell', 'std12') as CellConfig), memoryRegions: [region] }),
      'memory region 0 is larger than 2^48 or ends above 2^52',
    ],
    [
      'unknown flags of the cell',
      () => {
        const cell = sample('cell', 'std12') as CellConfig;
        return { ...cell, header: { ...cell.header, flags: 0x100 } };
      },
      'the cell has the unknown flags 0x100',
    ],
    [
      'a root cell without CPUs',
      () => ({ ...system12(), rootCell: { ...system12().rootCell, cpus: new Uint8Array(8) } }),
      'no CPU',
    ],
  ];

  test.each(odd)('%s', async (_, make, told) => {
    const config = make();
    expect(layoutIdOf(config)).toBe('std12');
    await write('given', encodeConfig(config));
    await write('root', encodeConfig(system12()));
    const inspected = await cli('inspect', '--json', 'given');
    const { findings } = parseReport(inspected.stdout, inspected.code);
    expect(findings.map(({ rule, actual }) => [rule, actual])).toContainEqual(['cell/implausible', told]);
    const decompiled = await cli('cell', 'decompile', 'given', '--arch', 'arm64');
    expect(decompiled).toMatchObject({ code: 0, stderr: expect.stringContaining(told) as string });
    const files = config.kind === 'cell' ? ['root', 'given'] : ['given'];
    const checked = await cli('cell', 'check', '--json', ...files);
    const rules = parseReport(checked.stdout, checked.code).findings.map(({ rule }) => rule);
    expect(
      rules.some((rule) => ['cell/implausible', 'cell/no-cpu', 'cell/cpus'].includes(rule)),
      rules.join(),
    ).toBe(true);
  });

  test.each(KINDS)('bytes after a %s are a warning that names other layouts', async (kind) => {
    const vector = cellVectors().find(({ id }) => id.startsWith(`12/${kind}/`))!;
    await write('given', Buffer.concat([Buffer.from(vector.hex, 'hex'), Buffer.alloc(8)]));
    await write('root', encodeConfig(system12()));
    const files = kind === 'cell' ? ['root', 'given'] : ['given'];
    for (const words of [
      ['inspect', '--json', 'given'],
      ['cell', 'check', '--json', ...files],
    ]) {
      const { stdout, code } = await cli(...words);
      expect(parseReport(stdout, code).findings).toContainEqual(
        expect.objectContaining({
          rule: 'cell/trailing-bytes',
          severity: 'warning',
          actual: '8 bytes more',
          fix: expect.stringContaining(
            'a vendor’s or a fork with a layout of its own'.replace('’', "'"),
          ) as string,
        }),
      );
    }
    const { stderr } = await cli('cell', 'decompile', 'given', '--arch', vector.arch);
    expect(stderr).toContain('cell/trailing-bytes');
  });
});
