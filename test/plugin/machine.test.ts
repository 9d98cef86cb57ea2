import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Plugin } from 'rollup';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { prepareMachine } from '../../src/inputs/machine.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { emitBundle } from '../../src/plugin/emit.ts';
import jailhouse, { DEFAULT_INCLUDE, type JailhouseOptions } from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf, type Built, type Bundler } from '../helpers/bundlers.ts';
import { sha256 } from '../helpers/bytes.ts';
import { CellProject } from '../helpers/cell-project.ts';
import { run as runProgram } from '../helpers/cli.ts';
import { DIES, installFakeQemu, REACHES_INIT, type FakeQemu } from '../helpers/fake-qemu.ts';
import { MACHINE, machineFiles } from '../helpers/machine-project.ts';

/** A project that imports a machine file; `files` are more, or others. */
const create = (files: Record<string, string | Uint8Array> = {}): Promise<CellProject> =>
  CellProject.create({
    ...machineFiles(),
    'main.js': `import * as machine from './board.machine.yaml';\nconsole.log(JSON.stringify(machine));\n`,
    ...files,
  });

const build = (
  bundler: Bundler,
  project: CellProject,
  options?: JailhouseOptions,
  ...others: Plugin[]
): Promise<Built> =>
  bundler.build({
    input: [project.path('main.js')],
    dir: project.path('out'),
    plugins: [jailhouse(options), ...others],
  });

