const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ERASE_LINE = '\u0015';
const ERASE = new Set(['\b', '\u007f']);

/** Whether somebody is there who can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks for a text on the terminal, and does not show what is typed. */
export function askSecret(question: string): Promise<Uint8Array> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const take = (text: string): void => {
      for (const character of text) {
        if (character === CTRL_C) {
          finish();
          // As the terminal would, if it did not pass on every key.
          process.emit('SIGINT', 'SIGINT');
          return;
        }
        if (character === '\r' || character === '\n' || character === CTRL_D) {
          finish();
          resolve(new TextEncoder().encode(typed.join('')));
          return;
        }
        if (ERASE.has(character)) typed.pop();
        else if (character === ERASE_LINE) typed = [];
        else typed.push(character);
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}
