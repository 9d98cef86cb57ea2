import { expect, test } from 'vitest';
import { supportOf } from '../../../src/placement/architectures.ts';
import {
  arm64Request,
  armCell,
  armRegion,
  commRegion,
  loaderRegion,
  MIB,
  uartRegion,
} from '../../helpers/arm-request.ts';
import { BOARD, dtbOf, type TestNode } from '../../helpers/trees.ts';

const RAM = 0x4fn;

/** What is said of RAM at these addresses, on a board with such cores. */
function said(virt: bigint, phys: bigint, ...cores: string[]): string[] {
  const ram = { ...armRegion(virt, 64n * MIB, RAM), phys_start: phys };
  const cell = armCell({ memoryRegions: [loaderRegion, uartRegion, ram, commRegion] });
  const nodes = cores.map((compatible, index): [string, TestNode] => [
    `cpu@${index + 2}`,
    { device_type: 'cpu', compatible, reg: [index + 2], 'enable-method': 'psci' },
  ]);
  const cpus: TestNode = { '#address-cells': [1], '#size-cells': [0], ...Object.fromEntries(nodes) };
  const { diagnostics } = supportOf('arm64').plan(arm64Request({ cell, dtb: dtbOf({ ...BOARD, cpus }) }));
  return diagnostics
    .filter(({ code }) => code === 'placement/address-bits')
    .map(({ severity, message }) => `${severity}: ${message}`);
}

const [TIB, A53, A57] = [1n << 40n, 'arm,cortex-a53', 'arm,cortex-a57'];

test('RAM up to the last address that the CPU has is fine', () => {
  expect(said(TIB - 64n * MIB, 0x60000000n, A53, A53)).toEqual([]);
  expect(said(TIB, 0x60000000n, A57, A57)).toEqual([]);
});

test('RAM beyond it is not, for the guest or in the machine', () => {
  expect(said(TIB - 32n * MIB, 0x60000000n, A53, A53)).toEqual([
    `warning: memory region 2 (RAM, 64 MiB at 0xfffe000000) ends at 0x10002000000, and the CPU (arm,cortex-a53) has addresses of 40 bits`,
  ]);
  expect(said(0x60000000n, 16n * TIB, A57, A57)).toEqual([
    expect.stringContaining('ends at 0x100004000000 of the machine'),
  ]);
});

test('the narrowest of several cores counts', () => {
  expect(said(TIB, 0x60000000n, A57, A53)).toEqual([expect.stringContaining(A53)]);
});

test('of other cores nothing is known', () => {
  expect(said(TIB << 8n, 0x60000000n, 'vendor,core', 'vendor,core')).toEqual([]);
});