async function run(project: CellProject, { chunks }: Built): Promise<Record<string, unknown>> {
  const [{ fileName }] = chunks as [Built['chunks'][0]];
  const { stdout } = await promisify(execFile)(process.execPath, [project.path(`out/${fileName}`)]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const GATEWAY = machineFiles()['gateway.cell.yaml'] as string;
const LINE_OF_GATEWAY = 1 + MACHINE.split('\n').findIndex((line) => line.includes('gateway.cell.yaml'));

describe.each(BUNDLERS)('$name', (bundler) => {
  test('emits one bundle for an imported machine file, that of the command line', async () => {
    const project = await create();
    const built = await build(bundler, project);
    expect(built.assets.map(({ fileName }) => fileName)).toEqual([
      expect.stringMatching(/^assets\/board-[\w-]{8}\.tar$/),
    ]);
    const [{ source, fileName }] = built.assets as [Built['assets'][0]];
    const { diagnostics } = await verifyBundle(
      (async function* () {
        yield source;
      })(),
    );
    expect(diagnostics).toEqual([]);
    const { default: url, cells, ...exports } = await run(project, built);
    expect(fileURLToPath(url as string)).toBe(project.path(`out/${fileName}`));
    expect(exports).toEqual({ name: 'board', sha256: sha256(source) });
    expect(cells).toMatchObject([
      {
        name: 'rtos',
        cellName: 'rtos 1',
        load: [{ role: 'image', file: 'rtos.image0', address: '0x0', size: 64 }, { string: 'mode=fast' }],
        entry: '0x0',
        commands: ['jailhouse cell create rtos.cell', {}, "jailhouse cell start 'rtos 1'"],
      },
      { name: 'linux', cellName: 'linux', load: [{}, { role: 'kernel', file: 'linux.kernel' }, {}, {}] },
      { name: 'gateway', cellName: 'gateway', load: [{}, { role: 'kernel', file: 'linux.kernel' }, {}, {}] },
    ]);
    const file = project.path('board.machine.yaml');
    const { stdout } = await runProgram(['build', file, '-o', project.path('built'), '--profile', 'strict']);
    expect(stdout).toContain(sha256(source));
  });

  test('tells errors of cells, in the file and in a manifest of its own, with each place', async () => {
    const project = await create({
      'board.machine.yaml': MACHINE.replace('file: rtos.bin', 'file: rtos.binn'),
      'gateway.cell.yaml': GATEWAY.replace('cmdline', 'cmdlin'),
    });
    const error = await failureOf(build(bundler, project));
    const { message } = error;
    expect(error).toMatchObject({
      id: project.path('board.machine.yaml'),
      loc: { line: LINE_OF_GATEWAY, column: 4 },
      stack: '',
    });
    expect(message).toContain('2 errors');
    const place = `${LINE_OF_GATEWAY}:5: ${project.path('gateway.cell.yaml')}:5:1`;
    expect(message).toContain(`${place}: unknown key \`cmdlin\` [manifest/unknown-key]`);
    expect(message).toMatch(/> 5 \| cmdlin: 8250/);
    expect(message).toMatch(/^13:17: cannot read rtos\.binn/m);
  });

  test('tells an error of the machine at its line, and one of a cell config in a manifest of its own', async () => {
    const order = MACHINE.replace('after: [linux]', 'after: [linus]');
    const project = await create({ 'board.machine.yaml': order });
    expect(await failureOf(build(bundler, project))).toMatchObject({
      pluginCode: 'machine/order',
      loc: { line: LINE_OF_GATEWAY },
    });
    await project.write('board.machine.yaml', MACHINE);
    await project.write('gateway.cell', 'format: cell\nrevison: 14\n');
    const error = await failureOf(build(bundler, project));
    expect(error).toMatchObject({ loc: { line: LINE_OF_GATEWAY, column: 4 } });
    expect(error.message).toContain(`${project.path('gateway.cell')}:2:1: unknown key \`revison\``);
    expect(error.message).not.toContain('gateway.cell.yaml:');
  });

  test('tells that a manifest cannot be read at the item that names it', async () => {
    const project = await create();
    await project.remove('gateway.cell.yaml');
    expect(await failureOf(build(bundler, project))).toMatchObject({
      pluginCode: 'input/unreadable',
      loc: { line: LINE_OF_GATEWAY, column: 4 },
    });
  });
});

test('watches the inputs of the machine file, and those of all cells', async () => {
  const project = await create();
  const watched: string[] = [];
  const context = {
    addWatchFile: (file: string) => watched.push(file),
    info: () => {},
    warn: () => {},
    emitFile: () => 'reference',
  };
  const { handler } = jailhouse().transform as {
    handler: (this: object, code: string, id: string) => Promise<unknown>;
  };
  await handler.call(context, MACHINE, project.path('board.machine.yaml'));
  const names = [
    'root.cell',
    'linux.cell',
    'bzImage',
    'kernel.config',
    'rootfs.cpio.gz',
    'gateway.cell.yaml',
    'gateway.cell',
    'rtos.cell',
    'rtos.bin',
  ];
  expect(new Set(watched)).toEqual(new Set(names.map((name) => project.path(name))));
});

describe('with the option `boot`', () => {
  const [rollup] = BUNDLERS as [Bundler, ...Bundler[]];
  afterEach(() => void vi.unstubAllEnvs());

  /** The project, built with a QEMU that only acts. */
  async function started(act: FakeQemu, files: Record<string, string> = {}) {
    const project = await create(files);
    const qemu = await installFakeQemu(project.folder, act);
    vi.stubEnv('PATH', qemu.env.PATH);
    const run = (): Promise<Built> => build(rollup, project, { boot: { cacheDir: project.path('cache') } });
    const notes = ({ logs }: Built): string[] =>
      logs.map(({ message }) => message).filter((message) => message.includes('QEMU'));
    return { project, qemu, run, notes };
  }

  test('starts each cell with Linux once', async () => {
    const { qemu, run, notes } = await started({ prints: REACHES_INIT });
    expect(notes(await run())).toEqual([
      expect.stringContaining('linux boots in QEMU: '),
      expect.stringContaining('gateway boots in QEMU: '),
    ]);
    expect(notes(await run())).toEqual([
      expect.stringContaining('linux booted in QEMU before'),
      expect.stringContaining('gateway booted in QEMU before'),
    ]);
    expect(qemu.starts()).toBe(2);
  });

  test('fails at the kernel of the cell that dies', async () => {
    const { run } = await started(DIES);
    const line = 1 + MACHINE.split('\n').findIndex((text) => text.includes('kernel:'));
    expect(await failureOf(run())).toMatchObject({
      pluginCode: 'boot/died',
      loc: { line },
      message: expect.stringContaining('linux: the cell died') as string,
    });
  });

  test('fails at the item of a cell with a manifest of its own', async () => {
    const text = `system: root.cell\ncells:\n  - gateway.cell.yaml\n`;
    const { run } = await started(DIES, { 'board.machine.yaml': text });
    expect(await failureOf(run())).toMatchObject({ pluginCode: 'boot/died', loc: { line: 3 } });
  });

  test('starts nothing of a machine without Linux, and says so', async () => {
    const text = `system: root.cell\ncells:\n${MACHINE.slice(MACHINE.indexOf('  - name: rtos'))}`;
    const { qemu, run, notes } = await started(DIES, { 'board.machine.yaml': text });
    expect(notes(await run())).toEqual([
      expect.stringContaining('no cell of the machine has Linux: nothing is started in QEMU'),
    ]);
    expect(qemu.starts()).toBe(0);
  });
});

test('a bundle of more than 1 GB is refused at the cells, before anything is read', async () => {
  const store = new InputStore();
  const { ready } = await prepareMachine((await create()).path('board.machine.yaml'), MACHINE, store, {
    profile: 'strict',
    today: '2026-01-01',
  }).then((prepared) => {
    const contents = { ...prepared.ready!.contents, size: 1_000_000_001 };
    return { ready: { ...prepared.ready!, contents } };
  });
  await expect(emitBundle({} as never, ready, store, 0, null, null)).rejects.toMatchObject({
    diagnostic: {
      code: 'plugin/too-large',
      fix: expect.stringContaining('leave the initrd of a cell on the target') as string,
      path: ['cells'],
    },
  });
});

test('the default takes machine files, with a query, too, and leaves Vite’s own to Vite', () => {
  const taken = [
    '/a/board.machine.yaml',
    '/a/board.machine.yml',
    '/a/board.machine.yaml?x',
    '/a/l.cell.yaml',
  ];
  const left = ['/a/board.machine.yaml?raw', '/a/board.machine.yaml?url', '/a/board.yaml', '/a/machine.yaml'];
  expect([...taken, ...left].filter((id) => DEFAULT_INCLUDE.test(id))).toEqual(taken);
});
