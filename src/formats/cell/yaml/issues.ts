import type { core } from 'zod';
import { failure, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import { unknownKeyText } from '../../yaml/issues.ts';
import { pathText, quoted } from '../../yaml/problem.ts';
import { SAID } from './kinds.ts';

/** What is wrong with the value at a path; the whole is nothing but the message. */
export const keyed = (path: ManifestPath, message: string): string =>
  path.length === 0 ? message : `${quoted(pathText(path))} ${message}`;

/** An issue of a schema that is made of kinds.ts: its message has the fix in its second line. */
export function issueProblems(issue: core.$ZodIssue, area: 'description' | 'manifest'): Diagnostic[] {
  const path = issue.path as (string | number)[];
  const lines = issue.message.split('\n');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((name, index) => ({ name, fix: lines[index] ?? 'remove it' }));
    return keys
      .filter(({ fix }) => fix !== SAID)
      .map(({ name, fix }) =>
        failure(`${area}/unknown-key`, unknownKeyText(path, name), { fix, path: [...path, name] }),
      );
  }
  const what = path.length === 0 ? `the ${area} ${lines[0]}` : keyed(path, lines[0]!);
  return [
    failure(`${area}/${issue.code === 'custom' ? 'value' : 'type'}`, what, {
      fix: lines[1] ?? 'fix it',
      path,
    }),
  ];
}
