import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PluginContext } from 'rollup';
import { summarize } from '../base/diagnostic-text.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { isThere } from '../inputs/atomic-file.ts';
import { readChunks, seeFile } from '../inputs/files.ts';

/** Whether a file that can be read has other bytes. */
async function isOther(file: string, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of readChunks(await seeFile(file, file))) hash.update(chunk);
  } catch {
    return false;
  }
  return hash.digest('hex') !== sha256;
}

/**
 * Warns where an asset without a signature takes the place of another that has one, before it does. The signature stays:
 * bundlers remove nothing from their folder, and whoever verifies with it is told that it is of something else.
 */
export async function warnOfStale(
  context: PluginContext,
  folder: string,
  fileName: string,
  sha256: string,
): Promise<void> {
  const file = join(folder, fileName);
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  if (!(await isThere(signature)) || !(await isOther(file, sha256))) return;
  const diagnostic: Diagnostic = {
    code: 'plugin/stale-signature',
    severity: 'warning',
    message: `${signature} is of another build: what is built now is not signed`,
    fix: "sign with the plugin's option `secretKey`, or with minisign, or remove that file",
  };
  context.warn({
    message: summarize(diagnostic),
    pluginCode: diagnostic.code,
    meta: { diagnostics: [diagnostic] },
  });
}
