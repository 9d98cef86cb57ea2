import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import type { DeviceTree } from '../../../src/formats/dtb/types.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { planArm } from '../../../src/placement/arm/plan.ts';
import { arm64Variant } from '../../../src/placement/arm/protocols.ts';
import { arm64Kernel, arm64Request } from '../../helpers/arm-request.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { BOARD, dtbOf } from '../../helpers/trees.ts';
import { paramsVectors } from '../../helpers/vectors.ts';
import { oneIn, RUNS } from '../../helpers/runs.ts';

const samples = [
  dtbOf(BOARD),
  ...paramsVectors('arm64')
    .slice(0, 8)
    .map(({ dtb }) => new Uint8Array(Buffer.from(dtb!, 'hex'))),
];

const kernel = arm64Kernel(0x1000);

/** The tree, or `null` for one that is refused in our words. */
function tryParse(file: Uint8Array): DeviceTree | null {
  try {
    return parseDtb(file);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return null;
  }
}

test('damaged trees end in an error or in a tree that is written and read again', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), mutations, (sample, changes) => {
      const file = mutate(sample, changes);
      const tree = tryParse(file);
      if (tree === null) return;
      taken++;
      const again = parseDtb(encodeDtb(tree));
      expect(again).toEqual(tree);
    }),
    { numRuns: RUNS },
  );
  expect(taken).toBeGreaterThan(RUNS / 10);
});

test('damaged trees are planned with, or refused', () => {
  let planned = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      mutations,
      fc.constantFrom('exact', 'upstream'),
      (sample, changes, placement) => {
        const request = arm64Request({
          dtb: mutate(sample, changes),
          kernel,
          placement: placement as 'exact' | 'upstream',
        });
        const { plan, diagnostics } = planArm(request, arm64Variant);
        if (plan === null) expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
        else planned++;
      },
    ),
    { numRuns: oneIn(3) },
  );
  expect(planned).toBeGreaterThan(oneIn(3) / 10);
});
