import { endOf } from '../base/ranges.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import type { Vmlinux } from '../formats/kernel/vmlinux.ts';
import { describeConfig } from './kernel-config.ts';

export function describeVmlinux(kernel: ExaminedKernel, image: Vmlinux) {
  const { memory } = image;
  return {
    kind: 'vmlinux' as const,
    version: image.version,
    size: image.size,
    architecture: image.architecture,
    wordSize: image.wordSize,
    /** Physical addresses; `null`: nothing is loaded. */
    memory: memory && { start: memory.start, end: endOf(memory) },
    wrapping: kernel.wrapping,
    contents: kernel.contents,
    config: describeConfig(kernel),
  };
}

export type DescribedVmlinux = ReturnType<typeof describeVmlinux>;
