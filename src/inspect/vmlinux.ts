import { describeSize } from '../base/address.ts';
import { describeRange, endOf, rangeTo } from '../base/ranges.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import type { Vmlinux } from '../formats/kernel/vmlinux.ts';
import { configText, guestText, wrappingText } from './kernel-config.ts';
import { fact, indented } from './layout.ts';
import type { DescribedVmlinux } from './schema/kernel.ts';

export const describeVmlinux = (
  { wrapping, contents }: ExaminedKernel,
  { version, size, architecture, wordSize, memory }: Vmlinux,
  config: DescribedVmlinux['config'],
): DescribedVmlinux => ({
  kind: 'vmlinux',
  version,
  size,
  architecture,
  wordSize,
  memory: memory && { start: memory.start, end: endOf(memory) },
  wrapping,
  contents,
  config,
});

function memoryText({ memory }: DescribedVmlinux): string {
  if (memory === null) return 'none';
  const range = rangeTo(memory.start, memory.end);
  return `${describeRange(range)}, ${describeSize(range.size)}`;
}

export function vmlinuxLines(kernel: DescribedVmlinux): string[] {
  const { architecture, contents } = kernel;
  return [
    'vmlinux (ELF), which no loader of Jailhouse starts',
    ...indented([
      ...fact('version', kernel.version),
      ...fact('architecture', `${architecture}, ${kernel.wordSize} bits`),
      ...fact('wrapped in', wrappingText(kernel.wrapping)),
      ...fact('size', `${kernel.size} bytes`),
      ...fact('in memory', memoryText(kernel)),
      ...fact('guest support', architecture === 'x86' ? guestText(contents) : null),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
