import { HOOKS, type Hook } from '../base/choices.ts';
import { diagnosticOf, failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import type { ByteSource } from '../bundle/tar.ts';
import { seenAt, type SeenFiles } from './contents.ts';

/** As much as shows the kind of a program; Linux itself reads 256 bytes of a first line. */
const HEAD = 256;
const ELF = '\x7fELF';

function checkProgram(text: string, hook: Hook, path: ManifestPath): Diagnostic[] {
  const refuse = (message: string, fix: string): Diagnostic[] => [
    failure('input/not-a-program', message, { fix, path: [...path] }),
  ];
  if (text.startsWith(ELF)) return [];
  if (!text.startsWith('#!')) {
    return refuse(
      `the hook ${hook} is neither a script nor an executable: it does not begin with #!`,
      'begin it with a line such as #!/bin/sh, for a shell that the target has',
    );
  }
  const [line] = text.split('\n', 1);
  if (!line!.endsWith('\r')) return [];
  return refuse(
    `the hook ${hook} has the line ends of Windows: the target would look for ${JSON.stringify(line!.slice(2).trimStart())}`,
    'save it with line ends of Unix (LF)',
  );
}

/** What cannot be run on a target. */
export async function checkHooks(inputs: SeenFiles): Promise<void> {
  for (const hook of HOOKS) {
    const path = ['bundle', 'hooks', hook];
    const file = seenAt(inputs, ...path);
    if (file === null) continue;
    try {
      const head = await inputs.store.head(file, HEAD);
      inputs.diagnostics.push(...checkProgram(Buffer.from(head).toString('latin1'), hook, path));
    } catch (error) {
      inputs.diagnostics.push(diagnosticOf(error, path));
    }
  }
}

/** Those that are named; they were seen. */
export const hooksOf = (inputs: SeenFiles): Map<Hook, ByteSource> =>
  new Map(
    HOOKS.flatMap((hook) => {
      const file = seenAt(inputs, 'bundle', 'hooks', hook);
      return file === null ? [] : [[hook, inputs.store.source(inputs.store.stream([file], false))] as const];
    }),
  );
