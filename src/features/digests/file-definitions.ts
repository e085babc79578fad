import type { Home } from '../../access/access';
import type { DigestConfig } from '../../config/config';
import type { Definition, Definitions } from './definitions.store';

const toDefinition = (
  { name, channel, owner, clusters, when, onlyChanges }: DigestConfig,
  { team, organisation }: Home,
): Definition => ({
  id: name,
  channel,
  team,
  organisation,
  owner,
  clusters: [...clusters],
  when: { ...when },
  onlyChanges,
  // Nothing remembers when the file got it: a run of the last hour is made up for.
  activeSince: 0,
  paused: null,
  request: '',
  version: 1,
  fromFile: true,
});

/**
 * Adds the digests of the clusters file to the stored ones. They are there for as long as they are in the file, whatever
 * Redis forgets, and are never changed or removed.
 */
export const withFileDefinitions = (
  stored: Definitions,
  digests: () => readonly DigestConfig[],
  home: Home,
): Definitions => {
  const inFile = () => new Map(digests().map((digest) => [digest.name, toDefinition(digest, home)]));
  return {
    all: async () => {
      const fromFile = inFile();
      return [...fromFile.values(), ...(await stored.all()).filter(({ id }) => !fromFile.has(id))];
    },
    find: async (id) => inFile().get(id) ?? stored.find(id),
    add: stored.add,
    change: async (read, changes) => (read.fromFile ? undefined : stored.change(read, changes)),
    remove: async (read) => !read.fromFile && stored.remove(read),
  };
};
