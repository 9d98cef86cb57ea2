import { afterEach, beforeEach, expect, test } from 'vitest';
import { packReady, type ReadyCell } from '../../src/inputs/pack.ts';
import { prepareCell } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { Folder, GOOD_FILES, MANIFEST } from '../helpers/cell-files.ts';
import { sha256 } from '../helpers/bytes.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

test('what two manifests ship is hashed once', async () => {
  const store = new InputStore();
  const prepare = async (name: string): Promise<ReadyCell> => {
    const text = MANIFEST.replace('name: demo', `name: ${name}`);
    const options = { profile: 'strict', today: '2026-01-01' } as const;
    return (await prepareCell(folder.at(`${name}.cell.yaml`), text, store, options)).ready!;
  };
  const known = ({ contents }: ReadyCell, wanted: string): unknown => {
    const source = contents.entries.find(({ path }) => path === wanted)!.source;
    return source instanceof Uint8Array ? null : source.sha256?.();
  };
  // As the command line does: all are prepared before any is packed.
  const [first, second] = [await prepare('first'), await prepare('second')];
  expect(await known(second, 'initrd')).toBeUndefined();
  for await (const chunk of packReady(first, store, 0).chunks) expect(chunk.length).toBeGreaterThan(0);
  expect(await known(second, 'initrd')).toBe(sha256(Buffer.from(GOOD_FILES['rootfs.cpio.gz']!)));
  expect(await known(second, 'kernel')).toBe(sha256(Buffer.from(GOOD_FILES.bzImage!)));
});
