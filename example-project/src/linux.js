import url, * as cell from '../cells/linux.cell.yaml';
import { describe } from './describe.js';

await describe(url, cell);
