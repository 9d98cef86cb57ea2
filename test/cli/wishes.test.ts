import { readFile } from 'node:fs/promises';
import { rollup } from 'rollup';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlaps } from '../../src/base/ranges.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { cpusOf, pinsOf } from '../../src/formats/cell/resources.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import jailhouse from '../../src/plugin/index.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { boardNodes, boardSystem } from '../helpers/board.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { depfileRules } from '../helpers/depfile.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { EM } from '../helpers/program.ts';
import { dtbOf } from '../helpers/trees.ts';

const CONFIG = `#
# Linux/arm64 6.1.192 Kernel Configuration
#
CONFIG_ARM64=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_GIC_V3=y
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_SERIAL_OF_PLATFORM=y
CONFIG_BLK_DEV_INITRD=y
`;

const IOMEM = `40000000-4fffffff : System RAM
  40080000-40ffffff : Kernel code
7fb00000-7fffffff : hypervisor
`;

const manifestOf = (name: string, wish = ''): string => `name: ${name}
system: root.cell
board: board.dtb
root: { iomem: iomem.txt }
cell:
  generate:
    cpus: 1
    memory: 128M
${wish}kernel: { image: Image, config: kernel.config }
initrd: rootfs.cpio
cmdline: console=ttyS0,115200
`;

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create({
    'root.cell': encodeSystemConfig(boardSystem()),
    'board.dtb': dtbOf(boardNodes()),
    'iomem.txt': IOMEM,
    Image: makeArm64Image({ image_size: 0x20000n }, 0x10000),
    'kernel.config': CONFIG,
    'rootfs.cpio': initrdOfSize(512, EM.arm64),
    'one.cell.yaml': manifestOf('one', '    console: serial0\n'),
    'two.cell.yaml': manifestOf('two', '    console: serial2\n').replace('ttyS0', 'ttyS2'),
  });
});
afterEach(() => folder.remove());

const cli = (...words: string[]) => run(words, { cwd: folder.path });

async function filesOf(bundle: string): Promise<Map<string, Uint8Array>> {
  const bytes = await readFile(folder.at(bundle));
  async function* source(): AsyncGenerator<Uint8Array, void> {
    yield bytes;
  }
  const { files } = await readBundle(source());
  return new Map(files.flatMap(({ path, content }) => (content ? [[path, content] as const] : [])));
}

async function cellIn(bundle: string) {
  const [, bytes] = [...(await filesOf(bundle))].find(([path]) => path.endsWith('.cell'))!;
  return parseCellConfig(bytes);
}

interface Found {
  rule: string;
  severity: string;
  places?: { file: string | null; line: number }[];
}

async function found(...files: string[]): Promise<Found[]> {
  const { stdout } = await cli('check', ...files, '--json');
  return (JSON.parse(stdout) as { findings: Found[] }).findings;
}

describe('a manifest with a wish', () => {
  test('is checked and built like any other, with the cell and the tree that are made', async () => {
    expect((await found('one.cell.yaml')).filter(({ severity }) => severity === 'error')).toEqual([]);
    const { code, stderr } = await cli('build', 'one.cell.yaml');
    expect(code, stderr).toBe(0);
    const files = await filesOf('one.tar');
    const made = await cli('cell', 'generate', 'one.cell.yaml', '-o', 'made');
    expect(made.code, made.stdout).toBe(0);
    await cli('cell', 'compile', 'made/one.jailhouse.yaml', '-o', 'made.cell');
    const [, cell] = [...files].find(([path]) => path.endsWith('.cell'))!;
    expect(Buffer.from(cell)).toEqual(await readFile(folder.at('made.cell')));
  });

  test('gives the same bytes each time', async () => {
    await cli('build', 'one.cell.yaml', '-o', 'first');
    await cli('build', 'one.cell.yaml', '-o', 'second');
    expect(await readFile(folder.at('first/one.tar'))).toEqual(await readFile(folder.at('second/one.tar')));
  });

  test('is refused at the line of the wish that cannot be granted', async () => {
    await folder.write({ 'one.cell.yaml': manifestOf('one', '    console: serial1\n') });
    const asked = (await found('one.cell.yaml')).filter(({ severity }) => severity === 'error');
    expect(asked.map(({ rule, places }) => [rule, places![0]!.line])).toEqual([['machine/clock-rate', 9]]);
    const { code, stdout, stderr } = await cli('build', 'one.cell.yaml');
    expect([code, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining('machine/clock-rate')]);
  });

  test('has the findings of its fragment at the fragment’s line', async () => {
    await folder.write({
      'one.cell.yaml': manifestOf('one', '    tree: fragment.dtbo\n'),
      'fragment.dtbo': 'no device tree at all',
    });
    const first = (await found('one.cell.yaml')).find(({ severity }) => severity === 'error');
    expect(first!.places![0]!.line).toBe(9);
  });
});

