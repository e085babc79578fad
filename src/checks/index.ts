/** The requirement library, published as `peering-bot/checks`. */
export { defineCheck, groups, skip, unknown } from './define';
export type { AnyCheck, Check, Draft, Group, Outcome, Reads } from './define';
export { registry } from './registry';
export { runChecks } from './runner';
export type { RunOptions } from './runner';
export { viewsOf } from './views';
export type { Derived, ViewOptions, Views, ViewSections } from './views';
