import { describeSize } from '../base/address.ts';
import { describeRange, rangeTo } from '../base/ranges.ts';
import { configText } from './kernel-config-text.ts';
import { guestText, wrappingText } from './kernel-contents-text.ts';
import { fact, indented } from './layout.ts';
import type { DescribedVmlinux } from './vmlinux.ts';

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
