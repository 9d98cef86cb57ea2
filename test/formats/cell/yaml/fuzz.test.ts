import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileData, encodeConfig } from '../../../../src/formats/cell/yaml/compile.ts';
import { decompileConfig } from '../../../../src/formats/cell/yaml/decompile.ts';
import { describeConfig } from '../../../../src/formats/cell/yaml/describe.ts';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import { InputError } from '../../../../src/base/diagnostic.ts';
import { cellVectors } from '../../../helpers/vectors.ts';
import { oneIn, RUNS } from '../../../helpers/runs.ts';

const files = cellVectors().map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
const texts = files.map((file) => decompileConfig(file).text).filter(({ length }) => length < 1100);

const LINES = texts.flatMap((text) => text.split('\n'));
const VALUES = [
  '0x10000000000000000',
  '-1',
  'null',
  'true',
  '[]',
  '{}',
  "''",
  '[read]',
  '64M',
  '0xffffffff',
  '1e9',
  '&a',
  '*a',
  '3-2',
  '00*9',
];

/** A place in a file, as a fraction of its length. */
const place = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((at) => at / 1_000_000);

interface Edit {
  at: number;
  kind: 'value' | 'line' | 'drop' | 'cut';
  value: string;
  line: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: place,
  kind: fc.constantFrom('value', 'value', 'line', 'drop', 'cut'),
  value: fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 6 })),
  line: fc.constantFrom(...LINES),
});

function apply(text: string, { at, kind, value, line }: Edit): string {
  const lines = text.split('\n');
  const index = Math.floor(at * lines.length);
  if (kind === 'cut') return text.slice(0, Math.floor(at * text.length));
  if (kind === 'drop') lines.splice(index, 1);
  else if (kind === 'line') lines.splice(index, 0, line);
  else lines[index] = lines[index]!.replace(/: .*/, () => `: ${value}`);
  return lines.join('\n');
}

test('mutated descriptions: a config that can be encoded, or problems at their places', () => {
  let accepted = 0;
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...texts), edits, (seed, changes) => {
      const text = changes.reduce(apply, seed);
      const { config, problems } = parseDescription(text);
      assert.equal(config === null, problems.length > 0);
      for (const { range, message, fix } of problems) {
        const { start, end } = range!;
        assert(start <= end && end <= text.length, `${start} ${end}`);
        assert.doesNotMatch(`${message}${fix ?? ''}`, /\n|undefined(?!, custom)|\[object|NaN/);
      }
      if (config === null) return;
      accepted++;
      const bytes = encodeConfig(config);
      expect(
        encodeConfig(parseDescription(decompileConfig(bytes, config.architecture!).text).config!),
      ).toEqual(bytes);
    }),
    { numRuns: oneIn(5) },
  );
  // A fuzz that never gets through, or always, would say little.
  expect(accepted).toBeGreaterThan(oneIn(5) / 20);
  expect(accepted).toBeLessThan(oneIn(5) * 0.95);
});

type Data = string | boolean | null | Data[] | { [key: string]: Data };

/** The value at the nth place of all, replaced. */
function replaceAt(data: Data, target: number, value: Data): Data {
  let index = 0;
  const visit = (each: Data): Data => {
    if (index++ === target) return value;
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, visit(item)]));
  };
  return visit(data);
}

const countPlaces = (data: Data): number =>
  typeof data === 'object' && data !== null
    ? Object.values(data).reduce<number>((sum, item) => sum + countPlaces(item), 1)
    : 1;

test('mutated data of descriptions: a config that can be encoded, or problems', () => {
  const seeds = files
    .filter(({ length }) => length < 2000)
    .map((file) => decompileConfig(file))
    .map(({ config, architecture }) => describeConfig(config, architecture) as Data);
  const value: fc.Arbitrary<Data> = fc.oneof(
    fc.constantFrom<Data>(...VALUES, null, true, [], {}, ['read'], [{}], { start: '1M' }),
    fc.bigInt({ min: 0n, max: 1n << 65n }).map(String),
    fc.nat(300).map((number) => `0x${number.toString(16)}`),
    fc.string({ maxLength: 8 }),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...seeds), place, value, (seed, at, replacement) => {
      const data = replaceAt(seed, Math.floor(at * countPlaces(seed)), replacement);
      const kind = Object(data).format === 'system' ? 'system' : 'cell';
      const { config, problems } = compileData(data, kind);
      assert.equal(config === null, problems.length > 0);
      for (const { message, fix } of problems) {
        assert.doesNotMatch(`${message}${fix ?? ''}`, /\n|undefined(?!, custom)|\[object|NaN/);
      }
      if (config === null) return;
      accepted++;
      assert(encodeConfig(config).length > 80);
    }),
    { numRuns: RUNS },
  );
  expect(accepted).toBeGreaterThan(RUNS / 20);
  expect(accepted).toBeLessThan(RUNS * 0.95);
});

test('mutated binary files: a description that compiles to the same bytes, or bad input', () => {
  let accepted = 0;
  const change = fc.tuple(place, fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...files.filter(({ length }) => length < 4000)), changes, (seed, places) => {
      const file = seed.slice();
      for (const [at, value] of places) file[Math.floor(at * file.length)] = value;
      let text: string;
      try {
        ({ text } = decompileConfig(file));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return;
      }
      accepted++;
      expect(Buffer.from(encodeConfig(parseDescription(text).config!)).equals(file)).toBe(true);
    }),
    { numRuns: oneIn(10) },
  );
  expect(accepted).toBeGreaterThan(oneIn(10) / 8);
});
