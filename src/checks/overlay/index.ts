/** Changes from files, laid over a snapshot. */
export { applyOverlay } from './apply-overlay';
export { type Overlay, type OverlayChange, overlayChangeLabel } from './overlay-change';
export { overlaySection } from './overlay-sections';
export { type OverlayFile, parseDeletion, parseOverlay } from './parse-overlay';
