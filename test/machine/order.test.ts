import { describe, expect, test } from 'vitest';
import { checkOrder } from '../../src/machine/order.ts';

type Named = readonly [name: string, ...after: string[]];

/** Cells by name, with what each waits for; `''` is the name of one that cannot be read. */
const check = (cells: readonly Named[]) =>
  checkOrder(
    cells.map(([name, ...after], index) => ({
      name: name === '' ? null : name,
      after,
      at: ['cells', index],
    })),
  );

const found = (...cells: Named[]): string[] =>
  check(cells).diagnostics.map(({ code, message, path }) => `${code} ${path!.join('.')} ${message}`);

describe('the order of cells', () => {
  test.each([
    [[['a']], 'a'],
    [[['a', 'b'], ['b']], 'b a'],
    [[['a'], ['b'], ['c']], 'a b c'],
    [[['a', 'c'], ['b'], ['c'], ['d']], 'b c a d'],
    [[['a'], ['b', 'a'], ['c', 'a', 'b'], ['d', 'c', 'a']], 'a b c d'],
    [[['d', 'c', 'a'], ['c', 'a', 'b'], ['b', 'a'], ['a']], 'a b c d'],
  ] as const)('of %j is %s', (cells, names) => {
    const { order, diagnostics } = check(cells);
    expect(diagnostics).toEqual([]);
    expect(order!.map((place) => cells[place]![0]).join(' ')).toBe(names);
  });

  test('is not known while something is wrong with it, or a cell has no name', () => {
    expect(
      check([
        ['a', 'b'],
        ['b', 'a'],
      ]).order,
    ).toBeNull();
    expect(check([['a', 'b']]).order).toBeNull();
    expect(check([['a'], ['']]).order).toBeNull();
  });

  test('names cells of the machine', () => {
    expect(found(['linux', 'rtso'], ['rtos'])).toEqual([
      "machine/order cells.0.after.0 no cell of the machine is called 'rtso'",
    ]);
  });

  test('is not judged by names while one of them is unknown', () => {
    expect(found(['linux', 'rtos'], [''])).toEqual([]);
  });

  test('goes in no circle; each is told once', () => {
    expect(found(['a', 'b'], ['b', 'c'], ['c', 'b'], ['d', 'd'])).toEqual([
      "machine/order cells.1.after the order goes round in a circle: 'b' waits for 'c' waits for 'b'",
      "machine/order cells.3.after the order goes round in a circle: 'd' waits for 'd'",
    ]);
  });

  test('needs a name of its own for each', () => {
    expect(found(['a'], ['b'], ['a'])).toEqual([
      "machine/name cells.2 two cells of the machine are called 'a'",
    ]);
  });
});
