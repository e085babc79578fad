import type { Answer } from '../consul/answer';
import type { ServiceTags } from '../consul/wire';
import type { Gathering } from './gathering';
import { mapped, restingOn, sectionOf } from './section';
import type { Section, ServiceName } from './snapshot';

/** The names in a list of services. */
export const namesIn = (answer: Answer<ServiceTags>): Section<readonly string[]> => {
  const section = sectionOf(answer, ['service']);
  return section.seen === 'none' ? section : restingOn(Object.keys(section.value), [section]);
};

export const readServiceNames = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly ServiceName[]>> => {
  const answer = await reads.ask((client, call) => client.catalogServices(call));
  return mapped(namesIn(answer), (names) => names.map((name) => ({ name })));
};
