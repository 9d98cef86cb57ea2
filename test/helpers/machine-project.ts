import type { Plugin } from 'rollup';
import jailhouse, { type JailhouseOptions } from '../../src/plugin/index.ts';
import type { Built, Bundler } from './bundlers.ts';
import { CellProject } from './cell-project.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { GOOD_FILES } from './cell-files.ts';
import { makeMachine } from './machine.ts';

const CELLS = ['rtos 1', 'linux', 'gateway'];

/** A machine of x86 whose cells are named so for Jailhouse, with files for all of them. */
export function machineFiles(): Record<string, string | Uint8Array> {
  const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1, 1] });
  for (const [index, { header }] of cells.entries()) {
    header.name = new Uint8Array(header.name.length);
    header.name.set(new TextEncoder().encode(CELLS[index]));
  }
  return {
    bzImage: GOOD_FILES['bzImage']!,
    'kernel.config': GOOD_FILES['kernel.config']!,
    'rootfs.cpio.gz': GOOD_FILES['rootfs.cpio.gz']!,
    'rtos.bin': new Uint8Array(64).fill(0x90),
    'root.cell': encodeSystemConfig(system),
    'rtos.cell': encodeCellConfig(cells[0]!),
    'linux.cell': encodeCellConfig(cells[1]!),
    'gateway.cell': encodeCellConfig(cells[2]!),
    'gateway.cell.yaml': `name: gateway\ncell: gateway.cell\n${LINUX}`,
    'board.machine.yaml': MACHINE,
  };
}

const LINUX = `kernel: { image: bzImage, config: kernel.config }
initrd: rootfs.cpio.gz
cmdline: 8250.nr_uarts=0
`;

/** A cell with Linux that starts after the one without, in the file before it; and one in a manifest of its own. */
export const MACHINE = `system: root.cell
cells:
  - name: linux
    cell: linux.cell
    kernel: { image: bzImage, config: kernel.config }
    initrd: rootfs.cpio.gz
    cmdline: 8250.nr_uarts=0 quiet
    after: [rtos]
  - { manifest: gateway.cell.yaml, after: [linux] }
  - name: rtos
    cell: rtos.cell
    images:
      - { file: rtos.bin, at: 0x0 }
      - { string: mode=fast, at: 0x1000 }
`;

/** A project that imports a machine file; `files` are more, or others. */
export const createMachineProject = (files: Record<string, string | Uint8Array> = {}): Promise<CellProject> =>
  CellProject.create({
    ...machineFiles(),
    'main.js': `import * as machine from './board.machine.yaml';\nconsole.log(JSON.stringify(machine));\n`,
    ...files,
  });

/** Built by a bundler with the plugin, and perhaps others. */
export const buildProject = (
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
