import { expect, test } from 'vitest';
import { once } from '../../src/base/once.ts';

test('makes a value when it is first asked for, and once', () => {
  let made = 0;
  const value = once(() => void made++);
  expect(made).toBe(0);
  value();
  value();
  expect(made).toBe(1);
});
