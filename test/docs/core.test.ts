import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as core from '../../src/core.ts';
import { makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { checkInCell } from '../helpers/core-example.ts';
import { codeBlock, expectSections, listedTerms, readPage } from '../helpers/docs.ts';
import { ROOT } from '../helpers/initrds.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { utf8 } from '../helpers/bytes.ts';

test('the example is real', async () => {
  const config = GOOD_CONFIG.replace('CONFIG_SMP=y', '# CONFIG_SMP is not set');
  const { diagnostics, fragment } = await checkInCell(
    { cell: makeCell(), kernel: makeBootableKernel(), config: utf8(config), initrd: ROOT },
    'console=ttyS0,115200',
  );
  expect(diagnostics.map(({ code }) => code)).toContain('kernel/smp');
  expect(fragment).toContain('\nCONFIG_SMP=y\n');
  const source = await readFile(new URL('../helpers/core-example.ts', import.meta.url), 'utf8');
  const shown = source.replace("'../../src/core.ts'", "'rollup-plugin-jailhouse/core'");
  expect(shown).not.toBe(source);
  await expectSections('core.md', { example: codeBlock(shown, 'ts') });
});

test('every function is listed, and none that is not there', () => {
  const functions = Object.entries(core).flatMap(([name, value]) =>
    typeof value === 'function' && value !== core.InputError ? [name] : [],
  );
  expect(listedTerms(readPage('core.md'), '## Functions').toSorted()).toEqual(functions.toSorted());
});
