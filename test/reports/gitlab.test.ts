import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeGitlab } from '../../src/reports/gitlab.ts';
import { reports, SAMPLE } from '../helpers/reports.ts';
import { oneIn } from '../helpers/runs.ts';

test('a whole report', async () => {
  await expect(encodeGitlab(SAMPLE)).toMatchFileSnapshot('../fixtures/reports/sample.gitlab.json');
});

test('an empty list where nothing is found', () => {
  expect(encodeGitlab({ failsFrom: 'error', rules: [], subjects: [] })).toBe('[]\n');
});

test('each finding that is not waived is an issue of its own, as GitLab wants it', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const issues = JSON.parse(encodeGitlab(report)) as Record<string, unknown>[];
      const told = report.subjects
        .flatMap(({ findings }) => findings)
        .filter(({ diagnostic }) => !diagnostic.waived);
      expect(issues).toHaveLength(told.length);
      expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
      for (const issue of issues)
        expect(issue).toEqual({
          type: 'issue',
          check_name: expect.any(String),
          description: expect.stringMatching(/^[^\n]*$/),
          severity: expect.stringMatching(/^(?:info|minor|critical)$/),
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
          location: { path: expect.any(String), lines: { begin: expect.any(Number) } },
        });
    }),
    { numRuns: oneIn(5) },
  );
});
