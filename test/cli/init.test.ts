import { readFile, readlink, symlink } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { SCHEMA_BESIDE } from '../../src/inputs/editor-schema.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { manifestJsonSchema } from '../../src/manifest/json-schema.ts';
import { Folder, makeCell } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { withArmFiles } from '../helpers/docs-arm-cell.ts';
import { MANIFEST, SMALL_INITRD, withExample } from '../helpers/docs-cell.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
  return () => folder.remove();
});

const init = (...args: string[]): Promise<CliOutcome> => run(['init', ...args], { cwd: folder.path });
const written = (name: string): Promise<string> => readFile(folder.at(name), 'utf8');

async function manifestOf(name: string) {
  const { manifest, problems } = parseManifest(await written(name));
  expect(problems).toEqual([]);
  return manifest!;
}

describe('without options', () => {
  test('writes a manifest that parses, and says what to do next', async () => {
    const { code, stdout, stderr } = await init();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(
      `${SCHEMA_BESIDE} is written, for editors\n` +
        'linux.cell.yaml is written; fill in cell, kernel.image, then run: jailhouse-bundle check linux.cell.yaml\n',
    );
    const text = await written('linux.cell.yaml');
    expect(parseManifest(text).problems).toEqual([]);
    const withoutSchema = text.replace(/^# yaml-language-server: .*\n\n/, '');
    expect(await init('-')).toEqual({ code: 0, signal: null, stdout: withoutSchema, stderr: '' });
  });

  test('never overwrites', async () => {
    await folder.write({ 'mine.cell.yaml': 'mine' });
    expect(await runRefused(['init', 'mine.cell.yaml'], { cwd: folder.path })).toMatch(/init\/exists/);
    expect(await written('mine.cell.yaml')).toBe('mine');
    expect(await folder.names()).not.toContain(SCHEMA_BESIDE);
  });

  test('replaces with --force, but not what the manifest names', async () => {
    await folder.write({ 'mine.cell.yaml': 'mine' });
    expect((await init('mine.cell.yaml', '--force')).code).toBe(0);
    await manifestOf('mine.cell.yaml');
    const { code, stderr } = await init('./demo.cell', '--cell', 'demo.cell', '--force');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        './demo.cell is demo.cell, which the manifest would name'.replace(/^/, 'error: ') +
        '\n  write the manifest to another file\n',
    });
    expect(await readFile(folder.at('demo.cell'))).toEqual(Buffer.from(makeCell()));
  });

  test('takes a link to nowhere for a file that is there', async () => {
    await symlink('nowhere.yaml', folder.at('dangling.cell.yaml'));
    expect(await runRefused(['init', 'dangling.cell.yaml'], { cwd: folder.path })).toMatch(/init\/exists/);
    expect(await readlink(folder.at('dangling.cell.yaml'))).toBe('nowhere.yaml');
    expect(await folder.names()).not.toContain('nowhere.yaml');
  });
});

describe('the schema for editors', () => {
  const schemaOf = async (name: string): Promise<string | undefined> =>
    /^# yaml-language-server: \$schema=(\S+)\n\n/.exec(await written(name))?.[1];

  test('is that of the installed package, from the folder of the manifest', async () => {
    const file = 'node_modules/rollup-plugin-jailhouse/dist/manifest.schema.json';
    await folder.write({ [file]: '{}' });
    await init('a.cell.yaml');
    await init('cells/x86/a.cell.yaml');
    expect(await schemaOf('a.cell.yaml')).toBe(`./${file}`);
    expect(await schemaOf('cells/x86/a.cell.yaml')).toBe(`../../${file}`);
    expect(await folder.names('cells/x86')).toEqual(['a.cell.yaml']);
  });

  test('is written beside the manifest without a package', async () => {
    await init('cells/a.cell.yaml');
    expect(await schemaOf('cells/a.cell.yaml')).toBe(`./${SCHEMA_BESIDE}`);
    const text = await written(`cells/${SCHEMA_BESIDE}`);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())));
    const { stdout } = await run(['schema']);
    expect(text).toBe(stdout);
  });

  test('is kept where there is another one, but for --force', async () => {
    await folder.write({ [SCHEMA_BESIDE]: '{}' });
    expect((await init('a.cell.yaml')).stderr).toContain(
      `${SCHEMA_BESIDE} is there, and not that of this version; --force replaces it\n`,
    );
    expect(await written(SCHEMA_BESIDE)).toBe('{}');
    await init('a.cell.yaml', '--force');
    expect(await written(SCHEMA_BESIDE)).toBe((await run(['schema'])).stdout);
    expect((await init('b.cell.yaml')).stderr).not.toContain(SCHEMA_BESIDE);
  });
});

