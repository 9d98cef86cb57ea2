import { describe, expect, it, vi } from 'vitest';
import { checkMachine } from '../../src/checks/cell/check.ts';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { lookFor } from '../../src/cli/output.ts';
import { renderDiagnostic } from '../../src/cli/report.ts';
import { expectSections, readPage } from '../helpers/docs.ts';
import { makeMachine } from '../helpers/machine.ts';

describe('the pages', () => {
  it('lists every rule once, with its severity', () => {
    const listed = [
      ...readPage('reference/cell-rules.md').matchAll(
        /^- `([a-z-]+\/[a-z0-9-]+)`(?: \((warning|info)\))?:/gm,
      ),
    ].map(([, id, severity = 'error']) => `${id} ${severity}`);
    expect(listed.toSorted()).toEqual(CELL_RULES.map(({ id, severity }) => `${id} ${severity}`).toSorted());
  });

  it('names the source of every rule', async () => {
    const lines = [...new Set(CELL_RULES.map(({ source }) => source))].map((source) => {
      const rules = CELL_RULES.filter((rule) => rule.source === source);
      return `- ${source}: ${rules.map(({ id }) => `\`${id}\``).join(', ')}`;
    });
    await expectSections('reference/cell-rules.md', { sources: lines.join('\n') });
  });

  it('quotes a report as it is', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1] });
    for (const [index, name] of ['linux', 'rtos'].entries()) {
      cells[index]!.header.name = Buffer.from(name.padEnd(32, '\0'));
    }
    cells[1]!.memoryRegions[0]!.phys_start = 0x63f00000n;
    const [finding, ...others] = checkMachine(system, cells);
    expect(others).toEqual([]);
    vi.stubEnv('NO_COLOR', '1');
    const report = renderDiagnostic('linux.cell, rtos.cell', finding!, lookFor(process.stdout), null);
    vi.unstubAllEnvs();
    expect(readPage('cell-checks.md')).toContain(
      `\n${report}\n\nsystem.cell fails: 1 error\n  rules:     cell/memory-shared\n`,
    );
  });
});
