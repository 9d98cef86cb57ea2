import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ParsedManifest, parseManifest } from '../../src/manifest/parse.ts';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';
import { EMPTY_DRAFT } from '../../src/manifest/draft.ts';
import { manifestTemplate } from '../../src/manifest/template.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const FIXTURES = new URL('../fixtures/manifest/', import.meta.url);

/** One line a problem and one its fix, with places as an editor counts them; then the files. */
function told(text: string, { problems, files }: ParsedManifest): string {
  const lines = problems.flatMap(({ code, message, fix, range, severity }) => {
    const { line, column } = lineAndColumn(text, range!.start);
    const end = lineAndColumn(text, range!.end);
    const to = end.line === line ? `${end.column}` : `${end.line}:${end.column}`;
    return [`${line}:${column}-${to} ${severity} ${code}: ${message}`, `    ${fix ?? '(no fix)'}`];
  });
  const named = files.map(({ path, file }) => `file ${path.join('.')} = ${file}`);
  return [...lines, ...named, ''].join('\n');
}

const codes = (text: string): string[] => parseManifest(text).problems.map(({ code }) => code);

const SMALL = 'cell: a.cell\nkernel: { image: bzImage }\n';

describe('each mistake in its place', () => {
  const cases = readdirSync(FIXTURES).filter((name) => name.endsWith('.cell.yaml'));
  test.each(cases)('%s', async (name) => {
    const text = readFileSync(new URL(name, FIXTURES), 'utf8');
    const parsed = parseManifest(text);
    expect(parsed.manifest).toBeNull();
    await expect(told(text, parsed)).toMatchFileSnapshot(
      `../fixtures/manifest/${name.replace('.cell.yaml', '.txt')}`,
    );
  });
});

