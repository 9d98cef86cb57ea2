import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WAIVABLE_CODES } from '../../src/base/codes.ts';
import { SCHEMA_BESIDE } from '../../src/inputs/editor-schema.ts';
import { KEYS } from '../../src/manifest/keys.ts';
import { manifestJsonSchema } from '../../src/manifest/json-schema.ts';
import { Folder, GOOD_FILES } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { Editor, placeIn, type Place } from '../helpers/language-server.ts';

const PACKAGE = 'node_modules/rollup-plugin-jailhouse/dist/manifest.schema.json';

/** With and without the package, as `init` finds them. */
const PROJECTS = {
  'with the package': {
    files: { [PACKAGE]: JSON.stringify(manifestJsonSchema()) },
    schema: `../../${PACKAGE}`,
  },
  'with the single file': { files: {}, schema: `./${SCHEMA_BESIDE}` },
};

describe.each(Object.entries(PROJECTS))('a manifest in a subfolder, %s', (_, { files, schema }) => {
  let folder: Folder;
  let editor: Editor;
  let cells: string;
  let text: string;

  beforeAll(async () => {
    folder = await Folder.create({ ...GOOD_FILES, ...files });
    const options = ['--cell', 'demo.cell', '--kernel', 'bzImage', '--config', 'kernel.config'];
    const { code } = await run(['init', 'cells/my x86/linux.cell.yaml', ...options], { cwd: folder.path });
    if (code !== 0) throw new Error(`init ended with ${code}`);
    cells = folder.at('cells/my x86');
    text = await readFile(`${cells}/linux.cell.yaml`, 'utf8');
    editor = await Editor.start(folder.path);
  });
  afterAll(async () => {
    await editor.stop();
    await folder.remove();
  });

  /** What is added to the manifest, with a `|` in it. */
  const added = (more: string): Place => placeIn(`${text}${more}`);
  const labels = async (more: string): Promise<string[]> =>
    (await editor.complete(cells, added(more))).map(({ label }) => label);

  test('names its schema', () => {
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`);
  });

  test('as init writes it, has nothing to complain of', async () => {
    expect(await editor.judge(cells, text)).toEqual([]);
  });

  test.each([
    ['cel: x\n', /cel/],
    ['initrd: 3\n', /Incorrect type|string/],
    ['layout: std99\n', /std14/],
    ['checks: { waive: [{ rule: kernel/seroi, reason: x }] }\n', /kernel\/|pattern|Value/],
    ['name: .hidden\n', /pattern/],
  ])('underlines %j', async (more, message) => {
    const found = await editor.judge(cells, `${text}${more}`);
    expect(found.map(({ range }) => range.start.line)).toEqual([text.split('\n').length - 1]);
    expect(found[0]!.message).toMatch(message);
  });

  test('completes keys, with what they mean', async () => {
    const items = await editor.complete(cells, added('init|'));
    const initrd = items.find(({ label }) => label === 'initrd')!;
    expect(initrd).toBeDefined();
    expect(JSON.stringify(initrd.documentation)).toContain(KEYS.initrd.description.slice(0, 30));
    expect(await labels('checks:\n  |')).toEqual(
      expect.arrayContaining(['profile', 'require', 'rules', 'waive']),
    );
  });

  test('completes values', async () => {
    expect(await labels('checks:\n  profile: |')).toEqual(expect.arrayContaining(['strict', 'mainline']));
    expect(await labels('layout: |')).toContain('std14');
  });

  test('completes the ids of all rules that can be waived', async () => {
    const found = await labels('checks:\n  waive:\n    - rule: |');
    expect(WAIVABLE_CODES.filter((code) => !found.includes(code))).toEqual([]);
    expect(found).not.toContain('placement/no-ram');
  });

  test('says what a key means', async () => {
    const place = placeIn(text.replace(/^cmdline:/m, 'cmd|line:'));
    expect(await editor.hover(cells, place)).toContain('The kernel command line, one line');
    const image = placeIn(text.replace(/^ {2}image:/m, '  im|age:'));
    expect(await editor.hover(cells, image)).toContain('The kernel image, relative to the manifest');
  });
});
