import url, * as cell from '../cells/payload.cell.yaml';
import { describe } from './describe.js';

await describe(url, cell);
