import { failure, type Diagnostic } from '../base/diagnostic.ts';
import { TARGET_PATH } from '../manifest/name.ts';
import { modeOf } from './header.ts';
import { byName, isExecutable } from './layout.ts';
import { COPY_AGAIN, isFileName, shown } from './names.ts';
import type { ScannedFile } from './scan.ts';

/** What is wrong with the entries as such: their order, and their modes. */
export function checkForm(files: readonly ScannedFile[]): Diagnostic[] {
  return [...checkOrder(files), ...files.flatMap(checkMode)];
}

function checkOrder(files: readonly ScannedFile[]): Diagnostic[] {
  for (const [index, { path }] of files.entries()) {
    const after = files[index + 1];
    if (after === undefined || byName(path, after.path) <= 0) continue;
    return [
      failure('bundle/order', `${shown(path)} is before ${shown(after.path)}, and must be after it`, {
        requested: 'the files by their names, then bundle.json, SHA256SUMS and its signature',
        actual: files.map((file) => shown(file.path)).join(', '),
        fix: COPY_AGAIN,
      }),
    ];
  }
  return [];
}

function checkMode({ path, executable }: ScannedFile): Diagnostic[] {
  if (executable === isExecutable(path)) return [];
  const symptom = executable ? {} : { symptom: 'it cannot be started: Permission denied' };
  return [
    failure('bundle/mode', `${shown(path)} has the mode ${modeOf({ path, executable })}`, {
      requested: modeOf({ path, executable: isExecutable(path) }),
      actual: modeOf({ path, executable }),
      fix: COPY_AGAIN,
      ...symptom,
    }),
  ];
}

/** Whether a list may name a file so: in the bundle, or on the target. */
export const isListable = (path: string): boolean =>
  path.startsWith('/') ? TARGET_PATH.test(path) : isFileName(path);

/** A name that no list of a bundle has. */
export function badPath(path: string, list: string): Diagnostic {
  const why = path.split('/').includes('..')
    ? 'has `..` in it'
    : /\p{Cc}/u.test(path)
      ? 'has a control character in it'
      : path.startsWith('/')
        ? 'is not an absolute path in its shortest form'
        : 'is neither the name of a file in the bundle nor an absolute path on the target';
  return failure('bundle/path', `${list} lists ${shown(path)}, which ${why}`, {
    fix: 'do not use this bundle: jailhouse-bundle never writes such a name',
  });
}
