import { describe, expect, test } from 'vitest';
import { numberedUarts } from '../../../src/formats/dtb/uarts.ts';
import { aliasesOf, deviceByName, pathOf } from '../../../src/formats/dtb/walk.ts';
import { treeOf, type TestNode } from '../../helpers/trees.ts';

const PL011: TestNode = { compatible: 'arm,pl011' };
const IMX: TestNode = { compatible: 'fsl,imx8mm-uart' };

const names = (root: TestNode): string[] =>
  numberedUarts(treeOf(root)).map(
    ({ device, kind, line, hasAlias }) => `${pathOf(device)} ${kind.tty}${line}${hasAlias ? ' alias' : ''}`,
  );

describe('numbers of UARTs', () => {
  test('are those of the aliases; the others have the first that are free', () => {
    const aliases = { serial3: '/b', ethernet0: '/eth' };
    expect(names({ aliases, a: PL011, b: PL011, c: PL011 })).toEqual([
      '/a ttyAMA0',
      '/b ttyAMA3 alias',
      '/c ttyAMA1',
    ]);
  });

  test('count for each name, over all drivers that use it', () => {
    const dw = { compatible: 'snps,dw-apb-uart' };
    expect(names({ a: dw, b: PL011, c: { compatible: 'ns16550a' } })).toEqual([
      '/a ttyS0',
      '/b ttyAMA0',
      '/c ttyS1',
    ]);
  });

  test('are none without an alias where the driver asks for it', () => {
    expect(names({ aliases: { serial1: '/b' }, a: IMX, b: IMX })).toEqual([
      '/a ttymxcnull',
      '/b ttymxc1 alias',
    ]);
  });

  test('are only for UARTs that are switched on', () => {
    expect(names({ a: { ...PL011, status: 'disabled' }, b: PL011 })).toEqual(['/b ttyAMA0']);
  });
});

test('aliases, with those that lead nowhere', () => {
  const tree = treeOf({ aliases: { serial0: '/soc/uart', mmc0: '/soc/mmc' }, soc: { 'uart@1': PL011 } });
  expect(aliasesOf(tree).map(({ name, device }) => [name, device && pathOf(device)])).toEqual([
    ['serial0', '/soc/uart@1'],
    ['mmc0', null],
  ]);
  expect(pathOf(deviceByName(tree, 'serial0:115200n8')!)).toBe('/soc/uart@1');
  expect(deviceByName(tree, 'serial1')).toBeNull();
});