describe('a manifest', () => {
  test('with nothing but what it needs', () => {
    expect(parseManifest(SMALL)).toMatchObject({
      problems: [],
      manifest: {
        name: null,
        cell: 'a.cell',
        kernel: { image: 'bzImage', config: null },
        initrd: null,
        cmdline: '',
        loader: null,
        system: null,
        board: null,
        root: null,
        placement: 'exact',
        checks: { profile: null, require: {}, waive: [] },
        bundle: { compress: 'none', kernel: true, initrd: true, loader: true },
        boot: { expect: [], send: [], timeout: null },
        ready: null,
        restart: 'never',
      },
    });
  });

  test('says what a boot waits for', () => {
    const bootOf = (boot: string) => parseManifest(`${SMALL}boot: ${boot}\n`).manifest?.boot;
    expect(bootOf("{ expect: 'login:', send: root, timeout: 0.5 }")).toEqual({
      expect: ['login:'],
      send: ['root'],
      timeout: 0.5,
    });
    expect(bootOf("{ expect: ['login:', '# '], send: [root] }")).toEqual({
      expect: ['login:', '# '],
      send: ['root'],
      timeout: null,
    });
  });

  test('says what is known of the root cell', () => {
    const text = `${SMALL}board: b.dtb
root: { cmdline: 'mem=1G', iomem: iomem.txt, kernel-config: root.config }
`;
    const { manifest, files } = parseManifest(text);
    expect(manifest).toMatchObject({
      board: 'b.dtb',
      root: { cmdline: 'mem=1G', iomem: 'iomem.txt', 'kernel-config': 'root.config' },
    });
    expect(files.map(({ path, file }) => `${path.join('.')}: ${file}`)).toEqual([
      'cell: a.cell',
      'kernel.image: bzImage',
      'board: b.dtb',
      'root.iomem: iomem.txt',
      'root.kernel-config: root.config',
    ]);
    expect(parseManifest(`${SMALL}root: { iomem: a }`).manifest?.root).toEqual({
      cmdline: null,
      iomem: 'a',
      'kernel-config': null,
    });
  });

  test('that names the system config as root is told of both keys', () => {
    expect(parseManifest(`${SMALL}root: root.cell`).problems).toMatchObject([
      { code: 'manifest/type', fix: expect.stringContaining('`system: root.cell`') },
    ]);
  });

  test('keeps every digit of a kconfig number, and hex as hex', () => {
    const text = `${SMALL}checks:
  require:
    CONFIG_PREEMPT_RT: y
    CONFIG_NR_CPUS: 0017
    CONFIG_PHYSICAL_START: 0x1000000
    CONFIG_BASE: 0xffffffff80000001
    CONFIG_BIG: 18446744071562067969
    CONFIG_LOG: -5
    CONFIG_OCTAL: 0o17
    CONFIG_ROUND: 1e3
    CONFIG_SIZE: 64M
    CONFIG_LSM: 'landlock,yama'
    CONFIG_EMPTY: ''
`;
    expect(parseManifest(text).manifest?.checks.require).toEqual({
      CONFIG_PREEMPT_RT: 'y',
      CONFIG_NR_CPUS: '17',
      CONFIG_PHYSICAL_START: '0x1000000',
      CONFIG_BASE: '0xffffffff80000001',
      CONFIG_BIG: '18446744071562067969',
      CONFIG_LOG: '-5',
      CONFIG_OCTAL: '15',
      CONFIG_ROUND: '1000',
      CONFIG_SIZE: '64M',
      CONFIG_LSM: 'landlock,yama',
      CONFIG_EMPTY: '',
    });
  });

  test('keeps quotes, blanks, dollars, backticks, backslashes and other alphabets', () => {
    const odd = `it's a "$HOME" \`x\` \\ ünï ✓ 内核 🐧`;
    const text = `cell: ${JSON.stringify(odd)}\nkernel: { image: ${JSON.stringify(odd)} }\ncmdline: ${JSON.stringify(odd)}\n`;
    expect(parseManifest(text).manifest).toMatchObject({ cell: odd, kernel: { image: odd }, cmdline: odd });
  });

  test('follows an alias, and finds the value where it is used', () => {
    const text = 'cell: &x a.cell\nkernel: { image: *x }\nsystem: *x\n';
    const { manifest, locate } = parseManifest(text);
    expect(manifest).toMatchObject({ kernel: { image: 'a.cell' }, system: 'a.cell' });
    const { start, end } = locate(['kernel', 'image']);
    expect(text.slice(start, end)).toBe('*x');
  });

  test('names its files even where other parts are wrong', () => {
    const text =
      'cell: a.cell\nkernel: { image: bzImage, config: [] }\ninitrd: [one, 2, three]\nplacement: x\n';
    const { manifest, files } = parseManifest(text);
    expect(manifest).toBeNull();
    expect(files).toEqual([
      { path: ['cell'], file: 'a.cell' },
      { path: ['kernel', 'image'], file: 'bzImage' },
      { path: ['initrd', 0], file: 'one' },
      { path: ['initrd', 2], file: 'three' },
    ]);
  });

  test('locates a value, or what is nearest to it', () => {
    const { locate } = parseManifest(SMALL);
    const at = (...path: (string | number)[]): string => SMALL.slice(locate(path).start, locate(path).end);
    expect(at('cell')).toBe('a.cell');
    expect(at('kernel', 'image')).toBe('bzImage');
    expect(at('kernel', 'config')).toBe('{ image: bzImage }');
    expect(at('checks', 'waive', 0)).toBe(SMALL);
  });

  test('may take the loader on the target as it is, and leave the file out that it names here', () => {
    const bundle = 'bundle: { kernel: /boot/bzImage, loader: /opt/linux-loader.bin }\n';
    expect(parseManifest(SMALL + bundle).manifest?.bundle).toMatchObject({
      kernel: '/boot/bzImage',
      loader: '/opt/linux-loader.bin',
    });
    expect(parseManifest(`${SMALL}loader: l.bin\n${bundle}`).problems).toEqual([]);
  });
});

describe('what launch.sh compares on the target', () => {
  test.each([
    ['version: 0', { version: 0 }],
    ['version: 2147483647', { version: 2_147_483_647 }],
    ['compatible: "Rover [1] *"', { compatible: ['Rover [1] *'] }],
    ['compatible: [acme,rover, "it\'s"]', { compatible: ['acme', 'rover', "it's"] }],
    ['compatible: ["acme,rover"]', { compatible: ['acme,rover'] }],
  ])('%s', (line, taken) => {
    expect(parseManifest(`${SMALL}${line}\n`)).toMatchObject({ problems: [], manifest: taken });
  });

  test.each([
    ['version: -1', '`version` cannot be -1'],
    ['version: 1.5', '`version` must be a whole number from 0 to 2147483647, not a number'],
    ['version: 2147483648', '`version` cannot be 2147483648'],
    ['version: "1"', '`version` must be a whole number from 0 to 2147483647, not text'],
    ['compatible: []', '`compatible` is an empty list'],
    ['compatible: ""', '`compatible` is empty'],
    ['compatible: "a\\nb"', '`compatible` has a line break in it'],
    ['compatible: [a, 5]', '`compatible[1]` must be text, not a number'],
  ])('not %s', (line, message) => {
    expect(parseManifest(`${SMALL}${line}\n`).problems.map((problem) => problem.message)).toEqual([message]);
  });
});

