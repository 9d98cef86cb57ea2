import { arm, arm64 } from './arm/arm.ts';
import { InputError } from '../base/diagnostic.ts';
import type { ArchitectureSupport } from './architecture.ts';
import type { Architecture } from '../base/choices.ts';
import { x86 } from './x86/x86.ts';

const SUPPORT: Readonly<Record<Architecture, ArchitectureSupport>> = { x86, arm64, arm };

export const supportOf = (architecture: Architecture): ArchitectureSupport => SUPPORT[architecture];

/**
 * The architecture that a cell and a kernel agree on.
 *
 * @param cell as its config says it; `null` where it does not
 * @throws InputError `cell/architecture` if they differ
 */
export function agreedArchitecture(cell: Architecture | null, kernel: Architecture): Architecture {
  if (cell === null || cell === kernel) return kernel;
  throw new InputError('cell/architecture', `the cell is for ${cell}, the kernel for ${kernel}`, {
    requested: `a kernel for ${cell}`,
    actual: kernel,
    fix: 'give a kernel and a cell config of the same architecture',
    symptom: 'the cell starts and does nothing',
    path: ['kernel', 'image'],
  });
}
