import type { Json, StateChange } from '../report/report';
import { inJson } from './words';

/** Says what changed in plain text. The names in it may be hostile: whatever shows it escapes the whole. */

const maxValue = 160;

const valueWords = (value: Json): string => {
  const text = typeof value === 'string' && value !== '' ? value : inJson(value);
  return text.length > maxValue ? `${text.slice(0, maxValue)}…` : text;
};

/** `exported-services/default`, `mesh-gateway on gw-1`, `peering west`, `server-2`. */
const changeSubject = ({ subject: { kind, name }, indexes, cluster }: StateChange): string => {
  const own = indexes === undefined ? (name.startsWith(kind) ? name : `${kind} ${name}`) : `${kind}/${name}`;
  return cluster === undefined ? own : `${own} in ${cluster}`;
};

/** Names a field as people do: `Services[api].Consumers[0].Peer` is a consumer of api. */
const fieldWords = (field: string): string => {
  const consumer = /^Services\[([^\]]*)\]\.Consumers\[\d+\]\.(?:Peer|SamenessGroup|Partition)$/.exec(field);
  return consumer ? `${consumer[1]}: consumer` : field;
};

const countWords: Readonly<Record<string, string>> = { passing: 'passing', instances: 'instances' };

/** Snapshots hold only sidecars that call peers, so that a missing one may run without such a call. */
const goneWords = ({ section }: StateChange): string =>
  section === 'sidecars' ? 'gone, or calls no peer any more' : 'removed';

const differenceWords = (change: StateChange): string => {
  const { kind, field, from, to, unknown } = change;
  if (unknown === 'withheld') return 'changed in values that are not stored, because they may be secret';
  if (unknown === 'too-large') return 'changed in more values than are stored';
  if (kind === 'removed') return goneWords(change);
  if (kind === 'added') return kind;
  const counted = countWords[field];
  if (counted !== undefined) return `${valueWords(from)} → ${valueWords(to)} ${counted}`;
  const named = fieldWords(field);
  if (from === null) return `${named} added: ${valueWords(to)}`;
  if (to === null) return `${named} removed: ${valueWords(from)}`;
  return `${named} ${valueWords(from)} → ${valueWords(to)}`;
};

const indexWords = ({ indexes }: StateChange): string => {
  if (indexes === undefined) return '';
  const { from, to } = indexes;
  if (from === null || to === null || from === to) return ` (index ${to ?? from})`;
  return ` (index ${from} → ${to})`;
};

/** `exported-services/default: api: consumer west → wset (index 812 → 861)`. */
export const stateChangeWords = (change: StateChange): string =>
  `${changeSubject(change)}: ${differenceWords(change)}${indexWords(change)}`;

const sectionWords = (section: string): string =>
  section.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

/** Says which sections of a comparison may have changes that are not shown. */
export const notComparedWords = (sections: readonly string[]): string =>
  `not visible both times, so changes may be missing: ${sections.slice(0, 12).map(sectionWords).join(', ')}${
    sections.length > 12 ? ` and ${sections.length - 12} more` : ''
  }`;
