import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { prepareMachine } from '../../src/inputs/machine.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { emitBundle } from '../../src/plugin/emit.ts';
import jailhouse, { DEFAULT_INCLUDE } from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf, type Built } from '../helpers/bundlers.ts';
import { sha256 } from '../helpers/bytes.ts';
import { run as runProgram } from '../helpers/cli.ts';
import { runChunk } from '../helpers/run-chunk.ts';
import { buildProject, createMachineProject, MACHINE, machineFiles } from '../helpers/machine-project.ts';

const GATEWAY = machineFiles()['gateway.cell.yaml'] as string;
const LINE_OF_GATEWAY = 1 + MACHINE.split('\n').findIndex((line) => line.includes('gateway.cell.yaml'));

describe.each(BUNDLERS)('$name', (bundler) => {
  test('emits one bundle for an imported machine file, that of the command line', async () => {
    const project = await createMachineProject();
    const built = await buildProject(bundler, project);
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
    const { default: url, cells, ...exports } = await runChunk(project, built.chunks[0]);
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
    const project = await createMachineProject({
      'board.machine.yaml': MACHINE.replace('file: rtos.bin', 'file: rtos.binn'),
      'gateway.cell.yaml': GATEWAY.replace('cmdline', 'cmdlin'),
    });
    const error = await failureOf(buildProject(bundler, project));
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
    const project = await createMachineProject({ 'board.machine.yaml': order });
    expect(await failureOf(buildProject(bundler, project))).toMatchObject({
      pluginCode: 'machine/order',
      loc: { line: LINE_OF_GATEWAY },
    });
    await project.write('board.machine.yaml', MACHINE);
    await project.write('gateway.cell', 'format: cell\nrevison: 14\n');
    const error = await failureOf(buildProject(bundler, project));
    expect(error).toMatchObject({ loc: { line: LINE_OF_GATEWAY, column: 4 } });
    expect(error.message).toContain(`${project.path('gateway.cell')}:2:1: unknown key \`revison\``);
    expect(error.message).not.toContain('gateway.cell.yaml:');
  });

  test('tells that a manifest cannot be read at the item that names it', async () => {
    const project = await createMachineProject();
    await project.remove('gateway.cell.yaml');
    expect(await failureOf(buildProject(bundler, project))).toMatchObject({
      pluginCode: 'input/unreadable',
      loc: { line: LINE_OF_GATEWAY, column: 4 },
    });
  });
});

test('watches the inputs of the machine file, and those of all cells', async () => {
  const project = await createMachineProject();
  const watched: string[] = [];
  const context = {
    addWatchFile: (file: string) => watched.push(file),
    info: () => {},
    warn: () => {},
    emitFile: () => 'reference',
    meta: { watchMode: false },
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

test('a bundle of more than 1 GB is refused at the cells, before anything is read', async () => {
  const store = new InputStore();
  const { ready } = await prepareMachine(
    (await createMachineProject()).path('board.machine.yaml'),
    MACHINE,
    store,
    {
      profile: 'strict',
      today: '2026-01-01',
    },
  ).then((prepared) => {
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
