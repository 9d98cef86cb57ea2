import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/base/text.ts';
import { encodeGithub } from '../../src/reports/github.ts';
import type { CheckReport } from '../../src/reports/report.ts';
import { nasty, reports, SAMPLE } from '../helpers/reports.ts';
import { oneIn } from '../helpers/runs.ts';

test('a whole report', async () => {
  await expect(encodeGithub(SAMPLE)).toMatchFileSnapshot('../fixtures/reports/sample.github.txt');
});

interface Command {
  command: string;
  properties: Record<string, string>;
  message: string;
}

/** As GitHub's runner reads a line. */
function parseCommand(line: string): Command | null {
  const found = /^::([a-z]+) (.*?)::(.*)$/s.exec(line);
  if (!found) return null;
  const [, command, properties, message] = found;
  const decode = (text: string): string =>
    text
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%25', '%');
  const pairs = properties!.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), decode(pair.slice(at + 1))];
  });
  return { command: command!, properties: Object.fromEntries(pairs), message: decode(message!) };
}

const one = (file: string, message: string): CheckReport => ({
  failsFrom: 'error',
  rules: [],
  subjects: [
    {
      file,
      findings: [
        {
          diagnostic: { code: 'kernel/serio', severity: 'warning', message },
          place: { file, line: 3, column: 7 },
          related: null,
        },
      ],
    },
  ],
});

test('the runner reads back what was meant, whatever it is', () => {
  fc.assert(
    fc.property(nasty, nasty, (file, message) => {
      const [line] = encodeGithub(one(file, message)).split('\n');
      expect(parseCommand(line!)).toEqual({
        command: 'warning',
        properties: { file: printable(file), line: '3', col: '7', title: 'kernel/serio' },
        message: printable(message),
      });
    }),
    { numRuns: oneIn(4) },
  );
});

test('no text makes a command of its own: one line for each finding, one for each subject', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const lines = encodeGithub(report).split('\n');
      expect(lines.pop()).toBe('');
      const findings = report.subjects.flatMap((subject) => subject.findings);
      expect(lines).toHaveLength(findings.length + report.subjects.length);
      const commands = lines.filter((line) => line.trim().startsWith('::'));
      expect(commands.map(parseCommand)).not.toContain(null);
      expect(commands).toHaveLength(findings.length);
    }),
    { numRuns: oneIn(4) },
  );
});
