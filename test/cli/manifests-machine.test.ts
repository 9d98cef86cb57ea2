import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { prepareManifests } from '../../src/cli/manifests.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { brokenMachine } from '../fixtures/cell-check/cases.ts';
import { makeMachine, type Machine } from '../helpers/machine.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cell-check-manifests-'));
  await copyFile('example-project/payload/payload.bzImage', join(folder, 'kernel'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Writes a manifest for each cell; each waives the rules named for it. */
async function findings(
  { system, cells }: Machine,
  waived: string[][] = [],
  systems = ['root.cell', 'root.cell'],
) {
  const files: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const rules = ['kernel/config-missing', ...(waived[index] ?? [])];
    const manifest = {
      name: `cell-${index}`,
      cell: `${index}.cell`,
      system: systems[index],
      kernel: { image: 'kernel' },
      checks: { waive: rules.map((rule) => ({ rule, reason: 'known' })) },
    };
    files.push(join(folder, `${index}.cell.yaml`));
    await writeFile(files[index]!, JSON.stringify(manifest));
    await writeFile(join(folder, `${index}.cell`), encodeCellConfig(cell));
    await writeFile(join(folder, systems[index]!), encodeSystemConfig(system));
  }
  const prepared = await prepareManifests(files, new InputStore(), 'mainline');
  return prepared.map(({ diagnostics }) =>
    diagnostics
      .filter(({ code }) => !code.startsWith('kernel/'))
      .map(({ code, waived: accepted }) => (accepted ? `${code} waived` : code)),
  );
}

describe('manifests with one system config', () => {
  it('are fine where the cells fit together', async () => {
    expect(await findings(brokenMachine())).toEqual([[], []]);
  });

  it('are checked against each other; the last one is told', async () => {
    expect(await findings(brokenMachine('cell/cpu-shared'))).toEqual([[], ['cell/cpu-shared']]);
  });

  it('are known by the content of the system config, not by its name', async () => {
    const [one, other] = ['one.cell', 'other.cell'];
    expect(await findings(brokenMachine('cell/irq-shared'), [], [one, other])).toEqual([
      [],
      ['cell/irq-shared'],
    ]);
  });

  it.each([0, 1])('need a waiver in one of them: %i', async (place) => {
    const waived = [0, 1].map((index) => (index === place ? ['cell/cpu-shared'] : []));
    expect(await findings(brokenMachine('cell/cpu-shared'), waived)).toEqual([
      [],
      ['cell/cpu-shared waived'],
    ]);
  });

  it('tell what each cell breaks by itself once, at its manifest', async () => {
    expect(await findings(brokenMachine('cell/huge-pages'))).toEqual([['cell/huge-pages'], []]);
    expect(await findings(brokenMachine('cell/huge-pages'), [['cell/huge-pages']])).toEqual([
      ['cell/huge-pages waived'],
      [],
    ]);
  });

  it('warn of a waiver that nothing needs, if one manifest can know that', async () => {
    const waived = [['cell/huge-pages', 'cell/cpu-shared']];
    expect(await findings(brokenMachine(), waived)).toEqual([['waiver/unused'], []]);
  });

  it('cannot waive a system config for another Jailhouse', async () => {
    const older = makeMachine({ revision: 13, architecture: 'x86', cpus: [1] });
    expect(await findings({ ...brokenMachine(), cells: older.cells }, [['system/revision']])).toEqual([
      ['system/revision', 'waiver/not-waivable'],
    ]);
  });
});
