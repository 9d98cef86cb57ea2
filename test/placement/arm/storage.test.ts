import { expect, test } from 'vitest';
import { cells, composeTree, texts, type NewNode } from '../../../src/formats/dtb/compose.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { mayHaveStorage } from '../../../src/placement/arm/drivers.ts';

const device = (name: string, compatible: string, status = 'okay'): NewNode => ({
  name,
  properties: [texts('compatible', compatible), texts('status', status), cells('reg', 0, 0x1000, 0, 0x1000)],
  children: [],
});

const treeWith = (...children: NewNode[]): Uint8Array =>
  encodeDtb(composeTree({ name: '', properties: [], children }));

const basics = [device('serial@1000', 'arm,pl011'), device('timer', 'arm,armv8-timer')];

test.each([
  ['nothing but a UART and a timer', [], false],
  ['a controller that is switched off', [device('mmc@1000', 'arasan,sdhci-8.9a', 'disabled')], false],
  ['an SD controller', [device('mmc@1000', 'arasan,sdhci-8.9a')], true],
  ['a device of an unknown kind', [device('thing@1000', 'vendor,thing')], true],
])('storage in a tree with %s', (_, more, expected) => {
  expect(mayHaveStorage(treeWith(...basics, ...more))).toBe(expected);
});

test('no tree says nothing', () => {
  expect(mayHaveStorage(null)).toBeNull();
});
