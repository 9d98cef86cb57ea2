import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import type { Coverage } from '../../src/checks/coverage.ts';
import { RULES } from '../../src/checks/kernel/rules/index.ts';
import { TREE_RULES } from '../../src/placement/arm/tree-checks/rules.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { parseReport } from '../helpers/output.ts';
import { parseXml } from '../helpers/xml.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { makeMachine } from '../helpers/machine.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';

const ALL = RULES.length + CELL_RULES.length + TREE_RULES.length;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  const files = Object.entries(machineFiles()).map(([name, content]) => [`m/${name}`, content]);
  await folder.write(Object.fromEntries(files) as Record<string, string>);
  await folder.write({
    'iomem.txt': '00000000-0009fbff : System RAM\n00100000-3fffffff : System RAM\n',
    'm/other.cell.yaml':
      'name: other\ncell: linux.cell\nsystem: root.cell\nkernel: { image: bzImage, config: kernel.config }\ncmdline: 8250.nr_uarts=0\n',
    'm/third.cell.yaml':
      'name: third\ncell: gateway.cell\nsystem: root.cell\nkernel: { image: bzImage, config: kernel.config }\ncmdline: 8250.nr_uarts=0\n',
  });
});
afterAll(() => folder.remove());

async function subjectsOf(
  ...args: string[]
): Promise<{ file: string; cell: string | null; rules: Coverage | null }[]> {
  const { stdout } = await run(['check', ...args, '--json'], { cwd: folder.path });
  return JSON.parse(stdout).subjects;
}

async function counts(...args: string[]): Promise<Coverage> {
  const { rules } = (await subjectsOf(...args))[0]!;
  const { checked, notApplicable, notJudged, needInput } = rules!;
  expect(checked + notApplicable + notJudged + needInput).toBe(ALL);
  expect(rules!.each).toHaveLength(ALL);
  return rules!;
}

describe('an input that is given moves the number', () => {
  test.each([
    [['--kernel', 'bzImage'], ['--config', 'kernel.config'], "the kernel's config"],
    [
      ['--kernel', 'bzImage', '--config', 'kernel.config'],
      ['--cmdline', 'console=ttyS0'],
      'the command line',
    ],
    [['--kernel', 'bzImage', '--config', 'kernel.config'], ['--cell', 'demo.cell'], 'the cell'],
    [['--kernel', 'bzImage', '--config', 'kernel.config'], ['--initrd', 'rootfs.cpio.gz'], 'the initrd'],
    [
      ['--kernel', 'bzImage', '--config', 'kernel.config', '--cell', 'm/linux.cell'],
      ['--system', 'm/root.cell'],
      'the system config',
    ],
    [
      [
        '--kernel',
        'bzImage',
        '--config',
        'kernel.config',
        '--cell',
        'm/linux.cell',
        '--system',
        'm/root.cell',
      ],
      ['--root-iomem', 'iomem.txt'],
      "the root's /proc/iomem",
    ],
    [
      [
        '--kernel',
        'bzImage',
        '--config',
        'kernel.config',
        '--cell',
        'm/linux.cell',
        '--system',
        'm/root.cell',
      ],
      ['--root-config', 'kernel.config'],
      "the root's kernel config",
    ],
  ])('%j, and %j', async (given, more, name) => {
    const before = await counts(...given);
    const after = await counts(...given, ...more);
    expect(before.inputs).toContain(name);
    expect(after.inputs).not.toContain(name);
    expect(after.needInput).toBeLessThan(before.needInput);
    expect(after.checked).toBeGreaterThan(before.checked);
  });

  test('so do other cells of the machine', async () => {
    const [alone] = await subjectsOf('m/other.cell.yaml');
    const [together] = await subjectsOf('m/other.cell.yaml', 'm/third.cell.yaml');
    expect(alone!.rules!.inputs).toContain("the machine's other cells");
    expect(together!.rules!.checked).toBeGreaterThan(alone!.rules!.checked);
    const [whole, ...cells] = await subjectsOf('m/board.machine.yaml');
    expect(whole!.rules).toBeNull();
    expect(cells.length).toBeGreaterThan(1);
    for (const { rules } of cells) expect(rules!.inputs).not.toContain("the machine's other cells");
  });
});

test('rules for Arm are not applicable on x86', async () => {
  const { notApplicable } = await counts('demo.cell.yaml');
  expect(notApplicable).toBeGreaterThanOrEqual(TREE_RULES.length);
});

