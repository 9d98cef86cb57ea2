import type { CodeIn } from '../base/codes.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { problem as plainProblem, type Problem } from '../formats/yaml/problem.ts';
import type { SourceRange } from '../formats/yaml/source.ts';

/** A problem of a manifest: `manifest/` stands in front of its code. */
export const problem = (
  code: CodeIn<'manifest'>,
  range: SourceRange,
  message: string,
  fix: string | undefined,
  path?: ManifestPath,
): Problem => plainProblem(`manifest/${code}`, range, message, fix, path);
