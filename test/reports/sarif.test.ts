import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import Ajv from 'ajv';
import draft4 from 'ajv/lib/refs/json-schema-draft-04.json' with { type: 'json' };
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/reports/report.ts';
import { encodeSarif } from '../../src/reports/sarif.ts';
import { reports, SAMPLE } from '../helpers/reports.ts';
import { oneIn } from '../helpers/runs.ts';

const ajv = new Ajv({ schemaId: 'id', meta: false, validateSchema: false });
ajv.addMetaSchema(draft4);
const validate = ajv.compile(sarifSchema);

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: { physicalLocation: { artifactLocation: { uri: string }; region?: object } }[];
  relatedLocations?: object[];
  partialFingerprints: Record<string, string>;
  suppressions: object[];
}

interface Log {
  runs: [{ tool: { driver: { rules: { id: string }[] } }; invocations: object[]; results: Result[] }];
}

const TOOL = { name: 'rollup-plugin-jailhouse', version: '1.2.3' };

const encode = (report: CheckReport): Log => JSON.parse(encodeSarif(report, TOOL)) as Log;

const faults = (log: unknown): unknown => (validate(log) ? null : validate.errors);

test('a whole report', async () => {
  expect(faults(encode(SAMPLE))).toBeNull();
  await expect(encodeSarif(SAMPLE, TOOL)).toMatchFileSnapshot('../fixtures/reports/sample.sarif');
});

test('the schema is in force: it refuses what is no log', () => {
  const log = encode(SAMPLE);
  expect(faults({ ...log, version: '2.0.0' })).not.toBeNull();
  log.runs[0].results[0]!.level = 'info';
  expect(faults(log)).not.toBeNull();
});

test('any text gives a valid log that no terminal trips over, with a URI for any name', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const text = encodeSarif(report, TOOL);
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u);
      const log = JSON.parse(text) as Log;
      expect(faults(log)).toBeNull();
      const [{ tool, results }] = log.runs;
      for (const { ruleId, ruleIndex, locations } of results) {
        expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
        const { uri } = locations[0]!.physicalLocation.artifactLocation;
        expect(uri).toMatch(/^(?:[\w.~!*'()/-]|%[0-9A-F]{2})*$/);
      }
    }),
    { numRuns: oneIn(4) },
  );
});

describe('results', () => {
  const [{ results, tool, invocations }] = encode(SAMPLE).runs;

  test('a path is a URI that leads back to it', () => {
    const { uri } = results[0]!.locations[0]!.physicalLocation.artifactLocation;
    expect(uri).toBe('cells/linux%20%231.cell.yaml');
    expect(decodeURIComponent(uri)).toBe('cells/linux #1.cell.yaml');
  });

  test('each has its suppressions, or an empty list of them', () => {
    expect(results.map(({ suppressions }) => suppressions.length)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(results[2]!.suppressions).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'a clock, owned: by "us" (until 2027-06-30)',
      },
    ]);
  });

  test('rules are those that occur, once each', () => {
    const ids = tool.driver.rules.map(({ id }) => id);
    expect(ids).toEqual([...new Set(results.map(({ ruleId }) => ruleId))].toSorted());
  });

  test('the exit code follows the least severity that fails', () => {
    expect(invocations).toMatchObject([{ executionSuccessful: true, exitCode: 1 }]);
    const waivedOnly = {
      ...SAMPLE,
      subjects: [{ ...SAMPLE.subjects[0]!, findings: [SAMPLE.subjects[0]!.findings[2]!] }],
    };
    expect(encode(waivedOnly).runs[0].invocations).toMatchObject([
      { executionSuccessful: true, exitCode: 0 },
    ]);
  });
});

test('what was checked is a notification of each subject, and no result: GitHub would show it as an alert', () => {
  const [{ invocations, results }] = encode(SAMPLE).runs;
  const [{ toolExecutionNotifications: told }] = invocations as [{ toolExecutionNotifications: object[] }];
  expect(told).toMatchObject([
    {
      level: 'note',
      message: { text: expect.stringMatching(/^cells\/linux #1\.cell\.yaml: 5 rules checked, /) as string },
      properties: { rules: SAMPLE.subjects[0]!.coverage },
    },
  ]);
  expect(results.every((result) => !('kind' in result))).toBe(true);
  const subjects = SAMPLE.subjects.slice(1);
  expect(encode({ ...SAMPLE, subjects }).runs[0].invocations[0]).not.toHaveProperty(
    'toolExecutionNotifications',
  );
});

describe('fingerprints', () => {
  const of = (report: CheckReport): string[] =>
    encode(report).runs[0].results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0]!);

  test('all differ, also those of one rule in one place', () => {
    expect(new Set(of(SAMPLE)).size).toBe(6);
  });

  test('none changes when lines move or texts are worded anew', () => {
    const moved = SAMPLE.subjects.map((subject) => ({
      ...subject,
      findings: subject.findings.map((finding) => ({
        ...finding,
        place: { ...finding.place, line: 99, column: 9 },
        diagnostic: { ...finding.diagnostic, message: 'in other words' },
      })),
    }));
    expect(of({ ...SAMPLE, subjects: moved })).toEqual(of(SAMPLE));
  });
});
