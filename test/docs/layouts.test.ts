import { test } from 'vitest';
import { FORKS } from '../../src/formats/cell/forks.ts';
import { VARIANT_IDS, VARIANTS } from '../../src/formats/cell/layout-ids.ts';
import { expectSections } from '../helpers/docs.ts';

test('the page has all layouts', async () => {
  await expectSections('reference/layouts.md', {
    variants: VARIANT_IDS.map((id) => {
      const { revision, of, isInterim } = VARIANTS[id];
      return `- \`${id}\`: revision ${revision}, ${of}${isInterim ? '; reported as a layout that no release had' : ''}`;
    }).join('\n'),
    forks: FORKS.map(({ id, revision, of }) => `- \`${id}\`: revision ${revision}, ${of}`).join('\n'),
  });
});
