import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOOL_VERSION } from '../../src/base/version.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

const COMMANDS = [
  'build',
  'check',
  'inspect',
  'verify',
  'explain',
  'init',
  'schema',
  'cell-linux',
  'cell',
  'help',
];

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder.remove());

test.each([['--version'], ['-V']])('%s', async (option) => {
  expect(await run([option])).toMatchObject({ code: 0, stdout: `${TOOL_VERSION}\n`, stderr: '' });
});

describe('help', () => {
  test.each([[['--help']], [['-h']], [['help']]])('%j names every command', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} .*\\S$`, 'm'));
    expect(stdout).toContain('Exit codes: 0 fine; 1 findings or bad input; 2 wrong usage');
  });

  test.each(COMMANDS)('of %s, in both ways, within 80 columns', async (command) => {
    const asked = await run(['help', command]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(new RegExp(`^Usage: jailhouse-bundle ${command}\\b`));
    for (const line of asked.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(await run([command, '--help'])).toEqual(asked);
  });
});

describe('wrong usage ends in 2: what is wrong and where the help is, on standard error', () => {
  test.each<[string[], RegExp]>([
    [['bogus'], /^error: unknown command 'bogus'\n.*\bjailhouse-bundle --help/],
    [['biuld'], /^error: unknown command 'biuld'\n\(Did you mean build\?\)\n/],
    [['help', 'bogus'], /^error: there is no command 'bogus'\n {2}the commands are build, check, /],
    [['--bogus'], /^error: unknown option '--bogus'\n.*\bjailhouse-bundle --help/],
    [['build'], /^error: missing required argument 'manifest'\n.*\bjailhouse-bundle build --help/],
    [['check'], /^error: there is nothing to check\n {2}name manifests, or a kernel with --kernel/],
    [['check', '--jsno', 'x'], /unknown option '--jsno'\n\(Did you mean --json\?\)\n.*check --help/],
    [['check', '--format', 'xml', 'x'], /Allowed choices are text, json, sarif, github, gitlab, junit/],
    [['build', '--profile', 'lax', 'x'], /Allowed choices are strict, mainline/],
    [['build', 'x', '-o'], /option '-o, --out <dir>' argument missing/],
    [['schema', 'x'], /Allowed choices are manifest, machine, cell.*\n.*schema --help/],
    [['schema', 'cell', 'x'], /too many arguments.*\n.*schema --help/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });

  test('no command at all: the help', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: jailhouse-bundle /);
  });
});

test('schema prints the JSON Schema that knows every key', async () => {
  const { code, stdout, stderr } = await run(['schema']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const schema = JSON.parse(stdout) as { properties: object; required?: string[] };
  const keys = 'defaults name cell kernel initrd cmdline loader system placement checks bundle'.split(' ');
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(keys));
  // A file of defaults has a part of a manifest.
  expect(schema.required).toBeUndefined();
});

test('inspect shows a file, and its facts as JSON', async () => {
  const text = await run(['inspect', 'demo.cell'], { cwd: folder.path });
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain('demo');
  const json = await run(['inspect', '--json', 'demo.cell', 'none'], { cwd: folder.path });
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ subjects: [{ file: 'demo.cell' }, { file: 'none' }] });
});
