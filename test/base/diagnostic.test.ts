import { expect, test } from 'vitest';
import {
  attempt,
  diagnosticOf,
  InputError,
  inputErrorOf,
  reworded,
  type Diagnostic,
} from '../../src/base/diagnostic.ts';

const thrower = (error: Error) => (): never => {
  throw error;
};
const bad = new InputError('cell/truncated', 'the cell config is cut short', { fix: 'copy it again' });
const placed = new InputError('cell/truncated', 'the cell config is cut short', { path: ['cell'] });
const bug = new TypeError('x is not a function');

test('bad input is told at the given place, unless it names one itself', () => {
  expect(diagnosticOf(bad)).toEqual(bad.diagnostic);
  expect(diagnosticOf(bad, ['system'])).toEqual({ ...bad.diagnostic, path: ['system'] });
  expect(diagnosticOf(placed, ['system']).path).toEqual(['cell']);
});

test('a step with bad input gives null and a diagnostic', () => {
  const diagnostics: Diagnostic[] = [];
  expect(attempt(diagnostics, ['cell'], () => 1)).toBe(1);
  expect(diagnostics).toEqual([]);
  expect(attempt(diagnostics, ['cell'], thrower(bad))).toBeNull();
  expect(diagnostics).toEqual([{ ...bad.diagnostic, path: ['cell'] }]);
});

test('an error keeps what is not changed in it', () => {
  const error = reworded(bad, ({ message }) => ({ message: `a.cell: ${message}` }));
  expect(error.message).toBe('a.cell: the cell config is cut short');
  expect(error.diagnostic).toEqual({ ...bad.diagnostic, message: error.message });
});

test('what is not bad input is thrown on', () => {
  const diagnostics: Diagnostic[] = [];
  expect(() => inputErrorOf(bug)).toThrow(bug);
  expect(() => diagnosticOf(bug, ['cell'])).toThrow(bug);
  expect(() => reworded(bug, () => ({}))).toThrow(bug);
  expect(() => attempt(diagnostics, ['cell'], thrower(bug))).toThrow(bug);
  expect(diagnostics).toEqual([]);
});
