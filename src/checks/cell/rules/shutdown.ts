import { namesOf } from '../../../formats/cell/variants.ts';
import { eachCell, type CellRule } from '../rule.ts';

/** What a cell must promise so that the hypervisor does not wait for it. */
export const SHUTDOWN_RULES: readonly CellRule[] = [
  {
    id: 'cell/passive-commreg',
    severity: 'error',
    symptom:
      'the whole machine freezes at `jailhouse cell shutdown` or `launch.sh stop`, or when another cell is created or started',
    fix: 'flag the cell JAILHOUSE_CELL_PASSIVE_COMMREG (`flags: [ passive_commreg ]` in YAML)',
    source: 'Jailhouse, hypervisor/control.c; seen under a real Jailhouse',
    find: eachCell(function* (cell, { bootsLinux }) {
      const { title, description } = cell;
      const { header } = description;
      const flag = namesOf(cell).cellFlags.passive_commreg!;
      if ((BigInt(header.flags) & flag) !== 0n) return;
      const timeout = header.msg_reply_timeout ?? 0n;
      const isEndless = timeout === 0n;
      yield {
        // Another program may answer.
        severity: bootsLinux && isEndless ? 'error' : 'warning',
        message: `${title} has no flag passive_commreg: the hypervisor waits for its answers, and Linux gives none`,
        requested: 'passive_commreg',
        actual: isEndless ? 'neither the flag nor a time limit' : `a msg_reply_timeout of ${timeout} instead`,
        ...(isEndless
          ? {}
          : { symptom: 'the root cell waits until the time is over; then the cell is stopped as failed' }),
      };
    }),
  },
];