test('text and GitHub say it in one line, short forms do not', async () => {
  const { checked, notApplicable, needInput, inputs } = await counts('demo.cell.yaml');
  const text = `${checked} rules checked, ${notApplicable} not applicable, ${needInput} need an input`;
  const said = async (...args: string[]) =>
    (await run(['check', 'demo.cell.yaml', ...args], { cwd: folder.path })).stdout;
  expect(await said()).toContain(`passes: no findings\n  ${text}: ${inputs.join(', ')}\n`);
  expect(await said('--format', 'github')).toContain(`passes: no findings; ${text}\n`);
  for (const option of ['--short', '--quiet']) expect(await said(option)).not.toContain('rules checked');
});

describe('each rule', () => {
  const SERIO = '--config serio.config --kernel bzImage --cmdline console=ttyS0';
  beforeAll(() =>
    folder.write({ 'serio.config': GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y') }),
  );
  const outcomeOf = ({ each }: Coverage, id: string) => each.find(({ rule }) => rule === id)?.outcome;

  test('passed, or found something, or says what it needs', async () => {
    const rules = await counts(...SERIO.split(' '));
    expect(outcomeOf(rules, 'kernel/serio')).toBe('found');
    expect(outcomeOf(rules, 'kernel/pci')).toBe('passed');
    expect(rules.each).toContainEqual({
      rule: 'kernel/root-device',
      outcome: 'needs-input',
      needs: ['the initrd', 'the cell'],
    });
  });

  test('is the same in check, in build, and in SARIF', async () => {
    const rules = await counts('demo.cell.yaml');
    const built = await run(['build', 'demo.cell.yaml', '-o', 'out', '--json'], { cwd: folder.path });
    const { subjects } = parseReport(built.stdout, built.code);
    expect(subjects[0]!.rules).toEqual(rules);
    const sarif = await run(['check', 'demo.cell.yaml', '--format', 'sarif'], { cwd: folder.path });
    const { toolExecutionNotifications: told } = JSON.parse(sarif.stdout).runs[0].invocations[0];
    expect(told).toHaveLength(1);
    expect(told[0].properties.rules).toEqual(rules);
  });

  test('is a case of JUnit, unless it does not apply', async () => {
    const { each, checked, notApplicable, needInput } = await counts('demo.cell.yaml');
    const { stdout } = await run(['check', 'demo.cell.yaml', '--format', 'junit'], { cwd: folder.path });
    const [suite] = parseXml(stdout).children;
    const names = new Set(suite!.children.map(({ attributes }) => attributes.name!));
    for (const { rule, outcome } of each) expect(names.has(rule)).toBe(outcome !== 'not-applicable');
    expect(suite!.attributes).toMatchObject({
      tests: String(checked + needInput),
      failures: '0',
      skipped: String(needInput),
    });
    expect(notApplicable).toBeGreaterThan(0);
  });

  test('does not pass where its finding is told of another cell, or of the machine', async () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1] });
    const kernel = 'kernel: { image: ../bzImage, config: ../kernel.config }, cmdline: 8250.nr_uarts=0';
    const manifest = (name: string): string => `{ cell: ${name}.cell, system: root.cell, ${kernel} }`;
    const member = (name: string): string => `{ name: ${name}, cell: ${name}.cell, ${kernel} }`;
    await folder.write({
      'shared/root.cell': encodeSystemConfig(system),
      'shared/one.cell': encodeCellConfig(cells[0]!),
      'shared/two.cell': encodeCellConfig({ ...cells[1]!, cpus: cells[0]!.cpus }),
      'shared/one.cell.yaml': manifest('one'),
      'shared/two.cell.yaml': manifest('two'),
      'shared/board.machine.yaml': `{ system: root.cell, cells: [${member('one')}, ${member('two')}] }`,
    });
    const foundIn = async (...files: string[]) =>
      (await subjectsOf(...files.map((file) => `shared/${file}`))).map(
        ({ rules }) => rules && outcomeOf(rules, 'cell/cpu-shared'),
      );
    expect(await foundIn('one.cell.yaml')).toEqual(['needs-input']);
    expect(await foundIn('one.cell.yaml', 'two.cell.yaml')).toEqual(['found', 'found']);
    expect(await foundIn('board.machine.yaml')).toEqual([null, 'found', 'found']);
  });
});

test('where files cannot be read, nothing is said', async () => {
  await folder.write({ 'bad.cell.yaml': MANIFEST.replace('demo.cell', 'nothing.cell') });
  const [subject] = await subjectsOf('bad.cell.yaml');
  expect(subject!.rules).toBeNull();
});

test('rules that errors keep from being judged are counted so', async () => {
  await folder.write({ 'cut.cell': new Uint8Array([...'JHCELL'].map((letter) => letter.charCodeAt(0))) });
  const { rules } = (
    await subjectsOf('--kernel', 'bzImage', '--config', 'kernel.config', '--cell', 'cut.cell')
  )[0]!;
  expect(rules!.notJudged).toBeGreaterThanOrEqual(CELL_RULES.length);
});
