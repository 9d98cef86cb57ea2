import { describeSize } from '../base/address.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { describeRange } from '../base/ranges.ts';
import type { GeneratedCell, Generation } from './generate.ts';
import { drawMachine } from './picture.ts';

/** What the root's Linux is booted with, as a text file: one form a line, with comments. */
export function rootCmdline({ name, rootSide, cell }: GeneratedCell): string {
  const { words, disabled } = rootSide;
  const isX86 = cell.architecture === 'x86';
  const lines = [
    `# For the kernel command line of the root cell's Linux: what it must leave to the cell ${name}.`,
  ];
  if (words === null) lines.push('# No words can say it: use reserved-memory nodes, as in root-overlay.dts.');
  else if (words.words.length === 0)
    lines.push('# Nothing: all of it is outside of what Linux knows as RAM.');
  else lines.push(words.words.join(' '));
  if (isX86 && words !== null && words.words.length > 0) {
    lines.push('', '# The same for GRUB_CMDLINE_LINUX in /etc/default/grub, where a $ needs backslashes:');
    lines.push(`# ${words.grub.join(' ')}`);
  }
  if (disabled.length > 0) {
    lines.push('', '# Clocks and power of devices that are given away must stay on:');
    lines.push('clk_ignore_unused pd_ignore_unused');
  }
  return `${lines.join('\n')}\n`;
}

const WIDTH = 22;

const row = (name: string, value: string): string => `  ${name.padEnd(WIDTH)} ${value}`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** What was asked for, what was chosen and why, and what is left to do, for people. */
export function reportText(
  generated: GeneratedCell,
  { choices, dropped, diagnostics }: Generation,
  source: string,
): string {
  const { name, rootSide, changes, consoleWord, system, cell } = generated;
  const { words, ranges, reserved } = rootSide;
  return [
    `Cell ${name}, made from ${source}`,
    ...section('On its machine', drawMachine(system, [cell])),
    ...section(
      'Chosen',
      choices.map(({ what, value, why }) => `${row(what, value)}\n${row('', `(${why})`)}`),
    ),
    ...section(
      'Left out of the device tree',
      dropped.map(({ device, properties }) => row(device, properties.join(', '))),
    ),
    ...section(
      'Changed in the system config',
      changes.map((change) => `  ${change}`),
    ),
    ...section(
      'Memory that the root cell’s Linux must leave alone',
      reserved.map(({ range, what }) => row(what, `${describeRange(range)} (${describeSize(range.size)})`)),
    ),
    ...section(
      'In reserved-memory nodes',
      ranges.map((range) => `  ${describeRange(range)}`),
    ),
    ...section(
      'On its kernel command line',
      words === null ? ['  only reserved-memory can say it'] : words.words.map((word) => `  ${word}`),
    ),
    ...section('On the command line of the cell’s Linux', consoleWord === null ? [] : [`  ${consoleWord}`]),
    ...section(
      'Notes',
      diagnostics.map(
        ({ severity, code, message, fix }) => `  ${severity} ${code}\n    ${message}\n    fix: ${fix}`,
      ),
    ),
    '',
  ].join('\n');
}

const findingOf = ({ code, severity, message, fix }: Diagnostic) => ({
  rule: code,
  severity,
  message,
  fix: fix ?? null,
});

/** The same for programs; `files` are the digests of all others that were made with it. */
export const reportJson = (
  generated: GeneratedCell,
  { choices, dropped, diagnostics }: Generation,
  files: Readonly<Record<string, string>>,
): string => {
  const { name, rootSide, changes, consoleWord } = generated;
  const range = ({ start, size }: { start: bigint; size: bigint }) => ({
    start: `0x${start.toString(16)}`,
    size: `0x${size.toString(16)}`,
  });
  const report = {
    schemaVersion: 1,
    cell: name,
    choices,
    dropped,
    systemChanges: changes,
    root: {
      reserved: rootSide.reserved.map(({ range: each, what }) => ({ ...range(each), what })),
      ranges: rootSide.ranges.map(range),
      cmdline: rootSide.words?.words ?? null,
      disabled: rootSide.disabled,
    },
    console: consoleWord,
    findings: diagnostics.map(findingOf),
    files,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
};
