import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, inject, test } from 'vitest';
import { inShell, run, runProcess } from '../helpers/cli.ts';

const FAULT = 'FATAL: Invalid PIO read, port: 3f9 size: 1\nParking CPU 2 (Cell: "linux")\n';

/** `explain --follow -` at the other end of a pipe. */
function follow() {
  const child = spawn(process.execPath, [inject('cli'), 'explain', '--follow', '-'], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const says = async (text: string): Promise<void> => {
    while (!out.includes(text)) {
      const more = await Promise.race([once(child.stdout, 'data'), closed.then(() => null)]);
      if (more === null && !out.includes(text))
        throw new Error(`it ended without '${text}': ${out}${errors}`);
    }
  };
  return { child, closed, says, said: () => ({ out, errors }) };
}

describe('--follow', () => {
  test('says what it knows while the pipe is open, and how much it was at its end', async () => {
    const { child, closed, says, said } = follow();
    child.stdin.write(FAULT.slice(0, 30));
    child.stdin.write(FAULT.slice(30));
    await says('-:1: FATAL: Invalid PIO read, port: 3f9 size: 1');
    await says('source:');
    child.stdin.write('all is well\n');
    child.stdin.end(FAULT.replace('3f9', '61'));
    expect(await closed).toEqual([0, null]);
    const { out, errors } = said();
    expect(errors).toBe('');
    expect(out.match(/port: 3f9 size/g)).toHaveLength(1);
    expect(out).toMatch(/\n-: \d known of 5 lines\n$/);
  });

  test('ends at Ctrl-C with what it still has to say', async () => {
    const { child, closed, says, said } = follow();
    child.stdin.write(FAULT);
    await says('source:');
    child.stdin.write('FATAL: Unhandled VM-Exit, reason 2\n');
    await new Promise((resolve) => setTimeout(resolve, 150));
    child.kill('SIGINT');
    expect(await closed).toEqual([130, null]);
    expect(said().out).toContain('Unhandled VM-Exit, reason 2');
    expect(said().out).toContain(' lines\n');
    expect(said().errors).toBe('');
  });

  test('reads UTF-16, and refuses what is no text while the pipe is still open', async () => {
    const windows = follow();
    windows.child.stdin.end(Buffer.from(`\ufeff${FAULT}`, 'utf16le'));
    expect(await windows.closed).toEqual([0, null]);
    expect(windows.said().out).toContain('-:1: FATAL: Invalid PIO read, port: 3f9 size: 1');
    const binary = follow();
    binary.child.stdin.write(Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256));
    expect(await binary.closed).toEqual([1, null]);
    expect(binary.said().errors).toContain('explain/binary');
  });

  test('ends when its reader goes away', async () => {
    const { child, closed, says } = follow();
    child.stdin.write(FAULT);
    await says('-:1:');
    child.stdout.destroy();
    // Of what repeats, it writes now and then alone.
    let reason = 2;
    const again = setInterval(() => child.stdin.write(`FATAL: Unhandled VM-Exit, reason ${reason++}\n`), 50);
    expect(await closed).toEqual([0, null]);
    clearInterval(again);
  });

  test('an empty pipe is a log without known lines', async () => {
    const { code, stdout } = await runProcess(['explain', '--follow', '-'], {
      under: inShell('"$@" < /dev/null'),
    });
    expect([code, stdout]).toEqual([0, '-: no known line in 0 lines\n']);
  });

  test('is for a pipe, and for people', async () => {
    expect(await run(['explain', '--follow', 'console.log'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--follow reads a pipe'),
    });
    expect(await run(['explain', '--follow', '--json', '-'])).toMatchObject({ code: 2 });
  });
});
