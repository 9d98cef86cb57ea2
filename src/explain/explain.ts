import { LogReader } from './reader.ts';
import type { LogReport } from './types.ts';

/** What is known of a hypervisor's, a kernel's or a tool's log. */
export function explainLog(text: string): LogReport {
  const reader = new LogReader();
  reader.push(text);
  return reader.end();
}
