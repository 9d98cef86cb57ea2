import { valueAt, type IssueWords } from '../../formats/yaml/issues.ts';
import { MANIFEST_WORDS } from '../issues.ts';
import { problem } from '../problem.ts';
import {
  bareCellSchema,
  imagesSchema,
  MACHINE_KEYS,
  machineSchema,
  manifestInPlace,
  orderSchema,
} from './schema.ts';

const FIRST_CELL = 'cells: [linux.cell.yaml]';

export const kindOf = (value: unknown): string =>
  value === null
    ? 'empty'
    : typeof value === 'object'
      ? 'a map'
      : typeof value === 'string'
        ? 'text'
        : 'a value';

export const TOP_WORDS: IssueWords = {
  ...MANIFEST_WORDS,
  keysOf: (path) => {
    if (path.length === 0) return Object.keys(machineSchema.shape);
    return path.join('.') === 'bundle' ? ['compress'] : MANIFEST_WORDS.keysOf(path);
  },
  sampleOf: (path) => (path[0] === 'cells' ? FIRST_CELL : MANIFEST_WORDS.sampleOf(path)),
  elsewhere: (name) => {
    const isOfCell = MANIFEST_WORDS.keysOf([]).includes(name);
    return isOfCell ? `\`${name}\` is of a cell: write it in an item of \`cells\`` : undefined;
  },
  wrong(code, path, tree) {
    const value = valueAt(tree.data, path);
    const range = tree.valueRange(path);
    if (path.length === 0) {
      const message = `a machine file is a map of keys; this is ${Array.isArray(value) ? 'a list' : kindOf(value)}`;
      return problem('type', range, message, 'it has `system:` and `cells:`', []);
    }
    if (path[0] !== 'cells') return MANIFEST_WORDS.wrong(code, path, tree);
    const message = Array.isArray(value)
      ? '`cells` is an empty list'
      : `\`cells\` must be a list of cells, not ${kindOf(value)}`;
    return problem(code, range, message, `write \`${FIRST_CELL}\``, path);
  },
};

/** The words of a cell: what a manifest has, without what is the machine's. */
const cellWords = (keys: readonly string[]): IssueWords => ({
  ...MANIFEST_WORDS,
  keysOf: (path) => (path.length === 0 ? [...keys] : MANIFEST_WORDS.keysOf(path)),
  elsewhere: (name) => {
    if (name === 'defaults')
      return 'it is for manifests in files of their own; in one file, YAML’s anchors share values';
    return MACHINE_KEYS.some((key) => key === name)
      ? 'it is of the machine: write it at the top level'
      : MANIFEST_WORDS.elsewhere?.(name);
  },
});

export const IN_PLACE_WORDS = cellWords([
  ...Object.keys(manifestInPlace.shape),
  ...Object.keys(orderSchema.shape),
]);
export const BARE_WORDS: IssueWords = (() => {
  const words = cellWords([...Object.keys(bareCellSchema.shape), ...Object.keys(imagesSchema.shape)]);
  return {
    ...words,
    keysOf: (path) => (path.join('.') === 'checks' ? ['waive'] : words.keysOf(path)),
    elsewhere: (name) =>
      ['kernel', 'initrd', 'cmdline'].includes(name)
        ? 'a cell with `images` has no Linux: leave out one or the other'
        : words.elsewhere?.(name),
  };
})();
