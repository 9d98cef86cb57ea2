import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import type { RuleState } from '../../src/checks/coverage.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { prepareFiles, type NamedFiles } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { boardNodes } from '../helpers/board.ts';
import { dtbOf } from '../helpers/trees.ts';
import { makeCell } from '../helpers/cell-files.ts';
import { withArmFiles } from '../helpers/docs-arm-cell.ts';
import { MANIFEST, SMALL_INITRD, withExample } from '../helpers/docs-cell.ts';
import { systemAround } from '../helpers/machine.ts';
import { oneIn } from '../helpers/runs.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';

const NONE: NamedFiles = {
  kernel: null,
  config: null,
  cell: null,
  system: null,
  initrd: [],
  dtb: null,
  loader: null,
  board: null,
  rootIomem: null,
  rootConfig: null,
};

const IOMEM = `00001000-0009fbff : System RAM
00100000-3fffffff : System RAM
60000000-7fffffff : System RAM
`;

/** What is told of a rule that was not checked. */
function toldUnchecked(states: readonly RuleState[], diagnostics: readonly Diagnostic[]): string[] {
  const unchecked = new Map(states.map(({ id, state }) => [id as string, state]));
  return diagnostics.flatMap(({ code }) => {
    const state = unchecked.get(code);
    return state === undefined || state === 'checked' ? [] : [`${code}: ${state}`];
  });
}

/** With each of the files, or without it; a kernel or a config must be there. */
async function expectHonest(files: NamedFiles, cmdlines: readonly string[], some: number): Promise<void> {
  const store = new InputStore();
  const keys = Object.keys(files) as (keyof NamedFiles)[];
  const given = keys.filter((key) => files[key] !== null && String(files[key]) !== '');
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(given),
      fc.constantFrom(null, ...cmdlines),
      fc.constantFrom('strict' as const, 'mainline' as const),
      async (kept, cmdline, profile) => {
        const named = { ...NONE, ...Object.fromEntries(kept.map((key) => [key, files[key]])) };
        if (named.kernel === null && named.config === null) named.config = files.config;
        const { states, diagnostics } = await prepareFiles(named, cmdline, store, {
          profile,
          today: '2026-11-30',
          rules: [],
        });
        if (states === null) return;
        expect(toldUnchecked(states, diagnostics)).toEqual([]);
        const ids = states.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      },
    ),
    { numRuns: oneIn(some) },
  );
}

describe.each([
  ['good files', 'kernel.config', 'linux-x86-demo.cell'],
  ['a config that breaks rules', 'serio.config', 'linux-x86-demo.cell'],
  ['a cell that breaks rules', 'kernel.config', 'bad.cell'],
  ['a cell that cannot be read', 'kernel.config', 'cut.cell'],
] as const)('of %s, any of them', (_name, config, cell) => {
  test('give no finding of a rule that was not checked', async () => {
    await withExample(MANIFEST, SMALL_INITRD, async (folder) => {
      await folder.write({
        'iomem.txt': IOMEM,
        'bad.cell': makeCell({ name: 'bad', cpus: [0], ports: [] }),
        'cut.cell': makeCell().subarray(0, 60),
      });
      const at = (name: string): string => folder.at(name);
      await expectHonest(
        {
          ...NONE,
          kernel: at('bzImage'),
          config: at(config),
          cell: at(cell),
          system: at('root.cell'),
          initrd: [at('rootfs.cpio.gz')],
          loader: at('linux-loader.bin'),
          rootIomem: at('iomem.txt'),
          rootConfig: at('serio.config'),
        },
        ['', 'console=ttyS0,115200', 'console=ttyS3 root=/dev/sda1 nr_cpus=9 pci=off'],
        8,
      );
    });
  });
});

describe.each([
  ['good files', 'inmate.dtb'],
  ['a device tree of another cell', 'other.dtb'],
] as const)('of %s for arm64, any of them', (_name, dtb) => {
  test('give no finding of a rule that was not checked', async () => {
    await withArmFiles(SMALL_INITRD, async (folder) => {
      const at = (name: string): string => path.join(folder, name);
      const cell = parseCellConfig(await readFile(at('linux-arm64-demo.cell')));
      await writeFile(at('root.cell'), encodeSystemConfig(systemAround(cell.memoryRegions, 14, 'arm64')));
      await writeFile(at('iomem.txt'), IOMEM);
      await writeFile(at('board.dtb'), dtbOf(boardNodes()));
      await writeFile(at('other.dtb'), dtbOf(boardNodes()));
      await expectHonest(
        {
          ...NONE,
          kernel: at('Image'),
          config: at('kernel.config'),
          cell: at('linux-arm64-demo.cell'),
          system: at('root.cell'),
          initrd: [at('rootfs.cpio.gz')],
          dtb: at(dtb),
          board: at('board.dtb'),
          rootIomem: at('iomem.txt'),
        },
        ['', 'console=ttyAMA0,115200', 'console=ttyS0 root=/dev/vda'],
        8,
      );
    });
  });
});
