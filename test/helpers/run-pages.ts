import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './docs.ts';
import { MANIFEST, SMALL_INITRD, withExample } from './docs-cell.ts';

const TUTORIALS = path.join(ROOT, 'test/e2e/tutorials');

const LOG = 'Initramfs unpacking failed: invalid magic at start of compressed archive\n';

/** The pages whose marked blocks are run one after another, and what is in the folder before that. */
export const RUN_PAGES: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'tutorial-x86.md': (folder) => cp(TUTORIALS, folder, { recursive: true }),
  'tutorial-arm64.md': (folder) => cp(TUTORIALS, folder, { recursive: true }),
  'ci.md': (folder) =>
    withExample(MANIFEST, SMALL_INITRD, (example) =>
      cp(example.path, path.join(folder, 'cells'), { recursive: true }),
    ),
  'faq.md': async (folder) => {
    await withExample(MANIFEST, SMALL_INITRD, (example) => cp(example.path, folder, { recursive: true }));
    await writeFile(path.join(folder, 'console.log'), LOG);
  },
};
