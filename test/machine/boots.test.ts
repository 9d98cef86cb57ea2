import { expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { encodeDtb } from '../../src/formats/dtb/encode.ts';
import { examineKernel } from '../../src/formats/kernel/examine.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { asks, generate, machineState } from '../helpers/board.ts';
import { utf8 } from '../helpers/bytes.ts';
import { evaluate } from '../helpers/evaluation.ts';
import { makeMachine, at } from '../helpers/machine.ts';

// A cell that was made must pass what is asked of a cell that was written.

const SERIAL = '# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n';

test('an arm64 cell boots a kernel with its own device tree', async () => {
  const made = generate({ links: [{ to: 'root', kind: 'net', size: null, bdf: null }] });
  expect(asks(made)).toEqual([]);
  const { cell, system, tree, consoleWord } = made.generated!;
  const { planned, diagnostics } = evaluate(
    { cmdline: consoleWord! },
    {
      cell: encodeCellConfig(cell),
      system: encodeSystemConfig(system),
      kernel: await examineKernel(makeArm64Image({ image_size: 5n << 20n }, 4 << 20)),
      kernelConfig: utf8(SERIAL),
      dtb: encodeDtb(tree!.blob),
    },
  );
  expect(planned).not.toBeNull();
  // The kernel's config has next to nothing.
  const ofCell = diagnostics.filter(
    ({ code, severity }) => severity !== 'info' && !code.startsWith('kernel/'),
  );
  expect(ofCell).toEqual([]);
});

test('an x86 cell has low RAM that the guest is told of', () => {
  const { system } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1, 1] });
  system.rootCell.memoryRegions = [at(0n, 0x40000000n, 0x4fn)];
  system.rootCell.pio = { regions: [{ base: 0, length: 0xffff }] };
  const made = generate({ console: 'ttyS0' }, machineState({ board: null }, system));
  expect(asks(made)).toEqual([]);
  const { cell, system: changed, consoleWord } = made.generated!;
  const inputs = { cell: encodeCellConfig(cell), system: encodeSystemConfig(changed) };
  const { planned, diagnostics } = evaluate({ cmdline: consoleWord! }, inputs);
  expect(planned).not.toBeNull();
  expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
});
