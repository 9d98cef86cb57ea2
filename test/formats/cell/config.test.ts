import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeCellConfig, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { encodeSystemConfig, parseSystemConfig } from '../../../src/formats/cell/system.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { cellFile, REVISIONS, systemFile } from '../../helpers/config-file.ts';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import { cellVectors } from '../../helpers/vectors.ts';
import { oneIn, RUNS, somePlaces } from '../../helpers/runs.ts';
import { hexOf } from '../../helpers/bytes.ts';

/** Random values belong to no layout, so it is given. */
const standard = (file: Uint8Array) => ({ revision: file[6] as Revision });

test('any cell config is read and written back, byte for byte', () => {
  const seen = new Set<number>();
  fc.assert(
    fc.property(cellFile, (file) => {
      const config = parseCellConfig(file, standard(file));
      seen.add(config.revision);
      const written = encodeCellConfig(config);
      expect(hexOf(written)).toBe(hexOf(file));
      expect(parseCellConfig(written, standard(file))).toEqual(config);
    }),
    { numRuns: RUNS },
  );
  expect(seen.size).toBe(REVISIONS.length);
});

test('any system config is read and written back, whichever architecture it is taken for', () => {
  fc.assert(
    fc.property(systemFile, fc.constantFrom('x86', 'arm', 'arm64', undefined), (file, architecture) => {
      const config = parseSystemConfig(file, architecture, standard(file));
      const written = encodeSystemConfig(config);
      expect(hexOf(written)).toBe(hexOf(file));
      expect(parseSystemConfig(written, architecture, standard(file))).toEqual(config);
    }),
    { numRuns: RUNS },
  );
});

test('a file inside a larger buffer is read like any other', () => {
  fc.assert(
    fc.property(cellFile, fc.nat(9), (file, shift) => {
      const buffer = new Uint8Array(shift + file.length + 3).fill(0xee);
      buffer.set(file, shift);
      const inside = buffer.subarray(shift, shift + file.length);
      expect(parseCellConfig(inside, standard(file))).toEqual(parseCellConfig(file, standard(file)));
    }),
    { numRuns: oneIn(10) },
  );
});

const realFiles = cellVectors().map(({ kind, hex }) => ({
  kind,
  file: new Uint8Array(Buffer.from(hex, 'hex')),
}));
const filesOf = (kind: 'cell' | 'system'): Uint8Array[] =>
  realFiles.filter((one) => one.kind === kind).map(({ file }) => file);

/** Faults in a file: bytes changed (counts most of all), cut off, put in, left out. */
const mutation = fc.oneof(
  fc.record({ at: fc.nat(5000), byte: fc.nat(255) }),
  fc.record({ at: fc.integer({ min: 0, max: 100 }), byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
  fc.record({ cut: fc.nat(5000) }),
  fc.record({ at: fc.nat(5000), insert: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({
    at: fc.integer({ min: 12, max: 19 }).map((word) => word * 4),
    huge: fc.constantFrom(0x7fffffff, 0xffffffff),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(file: Uint8Array, change: Mutation): Uint8Array {
  if ('cut' in change) return file.slice(0, change.cut % (file.length + 1));
  const at = change.at % Math.max(file.length, 1);
  if ('insert' in change) {
    return new Uint8Array(Buffer.concat([file.subarray(0, at), change.insert, file.subarray(at)]));
  }
  const changed = file.slice();
  if ('byte' in change) changed[at] = change.byte;
  else if (at + 4 <= changed.length) new DataView(changed.buffer).setUint32(at, change.huge, true);
  return changed;
}

/** An input error with a fix, or a value that is written back to the same bytes. */
function expectErrorOrRoundTrip<T>(
  file: Uint8Array,
  parse: (file: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
) {
  let parsed: T;
  try {
    parsed = parse(file);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    const { diagnostic } = error as InputError;
    expect(diagnostic.code).toMatch(/^cell\//);
    expect(diagnostic.message).toMatch(/^[^\n]+$/);
    expect(diagnostic.fix).toMatch(/^[^\n]+$/);
    return;
  }
  expect(Buffer.compare(encode(parsed), file)).toBe(0);
}

describe('mutations end in an error or in a config that is written back', () => {
  test.each([
    ['cell', (file: Uint8Array) => expectErrorOrRoundTrip(file, parseCellConfig, encodeCellConfig)],
    ['system', (file: Uint8Array) => expectErrorOrRoundTrip(file, parseSystemConfig, encodeSystemConfig)],
  ] as const)('%s', (kind, run) => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...filesOf(kind)), changes, (file, given) =>
        run(given.reduce(mutate, file)),
      ),
      { numRuns: RUNS },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (file) => {
        expectErrorOrRoundTrip(file, parseCellConfig, encodeCellConfig);
        expectErrorOrRoundTrip(file, parseSystemConfig, encodeSystemConfig);
      }),
      { numRuns: RUNS },
    );
  });
});

test('a config cut at any byte is an error, of one kind or the other', () => {
  for (const { kind, file } of realFiles.filter((_, index) => index % 9 === 0)) {
    const parse = kind === 'cell' ? parseCellConfig : parseSystemConfig;
    const config = parse(file);
    const counted = file.length - config.trailing.length;
    for (const size of somePlaces(counted, oneIn(10))) {
      expect(() => parse(file.subarray(0, size))).toThrow(InputError);
    }
    expect(parse(file.subarray(0, counted)).trailing).toHaveLength(0);
  }
});
