import { describe, expect, test } from 'vitest';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import type { Revision } from '../../src/formats/cell/releases.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import type { BzImage } from '../../src/formats/kernel/bzimage.ts';
import { examineKernel } from '../../src/formats/kernel/examine.ts';
import type { Architecture } from '../../src/base/choices.ts';
import { makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { evaluateCell } from '../../src/evaluate/cell.ts';
import { evaluate, initrdOf, kernel } from '../helpers/evaluation.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { systemAround } from '../helpers/machine.ts';
import { utf8 } from '../helpers/bytes.ts';

const codes = (...given: Parameters<typeof evaluate>): string[] =>
  evaluate(...given).diagnostics.map(({ code, severity }) => `${severity} ${code}`);

const SERIO = utf8(`${GOOD_CONFIG}CONFIG_SERIO=y\n`.replace('# CONFIG_SERIO is not set\n', ''));
const systemOf = (revision: Revision, architecture: Architecture): Uint8Array =>
  encodeSystemConfig(systemAround(parseCellConfig(makeCell()).memoryRegions, revision, architecture));

test('a cell with nothing against it is planned', () => {
  const { planned, diagnostics } = evaluate();
  expect(diagnostics).toEqual([]);
  expect(planned).toMatchObject({ name: 'demo', cellName: 'demo', profile: 'strict', configSource: 'file' });
  expect(planned!.plan.load.map((item) => item.address)).toEqual([0n, 0xfffc00n, 0x2000000n, 0x1000n]);
});

test('all findings of a manifest come together', () => {
  const found = evaluate(
    {
      name: null,
      cmdline: `console=ttyS0,115200 ${'x'.repeat(8000)}`,
      checks: {
        profile: null,
        require: { CONFIG_PREEMPT_RT: 'y' },
        rules: [],
        waive: [{ rule: 'kernel/nonsense', reason: 'none', until: null }],
      },
    },
    {
      cell: makeCell({ name: "it's", memoryRegions: [] }),
      system: systemOf(12, 'x86'),
      kernelConfig: SERIO,
    },
  );
  expect(found.planned).toBeNull();
  expect(found.diagnostics.map(({ code }) => code)).toEqual([
    'manifest/name',
    'system/revision',
    'cell/implausible',
    'kernel/serio',
    'project/CONFIG_PREEMPT_RT',
    'placement/comm-region',
    'placement/e820',
    'placement/no-ram',
    'placement/no-ram',
    'placement/cmdline',
    'waiver/unknown-rule',
  ]);
  expect(found.diagnostics.every(({ path }) => path !== undefined)).toBe(true);
});

describe('what cannot be read does not hide the rest', () => {
  test('a cell', () => {
    expect(codes({}, { cell: 'unreadable', kernelConfig: SERIO })).toEqual(['error kernel/serio']);
  });

  test('a kernel config', () => {
    const { diagnostics } = evaluate(
      {},
      { kernelConfig: Uint8Array.of(0x1f, 0x8b, 1), cell: makeCell({ memoryRegions: [] }) },
    );
    expect(diagnostics[0]).toMatchObject({ path: ['kernel', 'config'] });
    expect(diagnostics.map(({ code }) => code)).toContain('placement/comm-region');
  });

  test('a config inside the kernel', () => {
    const embedded = new InputError('kernel/ikconfig', 'it is damaged');
    expect(evaluate({}, { kernelConfig: null, kernel: { ...kernel, embedded } }).diagnostics).toMatchObject([
      { code: 'kernel/ikconfig', path: ['kernel', 'image'] },
    ]);
    expect(
      codes({}, { kernelConfig: null, kernel: { ...kernel, embedded: { kind: 'not-built-in' } } }),
    ).toEqual(['error kernel/config-missing']);
  });
});

describe('the bundle is named', () => {
  test('by the manifest, whatever the cell is called', () => {
    const { planned } = evaluate({ name: 'bundle' }, { cell: makeCell({ name: "it's 42" }) });
    expect(planned).toMatchObject({ name: 'bundle', cellName: "it's 42" });
  });

  test('by the cell where the manifest names nothing', () => {
    expect(evaluate({ name: null }, { cell: makeCell({ name: 'linux-x86_64.v2' }) }).planned!.name).toBe(
      'linux-x86_64.v2',
    );
    expect(evaluate({ name: null }, { cell: makeCell({ name: '42' }) }).planned!.name).toBe('42');
  });

  test.each(["it's", 'a b', '../a', '.a', '-a', 'ä'])('by no name like %s', (name) => {
    const { planned, diagnostics } = evaluate({ name: null }, { cell: makeCell({ name }) });
    expect(planned).toBeNull();
    expect(diagnostics).toMatchObject([
      {
        code: 'manifest/name',
        message: `the cell's name '${name}' is not allowed as the name of a bundle`,
        path: ['name'],
      },
    ]);
  });
});

test('cell and kernel must be of one architecture', () => {
  const { planned, diagnostics } = evaluate({}, { cell: makeCell({ architecture: 'arm64', ports: [] }) });
  expect(planned).toBeNull();
  expect(diagnostics).toMatchObject([
    {
      code: 'cell/architecture',
      message: 'the cell is for arm64, the kernel for x86',
      symptom: 'the cell starts and does nothing',
      path: ['kernel', 'image'],
    },
  ]);
});

test('nothing is held against the kernel of another architecture than the cell', () => {
  const checks = {
    profile: null,
    require: { CONFIG_HZ: '100' },
    rules: [],
    waive: [{ rule: 'kernel/serio', reason: 'none', until: null }],
  };
  const inputs = {
    cell: makeCell({ architecture: 'arm64', ports: [] }),
    kernelConfig: utf8('CONFIG_X86=y'),
  };
  expect(codes({ checks }, inputs)).toEqual(['error cell/architecture']);
});

describe('a kernel config alone', () => {
  const alone = (config: string) =>
    evaluateCell(
      {
        name: null,
        cmdline: null,
        placement: 'exact',
        checks: {
          profile: null,
          require: {},
          waive: [{ rule: 'kernel/x86-mce', reason: 'off', until: null }],
        },
      },
      {
        cell: null,
        system: null,
        kernel: null,
        kernelConfig: utf8(config),
        initrd: null,
        dtb: null,
        loaderSize: null,
      },
      { profile: 'strict', today: '2026-01-01' },
    ).diagnostics.map(({ code, severity }) => `${severity} ${code}`);

  test('is judged as far as it goes; what is not judged is no reason to drop a waiver', () => {
    expect(alone(`${GOOD_CONFIG}CONFIG_X86_MCE=y\n`)).toEqual(['info kernel/not-judged']);
    expect(alone(GOOD_CONFIG)).toEqual(['info kernel/not-judged', 'warning waiver/unused']);
  });

  test('must say for which architecture it is', () => {
    expect(alone('CONFIG_HZ=100\n')).toEqual(['error kernel/config-architecture']);
  });
});

test('a cell that does not name its architecture has that of the kernel', () => {
  const cell = makeCell({ revision: 13, ports: [] });
  expect(
    evaluate({ cmdline: '' }, { cell, kernelConfig: utf8(GOOD_CONFIG.replace('UARTS=1', 'UARTS=0')) })
      .planned,
  ).not.toBeNull();
});

describe('the system config', () => {
  test('must be of the same release and architecture', () => {
    expect(codes({}, { system: systemOf(14, 'x86') })).toEqual([]);
    expect(codes({}, { system: systemOf(13, 'x86') })).toEqual(['error system/revision']);
    expect(codes({}, { system: systemOf(14, 'arm64') })).toContain('error system/architecture');
  });
});

describe('the profile', () => {
  test('is the manifest’s, else the caller’s', () => {
    expect(evaluate().planned!.profile).toBe('strict');
    expect(
      evaluate({ checks: { profile: 'mainline', require: {}, rules: [], waive: [] } }).planned!.profile,
    ).toBe('mainline');
  });

  test('mainline holds nothing against the kernel that a cell which cannot be read might allow', async () => {
    const uarts = utf8(GOOD_CONFIG.replace('UARTS=1', 'UARTS=4'));
    const modern = { ...kernel, image: { ...(kernel.image as BzImage), version: '6.1.192 (tests)' } };
    const mainline = { checks: { profile: 'mainline' as const, require: {}, rules: [], waive: [] } };
    const inputs = { kernel: modern, kernelConfig: uarts };
    expect(codes(mainline, inputs)).toEqual([]);
    expect(codes(mainline, { ...inputs, cell: makeCell({ revision: 10 }) })).toEqual([
      'error kernel/runtime-uarts',
      'error kernel/console-ports',
    ]);
    expect(codes(mainline, { ...inputs, cell: 'unreadable' })).toEqual([]);
  });
});

test('waivers are applied to the kernel, and to nothing else', () => {
  const waive = [{ rule: 'kernel/serio', reason: 'mainline', until: '2026-11-23' }];
  const { planned, diagnostics } = evaluate(
    { checks: { profile: null, require: {}, rules: [], waive } },
    { kernelConfig: SERIO },
  );
  expect(planned).not.toBeNull();
  expect(diagnostics).toMatchObject([
    { code: 'kernel/serio', waived: { reason: 'mainline', until: '2026-11-23' } },
  ]);
  const late = [{ rule: 'kernel/serio', reason: 'mainline', until: '2026-11-22' }];
  expect(
    codes({ checks: { profile: null, require: {}, rules: [], waive: late } }, { kernelConfig: SERIO }),
  ).toEqual(['error kernel/serio', 'error waiver/expired']);
  expect(codes({ checks: { profile: null, require: {}, rules: [], waive } })).toEqual([
    'warning waiver/unused',
  ]);
  const layout = [{ rule: 'placement/cmdline', reason: 'none', until: null }];
  expect(codes({ checks: { profile: null, require: {}, rules: [], waive: layout } })).toEqual([
    'error waiver/not-waivable',
  ]);
});

test('notes about the kernel are passed on', async () => {
  const newer = await examineKernel(makeBootableKernel({ version: 0x210 }));
  expect(codes({}, { kernel: newer })).toEqual(['info kernel/newer-protocol']);
});

test('sizes of initrd and loader go into the plan', () => {
  expect(codes({}, { initrd: initrdOf(80 << 20) })).toEqual(['error placement/initrd']);
  expect(codes({}, { loaderSize: 0xa001 })).toEqual(['error placement/loader']);
  const { plan } = evaluate({ initrd: null }, { initrd: 'none' }).planned!;
  expect(plan.load.map((item) => (item.kind === 'image' ? item.role : item.kind))).toEqual([
    'loader',
    'kernel',
    'params',
  ]);
});

test('placement: upstream gives its addresses, and the proof says what they are worth', () => {
  const { planned, diagnostics } = evaluate({ placement: 'upstream' });
  expect(planned!.plan).toMatchObject({ placement: 'upstream' });
  expect(planned!.plan.load[2]).toMatchObject({ role: 'initrd', address: 0x104a000n });
  expect(diagnostics.map(({ code }) => code)).toEqual(['placement/overlap']);
});
