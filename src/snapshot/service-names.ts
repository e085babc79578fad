import type { Answer } from '../consul/answer';
import type { ServiceNames } from '../consul/wire';
import type { Gathering } from './gathering';
import { mapSection, sectionOf } from './section';
import type { Section, ServiceName } from './snapshot';

/** Returns the names in a list of services. */
export const toServiceNames = (answer: Answer<ServiceNames>): Section<readonly string[]> =>
  sectionOf(answer, ['service', 'node']);

export const readServiceNames = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly ServiceName[]>> => {
  const answer = await reads.ask((client, call) => client.catalogServices(call));
  return mapSection(toServiceNames(answer), (names) => names.map((name) => ({ name })));
};