describe('with files', () => {
  test('names them from the folder of the manifest, and says what they tell', () =>
    withExample(MANIFEST, SMALL_INITRD, async (example) => {
      folder = example;
      const options = ['--cell', 'linux-x86-demo.cell', '--kernel', 'bzImage', '--config', 'kernel.config'];
      const more = ['--initrd', 'rootfs.cpio.gz', '--system', 'root.cell'];
      const { code, stderr } = await init('cells/a.cell.yaml', ...options, ...more);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr:
          `cells/${SCHEMA_BESIDE} is written, for editors\n` +
          'cells/a.cell.yaml is written; run: jailhouse-bundle check cells/a.cell.yaml\n',
      });
      const text = await written('cells/a.cell.yaml');
      await expect(text).toMatchFileSnapshot('../fixtures/manifest-drafts/x86.yaml');
      const checked = await run(['check', 'cells/a.cell.yaml'], { cwd: example.path });
      expect(checked).toMatchObject({ code: 0 });
    }));

  test('takes the console of arm from the device tree', () =>
    withArmFiles(SMALL_INITRD, async (path) => {
      const options = ['--cell', 'linux-arm64-demo.cell', '--kernel', 'Image', '--config', 'kernel.config'];
      const more = ['--initrd', 'rootfs.cpio.gz', '--dtb', 'inmate.dtb'];
      expect((await run(['init', 'a.cell.yaml', ...options, ...more], { cwd: path })).code).toBe(0);
      const { manifest } = parseManifest(await readFile(`${path}/a.cell.yaml`, 'utf8'));
      expect(manifest).toMatchObject({ cmdline: 'console=ttyAMA0,115200n8', dtb: 'inmate.dtb' });
      expect(await run(['check', 'a.cell.yaml'], { cwd: path })).toMatchObject({ code: 0 });
    }));

  test.each([
    ['arm64', 'Image', 'console=ttyAMA0,115200'],
    ['arm', 'zImage', 'console=ttyAMA0,115200'],
    ['x86', 'bzImage', 'console=ttyS0,115200'],
  ])('--arch %s alone', async (architecture, image, cmdline) => {
    const { stderr } = await init('a.cell.yaml', '--arch', architecture);
    expect(await manifestOf('a.cell.yaml')).toMatchObject({
      kernel: { image },
      cmdline,
      dtb: architecture === 'x86' ? null : 'inmate.dtb',
    });
    expect(stderr.includes('dtb')).toBe(architecture !== 'x86');
  });

  test('a cell without a UART gets no console', async () => {
    await folder.write({ 'bare.cell': makeCell({ ports: [] }) });
    await init('a.cell.yaml', '--cell', 'bare.cell');
    expect((await manifestOf('a.cell.yaml')).cmdline).toBe('');
    expect(await written('a.cell.yaml')).toContain('# The cell has no UART');
  });

  test.each([
    [[0x2f8], 'console=ttyS1,115200'],
    [[0x3f8, 0x2f8], 'console=ttyS0,115200'],
  ])('the UART at %j gives %s', async (bases, cmdline) => {
    await folder.write({ 'uart.cell': makeCell({ ports: bases.map((base) => ({ base, length: 8 })) }) });
    await init('a.cell.yaml', '--cell', 'uart.cell');
    expect((await manifestOf('a.cell.yaml')).cmdline).toBe(cmdline);
  });

  test.each([
    ['demo', null],
    ['my cell', 'my-cell'],
    ['.hidden', 'hidden'],
    ['é', 'linux'],
    ['true', null],
  ])('a cell called %j', async (name, bundle) => {
    await folder.write({ 'named.cell': makeCell({ name }) });
    await init('a.cell.yaml', '--cell', 'named.cell');
    expect((await manifestOf('a.cell.yaml')).name).toBe(bundle);
    expect(await written('a.cell.yaml')).toContain(bundle === null ? `\n#name: ` : `\nname: ${bundle}\n`);
  });

  test('paths keep every character', async () => {
    const names = ["a b: c # d's.cell", 'true', '"q".cpio', '- x', '[a,b]', '1e3', 'é'];
    for (const name of names) {
      await folder.write({ [name]: makeCell() });
      await init('--force', 'a.cell.yaml', `--cell=${name}`);
      expect((await manifestOf('a.cell.yaml')).cell).toBe(name);
    }
    await folder.write({ one: await readFile(folder.at('rootfs.cpio.gz')) });
    await init('--force', 'a.cell.yaml', '--initrd', 'one', '--initrd', folder.at('rootfs.cpio.gz'));
    expect((await manifestOf('a.cell.yaml')).initrd).toEqual({
      paths: ['one', folder.at('rootfs.cpio.gz')],
      joined: true,
    });
  });

  test.each([
    [['--cell', 'none.cell'], /input\/unreadable/],
    [['--cell', 'bzImage'], /cell\/wrong-kind|cell\/signature/],
    [['--kernel', 'demo.cell'], /kernel\/format/],
    [['--dtb', 'bzImage', '--arch', 'arm64'], /dtb\//],
    [
      ['--cell', 'demo.cell', '--arch', 'arm'],
      /cell\/architecture[^]*--arch says arm, the cell config says x86/,
    ],
    [['--kernel', 'bzImage', '--arch', 'arm64'], /cell\/architecture[^]*the kernel says x86/],
  ])('%j is refused, and nothing is written', async (options, message) => {
    expect(await runRefused(['init', 'a.cell.yaml', ...options], { cwd: folder.path })).toMatch(message);
    expect(await folder.names()).not.toContain('a.cell.yaml');
    expect(await folder.names()).not.toContain(SCHEMA_BESIDE);
  });
});

