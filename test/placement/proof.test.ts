import { expect, test } from 'vitest';
import { checkDma } from '../../src/placement/proof.ts';
import { armCell } from '../helpers/arm-request.ts';
import { at } from '../helpers/machine.ts';

const CODE = 0x47n;
const RAM = 0x4fn;

test('the loader’s region of an arm cell may lack the DMA flag, RAM may not', () => {
  const ram = at(0x40000000n, 0x4000000n, RAM);
  const found = (...regions: ReturnType<typeof at>[]) =>
    checkDma(armCell({ memoryRegions: regions }), []).map(({ code }) => code);
  expect(found(at(0n, 0x10000n, CODE, 0x50000000n), ram)).toEqual([]);
  expect(found(ram, at(0x60000000n, 0x4000000n, CODE))).toEqual(['placement/ram-without-dma']);
  // Without another region for it, this is where the kernel would be.
  expect(found(at(0n, 0x4000000n, CODE))).toEqual(['placement/ram-without-dma']);
});
