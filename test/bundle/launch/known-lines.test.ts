import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { KNOWN_LINES } from '../../../src/bundle/launch/known-lines.ts';
import { explainLog } from '../../../src/explain/explain.ts';

/** Lines as hypervisors print them, and of what kind they are; the last ones are of none of the frequent kinds. */
const LINES: readonly (readonly [id: string, line: string])[] = [
  ['trace', '/home/me/jailhouse/hypervisor/arch/x86/vtd.c:1035: returning error -EIO'],
  ['arm-data', 'Unhandled data read at 0x9060000(4)'],
  ['arm-instruction', 'FATAL: instruction abort at 0x0'],
  ['arm-trap', 'FATAL: unhandled trap (exception class 0x2f)'],
  ['mmio-undecoded', 'FATAL: Invalid MMIO/RAM read, addr: 0x00000000fed1f404 size: 0'],
  ['mmio-other', 'FATAL: Invalid MMIO/RAM write, addr: 0x0000000012345000 size: 4'],
  ['pci-config', 'FATAL: Invalid PCI config write, device 00:1f.3, reg: 0x4'],
  ['triple-fault', 'FATAL: Unhandled VM-Exit, reason 2'],
  ['triple-fault', 'FATAL: Unexpected #VMEXIT, exitcode 7f, exitinfo1 0x0 exitinfo2 0x0'],
  ['msr-other', 'Unhandled MSR read: 1a0'],
  ['pio-other', 'FATAL: Invalid PIO read, port: c0de size: 1'],
  ['', 'FATAL: Unhandled VM-Exit, reason 28'],
  ['', 'Created cell "demo"'],
];

test('launch.sh knows the frequent lines, by the patterns of explain', () => {
  const script = `while IFS= read -r line; do known=; case $line in\n${KNOWN_LINES}esac; printf '%s\\n' "\${known%%: *}"; done`;
  const input = `${LINES.map(([, line]) => line).join('\n')}\n`;
  const said = execFileSync('sh', ['-c', script], { input, encoding: 'utf8' }).split('\n').slice(0, -1);
  expect(said).toEqual(LINES.map(([id]) => id));
});

test.each(LINES.filter(([id]) => id !== ''))('%s is what explain says', (id, line) => {
  expect(explainLog(line).explanations.map((each) => each.id)).toEqual([id]);
});

test('no value of a line is left in what is said', () => {
  expect(KNOWN_LINES.match(/\{\w+\}/g)).toBeNull();
  expect(KNOWN_LINES).toContain('a read or write of that port, which is in no PIO region of the cell; fix: ');
});
