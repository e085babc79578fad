import { describeOverlays } from './describe-overlays';
import { exportRows } from './exports';
import { intentionRows } from './intentions';
import { peeringRows } from './peerings';

describeOverlays('exports and intentions', [...exportRows, ...intentionRows], 49);
describeOverlays('peerings', peeringRows, 0);
