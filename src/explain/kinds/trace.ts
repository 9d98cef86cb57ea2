import type { LogKind } from '../kind.ts';
import { decodeTrace } from '../trace.ts';

/** Where the hypervisor gave up. */
export const TRACE_KIND: LogKind = {
  id: 'trace',
  stage: 'enable',
  printer: 'hypervisor',
  isOfDevice: true,
  fails: ['ENABLE', 'CELL_CREATE', 'CELL_LOAD', 'CELL_START'],
  shapes: [
    '{:(?<![\\w./+~-])}{file:[\\w./+~-]{1,200}\\.c}:{at:\\d{1,5}}: returning error {:-?}{errno:E[A-Z0-9]{2,10}|ret}',
    'hypervisor/{file:[\\w./-]{1,120}\\.c}:{at:\\d{1,5}}:{:$}…',
  ],
  meaning: 'the hypervisor gave up in {file}, line {at}, with {errno}',
  rules: [],
  refine: ({ file, at, errno }, { release }) => {
    const failure = decodeTrace(file!, Number(at), errno ?? null, release);
    return (
      failure && {
        meaning: `${failure.meaning} (${file!.split('/').at(-1)!}, ${failure.place})`,
        fix: failure.fix,
        rules: failure.rules,
      }
    );
  },
  fix: 'look up that line in the sources of the release on the target: the condition before it is what was not met',
  source: 'Jailhouse, hypervisor, with CONFIG_TRACE_ERROR',
};
