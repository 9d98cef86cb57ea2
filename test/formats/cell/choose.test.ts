import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkReading } from '../../../src/checks/cell/check.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { LAYOUT_IDS, layoutIdOf, parseLayoutId } from '../../../src/formats/cell/layout-ids.ts';
import { readBinary } from '../../../src/formats/cell/read.ts';
import type { CellConfig, SystemConfig } from '../../../src/formats/cell/types.ts';
import { layoutOf } from '../../../src/formats/cell/variants.ts';
import { encodeConfig } from '../../../src/formats/cell/yaml/compile.ts';
import { hexOf } from '../../helpers/bytes.ts';
import { plausibleConfig, readAlike } from '../../helpers/plausible-config.ts';
import { oneIn } from '../../helpers/runs.ts';

const KINDS = ['cell', 'system'] as const;

const arm = (config: CellConfig | SystemConfig): 'arm64' | undefined =>
  layoutOf(config).namesArchitecture ? undefined : 'arm64';

/** What speaks against a reading, without what says of which days of git it is. */
const warnings = (config: CellConfig | SystemConfig): string[] =>
  checkReading(config).flatMap(({ code, actual }) =>
    code === 'cell/interim-layout' ? [] : [`${code}: ${actual}`],
  );

describe.each(LAYOUT_IDS)('%s', (id) => {
  const version = parseLayoutId(id)!;

  test.each(KINDS)('a %s of it is read as one of it, without a question, and written back', (kind) => {
    fc.assert(
      fc.property(plausibleConfig(kind, version), (config) => {
        const file = encodeConfig(config);
        const { config: read } = readBinary(file, arm(config));
        expect(readAlike(kind, read, version), `${layoutIdOf(read)} in place of ${id}`).toBe(true);
        if (version.layout === undefined) expect(layoutIdOf(read)).toBe(id);
        expect(warnings(read)).toEqual([]);
        expect(hexOf(encodeConfig(read))).toBe(hexOf(file));
        const chosen = readBinary(file, arm(config), kind, version).config;
        expect(layoutIdOf(chosen)).toBe(id);
        expect(hexOf(encodeConfig(chosen))).toBe(hexOf(file));
      }),
      { numRuns: oneIn(50) },
    );
  });

  test.each(KINDS)('a wrong count in a %s of it never gives another layout in silence', (kind) => {
    const { tables, rootCellAt, header } = layoutOf(version);
    const change = fc.oneof(fc.integer({ min: -8, max: 64 }), fc.constantFrom(12, 24, 32, 36, 56));
    const configs = plausibleConfig(kind, version, { hasLinks: false });
    fc.assert(
      fc.property(configs, fc.constantFrom(...tables), change, (config, { count }, by) => {
        const file = encodeConfig(config);
        const view = new DataView(file.buffer);
        const at = (kind === 'system' ? rootCellAt : 0) + header.offsets[count]!;
        view.setUint32(at, Math.max(0, view.getUint32(at, true) + by), true);
        let read: CellConfig | SystemConfig;
        try {
          ({ config: read } = readBinary(file, arm(config)));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          return;
        }
        if (readAlike(kind, read, version)) return;
        expect(warnings(read), `read as ${layoutIdOf(read)}`).not.toEqual([]);
      }),
      { numRuns: oneIn(10) },
    );
  });
});

test('NXP’s cell whose CPU set is given four bytes more is warned of, not read as a standard one in silence', () => {
  const version = parseLayoutId('nxp9')!;
  const [config] = fc.sample(plausibleConfig('cell', version, { hasLinks: false }), { numRuns: 1, seed: 1 });
  const cell = config as CellConfig;
  const file = encodeConfig({
    ...cell,
    header: { ...cell.header, msg_reply_timeout: 0n },
    cpus: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0),
    smmuSids: [],
  });
  new DataView(file.buffer).setUint32(48, 12, true);
  const { config: read } = readBinary(file);
  expect(layoutIdOf(read)).toBe('std9');
  expect(warnings(read)).toEqual([
    'cell/implausible: the CPU set has 12 bytes; with 8, the file would be one of nxp9',
  ]);
});
