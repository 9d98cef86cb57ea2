import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { boardNodes, boardSystem } from '../helpers/board.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { EM } from '../helpers/program.ts';
import { dtbOf } from '../helpers/trees.ts';

/** An untouched board: all of it is the RAM of the root's Linux. */
const IOMEM = `40000000-7fffffff : System RAM
  40080000-40ffffff : Kernel code
`;

const CELL = `cell: { generate: { cpus: 1, memory: 128M, console: serial0 } }
`;
const LINUX = `kernel: { image: Image }
initrd: rootfs.cpio
cmdline: console=ttyS0,115200
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({
    'root.cell': encodeSystemConfig(boardSystem()),
    'board.dtb': dtbOf(boardNodes()),
    'iomem.txt': IOMEM,
    Image: makeArm64Image({ image_size: 0x20000n }, 0x10000),
    'rootfs.cpio': initrdOfSize(512, EM.arm64),
  });
  const root = 'system: root.cell\nboard: board.dtb\n';
  for (const [name, iomem] of [
    ['used', 'root: { iomem: iomem.txt }\n'],
    ['unknown', ''],
  ] as const) {
    await folder.write({
      [`${name}.cell.yaml`]: `name: ${name}\n${root}${iomem}${CELL}${LINUX}`,
      [`${name}.machine.yaml`]: `${root}${iomem}cells:\n  - name: one\n    ${CELL}    ${LINUX.trim().replaceAll('\n', '\n    ')}\n`,
    });
  }
});
afterAll(() => folder.remove());

test.each([
  ['used.cell.yaml', 'machine/root-memory'],
  ['used.machine.yaml', 'machine/root-memory'],
  ['unknown.cell.yaml', 'machine/root-unknown'],
  ['unknown.machine.yaml', 'machine/root-unknown'],
])('memory that the root’s Linux may use is told of once: %s', async (file, code) => {
  const { stdout } = await run(['check', file, '--json'], { cwd: folder.path });
  const { findings } = JSON.parse(stdout) as Report<'check'>;
  const told = findings.map(({ rule }) => rule).filter((rule) => /root/.test(rule));
  expect(told).toEqual([code]);
});
