import { describeOverlays } from './describe-overlays';
import { importRows } from './imports';

describeOverlays('imports', importRows, 43);
