import { describe, expect, test } from 'vitest';
import { checkOrder } from '../../src/machine/order.ts';

/** Cells by name, with what each waits for; `''` is the name of one that cannot be read. */
const found = (...cells: (readonly [name: string, ...after: string[]])[]): string[] =>
  checkOrder(
    cells.map(([name, ...after], index) => ({
      name: name === '' ? null : name,
      after,
      at: ['cells', index],
    })),
  ).map(({ code, message, path }) => `${code} ${path!.join('.')} ${message}`);

describe('the order of cells', () => {
  test.each([
    [[['a']]],
    [[['a', 'b'], ['b']]],
    [[['a'], ['b', 'a'], ['c', 'a', 'b'], ['d', 'c', 'a']]],
  ] as const)('of %j is fine', (cells) => {
    expect(found(...cells)).toEqual([]);
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
