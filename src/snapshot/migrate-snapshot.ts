import { omitUndefined } from '../omit-undefined';

/** The visibility of a section under the words of schema version 1. */
const visibilities: Readonly<Record<string, string>> = { all: 'visible', part: 'partial', none: 'hidden' };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const migrateSection = (section: unknown): unknown => {
  if (!isRecord(section)) return section;
  const { seen, missing, ...rest } = section;
  return {
    visibility: typeof seen === 'string' ? (visibilities[seen] ?? seen) : seen,
    ...rest,
    ...omitUndefined({ reason: missing }),
  };
};

const migrateOtherSide = (side: unknown): unknown => {
  if (!isRecord(side)) return side;
  const snapshot = migrateSection(side['snapshot']);
  const value = isRecord(snapshot) ? snapshot['value'] : undefined;
  return {
    ...side,
    snapshot:
      isRecord(snapshot) && value !== undefined ? { ...snapshot, value: migrateSnapshot(value) } : snapshot,
  };
};

/**
 * Returns a snapshot of schema version 1 in the shape of version 2: a section was `seen` (`all`, `part`, `none`)
 * with what was `missing`, and has a `visibility` with a `reason` since. Nothing is checked here: anything
 * else is returned as it is, for the schema to refuse.
 */
export const migrateSnapshot = (content: unknown): unknown => {
  if (!isRecord(content) || content['schemaVersion'] !== 1 || !isRecord(content['sections'])) return content;
  const sections = Object.fromEntries(
    Object.entries(content['sections']).map(([name, section]) => [name, migrateSection(section)]),
  );
  const otherSides = sections['otherSides'];
  if (isRecord(otherSides) && Array.isArray(otherSides['value'])) {
    sections['otherSides'] = { ...otherSides, value: otherSides['value'].map(migrateOtherSide) };
  }
  return { ...content, schemaVersion: 2, sections };
};
