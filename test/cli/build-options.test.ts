import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/bundle/read.ts';
import { readMachineMetadata, readMetadata } from '../../src/bundle/read-metadata.ts';
import { inPieces } from '../fixtures/bundle/sample.ts';
import { sha256 } from '../helpers/bytes.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';
import { expectProvenance } from '../helpers/release.ts';

const RULES = (symbol: string): string => `rules:
  - id: project/${symbol.toLowerCase().replaceAll('_', '-')}
    symbol: ${symbol}
    value: y
    reason: the control loop needs it
    severity: warning
    fix: build with CONFIG_${symbol}=y
    source: our requirements
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  const machine = Object.entries(machineFiles()).map(([name, content]) => [`m/${name}`, content]);
  await folder.write({
    ...(Object.fromEntries(machine) as Record<string, string>),
    'team/rules.yaml': RULES('PREEMPT_RT'),
    'more.yaml': RULES('HZ_1000'),
    'other/bzImage': await readFile(folder.at('bzImage')),
    'common.yaml': 'placement: exact\n',
  });
});
afterAll(() => folder.remove());

async function build(out: string, ...args: string[]): Promise<void> {
  expect(await run(['build', '-o', out, ...args], { cwd: folder.path })).toMatchObject({ code: 0 });
}

async function bundleJson(file: string): Promise<string> {
  const { files } = await readBundle(inPieces(await readFile(folder.at(file))));
  return new TextDecoder().decode(files.find(({ path }) => path === 'bundle.json')!.content!);
}

const digestOf = async (file: string): Promise<string> => sha256(await readFile(folder.at(file)));

async function provenanceOf(file: string) {
  const { stdout } = await run(['provenance', file], { cwd: folder.path });
  const statement = JSON.parse(stdout);
  expectProvenance(statement);
  return statement.predicate.buildDefinition;
}

describe('files of --rules', () => {
  test('are among the inputs', async () => {
    await build('one', 'demo.cell.yaml', '--rules', folder.at('team/rules.yaml'));
    await build('two', 'demo.cell.yaml', '--rules', 'team/rules.yaml', '--rules', 'more.yaml');
    const rulesOf = async (out: string) =>
      readMetadata(await bundleJson(`${out}/demo.tar`))!
        .inputs!.filter(({ key }) => key.startsWith('--'))
        .map(({ key, file, sha256: digest }) => [key, file, digest]);
    const digest = await digestOf('team/rules.yaml');
    expect(await rulesOf('one')).toEqual([['--rules', 'rules.yaml', digest]]);
    expect(await rulesOf('two')).toEqual([
      ['--rules.0', 'team/rules.yaml', digest],
      ['--rules.1', 'more.yaml', await digestOf('more.yaml')],
    ]);
    const { resolvedDependencies } = await provenanceOf('one/demo.tar');
    expect(resolvedDependencies).toContainEqual({
      name: 'rules.yaml',
      digest: { sha256: digest },
      annotations: { key: '--rules' },
    });
    const { stdout } = await run(['diff', 'one/demo.tar', 'two/demo.tar', '--json'], { cwd: folder.path });
    const { changes } = JSON.parse(stdout).subjects[0];
    expect(changes).toContainEqual({
      cell: null,
      section: 'contents',
      what: '--rules',
      before: `sha256 ${digest}`,
      after: null,
    });
  });

  test('are those of the machine, once', async () => {
    await build('machine', 'm/board.machine.yaml', '--rules', 'more.yaml');
    const { inputs, cells } = readMachineMetadata(await bundleJson('machine/board.tar'))!;
    expect(inputs!.map(({ key }) => key)).toEqual(['machine', 'system', '--rules']);
    expect(cells.flatMap((cell) => cell.inputs!).filter(({ key }) => key.startsWith('--'))).toEqual([]);
  });
});

describe('keys that --set sets', () => {
  const set = (...settings: string[]): string[] => settings.flatMap((setting) => ['--set', setting]);

  test('are in bundle.json with their values, and without folders of the build machine', async () => {
    const settings = set(
      'cmdline=console=ttyS0,115200 quiet',
      `kernel={ image: ${folder.at('other/bzImage')} }`,
      'defaults=[common.yaml]',
      'bundle.kernel=/boot/bzImage',
      'version=0x7',
      'boot.timeout=300',
    );
    await build('set', 'demo.cell.yaml', ...settings);
    const json = await bundleJson('set/demo.tar');
    expect(readMetadata(json)!.overrides).toEqual([
      { key: 'bundle.kernel', value: '/boot/bzImage' },
      { key: 'cmdline', value: 'console=ttyS0,115200 quiet' },
      { key: 'defaults.0', value: 'common.yaml' },
      { key: 'kernel.image', value: 'bzImage' },
      { key: 'version', value: '0x7' },
    ]);
    expect(json).not.toContain(folder.path);
    const { externalParameters } = await provenanceOf('set/demo.tar');
    expect(externalParameters.overrides).toEqual(readMetadata(json)!.overrides);
    expect(await run(['verify', 'set/demo.tar'], { cwd: folder.path })).toMatchObject({ code: 0 });
    const { stdout } = await run(['inspect', 'set/demo.tar'], { cwd: folder.path });
    expect(stdout).toMatch(/set by options +bundle\.kernel, cmdline, defaults\.0, kernel\.image, version\n/);
  });

  test('the order of the options changes nothing, and of one key the later counts', async () => {
    const [one, other] = ['version=2', 'kernel.image=other/bzImage'];
    await build('ab', 'demo.cell.yaml', ...set(one, other));
    await build('ba', 'demo.cell.yaml', ...set(other, one));
    expect(await digestOf('ab/demo.tar')).toBe(await digestOf('ba/demo.tar'));
    await build('twice', 'demo.cell.yaml', ...set(other, 'kernel={ image: bzImage }'));
    expect(readMetadata(await bundleJson('twice/demo.tar'))!.overrides).toEqual([
      { key: 'kernel.image', value: 'bzImage' },
    ]);
  });

  test('differ in diff', async () => {
    await build('plain', 'demo.cell.yaml');
    expect(await bundleJson('plain/demo.tar')).not.toContain('overrides');
    await build('quiet', 'demo.cell.yaml', ...set('version=2'));
    const { stdout } = await run(['diff', 'plain/demo.tar', 'quiet/demo.tar', '--json'], {
      cwd: folder.path,
    });
    expect(JSON.parse(stdout).subjects[0].changes).toContainEqual({
      cell: null,
      section: 'bundle',
      what: '--set version',
      before: null,
      after: '2',
    });
  });
});
