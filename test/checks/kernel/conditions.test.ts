import { describe, expect, it, test } from 'vitest';
import { createCellConfig } from '../../../src/formats/cell/create.ts';
import { appliesTo, hasParameter } from '../../../src/checks/kernel/conditions.ts';
import { readEvidence } from '../../../src/checks/kernel/evidence.ts';
import type { CellTrait, RuleCondition } from '../../../src/checks/kernel/rule.ts';
import { hasTrait } from '../../../src/checks/kernel/cell-traits.ts';
import { parseCmdline } from '../../../src/formats/kernel/cmdline.ts';
import { makeCellEvidence, makeEvidence, makeKernel } from '../../helpers/kernel-evidence.ts';
import { cellWith, cellWithShmem } from '../../helpers/rule-cases/hardware.ts';
import type { Change } from '../../helpers/rule-cases/case.ts';

test.each([
  ['console=ttyS*', 'quiet console=ttyS0,115200', true],
  ['console=ttyS*', 'console=tty0', false],
  ['console=ttyS*', 'earlycon console="ttyS1"', true],
  ['quiet', 'quiet', true],
  ['quiet', 'quiet=1', false],
  ['quiet', 'root=/dev/ram0 -- quiet', false],
  ['mce=off', 'mce=offline', false],
  ['8250.nr_uarts=*', '8250.nr-uarts=1', true],
  ['8250.nr_uarts=*', '8250xnr_uarts=1', false],
  ['a-b=c-d', 'a_b=c-d', true],
  ['a-b=c-d', 'a_b=c_d', false],
  ['*', '', false],
])('%s in %j', (pattern, cmdline, isThere) => {
  expect(hasParameter(parseCmdline(cmdline), pattern)).toBe(isThere);
});

describe('a condition', () => {
  const applies = (when: Partial<RuleCondition>, change: Change = {}) =>
    appliesTo({ architecture: ['x86'], ...when }, readEvidence(makeEvidence(change)));
  const unknown: Change = { image: null, config: 'CONFIG_HZ=100\n' };

  it.each<[Partial<RuleCondition>, Change, ReturnType<typeof appliesTo>]>([
    [{ architecture: ['arm'] }, {}, false],
    [{ kernel: { from: '6.1' } }, {}, true],
    [{ kernel: { from: '6.2' } }, {}, false],
    [{ kernel: { before: '6.1' } }, {}, false],
    [{ kernel: { from: '5.10', before: '6.2' } }, {}, true],
    [{ kernel: { from: '5.10', before: '6.2' } }, unknown, true],
    [{ initrd: true }, { initrd: 'none' }, false],
    [{ initrd: true }, { initrd: null }, { lacking: ['initrd'] }],
    [{ cell: 'ivshmem' }, { cell: null }, { lacking: ['cell'] }],
    [{ cell: 'x2apic-forced' }, {}, { lacking: ['system'] }],
    [{ cell: 'ivshmem', cmdline: 'quiet' }, { cell: null, cmdline: null }, { lacking: ['cmdline', 'cell'] }],
    [{ cell: 'ivshmem', cmdline: 'quiet' }, { cell: null, cmdline: '' }, false],
    [{ cell: 'ivshmem', kernel: { from: '6.2' } }, { cell: null }, false],
    [{ kernel: { from: '5.5' } }, { image: makeKernel({ version: '5.4' }).image }, false],
  ])('%j', (when, change, expected) => {
    expect(applies(when, change)).toEqual(expected);
  });
});

describe('a trait', () => {
  const old = makeCellEvidence({
    config: createCellConfig({
      revision: 10,
      architecture: 'x86',
      name: 'old',
      cpus: [1],
      memoryRegions: [],
      pciDevices: cellWithShmem(0x100).config.pciDevices.map(
        ({ shmem_regions_start: _a, shmem_dev_id: _b, shmem_peers: _c, ...device }) => ({
          ...device,
          shmem_region: 0,
          padding: new Uint8Array(2),
        }),
      ),
    }),
  });

  it.each<[CellTrait, ReturnType<typeof cellWith>, boolean]>([
    ['several-cpus', cellWith({ cpus: [9] }), false],
    ['several-cpus', cellWith({ cpus: [1, 9] }), true],
    ['pci-devices', cellWith({}), false],
    ['pci-devices', cellWithShmem(1), true],
    ['ivshmem', cellWithShmem(1), true],
    ['ivshmem-net', cellWithShmem(0, 1), true],
    ['ivshmem-net', cellWithShmem(0, 0x100), false],
    ['ivshmem-net', old, true],
    ['ivshmem-uio', cellWithShmem(0), true],
    ['ivshmem-uio', old, false],
    ['ivshmem-virtio', cellWithShmem(0x8003), true],
    ['ivshmem-virtio', cellWithShmem(0xc003), false],
    ['small-memory', cellWith({ ram: (128n << 20n) - 0x1000n }), true],
    ['small-memory', cellWith({ ram: 128n << 20n }), false],
  ])('%s', (trait, cell, has) => {
    expect(hasTrait(cell, trait)).toBe(has);
  });
});