describe('line ends and marks', () => {
  const text = `\
cell: a.cell
kernel:
  image: bzImage
cmdline: "one
  two"
checks:
  waive:
    - rule: kernel/serio
      reason: |
        two
        lines
`;
  const broken = `${text}placement: exat\nbundel: {}\n`;

  test.each([
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('%s gives what LF gives', (_, end) => {
    expect(parseManifest(text.replaceAll('\n', end)).manifest).toEqual(parseManifest(text).manifest);
    expect(parseManifest(text).manifest).toMatchObject({ cmdline: 'one two' });
    const other = broken.replaceAll('\n', end);
    expect(told(other, parseManifest(other))).toBe(told(broken, parseManifest(broken)));
  });

  test('a byte order mark moves nothing', () => {
    const marked = `\ufeff${broken}`;
    expect(told(marked, parseManifest(marked))).toBe(told(broken, parseManifest(broken)));
  });
});

describe('what is no manifest', () => {
  test.each([
    ['an empty file', '', ['manifest/empty']],
    ['a NUL', `${SMALL}\0`, ['manifest/encoding']],
    ['a control character', `${SMALL}# \u001b[31m`, ['manifest/encoding']],
    [
      'bytes that were no UTF-8',
      new TextDecoder().decode(Uint8Array.of(0x7f, 0x45, 0xff, 0xfe)),
      ['manifest/encoding'],
    ],
    ['more than 1 MiB', SMALL + '#'.repeat(1 << 20), ['manifest/too-large']],
    ['a million commas', `[${','.repeat(1_000_000)}`, ['manifest/too-large']],
    ['deep brackets', '['.repeat(200_000), ['manifest/too-deep']],
    ['deep braces', '{'.repeat(200_000), ['manifest/too-deep']],
    ['deep lists', '- '.repeat(100_000), ['manifest/too-deep']],
  ])('%s', (_, text, expected) => {
    expect(parseManifest(text).manifest).toBeNull();
    expect(codes(text)).toEqual(expected);
  });

  test('aliases that multiply', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let letter = 98; letter < 98 + 20; letter++) {
      const before = `*${String.fromCharCode(letter - 1)}`;
      const name = String.fromCharCode(letter);
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => before).join(', ')}]`);
    }
    const spent = cpuTime();
    const { manifest, problems } = parseManifest(bomb.join('\n'));
    expect(spent()).toBeLessThan(1000);
    expect(manifest).toBeNull();
    expect(problems.filter(({ code }) => code === 'manifest/alias')).toHaveLength(1);
  });

  test('aliases that nest', () => {
    const chain = Array.from({ length: 300 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`);
    expect(codes(['a0: &a0 [x]', ...chain].join('\n'))).toContain('manifest/alias');
  });

  test('a thousand mistakes end in a count', () => {
    const { problems } = parseManifest(
      Array.from({ length: 1000 }, (_, index) => `key${index}: 1`).join('\n'),
    );
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)!.message).toBe('902 more problems are not shown');
  });
});

describe('the template', () => {
  const template = manifestTemplate();

  test('is a manifest', () => {
    expect(parseManifest(template).problems).toEqual([]);
    const withSchema = manifestTemplate({ ...EMPTY_DRAFT, schema: './a.json' });
    expect(withSchema).toBe(`# yaml-language-server: $schema=./a.json\n\n${template}`);
  });

  test('is one with every optional key too', () => {
    const all = template.replace(/^( *)#(?! \S|defaults:)/gm, '$1');
    const { manifest, problems } = parseManifest(all);
    expect(problems).toEqual([]);
    expect(manifest).toEqual({
      name: 'linux-demo',
      version: 1,
      compatible: ['acme,rover'],
      cell: 'linux-demo.cell',
      kernel: { image: 'bzImage', config: 'kernel.config' },
      initrd: { paths: ['rootfs.cpio.gz'], joined: false },
      cmdline: 'console=ttyS0,115200',
      dtb: 'inmate.dtb',
      loader: 'linux-loader.bin',
      system: 'root.cell',
      layout: 'std14',
      board: 'board.dtb',
      root: { cmdline: 'mem=768M', iomem: 'iomem.txt', 'kernel-config': 'root.config' },
      placement: 'exact',
      checks: {
        profile: 'strict',
        require: { CONFIG_PREEMPT_RT: 'y' },
        rules: ['kernel-rules.yaml'],
        waive: [
          {
            rule: 'kernel/serio',
            reason: 'the i8042 is marked absent on this machine',
            until: '2027-06-30',
          },
        ],
      },
      bundle: {
        compress: 'none',
        kernel: true,
        initrd: '/boot/rootfs.cpio.gz',
        loader: '/usr/local/libexec/jailhouse/linux-loader.bin',
        hooks: { 'before-start': 'pin-governor.sh', 'after-stop': 'unpin-governor.sh' },
      },
      ready: { command: 'ping -c 1 -W 1 192.168.19.2', timeout: 60, interval: 1 },
      restart: 'never',
      boot: { expect: ['login:'], send: ['root'], timeout: 60 },
    });
  });
});
