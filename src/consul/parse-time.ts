/** Parses a time of Consul, in ms since the epoch; undefined if it is not set, which Go may write as year 1. */
export const parseConsulTime = (text: string | null | undefined): number | undefined => {
  const time = Date.parse(text ?? '');
  return time > 0 ? time : undefined;
};
