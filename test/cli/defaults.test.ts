import { mkdir, readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../helpers/bytes.ts';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { readMetadata } from '../../src/bundle/read-metadata.ts';
import { inPieces } from '../fixtures/bundle/sample.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'shared/board/demo.cell': GOOD_FILES['demo.cell']!,
    'shared/board/board.yaml': 'cell: demo.cell\ncmdline: console=ttyS0,115200\nbundle: { compress: gzip }\n',
    'shared/common.yaml':
      'defaults: board/board.yaml\nkernel:\n  config: ../kernel.config\nbundle: { compress: none }\n',
    'cells/lean.cell.yaml':
      '# all but the kernel is shared\ndefaults: [../shared/common.yaml]\nname: lean\nkernel: { image: ../bzImage }\n',
  });
});
afterAll(() => folder.remove());

const cli = (...args: string[]): Promise<CliOutcome> => run(args, { cwd: folder.path });
const refused = (...args: string[]): Promise<string> => runRefused(args, { cwd: folder.path });

async function metadataOf(out: string) {
  const { files } = await readBundle(inPieces(await readFile(folder.at(`${out}/lean.tar`))));
  const { content } = files.find(({ path }) => path === 'bundle.json')!;
  return readMetadata(new TextDecoder().decode(content!));
}

