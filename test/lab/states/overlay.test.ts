import { describeOverlays } from './describe-overlays';
import { exportRows, wildcardLinkRows } from './exports';
import { intentionRows } from './intentions';
import { peeringRows } from './peerings';

describeOverlays('exports and intentions', [...exportRows, ...intentionRows, ...wildcardLinkRows], 49);
describeOverlays('peerings', peeringRows, 0);
