import { test } from 'vitest';
import { explanationText } from '../../src/cli/explain-text.ts';
import { PLAIN } from '../../src/cli/output.ts';
import { withDetails } from '../../src/explain/details.ts';
import { explainLog } from '../../src/explain/explain.ts';
import { codeBlock, expectSections } from '../helpers/docs.ts';

const LOGS = {
  guest: [
    'Started cell "linux"',
    'Unhandled data read at 0x9010fe0(4)',
    '',
    'FATAL: unhandled trap (exception class 0x24)',
    'Parking CPU 2 (Cell: "linux")',
  ],
  enable: [
    'JAILHOUSE_ENABLE: Invalid argument',
    '[   61.002134] jailhouse: request_mem_region failed for hypervisor memory.',
    '[   61.002190] jailhouse: Did you reserve the memory with "memmap=" or "mem="?',
  ],
  initrd: [
    '[    0.713022] Unpacking initramfs...',
    '[    0.901310] Initramfs unpacking failed: invalid magic at start of compressed archive',
    '[    1.204417] VFS: Cannot open root device "(null)" or unknown-block(0,0): error -6',
    '[    1.204980] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
  ],
};

function report(lines: readonly string[]): string {
  const { summary, explanations } = withDetails(explainLog(lines.join('\n')));
  return `${summary}\n\n${explanationText('console.log', explanations[0]!, { ...PLAIN, width: 118 })}`;
}

test('the page shows what is printed', async () => {
  await expectSections(
    'explain.md',
    Object.fromEntries(
      Object.entries(LOGS).flatMap(([name, lines]) => [
        [`${name}-log`, codeBlock(lines.join('\n'))],
        [name, codeBlock(report(lines))],
      ]),
    ),
  );
});
