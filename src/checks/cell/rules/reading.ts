import { describeLayout, layoutIdOf, VARIANTS } from '../../../formats/cell/layout-ids.ts';
import { isIvshmem } from '../../../formats/cell/names.ts';
import { layoutOf } from '../../../formats/cell/variants.ts';
import { plural } from '../../../base/text.ts';
import { againstRoot, each, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

const MOST_SHOWN = 4;

/** Whether Jailhouse, built for the root cell's layout, reads the cell's config as it was written. */
function isReadAlike(cell: Party, root: Party): boolean {
  const [own, other] = [layoutOf(cell), layoutOf(root)];
  const links = cell.description.pciDevices.some(isIvshmem);
  const isSame = own.tables.every(({ part, record }, index) => {
    const { record: otherRecord } = other.tables[index] ?? {};
    return record === otherRecord || (part === 'pciDevices' && !links);
  });
  return own.header === other.header && own.tables.length === other.tables.length && isSame;
}

/** Whether a config was read by the tables that it was written with. */
export const READING_RULES: readonly CellRule[] = [
  {
    id: 'cell/trailing-bytes',
    severity: 'warning',
    symptom: 'Jailhouse ignores the rest',
    fix: "check whether a count in the config's source is too small, or whether the Jailhouse that built it is a vendor's or a fork with a layout of its own",
    source: 'Jailhouse, include/jailhouse/cell-config.h; files of vendors',
    find: each(function* ({ title, trailingBytes }) {
      if (trailingBytes === 0) return;
      const bytes = plural(trailingBytes, 'byte');
      yield {
        message: `the config of ${title} has ${bytes} after the end that its counts give`,
        requested: 'a file of the length that its counts give',
        actual: `${bytes} more`,
      };
    }),
  },
  {
    id: 'cell/implausible',
    severity: 'warning',
    symptom: 'Jailhouse refuses the config, or gives the cell something else than its author meant',
    fix: 'find out which Jailhouse built the file: a vendor or a fork may have another layout under the same revision; `jailhouse-bundle inspect --layout ID` reads it by one that is known',
    source: '5,400 configs of 80 public trees, which all keep it',
    find: each(function* ({ title, oddities }) {
      if (oddities.length === 0) return;
      const texts = oddities.map(({ text }) => text);
      const rest = texts.length - MOST_SHOWN;
      yield {
        message: `the config of ${title} has ${texts.length === 1 ? 'a value' : 'values'} that no known config has: ${texts[0]}`,
        requested: 'values as all known configs have them',
        actual: [...texts.slice(0, MOST_SHOWN), ...(rest > 0 ? [`${rest} more`] : [])].join('; '),
      };
    }),
  },
  {
    id: 'cell/interim-layout',
    severity: 'info',
    symptom: 'Jailhouse refuses or misreads the config, unless it was built from git of the same days',
    fix: 'build the config with the headers of the Jailhouse on the target, or move it to a release with `jailhouse-bundle cell convert`',
    source: 'Jailhouse, history of include/jailhouse/cell-config.h',
    find: each(function* ({ title, layout }) {
      if (layout === undefined || !VARIANTS[layout].isInterim) return;
      yield {
        message: `the config of ${title} has a layout that no release had: ${layout}`,
        requested: describeLayout(`std${VARIANTS[layout].revision}`),
        actual: describeLayout(layout),
      };
    }),
  },
  {
    id: 'system/layout',
    severity: 'error',
    after: ['system/revision', 'system/architecture'],
    symptom:
      'Jailhouse reads wrong values from the cell’s config: it is refused, or the cell gets other resources',
    fix: 'build both configs in the tree of the Jailhouse that is on the target',
    source: 'include/jailhouse/cell-config.h of NXP’s and TI’s BSPs',
    find: againstRoot(function* (cell, root) {
      if (cell.revision !== root.revision || isReadAlike(cell, root)) return;
      yield {
        message: `the system config of ${root.title} and the config of ${cell.title} have different layouts of revision ${cell.revision}`,
        requested: describeLayout(layoutIdOf(root)),
        actual: describeLayout(layoutIdOf(cell)),
      };
    }),
  },
];
