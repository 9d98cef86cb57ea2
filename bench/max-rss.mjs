// Loaded into a measured process: says at its end how much memory it had at most, in KiB.
import { readFileSync, writeFileSync } from 'node:fs';

// Not getrusage's: that counts what the process was before it became this program, with all of its parent's memory.
process.on('exit', () => {
  const [, most] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  writeFileSync(process.env.MAX_RSS_FILE, most);
});
