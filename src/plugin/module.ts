import type { ReadyCell } from '../inputs/pack.ts';
import { TOOL_NAME } from '../base/version.ts';

/**
 * The JavaScript module that stands for a manifest; client.d.ts declares what it exports.
 *
 * @param reference Rollup's id of the emitted bundle
 * @param sha256 of the tar: with it in the code, the hash of the importing chunk follows the bundle
 */
export function cellModule(reference: string, { input, contents }: ReadyCell, sha256: string): string {
  const { name, cellName } = input.planned;
  const exports = Object.entries({ name, cellName, sha256, ...contents.facts });
  return [
    `// made by ${TOOL_NAME}`,
    `export default import.meta.ROLLUP_FILE_URL_${reference};`,
    ...exports.map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};`),
    '',
  ].join('\n');
}