describe('--from a line of a shell', () => {
  const LINE = 'jailhouse cell linux demo.cell bzImage -i rootfs.cpio.gz -c "console=ttyS0,115200 quiet"';
  const FACTS = {
    cell: 'demo.cell',
    kernel: { image: 'bzImage', config: null },
    initrd: { paths: ['rootfs.cpio.gz'], joined: false },
    cmdline: 'console=ttyS0,115200 quiet',
  };

  test.each([
    [LINE],
    [`sudo ${LINE}`],
    [`  501  ${LINE}`],
    [`# ${LINE}`],
    [`root@board:~# ${LINE}  # as on Monday`],
    [`sudo /usr/local/sbin/${LINE}\n`],
    [
      "cd-less=1 ./tools/jailhouse-cell-linux demo.cell bzImage --initrd rootfs.cpio.gz --cmdl 'console=ttyS0,115200 quiet'",
    ],
    ['jailhouse cell linux -irootfs.cpio.gz -c=console=ttyS0,115200\\ quiet -- demo.cell bzImage'],
    [
      'jailhouse cell linux \\\n  demo.cell \\\n  bzImage --init=rootfs.cpio.gz \\\n  -c console=ttyS0,115200" "quiet',
    ],
    ['npx jailhouse-bundle cell-linux demo.cell bzImage -i rootfs.cpio.gz -c "console=ttyS0,115200 quiet"'],
  ])('%s', async (line) => {
    const { code, stderr } = await init('a.cell.yaml', '--from', line);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('not in the manifest'),
    });
    expect(await manifestOf('a.cell.yaml')).toMatchObject(FACTS);
  });

  test('the manifest passes check', async () => {
    expect((await init('cells/a.cell.yaml', '--from', LINE, '--config', 'kernel.config')).code).toBe(0);
    expect(await run(['check', 'cells/a.cell.yaml'], { cwd: folder.path })).toMatchObject({ code: 0 });
  });

  test('tells what no manifest says, and what is not here', async () => {
    const line = `jailhouse enable /boot/root.cell && ${LINE} -w 'my params' -k 11 -a x86 2>&1 >log | tee "a b"; reboot`;
    const { code, stderr } = await init('a.cell.yaml', '--from', line, '--layout', 'std14');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/'--from <line>' cannot be used with option '--layout/),
    });
    const told = await init('a.cell.yaml', '--from', line);
    expect(told).toMatchObject({ code: 0, stdout: '' });
    expect(told.stderr.split('\n')).toEqual([
      `${SCHEMA_BESIDE} is written, for editors`,
      '/boot/root.cell is not here: put it there, or change its path in the manifest',
      'not in the manifest:',
      "  -w 'my params': build writes the params image into the bundle",
      "  -k 11: build plans from the kernel's own sizes (placement: exact) and needs no factor",
      '  2>&1: a redirection of that command',
      '  >log: a redirection of that command',
      "  tee 'a b': another command",
      '  reboot: another command',
      'a.cell.yaml is written; fill in kernel.config, then run: jailhouse-bundle check a.cell.yaml',
      '',
    ]);
    expect(await manifestOf('a.cell.yaml')).toMatchObject({ ...FACTS, system: '/boot/root.cell' });
  });

  test('tells of options that came again, as the tool takes the last', async () => {
    const line =
      'jailhouse cell linux /root/x.cell Image -i base.cpio -c ro -i over.cpio -a arm64 --cmdline=ro';
    const { code, stderr } = await init('a.cell.yaml', '--from', line);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'not in the manifest:\n  -i base.cpio: the option is given again, and the last one counts\na.cell.yaml is',
    );
    expect(await manifestOf('a.cell.yaml')).toMatchObject({
      initrd: { paths: ['over.cpio'] },
      cmdline: 'ro',
    });
  });

  test('names what is not here at all', async () => {
    const line = 'jailhouse cell linux /root/x.cell Image.gz -d x.dtb -a arm64 --layout nxp10';
    const { code, stderr } = await init('a.cell.yaml', '--from', line);
    expect(code).toBe(0);
    expect(stderr.match(/ is not here/g)).toHaveLength(3);
    expect(await manifestOf('a.cell.yaml')).toMatchObject({
      cell: '/root/x.cell',
      kernel: { image: 'Image.gz' },
      dtb: 'x.dtb',
      layout: 'nxp10',
      cmdline: '',
    });
  });

  test.each([
    ['', /has no `jailhouse cell linux`/],
    ['jailhouse cell create x.cell', /has no `jailhouse cell linux`/],
    ['jailhouse cell linux demo.cell', /missing required argument 'kernel'/],
    ['jailhouse cell linux a b c', /too many arguments/],
    ['jailhouse cell linux a b --bogus', /unknown option '--bogus'/],
    ['jailhouse cell linux a b -k many', /must be a whole number/],
    ['jailhouse cell linux a b -a mips', /Allowed choices are x86, arm64, arm/],
    ['jailhouse cell linux a b -i', /argument missing/],
    ['jailhouse cell linux a b; jailhouse cell linux a b', /has several/],
    ['jailhouse cell linux a b -c "x', /" that nothing closes/],
    ["jailhouse cell linux a b -c 'x", /' that nothing closes/],
    ['jailhouse cell linux a b \\', /ends in a backslash/],
    [
      'jailhouse cell linux $CELL b',
      /has \$CELL, for which a shell puts something else\n {2}write the value/,
    ],
    ['jailhouse cell linux "${CELL}" b', /has \$\{/],
    ['jailhouse cell linux a b -c "memmap=82M$0x3a000000"', /has \$0x3a000000, /],
    ['jailhouse cell linux a `uname -r`', /has a ` `/],
    ['jailhouse cell linux ~/a b', /has a ~/],
    ['jailhouse cell linux *.cell b', /has a \* outside quotes/],
    ["jailhouse cell linux a b -c 'x\ny'", /is not one line/],
    ["jailhouse cell linux '' b", /a file is named ''/],
  ])('%j is wrong usage, and writes nothing', async (line, message) => {
    const { code, stdout, stderr } = await init('a.cell.yaml', '--from', line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('internal error');
    expect(await folder.names()).not.toContain('a.cell.yaml');
  });

  test('a $ that is quoted is a $', async () => {
    await init(
      'a.cell.yaml',
      '--from',
      "jailhouse cell linux demo.cell bzImage -c 'memmap=82M$0x3a000000 a=$ b'",
    );
    expect((await manifestOf('a.cell.yaml')).cmdline).toBe('memmap=82M$0x3a000000 a=$ b');
  });
});
