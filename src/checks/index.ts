/** The requirement library, published as `peering-bot/checks`. */
export { compareSnapshots } from './changes/compare-snapshots';
export { defineCheck, groups, skip, unknown } from './define';
export type { AnyCheck, Check, CheckOutcome, Draft, Group, Requirement } from './define';
export type { SnapshotChanges } from './examples/healthy';
export { changeSnapshot, healthySnapshot } from './examples/healthy';
export type { Inputs } from './inputs';
export { registry } from './registry';
export { runChecks } from './runner';
export type { RunOptions } from './runner';
export { defineView, openSnapshot } from './view';
export type { Input, InputValue, InputValues, View, ViewOptions, Views, ViewTools } from './view';
