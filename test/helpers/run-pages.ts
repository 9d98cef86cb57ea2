import { cp } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './docs.ts';

const TUTORIALS = path.join(ROOT, 'test/e2e/tutorials');

/** The pages whose marked blocks are run one after another, and what is in the folder before that. */
export const RUN_PAGES: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'tutorial-x86.md': (folder) => cp(TUTORIALS, folder, { recursive: true }),
  'tutorial-arm64.md': (folder) => cp(TUTORIALS, folder, { recursive: true }),
};
