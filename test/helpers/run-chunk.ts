import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import type { Built } from './bundlers.ts';
import type { CellProject } from './cell-project.ts';

/** Runs a chunk of a build into `out`, in a thread of its own; gives the JSON that it prints. */
export async function runChunk(
  project: CellProject,
  chunk: Built['chunks'][number] | undefined,
): Promise<Record<string, unknown>> {
  const worker = new Worker(project.path(`out/${chunk!.fileName}`), { stdout: true, execArgv: [] });
  const [printed] = await Promise.all([text(worker.stdout), once(worker, 'exit')]);
  return JSON.parse(printed) as Record<string, unknown>;
}
