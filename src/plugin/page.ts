import type { TransformPluginContext } from 'rollup';
import type { CheckedFile } from '../inputs/machine-subjects.ts';
import { reportPage } from '../inputs/report-page.ts';
import type { InputStore } from '../inputs/store.ts';
import { encodePage } from '../reports/html/page.ts';

/** Emits a page about a bundle, and about all that it is made from. */
export async function emitPage(
  context: TransformPluginContext,
  name: string,
  checked: readonly CheckedFile[],
  store: InputStore,
  mtime: number,
): Promise<void> {
  const source = encodePage(await reportPage(checked, store, mtime, 'error'));
  context.emitFile({ type: 'asset', name: `${name}.html`, source });
}
