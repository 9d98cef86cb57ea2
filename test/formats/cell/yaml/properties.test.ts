import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { versionOf } from '../../../../src/formats/cell/layout-ids.ts';
import type { CellConfig, SystemConfig } from '../../../../src/formats/cell/types.ts';
import { encodeConfig } from '../../../../src/formats/cell/yaml/compile.ts';
import { decompileConfig } from '../../../../src/formats/cell/yaml/decompile.ts';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import { REVISIONS } from '../../../../src/formats/cell/releases.ts';
import { randomCell, randomSystem } from '../../../helpers/random-config.ts';
import { oneIn } from '../../../helpers/runs.ts';
import { hexOf } from '../../../helpers/bytes.ts';

/** There and back: the same bytes, and of these the same text. */
function roundTrip(config: CellConfig | SystemConfig): string {
  const bytes = encodeConfig(config);
  const { architecture } = config;
  // Random values belong to no layout, so it is given.
  const version = versionOf(config);
  const { text } = decompileConfig(bytes, architecture!, version);
  const { config: read, problems } = parseDescription(text);
  expect(problems).toEqual([]);
  const compiled = encodeConfig(read!);
  expect(hexOf(compiled)).toBe(hexOf(bytes));
  expect(decompileConfig(compiled, architecture!, version).text).toBe(text);
  return text;
}

/** Keys of bytes in hex; the headers name none of what they hold. */
const BLOB = /\b(?:name_bytes|name_tail|padding: '|tail|trailing|signature)\b/;

describe.each(REVISIONS)('revision %i', (revision) => {
  test('any cell is compiled to its bytes', () => {
    fc.assert(
      fc.property(randomCell(revision, true), (cell) => void roundTrip(cell)),
      { numRuns: oneIn(200) },
    );
  });

  test('any system is compiled to its bytes', () => {
    fc.assert(
      fc.property(randomSystem(revision, true), (system) => void roundTrip(system)),
      { numRuns: oneIn(200) },
    );
  });

  test('what the headers name needs no bytes in hex', () => {
    const configs = fc.oneof<fc.Arbitrary<CellConfig | SystemConfig>[]>(
      randomCell(revision, false),
      randomSystem(revision, false),
    );
    fc.assert(
      fc.property(configs, (config) => {
        const names = config.kind === 'cell' ? config.header.name : config.rootCell.header.name;
        const text = roundTrip(config);
        const isText = !/[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(
          new TextDecoder().decode(names.subarray(0, names.indexOf(0))),
        );
        if (isText) expect(text).not.toMatch(BLOB);
      }),
      { numRuns: oneIn(200) },
    );
  });
});
