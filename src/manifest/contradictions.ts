import type { Problem } from '../formats/yaml/problem.ts';
import { valueAt } from '../formats/yaml/issues.ts';
import { plural } from '../base/text.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import { problem } from './problem.ts';
import { isWish } from './wish/parse.ts';

/** Where a manifest is read. */
export interface ManifestContext {
  /** A machine file says what the manifest need not. */
  machineIsGiven: boolean;
}

/** What the schema cannot say: keys that contradict each other. */
export function findContradictions(tree: Tree, { machineIsGiven }: ManifestContext): Problem[] {
  const found: Problem[] = [];
  const at = (...path: string[]): unknown => valueAt(tree.data, path);
  const isPath = (role: string): boolean => typeof at('bundle', role) === 'string';
  const report = (role: string, message: string, fix: string): void => {
    found.push(problem('conflict', tree.valueRange(['bundle', role]), message, fix, ['bundle', role]));
  };
  if (isWish(Object(at('cell')) as object)) {
    if (at('system') === undefined && !machineIsGiven) {
      const message = '`system` is missing: a cell is made from the machine that it is cut out of';
      const range = tree.keyRange(['cell', 'generate'])!;
      found.push(problem('missing', range, message, 'add `system: root.cell`', ['system']));
    }
    if (at('dtb') !== undefined) {
      const message = '`dtb` is given, and `cell.generate` makes the cell’s device tree';
      const fix = 'remove one of them; what else the tree needs can be an overlay: `tree` under `generate`';
      found.push(problem('conflict', tree.keyRange(['dtb'])!, message, fix, ['dtb']));
    }
  }
  const listed = (key: string): unknown[] => [at('boot', key) ?? []].flat();
  const [expected, sent] = [listed('expect').length, listed('send').length];
  if (sent > expected) {
    const path = Array.isArray(at('boot', 'send')) ? ['boot', 'send', expected] : ['boot', 'send'];
    const message = `\`boot.send\` has ${plural(sent, 'line')}, \`boot.expect\` ${expected === 0 ? 'nothing' : `only ${expected}`} to wait for`;
    const fix = 'each line is typed when `expect` of the same place has come: add that, or remove the line';
    found.push(problem('conflict', tree.valueRange(path), message, fix, path));
  }
  if (isPath('initrd') && at('initrd') === undefined) {
    const fix =
      'add `initrd:` with a local copy of that file: its size and digest are needed; or remove this key';
    report('initrd', '`bundle.initrd` names a file, but there is no `initrd`', fix);
  }
  if (at('bundle', 'initrd') === true && at('initrd') === undefined) {
    const fix = 'add `initrd:` to ship one, or remove this key to boot without';
    report('initrd', '`bundle.initrd` is true, but there is no `initrd` to ship', fix);
  }
  if (at('bundle', 'loader') === true && at('loader') === undefined) {
    const fix = "add `loader:` to ship it, or remove this key to use the target's installed one";
    report('loader', '`bundle.loader` is true, but there is no `loader` to ship', fix);
  }
  for (const [first, second] of [
    ['kernel', 'initrd'],
    ['kernel', 'loader'],
    ['initrd', 'loader'],
  ] as const) {
    if (isPath(second) && at('bundle', first) === at('bundle', second)) {
      report(
        second,
        `\`bundle.${first}\` and \`bundle.${second}\` are the same file`,
        'give each its own path',
      );
    }
  }
  return found;
}