describe('defaults', () => {
  test('are merged key by key, each file with its own base path', async () => {
    expect(await cli('check', 'cells/lean.cell.yaml')).toMatchObject({ code: 0, stderr: '' });
  });

  test('give the bundle that the whole manifest gives, but for its inputs', async () => {
    await folder.write({
      'whole.cell.yaml':
        'name: lean\ncell: demo.cell\nkernel: { image: bzImage, config: kernel.config }\ncmdline: console=ttyS0,115200\n',
    });
    expect(await cli('build', 'cells/lean.cell.yaml', '-o', 'a')).toMatchObject({ code: 0 });
    expect(await cli('build', 'whole.cell.yaml', '-o', 'b')).toMatchObject({ code: 0 });
    const [one, other] = await Promise.all(['a', 'b'].map(metadataOf));
    expect({ ...one, inputs: [] }).toEqual({ ...other, inputs: [] });
    const read = async (name: string) => sha256(await readFile(folder.at(name)));
    expect(one!.inputs!.map(({ key, file, sha256: digest }) => [key, file, digest])).toEqual([
      ['manifest', 'lean.cell.yaml', await read('cells/lean.cell.yaml')],
      ['defaults.0', '../shared/common.yaml', await read('shared/common.yaml')],
      ['defaults.0.defaults', '../shared/board/board.yaml', await read('shared/board/board.yaml')],
      ['cell', '../shared/board/demo.cell', await read('shared/board/demo.cell')],
      ['kernel.image', '../bzImage', await read('bzImage')],
      ['kernel.config', '../kernel.config', await read('kernel.config')],
    ]);
  });

  test('of a list, a later file counts more; lists are taken whole', async () => {
    await folder.write({
      'one.yaml': `${MANIFEST}checks: { profile: mainline, waive: [{ rule: kernel/serio, reason: one }] }\n`,
      'two.yaml': 'placement: upstream\nchecks: { waive: [] }\n',
      'both.cell.yaml': 'defaults: [one.yaml, two.yaml]\n',
      'turned.cell.yaml': 'defaults: [two.yaml, one.yaml]\n',
    });
    const { stdout } = await cli('plan', 'both.cell.yaml');
    expect(stdout).toContain('placement upstream');
    expect((await cli('check', 'both.cell.yaml')).stdout).not.toContain('waiver/unused');
    expect((await cli('check', 'turned.cell.yaml')).stdout).toContain('one.yaml:8:');
  });

  test('what is wrong in them is told at their lines', async () => {
    await folder.write({
      'typo.yaml': 'kernel:\n  imgae: bzImage\n',
      'absent.yaml': 'initrd: nothing.cpio\nplacement: exat\n',
      'wrong.cell.yaml': 'defaults:\n  - typo.yaml\n  - absent.yaml\ncell: demo.cell\ncmdlin: x\n',
    });
    const report = await refused('check', 'wrong.cell.yaml');
    expect(report).toContain(
      '  typo.yaml:2:3: unknown key `imgae` in `kernel`\n    fix:       did you mean `image`?\n',
    );
    expect(report).toContain('      > 2 |   imgae: bzImage\n');
    expect(report).toContain('absent.yaml:1:9: error input/unreadable\n  cannot read nothing.cpio');
    expect(report).toContain('absent.yaml:2:12: error manifest/value');
    expect(report).toContain('wrong.cell.yaml:5:1: unknown key `cmdlin`');
    const { stdout } = await cli('check', 'wrong.cell.yaml', '--json');
    expect(JSON.parse(stdout).findings.map(({ places }: { places: unknown[] }) => places[0])).toContainEqual({
      file: 'typo.yaml',
      line: 2,
      column: 3,
    });
  });

  test('what is missing is told of the manifest', async () => {
    await folder.write({
      'less.yaml': 'kernel: { config: kernel.config }\n',
      'less.cell.yaml': 'defaults: less.yaml\n',
    });
    const { stdout } = await cli('check', 'less.cell.yaml', '--short');
    expect(stdout).toContain('less.cell.yaml:1:1: error: `cell` is missing [manifest/missing]');
    expect(stdout).toContain('less.yaml:1:1: error: `kernel.image` is missing [manifest/missing]');
  });

  test.each([
    ['nothing.yaml', 'input/unreadable', /nothing\.yaml: it does not exist/],
    ['folder', 'input/not-a-file', /it is a directory/],
    ['bzImage', 'manifest/encoding', /bzImage is a kernel, not a file of defaults/],
    ['list.yaml', 'manifest/type', /is a map of a manifest's keys; this is a list/],
    ['comment.yaml', 'manifest/empty', /the file of defaults is empty/],
    ['cell.yaml', 'manifest/cell-description', /name it as `cell:`/],
    ['broken.yaml', 'manifest/yaml', /\[ is not closed/],
    ['self.cell.yaml', 'manifest/defaults', /circle: self\.cell\.yaml → self\.cell\.yaml/],
    [
      'round.yaml',
      'manifest/defaults',
      /circle: round\.yaml → other\/round\.yaml → other\/\.\.\/round\.yaml|circle/,
    ],
    ['nested.yaml', 'manifest/type', /nested\.yaml:2:11: error[^]*`defaults` must be the path of a file/],
  ])('%s is refused with %s', async (name, code, says) => {
    await mkdir(folder.at('folder'), { recursive: true });
    await folder.write({
      'list.yaml': '- cell: x\n',
      'comment.yaml': '# nothing yet\n',
      'cell.yaml': 'format: cell\nname: x\n',
      'broken.yaml': 'kernel: {}\ncmdline: [a\n',
      'round.yaml': 'defaults: other/round.yaml\n',
      'other/round.yaml': '# back\ndefaults: ../round.yaml\n',
      'nested.yaml': 'placement: exact\ndefaults: { a: b }\n',
      'self.cell.yaml': `defaults: ${name}\n${MANIFEST}`,
    });
    const report = await refused('check', 'self.cell.yaml');
    expect(report).toContain(code);
    expect(report).toMatch(says);
    expect(report).toMatch(/\.yaml:\d+:\d+: error /);
  });

  test('a link to a folder above is no way out of a circle', async () => {
    await folder.write({ 'loop/a.cell.yaml': `defaults: sub/a.cell.yaml\n${MANIFEST}` });
    await symlink('.', folder.at('loop/sub'));
    expect(await refused('check', 'loop/a.cell.yaml')).toContain('manifest/defaults');
  });

  test('files that name each other many times end', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `wide/${index}.yaml`);
    await folder.write(
      Object.fromEntries(
        names.map((name, index) => [
          name,
          index < 11 ? `defaults: [${index + 1}.yaml, ${index + 1}.yaml]\n` : 'placement: exact\n',
        ]),
      ),
    );
    await folder.write({ 'wide.cell.yaml': `defaults: wide/0.yaml\n${MANIFEST}` });
    expect(await refused('check', 'wide.cell.yaml')).toContain('more than 100 files of defaults are named');
  });

  test('a member of a machine may have them', async () => {
    await folder.write({
      'typo.machine.yaml':
        'system: root.cell\ncells: [{ cell: demo.cell, kernel: { image: bzImage }, defaults: a }]\n',
    });
    expect(await refused('check', 'typo.machine.yaml')).toContain(
      'it is for manifests in files of their own',
    );
  });
});

