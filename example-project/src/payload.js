import url, * as cell from '../cells/payload.cell.yaml';
import machineUrl, * as machine from '../cells/hello.machine.yaml';
import { describe, describeMachine } from './describe.js';

await describe(url, cell);
await describeMachine(machineUrl, machine);
