import type { ReadyMachine } from '../inputs/pack-machine.ts';
import type { ReadyCell } from '../inputs/pack.ts';
import { TOOL_NAME } from '../base/version.ts';

/**
 * The JavaScript module that stands for a manifest or a machine file; client.d.ts declares what it exports.
 *
 * @param reference Rollup's id of the emitted bundle
 * @param sha256 of the tar: with it in the code, the hash of the importing chunk follows the bundle
 */
export function bundleModule(reference: string, ready: ReadyCell | ReadyMachine, sha256: string): string {
  const { name, facts } = ready.contents;
  const named = 'input' in ready ? { name, cellName: ready.input.planned.cellName } : { name };
  const exports = Object.entries({ ...named, sha256, ...facts });
  return [
    `// made by ${TOOL_NAME}`,
    `export default import.meta.ROLLUP_FILE_URL_${reference};`,
    ...exports.map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};`),
    '',
  ].join('\n');
}