describe('--set', () => {
  test('sets a key, with its path from the working directory', async () => {
    const outcome = await cli('check', 'cells/lean.cell.yaml', '--set', 'kernel.image=bzImage');
    expect(outcome).toMatchObject({ code: 0 });
    const built = ['build', 'cells/lean.cell.yaml', '-o', 'set', '--set', 'bundle.compress=gzip'];
    expect(await cli(...built, '--set', 'name=other', '--set', 'initrd=[rootfs.cpio.gz]')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ set\/other\.tar\.gz\n$/),
    });
    expect((await cli('plan', 'demo.cell.yaml', '--set', 'placement=upstream')).stdout).toContain(
      'placement upstream',
    );
  });

  test('may give a manifest its defaults', async () => {
    const options = ['--set', 'defaults=shared/common.yaml', '--set', 'kernel={ image: bzImage }'];
    await folder.write({ 'bare.cell.yaml': 'name: bare\n' });
    expect(await cli('check', 'bare.cell.yaml', ...options)).toMatchObject({ code: 0 });
  });

  test.each([
    [
      'kernel.imgae=bzImage',
      'manifest/unknown-key',
      'unknown key `imgae` in `kernel`',
      'did you mean `image`?',
    ],
    ['kernl.image=bzImage', 'manifest/unknown-key', 'unknown key `kernl`', 'did you mean `kernel`?'],
    ['kernel.image=nothing', 'input/unreadable', 'cannot read nothing', ''],
    ['placement=exat', 'manifest/value', '`placement` cannot be `exat`', 'did you mean `exact`?'],
    ['initrd=', 'manifest/type', '`initrd` has no value', ''],
    ['initrd=[a', 'manifest/yaml', 'this is not valid YAML: [ is not closed', ''],
    ['initrd.0=a', 'manifest/type', '`initrd` must be the path of a file, or a list of paths, not a map', ''],
    ['name=12', 'manifest/type', '`name` must be text', '"12"'],
    ['__proto__.x=1', 'manifest/unknown-key', 'unknown key `__proto__`', ''],
    ['defaults=nothing.yaml', 'input/unreadable', 'cannot read nothing.yaml', ''],
  ])('%s is refused with %s, by the name of the option', async (option, code, says, fix) => {
    const report = await refused('check', 'demo.cell.yaml', '--set', option);
    expect(report).toContain(`demo.cell.yaml: error ${code}\n  --set ${option}: ${says}`);
    expect(report).toContain(fix);
  });

  test('what a file breaks that it names is told of that file', async () => {
    await folder.write({
      'bad.config': '# CONFIG_X86_64 is not set\nCONFIG_X86=y\n# CONFIG_SERIO is not set\n',
    });
    const { stdout } = await cli('check', 'demo.cell.yaml', '--set', 'kernel.config=bad.config', '--short');
    expect(stdout).toMatch(/^bad\.config(:\d+)?: (error|warning): /m);
    expect(stdout).not.toContain('--set');
  });

  test.each([
    [['check', 'demo.cell.yaml', '--set', 'kernel.image'], 'does not set a key'],
    [['check', 'demo.cell.yaml', '--set', 'a..b=1'], 'does not set a key'],
    [['check', 'demo.cell.yaml', '--set', `${'a.'.repeat(40)}b=1`], 'does not set a key'],
    [['check', 'demo.cell.yaml', '--set', 'name=a', '--set', 'name=b'], 'is given twice'],
    [['check', '--kernel', 'bzImage', '--set', 'name=a'], 'has no effect without a manifest'],
    [['build', 'x.machine.yaml', '--set', 'name=a'], 'is for manifests: x.machine.yaml is a machine file'],
  ])('wrong use: %j', async (args, says) => {
    const { code, stderr } = await cli(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });
});