describe('manifests with wishes for one machine', () => {
  test('are in the depfile of each other', async () => {
    const words = ['build', 'one.cell.yaml', 'two.cell.yaml', '--depfile', 'all.d'];
    expect(await cli(...words)).toMatchObject({ code: 0 });
    const rules = depfileRules(await readFile(folder.at('all.d'), 'utf8'));
    const inputs = ['board.dtb', 'root.cell', 'iomem.txt', 'one.cell.yaml', 'two.cell.yaml'];
    expect(rules['one.tar']).toEqual(expect.arrayContaining(inputs));
    expect(rules['two.tar']).toEqual(expect.arrayContaining(inputs));
  });

  test('are planned one after another, and told so', async () => {
    const findings = await found('one.cell.yaml', 'two.cell.yaml');
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.filter(({ rule }) => rule === 'machine/planned-together')).toHaveLength(1);
    const { code, stderr } = await cli('build', 'one.cell.yaml', 'two.cell.yaml');
    expect(code, stderr).toBe(0);
    const [one, two] = [await cellIn('one.tar'), await cellIn('two.tar')];
    expect([cpusOf(one), cpusOf(two)]).toEqual([[3], [2]]);
    const pins = [one, two].flatMap(({ irqchips }) => irqchips.flatMap(pinsOf));
    expect(new Set(pins).size).toBe(pins.length);
    const memory = ({ memoryRegions }: typeof one) =>
      memoryRegions
        .filter(({ flags }) => (flags & 0x20n) === 0n)
        .map(({ phys_start: start, size }) => ({ start, size }));
    for (const range of memory(one)) expect(memory(two).some((other) => overlaps(other, range))).toBe(false);
  });

  test('leave to a cell whose config is given what it has', async () => {
    await cli('cell', 'generate', 'one.cell.yaml', '-o', 'made');
    const given = manifestOf('one').replace(
      /cell:\n(?: {2}.*\n)+/,
      'cell: made/one.jailhouse.yaml\ndtb: made/one.dtb\n',
    );
    await folder.write({ 'one.cell.yaml': given });
    const findings = await found('two.cell.yaml', 'one.cell.yaml');
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.filter(({ rule }) => rule === 'machine/planned-together')).toEqual([]);
  });

  test('of one name are alternatives, which get the same', async () => {
    await folder.write({ 'debug.cell.yaml': manifestOf('one', '    console: serial0\n') });
    const findings = await found('one.cell.yaml', 'debug.cell.yaml');
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.filter(({ rule }) => rule === 'cell/variants')).toHaveLength(1);
  });
});

test('the plugin bundles a wish, and watches what it is made from', async () => {
  await folder.write({
    'main.js': "export { default } from './one.cell.yaml';\n",
    'one.cell.yaml': manifestOf('one', '    console: serial0\n    tree: fragment.dtbo\n'),
    'fragment.dtbo': dtbOf({
      'fragment@0': { 'target-path': '/', __overlay__: { note: 'from the fragment' } },
    }),
  });
  const build = await rollup({ input: folder.at('main.js'), plugins: [jailhouse()], logLevel: 'silent' });
  const { output } = await build.generate({ format: 'es' });
  const asset = output.find((each) => each.type === 'asset');
  expect(Buffer.from((asset as { source: Uint8Array }).source).includes('from the fragment')).toBe(true);
  for (const name of ['root.cell', 'board.dtb', 'iomem.txt', 'fragment.dtbo']) {
    expect(build.watchFiles).toContain(folder.at(name));
  }
  await build.close();
});
